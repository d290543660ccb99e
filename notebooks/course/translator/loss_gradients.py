"""Checks of both ends of a translator's gradient: the loss after the softmax, and the embeddings."""

from collections.abc import Callable

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, mistakes_of
from lstm_lib.nn.losses import cross_entropy

Arrays = tuple[np.ndarray, ...]
SIZES = ((3, 4, 5, (4, 1, 3)), (2, 5, 7, (2, 4)), (1, 2, 3, (2,)))  # B, T, V and the sentences' lengths


def _masks() -> list[np.ndarray]:
    return [np.arange(T) < np.array(lengths)[:, np.newaxis] for _, T, _, lengths in SIZES]


# The loss and the gradient of the logits

LOSS: Equations = {
    "shifted": lambda v: v.logits - v.logits.max(axis=-1, keepdims=True),
    "log_p": lambda v: v.shifted - np.log(np.exp(v.shifted).sum(axis=-1, keepdims=True)),
    "p": lambda v: np.exp(v.log_p),
    "counts": lambda v: v.mask,
    "wanted": lambda v: np.eye(v.logits.shape[-1])[v.target],  # (B, T, V): 1 at the right word
    "nll": lambda v: -(v.wanted * v.log_p).sum(axis=-1),
    "number": lambda v: v.counts.sum(),
    "loss": lambda v: v.nll[v.counts].sum() / v.number,
    "slope": lambda v: v.p - v.wanted,
    "dlogits": lambda v: v.slope * v.counts[:, :, np.newaxis] / v.number,
}
LOSS_MISTAKES: dict[str, Equations] = {
    "padding is counted: only tokens where the mask is True belong to the loss": {
        "counts": lambda v: np.ones_like(v.mask)
    },
    "padding gets a gradient: dlogits is 0 where the mask is False": {
        "dlogits": lambda v: v.slope / v.number
    },
    "the loss and its gradient are sums: divide both by the number of real tokens": {"number": lambda v: 1},
    "the gradient is not divided by the number of real tokens: divide it as you divide the loss": {
        "dlogits": lambda v: v.slope * v.counts[:, :, np.newaxis]
    },
    "the loss is right, but the gradient is divided by the number of sentences": {
        "dlogits": lambda v: v.slope * v.counts[:, :, np.newaxis] / len(v.mask)
    },
    "both are divided by the number of sentences: divide by the number of real tokens": {
        "number": lambda v: len(v.mask)
    },
    "both are divided by all positions, padding included: divide by the number of real tokens": {
        "number": lambda v: v.mask.size
    },
    "the sign of the gradient is wrong: it is p - 1 at the correct word, and p at all others": {
        "slope": lambda v: v.wanted - v.p
    },
    "the 1 is not subtracted at the correct word: the gradient is p - 1 there": {"slope": lambda v: v.p},
    "only the correct word gets a gradient: every other word's is p": {
        "slope": lambda v: v.wanted * (v.p - 1)
    },
    "the gradient is that with respect to p, -1 / p: go back through the softmax to the logits": {
        "slope": lambda v: -v.wanted / v.p
    },
    "the sign of the loss is wrong: it is minus the mean log probability": {
        "loss": lambda v: -v.nll[v.counts].sum() / v.number
    },
    "the loss is in bits: take the natural logarithm": {
        "loss": lambda v: v.nll[v.counts].sum() / v.number / np.log(2)
    },
    "the softmax runs over the steps, axis 1: it should run over the words, the last axis": {
        "shifted": lambda v: v.logits - v.logits.max(axis=1, keepdims=True),
        "log_p": lambda v: v.shifted - np.log(np.exp(v.shifted).sum(axis=1, keepdims=True)),
    },
    "the logits are used as if they were log p: subtract the logarithm of the sum of their exponentials": {
        "log_p": lambda v: v.logits,
        "p": lambda v: np.exp(LOSS["log_p"](v)),
    },
}
LOSS_ARGUMENTS = ("logits", "target", "mask")


def library_loss(logits: np.ndarray, target: np.ndarray, mask: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the loss and the gradient by the library, which gets real tokens alone."""
    loss, _, gradient = cross_entropy(logits[mask], target[mask])
    dlogits = np.zeros_like(logits)
    dlogits[mask] = gradient
    return loss, dlogits


def _logits(rng: np.random.Generator) -> list[Arrays]:
    """Return logits, at last some whose exponentials overflow."""
    return [
        (scale * rng.standard_normal((B, T, V)), rng.integers(V, size=(B, T)), mask)
        for (B, T, V, _), mask, scale in zip(SIZES, _masks(), (2, 1, 2000), strict=True)
    ]


SOFTMAX_LOSS = Exercise(
    LOSS_ARGUMENTS,
    ("loss", "dlogits"),
    _logits,
    library_loss,
    mistakes_of(LOSS, LOSS_MISTAKES, LOSS_ARGUMENTS, ("loss", "dlogits")),
)


def check_softmax_loss(student: Callable) -> Verdict:
    """Check the loss after a softmax, softmax_loss(logits, target, mask) -> (loss, dlogits).

    Args: student: takes logits (B, T, V), target (B, T) and mask (B, T) bool, True = real token; returns the
        mean over real tokens of -log p of the target, in nats, and its gradient (B, T, V), 0 at padding.
    """
    return judge(student, SOFTMAX_LOSS)


# The gradient of the embeddings


def embedding_gradient(ids: np.ndarray, dx: np.ndarray, mask: np.ndarray, V: int) -> np.ndarray:
    """Return (V, E): the sum of dx over all real places at which a word stands."""
    gradient = np.zeros((V, dx.shape[-1]))
    np.add.at(gradient, ids[mask], dx[mask])
    return gradient


def _last_place(ids, dx, mask, V) -> np.ndarray:
    gradient = np.zeros((V, dx.shape[-1]))
    gradient[ids[mask]] = dx[mask]
    return gradient


def _divided(ids, dx, mask, V) -> np.ndarray:
    counts = np.bincount(ids[mask], minlength=V)[:, np.newaxis]
    return embedding_gradient(ids, dx, mask, V) / np.maximum(counts, 1)


def _sentences(rng: np.random.Generator) -> list[tuple]:
    """Words that come again, in one sentence and in several, and padding that has a gradient, too."""
    problems = []
    for (B, T, V, _), mask in zip(SIZES, _masks(), strict=True):
        ids = rng.integers(1, V, (B, T))
        ids[:, 0] = 1
        problems.append((np.where(mask, ids, 0), rng.standard_normal((B, T, B + 2)), mask, V + 1))
    return problems


EMBEDDING_GRADIENT = Exercise(
    ("ids", "dx", "mask", "V"),
    ("dE",),
    _sentences,
    embedding_gradient,
    {
        "a repeated word keeps only the gradient of its last position: add up the gradients of all "
        "its positions": (_last_place),
        "padding is counted: only positions where the mask is True have a gradient": (
            lambda ids, dx, mask, V: embedding_gradient(ids, dx, np.ones_like(mask), V)
        ),
        "padding is counted, and a repeated word keeps only the gradient of its last position": (
            lambda ids, dx, mask, V: _last_place(ids, dx, np.ones_like(mask), V)
        ),
        "the gradient of a word is the mean over its positions: it is the sum": _divided,
        "the gradient is divided by the number of real tokens: the loss already does that": (
            lambda ids, dx, mask, V: embedding_gradient(ids, dx, mask, V) / mask.sum()
        ),
        "the gradient is divided by the number of sentences: it is a sum": (
            lambda ids, dx, mask, V: embedding_gradient(ids, dx, mask, V) / len(ids)
        ),
        "the positions are counted: add up their gradients": (
            lambda ids, dx, mask, V: embedding_gradient(ids, np.ones_like(dx), mask, V)
        ),
        "only the first position of each sentence is used": (
            lambda ids, dx, mask, V: embedding_gradient(ids[:, :1], dx[:, :1], mask[:, :1], V)
        ),
        "only the first sentence is used": (
            lambda ids, dx, mask, V: embedding_gradient(ids[:1], dx[:1], mask[:1], V)
        ),
        "the sign is wrong: return the gradient, not the step": (
            lambda ids, dx, mask, V: -embedding_gradient(ids, dx, mask, V)
        ),
        "the gradient is transposed: the embeddings are (V, E)": (
            lambda ids, dx, mask, V: embedding_gradient(ids, dx, mask, V).T
        ),
        "only words that occur get a row: the embeddings are (V, E)": (
            lambda ids, dx, mask, V: embedding_gradient(ids, dx, mask, V)[np.unique(ids[mask])]
        ),
    },
)


def check_embedding_gradient(student: Callable) -> Verdict:
    """Check the gradient of the embeddings, embedding_gradient(ids, dx, mask, V) -> dE (V, E).

    Args: student: takes ids (B, T), the gradient dx (B, T, E) of the embedded words, mask (B, T) bool, True =
        real token, and the number of words V.
    """
    return judge(student, EMBEDDING_GRADIENT)

"""The check of scaled dot-product self-attention, with padding and with a causal mask."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from lstm_lib.nn.attention import masked_softmax

# B, T, E, d, D and the sentences' lengths: all different, so that a wrong axis shows
SIZES = ((3, 5, 4, 3, 6, (5, 2, 4)), (2, 4, 6, 5, 3, (1, 4)), (4, 3, 5, 4, 7, (3, 1, 2, 3)))
ARGUMENTS = ("x", "W_q", "W_k", "W_v", "mask", "causal")

Array = np.ndarray


def _before(length: int) -> Array:
    return np.tri(length, dtype=bool)


def self_attention(
    x: Array,
    W_q: Array,
    W_k: Array,
    W_v: Array,
    mask: Array,
    causal: bool,
    *,
    scale: Callable = lambda x, d: d**-0.5,
    keys: Callable = lambda mask: mask[:, np.newaxis, :],
    queries: Callable = lambda mask: mask[:, :, np.newaxis],
    past: Callable = _before,
    scores: Callable = lambda q, k: q @ k.swapaxes(1, 2),
    weights: Callable = masked_softmax,
) -> Array:
    """Return Y (B, T, D).

    Args: scale, keys, queries, past, scores, weights: what of it may go wrong.
    """
    q, k = x @ W_q, x @ W_k
    seen = keys(mask) & queries(mask)
    if causal:
        seen = seen & past(x.shape[1])
    return weights(scale(x, q.shape[2]) * scores(q, k), seen) @ (x @ W_v)


def _plain(scores: Array, seen: Array) -> Array:
    return masked_softmax(scores, None)


def _all(mask: Array) -> Array:
    return np.ones((len(mask), 1, 1), bool)


NO_MASK = {"keys": _all}
MISTAKES = {
    "the scores are not scaled: divide them by the square root of d, the width of queries and keys": partial(
        self_attention, scale=lambda x, d: 1.0
    ),
    "the scores are divided by d: divide by its square root": partial(
        self_attention, scale=lambda x, d: 1 / d
    ),
    "the scores are divided by the square root of E, the width of x: take that of d": partial(
        self_attention, scale=lambda x, d: x.shape[2] ** -0.5
    ),
    "the scores are multiplied by the square root of d: divide them": partial(
        self_attention, scale=lambda x, d: d**0.5
    ),
    "words attend to padding: its weight should be 0, whatever its score": partial(self_attention, keys=_all),
    "outputs at padding are not 0": partial(self_attention, queries=_all),
    "the mask is ignored: words attend to padding, and outputs at padding are not 0": partial(
        self_attention, keys=_all, queries=_all
    ),
    "with `causal`, positions attend to the future: position t sees positions up to t": partial(
        self_attention, past=lambda length: np.ones((length, length), bool)
    ),
    "with `causal`, a position doesn't see itself: position t sees positions up to and including t": partial(
        self_attention, past=lambda length: np.tri(length, k=-1, dtype=bool)
    ),
    "with `causal`, the past is masked: mask the future": partial(
        self_attention, past=lambda length: np.tri(length, dtype=bool).T
    ),
    "attention is always causal: mask the future only if `causal` is True": (
        lambda x, W_q, W_k, W_v, mask, causal: self_attention(x, W_q, W_k, W_v, mask, True)
    ),
    "`causal` is inverted: mask the future if it is True": (
        lambda x, W_q, W_k, W_v, mask, causal: self_attention(x, W_q, W_k, W_v, mask, not causal)
    ),
    "the mask is inverted: True is a real word": (
        lambda x, W_q, W_k, W_v, mask, causal: self_attention(x, W_q, W_k, W_v, ~mask, causal)
    ),
    "queries and keys are swapped: each row of scores belongs to one query": partial(
        self_attention, scores=lambda q, k: k @ q.swapaxes(1, 2)
    ),
    "the mask is applied only after the softmax: the remaining weights no longer sum to 1": partial(
        self_attention, weights=lambda scores, seen: _plain(scores, seen) * seen
    ),
    "masked scores are set to 0: a score of 0 still gets weight": partial(
        self_attention, weights=lambda scores, seen: masked_softmax(scores * seen, None)
    ),
    "the softmax runs over the queries: it should run over the keys, the last axis": partial(
        self_attention,
        weights=lambda scores, seen: masked_softmax(scores.swapaxes(1, 2), seen.swapaxes(1, 2)).swapaxes(
            1, 2
        ),
    ),
    "the softmax is missing": partial(self_attention, weights=lambda scores, seen: scores * seen),
    "the outputs are divided by the number of positions: the weights sum to 1 already": (
        lambda x, *others: self_attention(x, *others) / x.shape[1]
    ),
}


def _sentences(rng: np.random.Generator) -> list[tuple]:
    """Return batches with padding, which holds numbers as well, without and with the causal mask."""
    problems = []
    for B, T, E, d, D, lengths in SIZES:
        arrays = map(rng.standard_normal, ((B, T, E), (E, d), (E, d), (E, D)))
        x, W_q, W_k, W_v = arrays
        mask = np.arange(T) < np.array(lengths)[:, np.newaxis]
        problems += [(x, W_q, W_k, W_v, mask, causal) for causal in (False, True)]
    return problems


SELF_ATTENTION = Exercise(ARGUMENTS, ("Y",), _sentences, self_attention, MISTAKES)


def check_self_attention(student: Callable) -> Verdict:
    """Check self-attention, self_attention(x, W_q, W_k, W_v, mask, causal) -> Y.

    Args: student: takes x (B, T, E), W_q and W_k (E, d), W_v (E, D), mask (B, T) bool, True = real word, and
        causal; returns softmax(x W_q (x W_k)^T / sqrt(d)) x W_v (B, T, D), 0 at padding.
    """
    return judge(student, SELF_ATTENTION)

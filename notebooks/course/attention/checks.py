"""Checks of the exercises on attention: its weights, its score, its context and the softmax's gradient."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, function_of
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.attention import masked_softmax

# B, T, S: all different, so that a wrong axis shows; and the sentences' lengths, of which 0 is all padding
SIZES = ((3, 2, 4), (4, 5, 6), (1, 1, 3))
LENGTHS = ((3, 4, 0), (4, 1, 5, 2), (3,))
# Q, D, A: in the first, query and values have one width, so that a wrong matrix runs and can be named
WIDTHS = ((5, 5, 6), (3, 4, 7))
FILLS = (-np.inf, -1e9)  # two numbers that are taken for minus infinity; a third way multiplies by the mask

Generator = np.random.Generator
Problems = list[tuple[np.ndarray, ...]]
Function = Callable[..., np.ndarray]
Mistakes = Mapping[str, tuple[Function, ...]]  # several functions where a mistake shows in different ways


def softmax(scores: np.ndarray, axis: int | None = -1) -> np.ndarray:
    """Return exponentials that sum to 1 along an axis."""
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


# The weights: a softmax without the padding


def _library_softmax(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return masked_softmax(scores, mask[:, np.newaxis])


def _filled(scores: np.ndarray, mask: np.ndarray, fill: float, axis: int | None = -1) -> np.ndarray:
    """The softmax with other scores for padding; a row of padding becomes nan, or gets equal weights."""
    with np.errstate(invalid="ignore"):
        return softmax(np.where(mask[:, np.newaxis], scores, fill), axis)


def _multiplied(scores: np.ndarray, mask: np.ndarray, axis: int | None = -1) -> np.ndarray:
    """The softmax with exponentials of 0 for padding; a row of padding gets 0."""
    exponentials = np.exp(scores) * mask[:, np.newaxis]
    sums = exponentials.sum(axis=axis, keepdims=True)
    return np.divide(exponentials, sums, out=np.zeros_like(scores), where=sums > 0)


def _every_way(axis: int | None = -1, *, inverted: bool = False) -> tuple[Function, ...]:
    """Every usual way to write a masked softmax, along an axis and with a mask that may be wrong."""
    ways = [partial(_multiplied, axis=axis), *(partial(_filled, fill=fill, axis=axis) for fill in FILLS)]
    return tuple(lambda scores, mask, way=way: way(scores, mask ^ inverted) for way in ways)


def _no_exponentials(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    masked = scores * mask[:, np.newaxis]
    sums = masked.sum(axis=-1, keepdims=True)
    return np.divide(masked, sums, out=np.zeros_like(masked), where=sums != 0)


MASKED_SOFTMAX_MISTAKES: Mistakes = {
    "the mask is ignored: padding gets weight": (lambda scores, mask: softmax(scores),),
    "the mask is applied only after the softmax: the remaining weights no longer sum to 1, so "
    "normalize again": (lambda scores, mask: softmax(scores) * mask[:, np.newaxis],),
    "the scores of padding are set to 0: a score of 0 still gets weight, since exp(0) is 1": (
        lambda scores, mask: softmax(scores * mask[:, np.newaxis]),
    ),
    "a row with no real position is nan, from 0 / 0: it should be 0 everywhere": (
        partial(_filled, fill=-np.inf),
    ),
    "a row with no real position gets equal weights: it should be 0 everywhere": (
        partial(_filled, fill=-1e9),
    ),
    "the mask is inverted: True is a real position": _every_way(inverted=True),
    "the softmax runs over the queries, axis 1: it should run over the source, the last axis": (
        lambda scores, mask: softmax(scores, axis=1) * mask[:, np.newaxis],
        *_every_way(axis=1),
    ),
    "the softmax runs over the batch, axis 0: it should run over the source, the last axis": (
        lambda scores, mask: softmax(scores, axis=0) * mask[:, np.newaxis],
        *_every_way(axis=0),
    ),
    "the whole array sums to 1: each row should, over the last axis": _every_way(axis=None),
    "the exponentials are not divided by their sum": (
        lambda scores, mask: np.exp(scores) * mask[:, np.newaxis],
        lambda scores, mask: np.exp(scores - scores.max(axis=-1, keepdims=True)) * mask[:, np.newaxis],
    ),
    "the scores themselves are divided by their sum: take exponentials first": (_no_exponentials,),
}


def _scores_and_masks(rng: Generator) -> Problems:
    return [
        (2 * rng.standard_normal(sizes), np.arange(sizes[-1]) < np.array(lengths)[:, np.newaxis])
        for sizes, lengths in zip(SIZES, LENGTHS, strict=True)
    ]


MASKED_SOFTMAX = Exercise(
    ("scores", "mask"), ("w",), _scores_and_masks, _library_softmax, MASKED_SOFTMAX_MISTAKES
)


def check_masked_softmax(student: Callable) -> Verdict:
    """Check the weights, masked_softmax(scores, mask) -> weights.

    Args: student: takes scores (B, T, S) and mask (B, S) bool, True = real position, and returns weights
        (B, T, S): each row sums to 1, or is 0 everywhere where the sentence has no real position.
    """
    return judge(student, MASKED_SOFTMAX)


# Bahdanau's score


ADDITIVE: Equations = {
    "queries": lambda a: (a.q @ a.W_q)[:, :, np.newaxis],  # (B, T, 1, A)
    "keys": lambda a: (a.values @ a.W_k)[:, np.newaxis],  # (B, 1, S, A)
    "sums": lambda a: a.queries + a.keys,
    "hidden": lambda a: np.tanh(a.sums),
    "scores": lambda a: a.hidden @ a.v,
    "e": lambda a: a.scores,
}
WRONG_QUERIES: Equations = {"queries": lambda a: (a.q @ a.W_k)[:, :, np.newaxis]}
WRONG_KEYS: Equations = {"keys": lambda a: (a.values @ a.W_q)[:, np.newaxis]}
ADDITIVE_MISTAKES: dict[str, tuple[Equations, ...]] = {
    "the tanh is missing: the score is tanh(q W_q + values W_k) v": ({"hidden": lambda a: a.sums},),
    "v is applied before the tanh: it multiplies the output of the tanh": (
        {"e": lambda a: np.tanh(a.sums @ a.v)},
    ),
    "each projection goes through a tanh of its own: add them first": (
        {"hidden": lambda a: np.tanh(a.queries) + np.tanh(a.keys)},
    ),
    "the two matrices are swapped: W_q projects the query and W_k the values": (WRONG_QUERIES | WRONG_KEYS,),
    "the values are also projected with W_q: use W_k": (WRONG_KEYS,),
    "the query is also projected with W_k: use W_q": (WRONG_QUERIES,),
    "the projections are multiplied: this score adds them": ({"sums": lambda a: a.queries * a.keys},),
    "v is missing: it gives each hidden unit its weight in the score": (
        {"e": lambda a: a.hidden.sum(axis=-1)},
        {"e": lambda a: a.hidden.mean(axis=-1)},
    ),
    "a sigmoid is used instead of tanh": ({"hidden": lambda a: sigmoid(a.sums)},),
    "queries and source positions are swapped: each row of scores belongs to one query": (
        {"e": lambda a: a.scores.swapaxes(1, 2)},
    ),
    "the softmax is already applied: return the scores": ({"e": lambda a: softmax(a.scores)},),
}


ADDITIVE_ARGUMENTS = ("q", "values", "W_q", "W_k", "v")


def additive_scores(wrong: Equations | None = None) -> Function:
    """Return a function that computes the scores (B, T, S) by equations some of which may be wrong."""
    return function_of({**ADDITIVE, **(wrong or {})}, ADDITIVE_ARGUMENTS, ("e",))


def _queries_and_values(rng: Generator) -> Problems:
    return [
        tuple(map(rng.standard_normal, ((B, T, Q), (B, S, D), (Q, A), (D, A), A)))
        for (B, T, S), (Q, D, A) in zip(SIZES, WIDTHS, strict=False)
    ]


ADDITIVE_SCORES = Exercise(
    ADDITIVE_ARGUMENTS,
    ("e",),
    _queries_and_values,
    additive_scores(),
    {says: tuple(map(additive_scores, some)) for says, some in ADDITIVE_MISTAKES.items()},
)


def check_additive_scores(student: Callable) -> Verdict:
    """Check Bahdanau's score, additive_scores(q, values, W_q, W_k, v) -> scores.

    Args: student: takes q (B, T, Q), values (B, S, D), W_q (Q, A), W_k (D, A) and v (A,), and returns
        v^T tanh(q W_q + values W_k) for every query and every value, (B, T, S).
    """
    return judge(student, ADDITIVE_SCORES)


# The context: a weighted mean of the values


def _weighted(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    return weights[..., np.newaxis] * values[:, np.newaxis]  # (B, T, S, D)


CONTEXT_MISTAKES: Mistakes = {
    "the values are summed without their weights": (lambda w, v: np.ones_like(w) @ v,),
    "the plain mean of the values is returned: use the weights": (
        lambda w, v: np.full_like(w, 1 / v.shape[1]) @ v,
    ),
    "the weights are transposed: each row belongs to one query": (lambda w, v: w.swapaxes(1, 2) @ v,),
    "the weighted values are divided by their number: the weights sum to 1 already": (
        lambda w, v: w @ v / v.shape[1],
    ),
    "the weighted values are not summed over the source": (_weighted,),
    "the weighted values are summed over the queries: sum over the source": (
        lambda w, v: _weighted(w, v).sum(axis=1),
    ),
    "only the value with the largest weight is used: sum all of them, each times its weight": (
        lambda w, v: np.take_along_axis(v, w.argmax(axis=-1)[..., np.newaxis], axis=1),
    ),
    "all sentences get the values of the first: each has its own": (lambda w, v: w @ v[0],),
    "a softmax is applied to the weights: they are already normalized": (lambda w, v: softmax(w) @ v,),
}


def _weights_and_values(rng: Generator) -> Problems:
    """As many queries as source positions at first, so that transposed weights run and can be named."""
    return [
        (masked_softmax(rng.standard_normal((B, T, S)), None), rng.standard_normal((B, S, 5)))
        for B, T, S in ((3, 4, 4), *SIZES[1:])
    ]


CONTEXT = Exercise(("weights", "values"), ("context",), _weights_and_values, np.matmul, CONTEXT_MISTAKES)


def check_context(student: Callable) -> Verdict:
    """Check the weighted mean, context(weights, values) -> context.

    Args: student: takes weights (B, T, S), each row of which sums to 1, and values (B, S, D), and returns
        the context (B, T, D).
    """
    return judge(student, CONTEXT)


# The softmax's gradient


def softmax_backward(dw: np.ndarray, w: np.ndarray, axis=-1) -> np.ndarray:
    """Return the gradient of the scores, as the library does: a test makes sure of it."""
    return w * (dw - np.sum(w * dw, axis=axis, keepdims=True))


SOFTMAX_BACKWARD_MISTAKES: Mistakes = {
    "only the diagonal of the Jacobian is used, w (1 - w): every score changes all weights of its row": (
        lambda dw, w: dw * w * (1 - w),
    ),
    "the sum is missing: raising one weight lowers all others, so de = w (dw - sum(w dw))": (
        lambda dw, w: dw * w,
    ),
    "the sum runs over the queries, axis 1: it should run over the source, the last axis": (
        partial(softmax_backward, axis=1),
    ),
    "the sum runs over the batch, axis 0: it should run over the source, the last axis": (
        partial(softmax_backward, axis=0),
    ),
    "the sum runs over the whole array: each row needs its own": (partial(softmax_backward, axis=None),),
    "the sign is wrong: de = w (dw - sum(w dw))": (lambda dw, w: -softmax_backward(dw, w),),
    "the sum is added: subtract it": (lambda dw, w: w * (dw + np.sum(w * dw, axis=-1, keepdims=True)),),
    "the sum is not weighted: sum w times dw": (lambda dw, w: w * (dw - dw.sum(axis=-1, keepdims=True)),),
    "the mean of w times dw is subtracted: subtract the sum": (
        lambda dw, w: w * (dw - np.mean(w * dw, axis=-1, keepdims=True)),
    ),
    "the factor w in front is missing": (lambda dw, w: dw - np.sum(w * dw, axis=-1, keepdims=True),),
    "the gradient is returned unchanged: de = w (dw - sum(w dw))": (lambda dw, w: dw.copy(),),
}


def _weights_and_gradients(rng: Generator) -> Problems:
    return [(rng.standard_normal(sizes), masked_softmax(rng.standard_normal(sizes), None)) for sizes in SIZES]


SOFTMAX_BACKWARD = Exercise(
    ("dw", "w"), ("de",), _weights_and_gradients, softmax_backward, SOFTMAX_BACKWARD_MISTAKES
)


def check_softmax_backward(student: Callable) -> Verdict:
    """Check the gradient of the softmax, softmax_backward(dw, w) -> de.

    Args: student: takes the gradient dw of the weights and the weights w, both (B, T, S), and returns the
        gradient of the scores, (B, T, S).
    """
    return judge(student, SOFTMAX_BACKWARD)

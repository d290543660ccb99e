"""Attention's four small functions, and their known mistakes: what to say of each, and what leads to it.

Several functions can stand behind one mistake, where it shows in different ways.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from lstm_lib.nn.activations import sigmoid

Function = Callable[..., np.ndarray]
Mistakes = Mapping[str, tuple[Function, ...]]
FILLS = (
    -np.inf,
    -1e9,
)  # two numbers that are taken for minus infinity; a third way is to multiply by the mask


def softmax(scores: np.ndarray, axis: int | None = -1) -> np.ndarray:
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def _filled(scores: np.ndarray, mask: np.ndarray, fill: float, axis: int | None = -1) -> np.ndarray:
    """The scores of padding are replaced; what is all padding becomes nan, or gets equal weights."""
    with np.errstate(invalid="ignore"):
        return softmax(np.where(mask[:, np.newaxis], scores, fill), axis)


def _multiplied(scores: np.ndarray, mask: np.ndarray, axis: int | None = -1) -> np.ndarray:
    """The exponentials of padding are set to 0; what is all padding gets 0."""
    exponentials = np.exp(scores) * mask[:, np.newaxis]
    sums = exponentials.sum(axis=axis, keepdims=True)
    return np.divide(exponentials, sums, out=np.zeros_like(scores), where=sums > 0)


def _every_way(axis: int | None = -1, *, inverted: bool = False) -> tuple[Function, ...]:
    """Every usual way to write a masked softmax, along an axis and with a mask that may be wrong."""
    ways = [partial(_multiplied, axis=axis), *(partial(_filled, fill=fill, axis=axis) for fill in FILLS)]

    def way(scores: np.ndarray, mask: np.ndarray, function: Function) -> np.ndarray:
        return function(scores, ~mask if inverted else mask)

    return tuple(partial(way, function=function) for function in ways)


def _bare_exponentials(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.exp(scores) * mask[:, np.newaxis]


def _no_exponentials(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    masked = scores * mask[:, np.newaxis]
    sums = masked.sum(axis=-1, keepdims=True)
    return np.divide(masked, sums, out=np.zeros_like(masked), where=sums != 0)


MASKED_SOFTMAX_MISTAKES: Mistakes = {
    "the mask is forgotten: padding gets weight": (lambda scores, mask: softmax(scores),),
    "the mask is applied after the softmax alone: what is left no longer sums to 1, so divide again": (
        lambda scores, mask: softmax(scores) * mask[:, np.newaxis],
    ),
    "the scores of padding become 0: a score of 0 still gets weight, for exp(0) is 1": (
        lambda scores, mask: softmax(scores * mask[:, np.newaxis]),
    ),
    "a row without a real position becomes nan, 0 divided by 0: it should be 0 everywhere": (
        partial(_filled, fill=-np.inf),
    ),
    "a row without a real position gets equal weights: it should be 0 everywhere": (
        partial(_filled, fill=-1e9),
    ),
    "the mask is inverted: True is a real position": _every_way(inverted=True),
    "the softmax runs over the queries, axis 1: a row of weights runs over the source, the last axis": (
        lambda scores, mask: softmax(scores, axis=1) * mask[:, np.newaxis],
        *_every_way(axis=1),
    ),
    "the softmax runs over the batch, axis 0: a row of weights runs over the source, the last axis": (
        lambda scores, mask: softmax(scores, axis=0) * mask[:, np.newaxis],
        *_every_way(axis=0),
    ),
    "the whole array sums to 1: each row should, over the last axis": _every_way(axis=None),
    "the exponentials are not divided by their sum": (
        _bare_exponentials,
        lambda scores, mask: _bare_exponentials(scores - scores.max(axis=-1, keepdims=True), mask),
    ),
    "the scores themselves are divided by their sum: take exponentials first": (_no_exponentials,),
}


def additive_scores(q, values, W_q, W_k, v) -> np.ndarray:
    return _hidden(q, values, W_q, W_k, v) @ v


def _sums(q, values, W_q, W_k, v) -> np.ndarray:
    """What goes into the tanh: (B, T, S, A)."""
    return (q @ W_q)[:, :, np.newaxis] + (values @ W_k)[:, np.newaxis]


def _hidden(*arguments) -> np.ndarray:
    return np.tanh(_sums(*arguments))


ADDITIVE_MISTAKES: Mistakes = {
    "the tanh is forgotten": (lambda *a: _sums(*a) @ a[-1],),
    "v is applied before the tanh: it weighs what the tanh puts out": (
        lambda *a: np.tanh(_sums(*a) @ a[-1]),
    ),
    "each projection goes through a tanh of its own: add them first": (
        lambda q, values, W_q, W_k, v: (
            (np.tanh(q @ W_q) @ v)[:, :, np.newaxis] + (np.tanh(values @ W_k) @ v)[:, np.newaxis]
        ),
    ),
    "the two matrices are swapped: W_q projects the query and W_k the values": (
        lambda q, values, W_q, W_k, v: additive_scores(q, values, W_k, W_q, v),
    ),
    "the values are projected with W_q, too: theirs is W_k": (
        lambda q, values, W_q, W_k, v: additive_scores(q, values, W_q, W_q, v),
    ),
    "the query is projected with W_k, too: its own is W_q": (
        lambda q, values, W_q, W_k, v: additive_scores(q, values, W_k, W_k, v),
    ),
    "the projections are multiplied: this score adds them": (
        lambda q, values, W_q, W_k, v: (
            np.tanh((q @ W_q)[:, :, np.newaxis] * (values @ W_k)[:, np.newaxis]) @ v
        ),
    ),
    "v is forgotten: the hidden units are weighed by it": (
        lambda *a: _hidden(*a).sum(axis=-1),
        lambda *a: _hidden(*a).mean(axis=-1),
    ),
    "a sigmoid stands in the tanh's place": (lambda *a: sigmoid(_sums(*a)) @ a[-1],),
    "queries and source positions are swapped: a row of scores belongs to a query": (
        lambda *a: additive_scores(*a).swapaxes(1, 2),
    ),
    "the softmax is taken already: the scores are wanted": (lambda *a: softmax(additive_scores(*a)),),
}


def context(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    return weights @ values


def _at_each_query(weights: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """One vector a sentence, (B, D), for all its queries."""
    return np.repeat(vector[:, np.newaxis], weights.shape[1], axis=1)


def _weighted(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    return weights[..., np.newaxis] * values[:, np.newaxis]  # (B, T, S, D)


CONTEXT_MISTAKES: Mistakes = {
    "the values are summed without their weights": (lambda w, v: _at_each_query(w, v.sum(axis=1)),),
    "the plain mean of the values is taken: weigh them": (lambda w, v: _at_each_query(w, v.mean(axis=1)),),
    "the weights are transposed: a row belongs to a query": (lambda w, v: w.swapaxes(1, 2) @ v,),
    "the weighted values are divided by their number: the weights sum to 1 already": (
        lambda w, v: w @ v / v.shape[1],
    ),
    "the weighted values are not summed over the source": (_weighted,),
    "the weighted values are summed over the queries: sum over the source": (
        lambda w, v: _weighted(w, v).sum(axis=1),
    ),
    "only the value with the largest weight is taken: all count, each with its weight": (
        lambda w, v: np.take_along_axis(v, w.argmax(axis=-1)[..., np.newaxis], axis=1),
    ),
    "all sentences get the values of the first: each has its own": (lambda w, v: w @ v[0],),
    "the softmax is taken of the weights, which have been through one": (lambda w, v: softmax(w) @ v,),
}


def softmax_backward(dw: np.ndarray, w: np.ndarray, axis=-1) -> np.ndarray:
    return w * (dw - np.sum(w * dw, axis=axis, keepdims=True))


SOFTMAX_BACKWARD_MISTAKES: Mistakes = {
    "only a weight's own score is counted, w (1 - w): every score moves all weights of its row": (
        lambda dw, w: dw * w * (1 - w),
    ),
    "the sum is missing: a weight that rises takes from all others": (lambda dw, w: dw * w,),
    "the sum runs over the queries, axis 1: it runs over the source, the last axis": (
        partial(softmax_backward, axis=1),
    ),
    "the sum runs over the batch, axis 0: it runs over the source, the last axis": (
        partial(softmax_backward, axis=0),
    ),
    "the sum runs over the whole array: each row has its own": (partial(softmax_backward, axis=None),),
    "the sign is wrong": (lambda dw, w: -softmax_backward(dw, w),),
    "the sum is added: it is taken away": (lambda dw, w: w * (dw + np.sum(w * dw, axis=-1, keepdims=True)),),
    "the sum is not weighted: it is that of w times dw": (
        lambda dw, w: w * (dw - dw.sum(axis=-1, keepdims=True)),
    ),
    "the mean of w times dw is taken away: it is their sum": (
        lambda dw, w: w * (dw - np.mean(w * dw, axis=-1, keepdims=True)),
    ),
    "the factor w in front is missing": (lambda dw, w: dw - np.sum(w * dw, axis=-1, keepdims=True),),
    "the gradient passes unchanged": (lambda dw, w: dw.copy(),),
}

"""Attention: as an operation to differentiate, and blind to padding."""

from functools import partial

import numpy as np

from course.shared.gradcheck import Operation, randomize
from helpers.arrays import assert_close
from helpers.problems import Problem
from lstm_lib.nn.attention import AdditiveAttention, Attention, DotAttention, GeneralAttention

ATTENTIONS = {
    "additive": lambda q, d, rng, dtype: AdditiveAttention(q, d, 3, rng, dtype),
    "dot": lambda q, d, rng, dtype: DotAttention(q, q),
    "dot-scaled": lambda q, d, rng, dtype: DotAttention(q, q, scaled=True),
    "general": GeneralAttention,
    "general-scaled": partial(GeneralAttention, scaled=True),
}


def make_attention(name: str, problem: Problem, dtype=np.float64) -> Attention:
    """One of `ATTENTIONS` with random parameters, from queries of hidden_size to values of input_size."""
    rng = np.random.default_rng(problem.seed)
    layer = ATTENTIONS[name](problem.hidden_size, problem.input_size, rng, dtype)
    randomize(layer.params, rng)
    return layer


def attention_operation(layer: Attention, queries: np.ndarray, values: np.ndarray, mask) -> Operation:
    """Attention as a function of queries, values and parameters."""

    def forward(arrays):
        context, cache = layer.forward(arrays["queries"], arrays["values"], mask)
        return [context], cache

    def backward(upstream, cache):
        dqueries, dvalues, grads = layer.backward(upstream[0], cache)
        inputs = {"queries": dqueries, "values": dvalues}
        return inputs | {f"params.{key}": grad for key, grad in grads.items()}

    return Operation(layer, {"queries": queries, "values": values}, forward, backward)


def assert_attention_ignores_padding(layer: Attention, queries: np.ndarray, values: np.ndarray, mask) -> None:
    """What stands in padded positions, and how many there are, changes neither contexts nor gradients."""
    batch, size, width = values.shape
    mask = np.ones((batch, size), bool) if mask is None else mask
    rng = np.random.default_rng(0)
    garbage = 9 * rng.standard_normal((batch, size + 2, width))
    more, more_mask = garbage.copy(), np.concatenate([mask, np.zeros((batch, 2), bool)], axis=1)
    more[:, :size][mask] = values[mask]
    context, cache = layer.forward(queries, values, mask)
    context_more, cache_more = layer.forward(queries, more, more_mask)
    assert_close(context_more, context, "context")
    dcontext = rng.standard_normal(context.shape)
    dqueries, dvalues, grads = layer.backward(dcontext, cache)
    dqueries_more, dvalues_more, grads_more = layer.backward(dcontext, cache_more)
    assert_close(dqueries_more, dqueries, "dqueries")
    assert_close(dvalues_more[:, :size][mask], dvalues[mask], "dvalues")
    assert not dvalues_more[~more_mask].any(), "padding has a gradient"
    for key in layer.params:
        assert_close(grads_more[key], grads[key], key)

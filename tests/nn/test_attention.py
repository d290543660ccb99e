"""Attention: gradients, weights that sum to 1 over real tokens and are 0 on padding, one step or all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.arrays import assert_close
from helpers.attention import (
    ATTENTIONS,
    assert_attention_ignores_padding,
    attention_operation,
    make_attention,
)
from helpers.gradients import assert_gradients
from helpers.problems import RAGGED, problems
from lstm_lib.nn.attention import DotAttention, masked_softmax

every_score = pytest.mark.parametrize("name", ATTENTIONS)
lengths = st.integers(1, 4)


def queries_of(problem, steps, dtype=np.float64):
    rng = np.random.default_rng(problem.seed)
    return rng.standard_normal((problem.batch, steps, problem.hidden_size)).astype(dtype)


def values_of(problem, name):
    width = problem.hidden_size if name.startswith("dot") else problem.input_size
    return np.random.default_rng(problem.seed + 1).standard_normal((problem.batch, problem.steps, width))


@every_score
@settings(max_examples=12)
@given(problem=problems(), steps=lengths)
def test_gradients(name, problem, steps):
    layer = make_attention(name, problem)
    operation = attention_operation(layer, queries_of(problem, steps), values_of(problem, name), problem.mask)
    assert_gradients(operation, np.random.default_rng(problem.seed))


@every_score
@given(problem=problems(), steps=lengths)
def test_weights(name, problem, steps):
    """Rows are distributions over the real tokens, or all zero where there is none."""
    layer = make_attention(name, problem)
    context, cache = layer.forward(queries_of(problem, steps), values_of(problem, name), problem.mask)
    mask = np.ones((problem.batch, problem.steps), bool) if problem.mask is None else problem.mask
    real = np.broadcast_to(mask[:, None], cache.weights.shape)
    assert (cache.weights[~real] == 0).all()
    assert (cache.weights[real] > 0).all()
    sums = np.broadcast_to(mask.any(axis=1)[:, None], cache.weights.shape[:2])
    np.testing.assert_allclose(cache.weights.sum(axis=2), sums, atol=1e-14)
    np.testing.assert_allclose(
        context, np.einsum("bts,bsd->btd", cache.weights, cache.memory.values), atol=1e-14
    )


@every_score
@given(problem=problems(), steps=lengths)
def test_padding_changes_nothing(name, problem, steps):
    layer = make_attention(name, problem)
    assert_attention_ignores_padding(
        layer, queries_of(problem, steps), values_of(problem, name), problem.mask
    )


@every_score
@settings(max_examples=15)
@given(problem=problems(), steps=lengths)
def test_one_step_at_a_time_equals_all_at_once(name, problem, steps):
    layer, queries = make_attention(name, problem), queries_of(problem, steps)
    context, cache = layer.forward(queries, values_of(problem, name), problem.mask)
    dcontext = np.random.default_rng(0).standard_normal(context.shape)
    dqueries, dvalues, grads = layer.backward(dcontext, cache)

    single = layer.start(layer.prepare(values_of(problem, name), problem.mask), steps)
    for t in range(steps):
        now = slice(t, t + 1)
        assert_close(layer.attend(single, now, queries[:, now]), context[:, now], "context")
    dcache = layer.start_backward(single)
    for t in reversed(range(steps)):
        now = slice(t, t + 1)
        assert_close(
            layer.attend_backward(single, dcache, now, dcontext[:, now]), dqueries[:, now], "dqueries"
        )
    dvalues_single, grads_single = layer.finish_backward(single, dcache)
    assert_close(dvalues_single, dvalues, "dvalues")
    for key in layer.params:
        assert_close(grads_single[key], grads[key], key)


@every_score
def test_scores_are_those_of_their_definition(name):
    problem = problems_of(batch=1, steps=3)
    layer = make_attention(name, problem)
    queries, values = queries_of(problem, 1), values_of(problem, name)
    _, cache = layer.forward(queries, values)
    q, params = queries[0, 0], layer.params
    score = {
        "additive": lambda v: params["v"] @ np.tanh(q @ params["W_q"] + v @ params["W_k"]),
        "dot": lambda v: q @ v,
        "dot-scaled": lambda v: q @ v / np.sqrt(len(q)),
        "general": lambda v: q @ (v @ params["W"]),
        "general-scaled": lambda v: q @ (v @ params["W"]) / np.sqrt(len(q)),
    }[name]
    e = np.exp([score(v) for v in values[0]])
    np.testing.assert_allclose(cache.weights[0, 0], e / e.sum(), rtol=1e-13)


@pytest.mark.parametrize("large", ["keys", "queries", "both"])
def test_additive_scores_whose_exponentials_would_overflow(large):
    """The two terms, far too large for an exponential, cancel to something that tanh does not squash flat."""
    problem = problems_of(batch=2, steps=3)
    layer = make_attention("additive", problem)
    layer.params["W_k"][...] = 40.0 if large != "queries" else 0.1
    layer.params["W_q"][...] = -40.0 if large != "keys" else 0.1
    values = 1 + 1e-2 * values_of(problem, "additive")
    queries = np.full_like(queries_of(problem, 2), values.shape[2] / problem.hidden_size)
    _, cache = layer.forward(queries, values)
    hidden = np.tanh((queries @ layer.params["W_q"])[:, :, None] + (values @ layer.params["W_k"])[:, None])
    np.testing.assert_allclose(cache.weights, masked_softmax(hidden @ layer.params["v"], None), rtol=1e-12)
    assert_gradients(attention_operation(layer, queries, values, None), np.random.default_rng(0))


def problems_of(**changes):
    return RAGGED._replace(mask=None, **changes)


def test_softmax_of_huge_scores():
    scores = np.array([[1e4, 1e4, -1e4, 3e4]], np.float32)
    np.testing.assert_array_equal(
        masked_softmax(scores, np.array([[True, True, True, False]])), [[0.5, 0.5, 0, 0]]
    )
    np.testing.assert_array_equal(masked_softmax(scores, None), [[0, 0, 0, 1]])


def test_softmax_without_a_real_position_is_zero():
    weights = masked_softmax(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[False, False], [True, False]]))
    np.testing.assert_array_equal(weights, [[0, 0], [1, 0]])


def test_dot_needs_one_width():
    with pytest.raises(ValueError, match=r"^dot attention got queries .*3.* and values .*4.*; wanted one"):
        DotAttention(3, 4)


@every_score
def test_wrong_shapes(name):
    layer = make_attention(name, problems_of())
    queries, values = queries_of(problems_of(), 2), values_of(problems_of(), name)
    mask = np.ones(values.shape[:2], bool)
    with pytest.raises(ValueError, match=r"^queries has shape \(1, 2, 2\); wanted \(3, any, 2\)$"):
        layer.forward(queries[:1], values, mask)
    with pytest.raises(ValueError, match=r"^values has shape \(3, 4, 1\); wanted"):
        layer.forward(queries, values[..., :1], mask)
    with pytest.raises(ValueError, match=r"^mask has shape \(3, 3\); wanted \(3, 4\)$"):
        layer.forward(queries, values, mask[:, :3])
    with pytest.raises(ValueError, match=r"^mask has dtype int64; wanted bool"):
        layer.forward(queries, values, mask.astype(np.int64))
    _, cache = layer.forward(queries, values, mask)
    with pytest.raises(ValueError, match=r"^dcontext has shape \(3, 1, 2\); wanted \(3, 2, 2\)$"):
        layer.backward(np.zeros((3, 1, 2)), cache)

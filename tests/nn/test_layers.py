"""The layers without memory: Linear and Embedding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.shared.gradcheck import Operation, randomize
from helpers.gradients import assert_gradients
from lstm_lib.nn.layers import Embedding, Linear

shapes = st.lists(st.integers(1, 3), min_size=0, max_size=3).map(tuple)
seeds = st.integers(0, 2**32 - 1)


def operation(layer, x):
    """A layer as a function of its parameters, and of x unless x holds ids."""

    def forward(arrays):
        y, cache = layer.forward(arrays.get("x", x))
        return [y], cache

    def backward(upstream, cache):
        dx, grads = layer.backward(upstream[0], cache)
        inputs = {} if dx is None else {"x": dx}
        return inputs | {f"params.{name}": grad for name, grad in grads.items()}

    return Operation(layer, {} if isinstance(layer, Embedding) else {"x": x}, forward, backward)


@given(shapes, st.integers(1, 3), st.integers(1, 3), seeds)
def test_linear_gradients(shape, inputs, outputs, seed):
    rng = np.random.default_rng(seed)
    layer = Linear(inputs, outputs, rng, np.float64)
    randomize(layer.params, rng)
    assert_gradients(operation(layer, rng.standard_normal((*shape, inputs))), rng)


def test_linear_by_hand():
    layer = Linear(2, 1, np.random.default_rng(0), np.float64)
    layer.params["W"][...], layer.params["b"][...] = [[2.0], [3.0]], [0.5]
    y, cache = layer.forward(np.array([[1.0, 10.0], [0.0, 1.0]]))
    np.testing.assert_array_equal(y, [[32.5], [3.5]])
    dx, grads = layer.backward(np.array([[1.0], [2.0]]), cache)
    np.testing.assert_array_equal(dx, [[2, 3], [4, 6]])
    np.testing.assert_array_equal(grads["W"], [[1], [12]])
    np.testing.assert_array_equal(grads["b"], [3])


def test_linear_starts_with_zero_bias():
    assert not Linear(3, 4, np.random.default_rng(0)).params["b"].any()


def test_linear_wrong_shapes():
    layer = Linear(2, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^x has shape \(4, 3\); wanted \(4, 2\)$"):
        layer.forward(np.zeros((4, 3)))
    _, cache = layer.forward(np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"^dy has shape \(1, 3\); wanted \(4, 3\)$"):
        layer.backward(np.zeros((1, 3)), cache)


@given(shapes, st.integers(1, 6), st.integers(1, 3), seeds)
def test_embedding_gradients(shape, size, width, seed):
    rng = np.random.default_rng(seed)
    layer = Embedding(size, width, rng, np.float64)
    assert_gradients(operation(layer, rng.integers(size, size=shape)), rng)


def test_embedding_rows_used_again_add_up():
    layer = Embedding(5, 2, np.random.default_rng(0))
    y, cache = layer.forward(np.array([[3, 1, 3], [3, 0, 0]]))
    np.testing.assert_array_equal(y[0, 0], layer.params["table"][3])
    dx, grads = layer.backward(np.arange(12.0, dtype=np.float32).reshape(2, 3, 2), cache)
    assert dx is None
    np.testing.assert_array_equal(grads["table"], [[18, 20], [2, 3], [0, 0], [10, 13], [0, 0]])
    assert grads["table"].dtype == np.float32


def test_embedding_without_ids():
    layer = Embedding(5, 2, np.random.default_rng(0))
    y, cache = layer.forward(np.zeros((2, 0), int))
    assert y.shape == (2, 0, 2)
    assert not layer.backward(y, cache)[1]["table"].any()


def test_embedding_rows_have_unit_expected_length():
    table = Embedding(4000, 16, np.random.default_rng(0)).params["table"]
    assert np.mean(np.sum(table**2, axis=1)) == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("ids", [[0, 5], [-1, 0]])
def test_embedding_ids_out_of_range(ids):
    layer = Embedding(5, 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match=rf"^ids run from {min(ids)} to {max(ids)}; wanted 0 to 4$"):
        layer.forward(np.array(ids))


def test_embedding_wrong_gradient_shape():
    layer = Embedding(5, 2, np.random.default_rng(0))
    _, cache = layer.forward(np.array([[1, 2]]))
    with pytest.raises(ValueError, match=r"^dy has shape \(2, 1, 2\); wanted \(1, 2, 2\)$"):
        layer.backward(np.zeros((2, 1, 2)), cache)


@pytest.mark.parametrize("ids", [[True, False], [[1.0, 2.0]], [0.5], ["1"], [None], [1j]])
def test_embedding_ids_that_are_no_integers(ids):
    """bool would pick the rows where it is True, and a fraction names no row."""
    layer, ids = Embedding(2, 3, np.random.default_rng(0)), np.array(ids)
    with pytest.raises(ValueError, match=f"^ids has dtype {ids.dtype}; wanted integers$"):
        layer.forward(ids)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_embedding_ids_may_be_integers_of_any_kind(dtype):
    layer = Embedding(5, 3, np.random.default_rng(0))
    y, _ = layer.forward(np.array([[4, 0], [1, 4]], dtype))
    np.testing.assert_array_equal(y, layer.params["table"][[[4, 0], [1, 4]]])

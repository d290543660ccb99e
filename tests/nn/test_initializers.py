"""The first values of weights: their spread, their directions, and that no two gates begin alike."""

import numpy as np
import pytest

from helpers.cells import assert_gates_differ
from helpers.problems import CELLS
from lstm_lib.nn.initializers import gate_weights, glorot, orthogonal
from lstm_lib.nn.lstm import LSTM


def test_glorot_is_uniform_with_the_variance_of_its_definition():
    W = glorot(np.random.default_rng(0), 300, 200, np.float64)
    limit = np.sqrt(6 / 500)
    assert W.shape == (300, 200)
    assert 0.99 * limit < np.abs(W).max() <= limit
    assert W.var() == pytest.approx(2 / 500, rel=0.02)
    assert abs(W.mean()) < 4 * W.std() / np.sqrt(W.size)


@pytest.mark.parametrize("size", [1, 2, 7, 40])
def test_orthogonal(size):
    W = orthogonal(np.random.default_rng(size), size, np.float64)
    np.testing.assert_allclose(W.T @ W, np.eye(size), atol=1e-12)


def test_orthogonal_is_uniform():
    """All are equally likely, so an entry has mean 0 and variance 1/size: the signs of QR would not do."""
    rng = np.random.default_rng(0)
    draws = np.array([orthogonal(rng, 3, np.float64) for _ in range(3000)])
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(draws.var(axis=0), 1 / 3, atol=0.03)
    assert np.mean(np.linalg.det(draws) > 0) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("size", [1, 4])
def test_each_gate_is_its_own_orthogonal_matrix(size):
    W_x, W_h = gate_weights(np.random.default_rng(0), 5, size, 3, np.float64)
    assert W_x.shape == (5, 3 * size) and W_h.shape == (size, 3 * size)
    for gate in np.split(W_h, 3, axis=1):
        np.testing.assert_allclose(gate.T @ gate, np.eye(size), atol=1e-12)
    assert np.abs(W_x).max() <= np.sqrt(6 / (5 + size))


@pytest.mark.parametrize("name", CELLS)
def test_gates_begin_differently(name):
    assert_gates_differ(CELLS[name](3, 4, np.random.default_rng(0)))


def test_forget_gate_begins_open():
    b = LSTM(3, 4, np.random.default_rng(0)).params["b"]
    np.testing.assert_array_equal(b, np.repeat([0, 1, 0, 0], 4))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_seed_decide(name, dtype):
    first, again, other = (CELLS[name](3, 4, np.random.default_rng(s), dtype=dtype).params for s in (1, 1, 2))
    assert all(array.dtype == dtype for array in first.values())
    assert all(np.array_equal(first[key], again[key]) for key in first)
    assert not np.array_equal(first["W_x"], other["W_x"])

"""The autograd in little gives the gradients that the library has by hand."""

import numpy as np
import pytest

from course.frameworks.autograd import Traced, summed_to, trace
from course.shared.gradcheck import randomize
from lstm_lib.nn.lstm import LSTM

B, T, E, H = 3, 4, 5, 2


def through_all_operations(a, b, row):
    left, right = ((a @ b + row) * row).split(2)
    return left.tanh() * right.sigmoid() + left


@pytest.mark.parametrize("name", ["a", "b", "row"])
def test_each_operation_has_its_way_back(name):
    rng = np.random.default_rng(0)
    shapes = {"a": (3, 5), "b": (5, 4), "row": (4,)}
    arrays = {key: rng.standard_normal(shape) for key, shape in shapes.items()}
    upstream = rng.standard_normal((3, 2))
    traced = {key: Traced(array) for key, array in arrays.items()}
    through_all_operations(**traced).backward(upstream)

    direction, step = rng.standard_normal(shapes[name]), 1e-6

    def loss(sign: int) -> float:
        moved = arrays | {name: arrays[name] + sign * step * direction}
        result = through_all_operations(**{key: Traced(array) for key, array in moved.items()})
        return float((result.data * upstream).sum())

    difference = (loss(1) - loss(-1)) / (2 * step)
    assert (traced[name].grad * direction).sum() == pytest.approx(difference, rel=1e-7)


def test_it_agrees_with_the_layer_over_all_steps():
    rng = np.random.default_rng(1)
    layer = LSTM(E, H, rng, dtype=np.float64)
    randomize(layer.params, rng)
    x, dh = rng.standard_normal((B, T, E)), rng.standard_normal((B, T, H))
    outputs, _, cache = layer.forward(x)
    dx, _, grads = layer.backward(dh, None, cache)

    p = {name: Traced(array) for name, array in layer.params.items()}
    inputs = [Traced(x[:, t]) for t in range(T)]
    h = c = Traced(np.zeros((B, H)))
    loss = Traced(np.zeros((B, H)))
    for t in range(T):
        i, f, g, o = (inputs[t] @ p["W_x"] + h @ p["W_h"] + p["b"]).split(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        np.testing.assert_allclose(h.data, outputs[:, t], atol=1e-14)
        loss = loss + h * Traced(dh[:, t])
    loss.backward(np.ones((B, H)))
    for name, gradient in grads.items():
        np.testing.assert_allclose(p[name].grad, gradient, rtol=0, atol=1e-13)
    np.testing.assert_allclose(np.stack([each.grad for each in inputs], 1), dx, rtol=0, atol=1e-13)


def test_what_is_used_twice_gets_both_gradients_and_is_noted_once():
    a = Traced(np.array([[3.0]]))
    square = a * a
    (square + square).backward(np.ones((1, 1)))
    assert a.grad == 12.0
    assert trace(square) == [a, square]


def test_a_long_chain_needs_no_recursion():
    a = Traced(np.zeros((1, 1)))
    end = a
    for _ in range(5_000):
        end = end + a
    end.backward(np.ones((1, 1)))
    assert a.grad == 5_001


def test_what_was_repeated_is_summed():
    np.testing.assert_array_equal(summed_to(np.ones((2, 3)), (3,)), [2, 2, 2])
    np.testing.assert_array_equal(summed_to(np.ones((2, 3)), (2, 3)), np.ones((2, 3)))

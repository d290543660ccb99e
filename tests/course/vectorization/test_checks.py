"""The checks of vectorized passes pass right answers of any make, and name mistakes written by hand."""

import numpy as np
import pytest

from course.shared.equations import LSTM_ORDER, solve
from course.vectorization import checks as known
from course.vectorization.checks import check_fused_gates, check_project_all
from course.vectorization.weight_gradients import WEIGHT_GRADIENTS, WEIGHT_RETURNS, check_weight_gradients
from lstm_lib.nn.lstm import LSTM

# Right answers


def project_step_by_step(x, W_x, b):
    z = [row @ W_x + b for row in x.swapaxes(0, 1)]
    return np.stack(z, axis=1).astype(np.float32)


def project_in_single_precision(x, W_x, b):
    z = np.dot(x.reshape(-1, len(W_x)).astype(np.float32), W_x)
    z += b
    return z.reshape(len(x), -1, len(b))


def project_with_einsum(x, W_x, b):
    return np.einsum("bte,eg->btg", x, W_x) + b


def gradients_step_by_step(x, h, dz):
    B, T, H = h.shape
    h_before, dW_x, dW_h, db = np.zeros((B, H)), 0, 0, 0
    for t in range(T):
        dW_x = dW_x + x[:, t].T @ dz[:, t]
        dW_h = dW_h + h_before.T @ dz[:, t]
        db = db + dz[:, t].sum(axis=0)
        h_before = h[:, t]
    return dW_x, dW_h, db


def gradients_without_the_first_step(x, h, dz):
    """Right: the first step read zeros, which give nothing to dW_h."""
    return np.tensordot(x, dz, 2 * [[0, 1]]), np.tensordot(h[:, :-1], dz[:, 1:], 2 * [[0, 1]]), dz.sum((0, 1))


def gradients_by_dot(x, h, dz):
    before = np.zeros_like(h)
    before[:, 1:] = h[:, :-1]
    flat = dz.reshape(-1, dz.shape[2])
    dW_x, dW_h = (np.dot(a.reshape(-1, a.shape[2]).T, flat) for a in (x, before))
    return [dW_x, dW_h, np.ones(len(flat)) @ flat]


def gates_with_exp(z):
    i, f, g, o = np.split(z, 4, axis=1)
    return *(1 / (1 + np.exp(-gate)) for gate in (i, f)), np.tanh(g), 1 / (1 + np.exp(-o))


def gates_with_one_tanh(z):
    H = z.shape[1] // 4
    scale = np.repeat([0.5, 0.5, 1, 0.5], H)
    a = scale * np.tanh(scale * z) + (1 - scale)
    return [a[:, k * H : (k + 1) * H] for k in range(4)]


def gates_in_place(z):
    B, H = z.shape[0], z.shape[1] // 4
    a = np.array(z).reshape(B, 4, H)
    a[:, [0, 1, 3]] /= 2
    np.tanh(a, out=a)
    a[:, [0, 1, 3]] = (a[:, [0, 1, 3]] + 1) / 2
    return a.swapaxes(0, 1)


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_project_all, project_in_single_precision),
        (check_project_all, project_with_einsum),
        (check_weight_gradients, gradients_without_the_first_step),
        (check_weight_gradients, gradients_by_dot),
        (check_fused_gates, gates_with_one_tanh),
        (check_fused_gates, gates_in_place),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: ")


def test_what_is_right_is_what_the_library_computes():
    rng = np.random.default_rng(0)
    layer = LSTM(5, 2, rng, dtype=np.float64)
    x = rng.standard_normal((3, 4, 5))
    np.testing.assert_allclose(known.projected(x, layer.params["W_x"], layer.params["b"]), layer.project(x))
    h, state, cache = layer.forward(x)
    dcache = layer.start_backward(cache)
    dstate = state._replace(c=np.zeros_like(state.c))
    for t in reversed(range(4)):
        dstate = layer.backward_step(cache, dcache, t, dstate)
    wanted = layer.weight_gradients(x, cache, dcache)
    found = solve(WEIGHT_GRADIENTS, {"x": x, "h": h, "dz": dcache.dz}, WEIGHT_RETURNS)
    for gradient, name in zip(found, ("W_x", "W_h", "b"), strict=True):
        np.testing.assert_allclose(gradient, wanted[name], rtol=1e-10)
    for gate, values in zip(LSTM_ORDER, solve(known.GATES, {"z": x[0, :, :4]}, LSTM_ORDER), strict=True):
        activation = layer.activations[gate]
        np.testing.assert_allclose(values, activation(x[0, :, [LSTM_ORDER.index(gate)]]).T)


@pytest.mark.parametrize(
    ("check", "student", "told"),
    [
        (check_project_all, project_step_by_step, "it makes 4 products of matrices: one does it"),
        (check_weight_gradients, gradients_step_by_step, "it makes 8 products of matrices: one for each"),
        (check_fused_gates, gates_with_exp, "it makes one call of np.tanh, but not on all of z"),
    ],
)
def test_right_answers_that_take_too_many_calls_are_told(says, check, student, told):
    assert says(check, student).startswith(f"The answer is right, but {told}")


# Known mistakes


def bias_in_the_loop(x, W_x, b):
    z = x @ W_x + b
    for t in range(x.shape[1]):
        z[:, t] += b
    return z


def rows_mixed(x, W_x, b):
    B, T, E = x.shape
    return (np.transpose(x, (1, 0, 2)).reshape(B * T, E) @ W_x + b).reshape(B, T, -1)


def last_step_only(x, h, dz):
    return x[:, -1].T @ dz[:, -1], h[:, -2].T @ dz[:, -1], dz[:, -1].sum(axis=0)


def output_of_the_step_itself(x, h, dz):
    return np.tensordot(x, dz, 2 * [[0, 1]]), np.tensordot(h, dz, 2 * [[0, 1]]), dz.sum(axis=(0, 1))


def scale_forgotten(z):
    return np.split(np.tanh(z), 4, axis=1)


@pytest.mark.parametrize(
    ("check", "student", "told"),
    [
        (check_project_all, bias_in_the_loop, "the bias is added twice"),
        (check_project_all, rows_mixed, "batch and time are mixed up: the rows go step by step"),
        (check_weight_gradients, last_step_only, "only the last step is used"),
        (check_weight_gradients, output_of_the_step_itself, "dW_h uses h_t"),
        (check_fused_gates, scale_forgotten, "leaves a plain tanh"),
    ],
)
def test_mistakes_written_by_hand_are_named(says, check, student, told):
    assert told in says(check, student)


# Other answers


def test_gates_in_one_array_are_told_to_be_four(says):
    assert "should return i, f, g, o: 4 arrays, not 1" in says(check_fused_gates, lambda z: np.tanh(z))

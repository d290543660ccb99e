"""Gradients that go back through time agree with the library's own, and with what can be said by hand."""

import numpy as np
import pytest

from course.activations.gradient_flow import flow, gradient_by_lag, leaky_relu
from lstm_lib.nn.activations import LEAKY_SLOPE, get_activation
from lstm_lib.nn.initializers import orthogonal
from lstm_lib.nn.lstm import LSTM, LSTMState
from lstm_lib.nn.rnn import RNN, RNNState

T, E, H = 5, 3, 4


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("with_state", [False, True])
def test_gradients_by_lag_are_the_norms_of_difference_quotients(rng, with_state):
    lstm, x = LSTM(E, H, rng, dtype=np.float64), rng.standard_normal((1, T, E))
    state0 = LSTMState(*rng.standard_normal((2, 1, H))) if with_state else None

    def last_output(x):
        return lstm.forward(x, state0)[0][0, -1]

    norms = gradient_by_lag(lstm, x, state0)
    for lag, norm in enumerate(norms):
        jacobian = []
        for feature in range(E):
            nudge = np.zeros_like(x)
            nudge[0, T - 1 - lag, feature] = 1e-6
            jacobian.append((last_output(x + nudge) - last_output(x - nudge)) / 2e-6)
        assert norm == pytest.approx(np.linalg.norm(jacobian), rel=1e-6)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "elu"])
def test_a_flow_is_a_plain_recurrent_network(rng, name):
    rnn = RNN(H, H, rng, activation=name, dtype=np.float64)
    rnn.params["W_x"][...] = np.eye(H)
    pushes = rng.standard_normal((T, H))
    z, left = flow(get_activation(name), rnn.params["W_h"], pushes)
    h, _, _ = rnn.forward(pushes[np.newaxis])
    np.testing.assert_allclose(get_activation(name)(z), h[0], rtol=1e-12)
    jacobian = []
    for unit in np.eye(H):
        nudge = RNNState(1e-6 * unit[np.newaxis])
        plus, minus = (
            rnn.forward(pushes[np.newaxis], RNNState(sign * nudge.h))[0][0, -1] for sign in (1, -1)
        )
        jacobian.append((plus - minus) / 2e-6)
    assert left[0] == 1.0 and len(left) == T + 1
    assert left[-1] == pytest.approx(np.linalg.norm(jacobian) / np.sqrt(H), rel=1e-6)


def test_without_a_bend_an_orthogonal_matrix_loses_nothing(rng):
    way = flow(get_activation("identity"), orthogonal(rng, H, np.float64), rng.standard_normal((T, H)))
    np.testing.assert_allclose(way.left, 1.0)


def test_a_leaky_relu_has_the_slope_asked_for():
    z = np.array([-2.0, -0.5, 0.0, 3.0])
    half = leaky_relu(0.5)
    np.testing.assert_array_equal(half(z), [-1.0, -0.25, 0.0, 3.0])
    np.testing.assert_array_equal(half.derivative(None, half(z)), [0.5, 0.5, 0.5, 1.0])
    of_library, ours = get_activation("leaky_relu"), leaky_relu(LEAKY_SLOPE)
    np.testing.assert_array_equal(ours(z), of_library(z))
    np.testing.assert_array_equal(ours.derivative(z, ours(z)), of_library.derivative(z, of_library(z)))


@pytest.mark.parametrize("slope", [0.0, -0.1, float("nan")])
def test_a_slope_that_hides_the_side_is_refused(slope):
    with pytest.raises(ValueError, match="wanted a number above 0"):
        leaky_relu(slope)

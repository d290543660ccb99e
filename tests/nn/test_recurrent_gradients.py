"""Every recurrent layer, with every option, against central differences."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course.shared.gradcheck import randomize, recurrent_operation
from helpers.gradients import assert_projection, assert_recurrent_gradients
from helpers.problems import CELLS, make_cell, problems, random_state, recurrent_noises
from lstm_lib.nn.activations import ACTIVATIONS
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.layers import map_state
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.rnn import RNN
from lstm_lib.nn.stacked import Bidirectional, Stacked

every_cell = pytest.mark.parametrize("name", CELLS)
every_activation = pytest.mark.parametrize("activation", ACTIVATIONS)
# A problem is thrown away where a pre-activation lies near a kink; that says nothing of the test's health.
few = settings(max_examples=4, suppress_health_check=[HealthCheck.filter_too_much])
noises = st.sampled_from([False, True])


@every_cell
@every_activation
@few
@given(problem=problems())
def test_activation(name, activation, problem):
    assert_recurrent_gradients(make_cell(name, problem, activation=activation), problem)


@pytest.mark.parametrize("name", [name for name in CELLS if name != "rnn"])
@every_activation
@few
@given(problem=problems())
def test_gate_activation(name, activation, problem):
    assert_recurrent_gradients(make_cell(name, problem, gate_activation=activation), problem)


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name in CELLS for kind in recurrent_noises(name)]
)
@pytest.mark.parametrize("noisy", [False, True])
@few
@given(problem=problems())
def test_recurrent_dropout(name, kind, noisy, problem):
    assert_recurrent_gradients(make_cell(name, problem, kind), problem, noisy)


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data())
def test_all_options_together(data):
    problem, name = data.draw(problems()), data.draw(st.sampled_from(list(CELLS)))
    kind = data.draw(st.sampled_from(recurrent_noises(name)))
    activation, gates = (data.draw(st.sampled_from(list(ACTIVATIONS))) for _ in range(2))
    layer = make_cell(name, problem, kind, activation=activation, gate_activation=gates)
    assert_recurrent_gradients(layer, problem, data.draw(noises))


@settings(max_examples=12)
@given(problems(), st.sampled_from([LSTM, GRU, RNN]), st.sampled_from([LSTM, GRU, RNN]), noises)
def test_bidirectional(problem, left, right, noisy):
    rng = np.random.default_rng(problem.seed)
    sizes = problem.input_size, problem.hidden_size
    kind = {"recurrent_dropout": make_cell("lstm", problem, "variational").recurrent_dropout}
    layer = Bidirectional(left(*sizes, rng, dtype=np.float64, **kind), right(*sizes, rng, dtype=np.float64))
    randomize(layer.params, rng)
    assert_recurrent_gradients(layer, problem, noisy)


@settings(max_examples=12)
@given(problems(), noises, st.sampled_from([0.0, 0.5]))
def test_stacked(problem, noisy, dropout):
    """A bidirectional layer of mixed cells, with directions of unlike widths, below two others."""
    rng, dtype = np.random.default_rng(problem.seed), np.float64
    width = problem.hidden_size
    low = Bidirectional(
        LSTM(problem.input_size, width, rng, dtype=dtype),
        GRU(problem.input_size, width + 1, rng, dtype=dtype),
    )
    layers = [low, LSTM(2 * width + 1, 2, rng, dtype=dtype), RNN(2, 2, rng, dtype=dtype)]
    stack = Stacked(layers, dropout)
    randomize(stack.params, rng)
    assert_recurrent_gradients(stack, problem, noisy)


def test_layers_of_real_size():
    """One random direction through a stack as wide and long as those that translate."""
    rng = np.random.default_rng(0)
    low = Bidirectional(*(LSTM(20, 32, rng, dtype=np.float64) for _ in range(2)))
    stack = Stacked([low, GRU(64, 32, rng, dtype=np.float64)], 0.2)
    randomize(stack.params, rng, 0.1)
    mask = np.arange(25) < rng.integers(1, 26, 8)[:, None]
    x = rng.standard_normal((8, 25, 20))
    assert_projection(recurrent_operation(stack, x, random_state(stack, 8, rng), mask, seed=1), rng)


def test_no_gradient_of_the_final_state_means_zeros():
    """None and zeros are the same, for simple and composite layers."""
    rng = np.random.default_rng(0)
    low = Bidirectional(*(LSTM(2, 3, rng, dtype=np.float64) for _ in range(2)))
    stack = Stacked([low, GRU(6, 3, rng, dtype=np.float64)])
    x, dh = rng.standard_normal((2, 4, 2)), rng.standard_normal((2, 4, 3))
    _, state, cache = stack.forward(x)
    dx, _, grads = stack.backward(dh, None, cache)
    dx_zeros, _, grads_zeros = stack.backward(dh, map_state(np.zeros_like, state), cache)
    np.testing.assert_array_equal(dx, dx_zeros)
    assert all(np.array_equal(grads[key], grads_zeros[key]) for key in stack.params)


def test_mismatched_directions_and_empty_stacks():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="the directions read widths 2 and 3; wanted one"):
        Bidirectional(LSTM(2, 3, rng), LSTM(3, 3, rng))
    with pytest.raises(ValueError, match="layers is empty"):
        Stacked([])

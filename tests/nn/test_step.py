"""The readable `step` and the fused pass over a sequence are one and the same cell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.arrays import assert_close
from helpers.cells import assert_steps_equal_sequence
from helpers.problems import CELLS, RAGGED, make_cell, problems, recurrent_noises
from lstm_lib.nn.activations import ACTIVATIONS
from lstm_lib.nn.lstm import LSTM

kinds = pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name in CELLS for kind in recurrent_noises(name)]
)
few = settings(max_examples=5)


@kinds
@few
@given(problem=problems(max_steps=6))
def test_a_walk_of_steps_equals_forward_and_backward(name, kind, problem):
    assert_steps_equal_sequence(make_cell(name, problem, kind), problem)


@kinds
@few
@given(problem=problems(), seed=st.integers(0, 99))
def test_one_noisy_step_equals_a_noisy_sequence_of_one(name, kind, problem, seed):
    assert_steps_equal_sequence(make_cell(name, problem, kind), problem, seed)


@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=20)
@given(
    problem=problems(),
    activation=st.sampled_from(list(ACTIVATIONS)),
    gate_activation=st.sampled_from(list(ACTIVATIONS)),
)
def test_with_any_activations(name, problem, activation, gate_activation):
    layer = make_cell(name, problem, activation=activation, gate_activation=gate_activation)
    assert_steps_equal_sequence(layer, problem)


@pytest.mark.parametrize("kind", recurrent_noises("lstm"))
@few
@given(problem=problems(), noisy=st.booleans())
def test_the_lstm_with_one_tanh_equals_the_one_with_four_activations(kind, problem, noisy):
    layer, rng = make_cell("lstm", problem, kind), np.random.default_rng(problem.seed)
    x = rng.standard_normal((problem.batch, problem.steps, problem.input_size))
    dh = rng.standard_normal((problem.batch, problem.steps, problem.hidden_size))
    results = []
    for layer.fused in (True, False):
        h, _, cache = layer.forward(x, None, problem.mask, np.random.default_rng(1) if noisy else None)
        dx, dstate0, grads = layer.backward(dh, None, cache)
        results.append([h, dx, *dstate0, *grads.values()])
    for fused, generic in zip(*results, strict=True):
        assert_close(fused, generic, "fused and generic")


def test_only_the_standard_lstm_is_fused():
    rng = np.random.default_rng(0)
    assert LSTM(2, 2, rng).fused
    assert not LSTM(2, 2, rng, activation="relu").fused
    assert not LSTM(2, 2, rng, gate_activation="hard_sigmoid").fused


@pytest.mark.parametrize("name", CELLS)
def test_without_a_state_a_step_begins_at_zero(name):
    layer = make_cell(name, RAGGED)
    x = np.random.default_rng(0).standard_normal((RAGGED.batch, RAGGED.input_size))
    h, _, _ = layer.step(x)
    h_zero, _, _ = layer.step(x, layer.zero_state(RAGGED.batch))
    np.testing.assert_array_equal(h, h_zero)


def test_the_lstm_by_hand():
    """One unit, numbers that a student can check: all gates at sigma(0) = 1/2, the candidate at tanh(1)."""
    layer = LSTM(1, 1, np.random.default_rng(0), dtype=np.float64)
    for array in layer.params.values():
        array[...] = 0
    layer.params["W_x"][0, 2] = 1.0
    h, (_, c), _ = layer.step(np.ones((1, 1)), layer.State(np.zeros((1, 1)), np.full((1, 1), 0.4)))
    assert c[0, 0] == pytest.approx(0.5 * 0.4 + 0.5 * np.tanh(1))
    assert h[0, 0] == pytest.approx(0.5 * np.tanh(c[0, 0]))


def test_the_gru_by_hand():
    """u = sigma(0) = 1/2 and n = tanh(1) lead half way from the old state to tanh(1)."""
    problem = RAGGED._replace(input_size=1, hidden_size=1)
    layer = make_cell("gru", problem)
    for array in layer.params.values():
        array[...] = 0
    layer.params["W_x"][0, 2] = 1.0
    h, _, _ = layer.step(np.ones((1, 1)), layer.State(np.full((1, 1), 0.4)))
    assert h[0, 0] == pytest.approx(0.5 * np.tanh(1) + 0.5 * 0.4)


@pytest.mark.parametrize("name", CELLS)
def test_a_masked_step_carries_the_state_exactly(name):
    layer, problem = make_cell(name, RAGGED), RAGGED
    x = np.random.default_rng(0).standard_normal((problem.batch, problem.steps, problem.input_size))
    h, state, _ = layer.forward(x, None, problem.mask)
    for b, length in enumerate(problem.mask.sum(axis=1)):
        alone, last, _ = layer.forward(x[b : b + 1, :length])
        np.testing.assert_allclose(h[b, :length], alone[0], atol=1e-15)
        np.testing.assert_array_equal(h[b, length:], np.broadcast_to(h[b, length - 1], h[b, length:].shape))
        for part, part_alone in zip(state, last, strict=True):
            np.testing.assert_allclose(part[b], part_alone[0], atol=1e-15)

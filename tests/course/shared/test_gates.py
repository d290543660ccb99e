"""Gates that are seen, clamped and moved by a slider."""

import numpy as np
import pytest

from course.lstm_cell.explorer import gate_explorer
from course.shared.gates import clamp_gates, walk
from helpers.explorers import controls_of
from lstm_lib.nn.lstm import LSTM, LSTMState

T, E, H = 6, 3, 2


@pytest.fixture
def lstm():
    return LSTM(E, H, np.random.default_rng(0), dtype=np.float64)


@pytest.fixture
def x():
    return np.random.default_rng(1).standard_normal((T, E))


def test_a_walk_holds_what_happens_at_each_step(lstm, x):
    gates, c, h = walk(lstm, x)
    state = lstm.zero_state(1)
    for t in range(T):
        _, state, cache = lstm.step(x[np.newaxis, t], state)
        np.testing.assert_allclose(gates[t], np.concatenate(cache.values[1:5]), rtol=1e-12)
        np.testing.assert_allclose(c[t], state.c[0], rtol=1e-12)
        np.testing.assert_allclose(h[t], state.h[0], rtol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.05, 0.5, 1.0])
@pytest.mark.parametrize("gate", "ifo")
def test_a_clamped_gate_is_stuck_and_the_others_are_free(lstm, x, gate, value):
    before = {name: array.copy() for name, array in lstm.params.items()}
    clamped = clamp_gates(lstm, **{gate: value})
    gates = walk(clamped, x).gates
    for row, name in enumerate("ifgo"):
        if name == gate:
            np.testing.assert_allclose(gates[:, row], value, rtol=1e-12)
        else:
            assert np.ptp(gates[:, row]) > 0.01
    for name, array in before.items():
        np.testing.assert_array_equal(lstm.params[name], array)


def test_a_memory_kept_and_not_written_stays_to_the_last_bit(lstm, x):
    first = LSTMState(*np.random.default_rng(2).standard_normal((2, 1, H)))
    _, last, _ = clamp_gates(lstm, i=0.0, f=1.0).forward(x[np.newaxis], first)
    np.testing.assert_array_equal(last.c, first.c)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_value_no_gate_can_have_is_refused(lstm, value):
    with pytest.raises(ValueError, match="wanted a number from 0 to 1"):
        clamp_gates(lstm, f=value)


def gates_and_memory(figure) -> tuple[np.ndarray, np.ndarray]:
    top, bottom = figure.axes
    return top.images[0].get_array().data.T, bottom.lines[1].get_ydata()


def test_the_explorer_draws_again_when_a_slider_moves(lstm, x, record):
    drawn = record(gates_and_memory)
    controls = controls_of(gate_explorer(lstm, x, [str(t) for t in range(T)], unit=1))
    assert list(controls) == ["input i", "forget f", "output o"]
    controls["forget f"].value = "0.50"
    controls["forget f"].value = "free"
    for shown, cell in zip(drawn, (lstm, clamp_gates(lstm, f=0.5), lstm), strict=True):
        gates, c, _ = walk(cell, x)
        np.testing.assert_array_equal(shown[0], gates[:, :, 1])
        np.testing.assert_array_equal(shown[1], c[:, 1])

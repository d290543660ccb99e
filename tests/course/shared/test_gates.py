"""Gates of an LSTM and of a GRU that are seen and clamped."""

import numpy as np
import pytest

from course.shared.gates import ORDER, VALVES, clamp_gates, walk
from lstm_lib.nn.gru import GRU, GRUState
from lstm_lib.nn.lstm import LSTM, LSTMState

T, E, H = 6, 3, 2
KINDS = {"LSTM": (LSTM, {}), "GRU": (GRU, {}), "GRU, reset before": (GRU, {"reset_after": False})}


def make(kind: str):
    layer_class, options = KINDS[kind]
    return layer_class(E, H, np.random.default_rng(0), dtype=np.float64, **options)


@pytest.fixture
def x():
    return np.random.default_rng(1).standard_normal((T, E))


@pytest.mark.parametrize(("kind", "where"), [("LSTM", slice(1, 5)), ("GRU", slice(3, 6))])
def test_a_walk_holds_what_happens_at_each_step(x, kind, where):
    layer = make(kind)
    gates, c, h = walk(layer, x)
    state = layer.zero_state(1)
    for t in range(T):
        _, state, cache = layer.step(x[np.newaxis, t], state)
        np.testing.assert_allclose(gates[t], np.concatenate(cache.values[where]), rtol=1e-12)
        np.testing.assert_allclose(c[t], getattr(state, "c", state.h)[0], rtol=1e-12)
        np.testing.assert_allclose(h[t], state.h[0], rtol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.05, 0.25, 0.5, 1.0])
@pytest.mark.parametrize(
    ("kind", "gate"), [(kind, gate) for kind, (layer, _) in KINDS.items() for gate in VALVES[layer]]
)
def test_a_clamped_gate_is_stuck_and_the_others_are_free(x, kind, gate, value):
    layer = make(kind)
    before = {name: array.copy() for name, array in layer.params.items()}
    gates = walk(clamp_gates(layer, **{gate: value}), x).gates
    for row, name in enumerate(ORDER[type(layer)]):
        if name == gate:
            np.testing.assert_allclose(gates[:, row], value, rtol=1e-12)
        else:
            assert np.ptp(gates[:, row]) > 0.01
    for name, array in before.items():
        np.testing.assert_array_equal(layer.params[name], array)


def test_a_memory_kept_and_not_written_stays_to_the_last_bit(x):
    first = LSTMState(*np.random.default_rng(2).standard_normal((2, 1, H)))
    _, last, _ = clamp_gates(make("LSTM"), i=0.0, f=1.0).forward(x[np.newaxis], first)
    np.testing.assert_array_equal(last.c, first.c)


def test_a_gru_that_keeps_everything_never_moves_and_one_that_keeps_nothing_is_its_candidate(x):
    first = GRUState(np.random.default_rng(2).standard_normal((1, H)))
    _, last, _ = clamp_gates(make("GRU"), u=1.0).forward(x[np.newaxis], first)
    np.testing.assert_allclose(last.h, first.h, rtol=1e-12)
    found = walk(clamp_gates(make("GRU"), u=0.0), x)
    np.testing.assert_array_equal(found.h, found.gates[:, ORDER[GRU].index("n")])


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_value_no_gate_can_have_is_refused(value):
    with pytest.raises(ValueError, match="wanted a number from 0 to 1"):
        clamp_gates(make("LSTM"), f=value)


@pytest.mark.parametrize(("kind", "gate"), [("GRU", "f"), ("GRU", "n"), ("LSTM", "z"), ("LSTM", "g")])
def test_a_gate_that_the_cell_does_not_have_is_refused(kind, gate):
    with pytest.raises(ValueError, match=f"{gate} is no gate of the {kind}; wanted one of "):
        clamp_gates(make(kind), **{gate: 1.0})

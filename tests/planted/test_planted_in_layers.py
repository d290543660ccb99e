"""Bugs that well-known recurrent networks have had, planted in ours: the suite's checks catch each."""

from collections.abc import Callable

import numpy as np
import pytest

from helpers.cells import assert_gates_differ, assert_steps_equal_sequence
from helpers.gradients import assert_projection, assert_recurrent_gradients
from helpers.models import make_model, make_tiny_batch, model_operation
from helpers.planting import Bug, assert_caught
from helpers.problems import CELLS, RAGGED, make_cell
from lstm_lib.nn import recurrent
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.recurrent import Recurrent
from lstm_lib.nn.rnn import RNN
from lstm_lib.seq2seq.encoder import Bridge

# The checks, those that the ordinary tests call


def gradients(name: str) -> Callable[[], None]:
    return lambda: assert_recurrent_gradients(make_cell(name, RAGGED), RAGGED)


def steps(name: str) -> Callable[[], None]:
    return lambda: assert_steps_equal_sequence(make_cell(name, RAGGED), RAGGED)


def initial_gates(name: str) -> Callable[[], None]:
    return lambda: assert_gates_differ(CELLS[name](3, 4, np.random.default_rng(0)))


def model_gradients() -> None:
    assert_projection(model_operation(make_model(), make_tiny_batch()), np.random.default_rng(0))


# The bugs


def dropping(part: str):
    """A step back that forgets the gradient of one part of the state before."""

    def without(state):
        return state._replace(**{part: np.zeros_like(getattr(state, part))})

    def plant(real):
        def wrong(*args):
            found = real(*args)
            if hasattr(found, part):
                return without(found)
            dx, before, grads = found  # of `equations_backward`
            return dx, without(before), grads

        return wrong

    return plant


def slope_of_the_activated(real):
    """sigma'(sigma(z)) in place of sigma'(z)."""

    def derivative(z, a):
        return sigmoid(a) * (1 - sigmoid(a))

    return lambda name: real(name)._replace(derivative=derivative) if name == "sigmoid" else real(name)


def slopes(gates: str, slope: Callable[[np.ndarray], np.ndarray]):
    """Other slopes for some gates of the fused LSTM."""

    def plant(real):
        def wrong(self, cache):
            dcache = real(self, cache)
            for columns in map(self.gate, gates):
                dcache.dz[..., columns] = slope(cache.gates[..., columns])
            return dcache

        return wrong

    return plant


def last_gradient_at_every_step(real):
    def wrong(self, dh, dstate_T, cache):
        everywhere = np.repeat(dstate_T.h[:, None], dh.shape[1] - 1, axis=1)
        return real(self, np.concatenate([dh[:, :-1] + everywhere, dh[:, -1:]], axis=1), dstate_T, cache)

    return wrong


def without_final_memory(real):
    return lambda self, dh, dstate_T, cache: real(self, dh, dstate_T._replace(c=0 * dstate_T.c), cache)


def without_bridged_memory(real):
    def wrong(self, dfirst, cache):
        return real(self, tuple(dstate._replace(c=0 * dstate.c) for dstate in dfirst), cache)

    return wrong


def next_gates_bias(real):
    def wrong(self, x):
        b = self.params["b"]
        return real(self, x) - b + np.roll(b, self.hidden_size)

    return wrong


def one_gate_for_all(real):
    def wrong(rng, input_size, hidden_size, gates, dtype):
        return tuple(np.tile(W, gates) for W in real(rng, input_size, hidden_size, 1, dtype))

    return wrong


BUGS = {
    "dh is not carried on (RNN)": Bug(gradients("rnn"), RNN, "_cell_backward", dropping("h")),
    "dh is not carried on (LSTM)": Bug(gradients("lstm"), LSTM, "_cell_backward", dropping("h")),
    "dc is not carried on (LSTM)": Bug(gradients("lstm"), LSTM, "_cell_backward", dropping("c")),
    "dh is not carried on (GRU)": Bug(gradients("gru"), GRU, "_cell_backward", dropping("h")),
    "dh is not carried on by a step": Bug(steps("lstm"), LSTM, "equations_backward", dropping("h")),
    "dc is not carried on by a step": Bug(steps("lstm"), LSTM, "equations_backward", dropping("c")),
    "dh is not carried on in a model": Bug(model_gradients, LSTM, "_cell_backward", dropping("h")),
    "dc is not carried on in a model": Bug(model_gradients, LSTM, "_cell_backward", dropping("c")),
    "sigma' of the activated gate (GRU)": Bug(
        gradients("gru"), recurrent, "get_activation", slope_of_the_activated
    ),
    "sigma' of the activated gate (LSTM)": Bug(
        gradients("lstm"), LSTM, "start_backward", slopes("ifo", lambda a: sigmoid(a) * (1 - sigmoid(a)))
    ),
    "forget gate without sigma'": Bug(gradients("lstm"), LSTM, "start_backward", slopes("f", np.ones_like)),
    "forget gate without gradient": Bug(
        gradients("lstm"), LSTM, "start_backward", slopes("f", np.zeros_like)
    ),
    "the last gradient at every step": Bug(
        gradients("lstm"), Recurrent, "backward", last_gradient_at_every_step
    ),
    "the final memory's gradient dropped": Bug(
        gradients("lstm"), Recurrent, "backward", without_final_memory
    ),
    "the bridged memory's gradient dropped": Bug(model_gradients, Bridge, "backward", without_bridged_memory),
    "another gate's bias, by gradients": Bug(gradients("lstm"), Recurrent, "project", next_gates_bias),
    "another gate's bias, by steps": Bug(steps("gru"), Recurrent, "project", next_gates_bias),
    "all gates begin alike (LSTM)": Bug(initial_gates("lstm"), recurrent, "gate_weights", one_gate_for_all),
    "all gates begin alike (GRU)": Bug(initial_gates("gru"), recurrent, "gate_weights", one_gate_for_all),
}


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_is_caught(bug, monkeypatch):
    assert_caught(bug, monkeypatch)

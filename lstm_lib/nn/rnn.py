"""The plain recurrent network: h_t = tanh(x_t W_x + h_{t-1} W_h + b) (Elman, 1990)."""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.products import weight_gradient
from lstm_lib.nn.recurrence import Recurrent, scaled
from lstm_lib.nn.tapes import GradientTape, StepCache, Tape


class RNNState(NamedTuple):
    h: np.ndarray  # (B, H)


class RNN(Recurrent):
    """The plain recurrent layer.  It has no gates: `gate_activation` has no effect, `candidate` dropout no
    place.
    """

    num_gates = num_activations = 1
    State = RNNState

    def __init__(self, input_size: int, hidden_size: int, rng: np.random.Generator, **options):
        """Args: as for `Recurrent`.  Raises: ValueError on candidate dropout."""
        super().__init__(input_size, hidden_size, rng, **options)
        if self.recurrent_dropout is not None and self.recurrent_dropout.kind == "candidate":
            raise ValueError(
                "candidate dropout needs a gated cell (LSTM or GRU): an RNN's candidate is all its memory"
            )

    def equations(self, x, h, state, W_h, candidate):
        """z = x W_x + h W_h + b;  h' = tanh(z)."""
        z = x @ self.params["W_x"] + h @ W_h + self.params["b"]
        h = self.activation(z)
        return RNNState(h), (z, h)

    def equations_backward(self, dstate: RNNState, cache: StepCache):
        z, h = cache.values
        dz = dstate.h * self.activation.derivative(z, h)
        dbefore = RNNState(scaled(dz @ cache.W_h.T, cache.noise.state))
        return (
            dz @ self.params["W_x"].T,
            dbefore,
            {"W_x": cache.x.T @ dz, "W_h": cache.h.T @ dz, "b": dz.sum(axis=0)},
        )

    def _cell_forward(self, tape: Tape, t: int, h: np.ndarray) -> None:
        z = tape.gates[:, t]
        z += h @ tape.W_h
        if tape.pre is not None:
            tape.pre[:, t] = z
        z[...] = self.activation(z)
        tape.state.h[:, t + 1] = z

    def _slopes(self, tape: Tape) -> tuple[np.ndarray, np.ndarray]:
        return self.activation.derivative(tape.pre, tape.gates), tape.inner

    def _cell_backward(self, tape: Tape, dtape: GradientTape, t: int, dstate: RNNState) -> RNNState:
        dz = dtape.dz[:, t]
        dz *= dstate.h
        return RNNState(scaled(dz @ dtape.W_h_T, tape.noise.state))

    def _recurrent_gradients(self, h: np.ndarray, tape: Tape, dtape: GradientTape):
        return {"W_h": weight_gradient(h, dtape.dz)}

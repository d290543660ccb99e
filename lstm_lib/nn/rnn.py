"""The plain recurrent network: h_t = tanh(x_t W_x + h_{t-1} W_h + b) (Elman, 1990)."""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.layers import transposed
from lstm_lib.nn.recurrent import Recurrent, RecurrentCache, RecurrentGradients, StepCache, scaled


class RNNState(NamedTuple):
    h: np.ndarray  # (B, H)


class RNN(Recurrent):
    """The plain recurrent layer.  It has no gates, so `gate_activation` has no effect.

    `params`: W_x (input_size, H), W_h (H, H), b (H).
    """

    gate_order = activation_order = "h"
    State = RNNState

    def __init__(self, input_size: int, hidden_size: int, rng: np.random.Generator, **options):
        """Args: as for `Recurrent`.  Raises: ValueError on candidate dropout."""
        super().__init__(input_size, hidden_size, rng, **options)
        if self.recurrent_dropout is not None and self.recurrent_dropout.kind == "candidate":
            raise ValueError(
                "candidate dropout needs a gated cell (LSTM or GRU): an RNN's candidate is all its memory"
            )

    def equations(self, x, h, state, W_h, candidate):
        """z = x W_x + h W_h + b;  h_new = tanh(z)."""
        z = x @ self.params["W_x"] + h @ W_h + self.params["b"]
        h = self.activation(z)
        return RNNState(h), (z, h)

    def equations_backward(self, dstate: RNNState, cache: StepCache):
        z, h = cache.values
        dz = dstate.h * self.activation.derivative(z, h)
        dbefore = RNNState(scaled(dz @ cache.W_h.T, cache.noise.state))
        grads = {"W_x": cache.x.T @ dz, "W_h": cache.h.T @ dz, "b": dz.sum(axis=0)}
        return dz @ self.params["W_x"].T, dbefore, grads

    def _cell_forward(self, cache: RecurrentCache, t: int, h: np.ndarray) -> None:
        z = cache.gates[:, t]
        z += h @ cache.W_h
        if cache.pre is not None:
            cache.pre[:, t] = z
        z[...] = self.activation(z)
        cache.state.h[:, t + 1] = z

    def start_backward(self, cache: RecurrentCache) -> RecurrentGradients:
        """Compute the slopes of the activation, for all steps at once."""
        return RecurrentGradients(self.activation.derivative(cache.pre, cache.gates), transposed(cache.W_h))

    def _cell_backward(self, cache: RecurrentCache, dcache: RecurrentGradients, t: int, dstate: RNNState):
        dz = dcache.dz[:, t]
        dz *= dstate.h
        return RNNState(scaled(dz @ dcache.W_h_T, cache.noise.state))

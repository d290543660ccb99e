"""Long short-term memory (Hochreiter and Schmidhuber, 1997), with forget gate (Gers et al., 2000).

    i = sigma(x W_xi + h W_hi + b_i)      input gate: how much of the candidate to write
    f = sigma(x W_xf + h W_hf + b_f)      forget gate: how much of the memory to keep
    g = tanh (x W_xg + h W_hg + b_g)      candidate
    o = sigma(x W_xo + h W_ho + b_o)      output gate: how much of the memory to show
    c_new = f c + i g                     memory
    h_new = o tanh(c_new)                 output

The four gates stand side by side in each weight matrix, in the order i, f, g, o (PyTorch's and Keras's).
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.layers import transposed
from lstm_lib.nn.recurrent import Recurrent, RecurrentCache, RecurrentGradients, StepCache, scaled


class LSTMState(NamedTuple):
    h: np.ndarray  # (B, H): output
    c: np.ndarray  # (B, H): memory


class LSTM(Recurrent):
    """A layer of LSTM cells.  `params`: W_x (input_size, 4H), W_h (H, 4H), b (4H), the forget gate's at 1."""

    gate_order, activation_order, cached = "ifgo", "ifgoc", "tanh_c"
    State = LSTMState

    def __init__(self, input_size: int, hidden_size: int, rng: np.random.Generator, **options):
        """Args: as for `Recurrent`."""
        super().__init__(input_size, hidden_size, rng, **options)
        # A forget gate that starts open lets gradients through from the first step (Jozefowicz et al., 2015).
        self.params["b"][self.gate("f")] = 1.0
        sigma, tanh = self.gate_activation, self.activation
        self.activations = {"i": sigma, "f": sigma, "g": tanh, "o": sigma}
        self.fused = self.activation.name == "tanh" and self.gate_activation.name == "sigmoid"
        # sigma(z) = tanh(z / 2) / 2 + 1 / 2: with these rows ONE tanh serves all four gates.
        scale = np.array([1.0 if name == "g" else 0.5 for name in self.gate_order], self.params["b"].dtype)
        self._scale, self._shift = np.repeat(scale, hidden_size), np.repeat(1 - scale, hidden_size)

    # To be read

    def equations(self, x, h, state: LSTMState, W_h, candidate):
        """The seven lines of the cell.

        Args: x (B, input_size); h (B, H) as the gates see it; state before the step; W_h (H, 4H); candidate:
        what recurrent dropout multiplies g by.
        Returns: the new state, and the values on the way.
        """
        sigma, tanh = self.gate_activation, self.activation
        z = x @ self.params["W_x"] + h @ W_h + self.params["b"]
        i = sigma(z[:, self.gate("i")])
        f = sigma(z[:, self.gate("f")])
        g = tanh(z[:, self.gate("g")])
        o = sigma(z[:, self.gate("o")])
        c = f * state.c + i * g * candidate
        h = o * tanh(c)
        return LSTMState(h, c), (z, i, f, g, o, c)

    def equations_backward(self, dstate: LSTMState, cache: StepCache):
        """The chain rule, line by line from the last equation to the first."""
        sigma, tanh = self.gate_activation, self.activation
        z, i, f, g, o, c = cache.values
        tanh_c = tanh(c)
        do = dstate.h * tanh_c
        dc = dstate.c + dstate.h * o * tanh.derivative(c, tanh_c)
        df = dc * cache.state.c
        di = dc * g * cache.candidate
        dg = dc * i * cache.candidate
        dz = np.concatenate(
            [
                di * sigma.derivative(z[:, self.gate("i")], i),
                df * sigma.derivative(z[:, self.gate("f")], f),
                dg * tanh.derivative(z[:, self.gate("g")], g),
                do * sigma.derivative(z[:, self.gate("o")], o),
            ],
            axis=1,
        )
        dbefore = LSTMState(h=scaled(dz @ cache.W_h.T, cache.noise.state), c=dc * f)
        return (
            dz @ self.params["W_x"].T,
            dbefore,
            {"W_x": cache.x.T @ dz, "W_h": cache.h.T @ dz, "b": dz.sum(axis=0)},
        )

    # To be run

    def _cell_forward(self, cache: RecurrentCache, t: int, h: np.ndarray) -> None:
        """One step, in place: gates[:, t] holds the projected input at first, then the activated gates."""
        z = cache.gates[:, t]
        z += h @ cache.W_h
        if cache.pre is not None:
            cache.pre[:, t, : z.shape[1]] = z
        self._activate(z)
        i, f, g, o = self._split(z)
        if cache.noise.candidate is not None:
            g = g * cache.noise.candidate[:, t]
        c, tanh_c = cache.state.c[:, t + 1], cache.tanh_c[:, t]
        np.multiply(f, cache.state.c[:, t], out=c)
        c += i * g
        if cache.pre is not None:
            cache.pre[:, t, self.gate("c")] = c
        if self.fused:
            np.tanh(c, out=tanh_c)
        else:
            tanh_c[...] = self.activation(c)
        np.multiply(o, tanh_c, out=cache.state.h[:, t + 1])

    def _activate(self, z: np.ndarray) -> None:
        """Apply the activations of all gates of one step (B, 4H), in place."""
        if self.fused:
            z *= self._scale
            np.tanh(z, out=z)
            z *= self._scale
            z += self._shift
            return
        for name, activation in self.activations.items():
            z[:, self.gate(name)] = activation(z[:, self.gate(name)])

    def start_backward(self, cache: RecurrentCache) -> RecurrentGradients:
        """Compute the slopes of all activations, for all steps at once."""
        dz, output_slope = self._fused_slopes(cache) if self.fused else self._slopes(cache)
        if cache.noise.candidate is not None:
            dz[..., self.gate("g")] *= cache.noise.candidate
        output_slope *= cache.gates[..., self.gate("o")]
        return RecurrentGradients(dz, transposed(cache.W_h), output_slope)

    def _fused_slopes(self, cache: RecurrentCache) -> tuple[np.ndarray, np.ndarray]:
        """sigma' = a - a^2 and tanh' = 1 - a^2, read off the activated values."""
        dz, slope_c = np.square(cache.gates), np.square(cache.tanh_c)
        for columns in (slice(0, 2 * self.hidden_size), self.gate("o")):
            np.subtract(cache.gates[..., columns], dz[..., columns], out=dz[..., columns])
        np.subtract(1, dz[..., self.gate("g")], out=dz[..., self.gate("g")])
        return dz, np.subtract(1, slope_c, out=slope_c)

    def _slopes(self, cache: RecurrentCache) -> tuple[np.ndarray, np.ndarray]:
        """The slopes of any activations: of the gates (B, T, 4H), and of the output's tanh (B, T, H)."""
        dz = np.empty_like(cache.gates)
        pre = dict.fromkeys(self.activation_order)
        if cache.pre is not None:
            pre = {name: cache.pre[..., self.gate(name)] for name in pre}
        for name, activation in self.activations.items():
            dz[..., self.gate(name)] = activation.derivative(pre[name], cache.gates[..., self.gate(name)])
        return dz, self.activation.derivative(pre["c"], cache.tanh_c)

    def _cell_backward(self, cache: RecurrentCache, dcache: RecurrentGradients, t: int, dstate: LSTMState):
        """One step back, in place: dz[:, t] holds the slopes of the gates at first, then their gradients."""
        i, f, g, _ = self._split(cache.gates[:, t])
        if cache.noise.candidate is not None:
            g = g * cache.noise.candidate[:, t]
        dz = dcache.dz[:, t]
        di, df, dg, do = self._split(dz)
        dc = dstate.h * dcache.output_slope[:, t]
        dc += dstate.c
        di *= dc * g
        df *= dc * cache.state.c[:, t]
        dg *= dc * i
        do *= dstate.h * cache.tanh_c[:, t]
        return LSTMState(h=scaled(dz @ dcache.W_h_T, cache.noise.state), c=dc * f)

"""Long short-term memory (Hochreiter and Schmidhuber, 1997), with forget gate (Gers et al., 2000).

    i = sigma(x W_xi + h W_hi + b_i)      input gate: how much of the candidate to write
    f = sigma(x W_xf + h W_hf + b_f)      forget gate: how much of the memory to keep
    g = tanh (x W_xg + h W_hg + b_g)      candidate
    o = sigma(x W_xo + h W_ho + b_o)      output gate: how much of the memory to show
    c' = f c + i g                        memory
    h' = o tanh(c')                       output

The four gates stand side by side in each weight matrix, in the order i, f, g, o (PyTorch's and Keras's).
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.products import weight_gradient
from lstm_lib.nn.recurrence import Recurrent, scaled
from lstm_lib.nn.tapes import GradientTape, StepCache, Tape


class LSTMState(NamedTuple):
    h: np.ndarray  # (B, H): output
    c: np.ndarray  # (B, H): memory


class LSTM(Recurrent):
    """A layer of LSTM cells.  `params`: W_x (input_size, 4H), W_h (H, 4H), b (4H), the forget gate's at 1."""

    num_gates, num_activations = 4, 5
    State = LSTMState

    def __init__(self, input_size: int, hidden_size: int, rng: np.random.Generator, **options):
        """Args: as for `Recurrent`."""
        super().__init__(input_size, hidden_size, rng, **options)
        # A forget gate that starts open lets gradients through from the first step (Jozefowicz et al., 2015).
        self.params["b"][hidden_size : 2 * hidden_size] = 1.0
        sigma, tanh = self.gate_activation, self.activation
        self.activations = {"i": sigma, "f": sigma, "g": tanh, "o": sigma}
        self._gates = [self.gate(name) for name in self.activations]
        self.fused = self.activation.name == "tanh" and self.gate_activation.name == "sigmoid"
        # sigma(z) = tanh(z / 2) / 2 + 1 / 2: with these rows ONE tanh serves all four gates.
        dtype = self.params["b"].dtype
        self._scale = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], dtype), hidden_size)
        self._shift = np.repeat(np.array([0.5, 0.5, 0.0, 0.5], dtype), hidden_size)

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

    def gate(self, name: str) -> slice:
        """The columns of a gate, "i", "f", "g" or "o", in W_x, W_h and b; "c" is what follows them on
        `Tape.pre`.
        """
        start = "ifgoc".index(name) * self.hidden_size
        return slice(start, start + self.hidden_size)

    # To be run

    def _cell_forward(self, tape: Tape, t: int, h: np.ndarray) -> None:
        z = tape.gates[:, t]
        z += h @ tape.W_h
        if tape.pre is not None:
            tape.pre[:, t, : z.shape[1]] = z
        self._activate(z)
        i, f, g, o = self._split(z)
        if tape.noise.candidate is not None:
            g = g * tape.noise.candidate[:, t]
        c, tanh_c = tape.state.c[:, t + 1], tape.inner[:, t]
        np.multiply(f, tape.state.c[:, t], out=c)
        c += i * g
        if tape.pre is not None:
            tape.pre[:, t, self.gate("c")] = c
        tanh_c[...] = self.activation(c)
        np.multiply(o, tanh_c, out=tape.state.h[:, t + 1])

    def _split(self, z: np.ndarray) -> list[np.ndarray]:
        """One step of all gates (B, 4H), seen gate by gate, (B, H) each."""
        return [z[:, columns] for columns in self._gates]

    def _activate(self, z: np.ndarray) -> None:
        """All gates of one step (B, 4H), in place."""
        if self.fused:
            z *= self._scale
            np.tanh(z, out=z)
            z *= self._scale
            z += self._shift
            return
        for name, activation in self.activations.items():
            z[:, self.gate(name)] = activation(z[:, self.gate(name)])

    def _slopes(self, tape: Tape) -> tuple[np.ndarray, np.ndarray]:
        """dz: the slope of each gate.  inner (B, T, H): dc'/dh' = o tanh'(c'), by way of the output."""
        if self.fused:
            # sigma' = a - a^2 and tanh' = 1 - a^2
            dz = np.square(tape.gates)
            for columns in (slice(0, 2 * self.hidden_size), self.gate("o")):
                np.subtract(tape.gates[..., columns], dz[..., columns], out=dz[..., columns])
            np.subtract(1, dz[..., self.gate("g")], out=dz[..., self.gate("g")])
        else:
            dz = np.empty_like(tape.gates)
            for name, activation in self.activations.items():
                pre = None if tape.pre is None else tape.pre[..., self.gate(name)]
                dz[..., self.gate(name)] = activation.derivative(pre, tape.gates[..., self.gate(name)])
        if tape.noise.candidate is not None:
            dz[..., self.gate("g")] *= tape.noise.candidate
        pre_c = None if tape.pre is None else tape.pre[..., self.gate("c")]
        inner = self.activation.derivative(pre_c, tape.inner)
        inner *= tape.gates[..., self.gate("o")]
        return dz, inner

    def _cell_backward(self, tape: Tape, dtape: GradientTape, t: int, dstate: LSTMState) -> LSTMState:
        i, f, g, _ = self._split(tape.gates[:, t])
        if tape.noise.candidate is not None:
            g = g * tape.noise.candidate[:, t]
        dz = dtape.dz[:, t]
        di, df, dg, do = self._split(dz)
        dc = dstate.h * dtape.inner[:, t]
        dc += dstate.c
        di *= dc * g
        df *= dc * tape.state.c[:, t]
        dg *= dc * i
        do *= dstate.h * tape.inner[:, t]
        return LSTMState(h=scaled(dz @ dtape.W_h_T, tape.noise.state), c=dc * f)

    def _recurrent_gradients(self, h: np.ndarray, tape: Tape, dtape: GradientTape):
        return {"W_h": weight_gradient(h, dtape.dz)}

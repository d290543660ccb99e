"""The gated recurrent unit (Cho et al., 2014).

    r = sigma(x W_xr + h W_hr + b_r)                 reset gate: how much of the past the candidate sees
    z = sigma(x W_xz + h W_hz + b_z)                 update gate: how much of the past stays
    n = tanh (x W_xn + b_n + r (h W_hn + b_h))       candidate, reset after the product (PyTorch, Keras)
    n = tanh (x W_xn + b_n + (r h) W_hn)             candidate, reset before it (Cho et al., 2014)
    h' = (1 - z) n + z h                             state

The gates stand side by side in each weight matrix, in the order r, z, n (PyTorch's).
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.layers import Params, bias_gradient, transposed, weight_gradient
from lstm_lib.nn.recurrent import Recurrent, RecurrentCache, RecurrentGradients, StepCache, scaled


class GRUState(NamedTuple):
    h: np.ndarray  # (B, H)


class GRU(Recurrent):
    """A layer of GRU cells.

    `params`: W_x (input_size, 3H), W_h (H, 3H), b (3H) and, with the reset gate after the product, b_h (H).
    """

    gate_order = activation_order = "rzn"
    cached = "past"  # h W_hn + b_h, or r h with the reset gate before the product
    State = GRUState

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        reset_after: bool = True,
        **options,
    ):
        """Args: reset_after: where the reset gate stands (see the equations); others as for `Recurrent`."""
        super().__init__(input_size, hidden_size, rng, **options)
        self.reset_after = reset_after
        if reset_after:
            self.params["b_h"] = np.zeros(hidden_size, self.params["b"].dtype)
        self._rz, self._n = slice(0, 2 * hidden_size), self.gate("n")

    # To be read

    def equations(self, x, h, state: GRUState, W_h, candidate):
        """The lines of the cell.  Args and Returns: as for the LSTM's."""
        sigma, tanh = self.gate_activation, self.activation
        x_r, x_z, x_n = np.split(x @ self.params["W_x"] + self.params["b"], 3, axis=1)
        W_r, W_z, W_n = np.split(W_h, 3, axis=1)
        z_r, z_z = x_r + h @ W_r, x_z + h @ W_z
        r = sigma(z_r)
        z = sigma(z_z)
        past = h @ W_n + self.params["b_h"] if self.reset_after else r * h
        z_n = x_n + (r * past if self.reset_after else past @ W_n)
        n = tanh(z_n)
        return GRUState((1 - z) * n * candidate + z * state.h), (z_r, z_z, z_n, r, z, n, past)

    def equations_backward(self, dstate: GRUState, cache: StepCache):
        """The chain rule, line by line from the last equation to the first."""
        sigma, tanh = self.gate_activation, self.activation
        z_r, z_z, z_n, r, z, n, past = cache.values
        W_r, W_z, W_n = np.split(cache.W_h, 3, axis=1)
        dn = dstate.h * (1 - z) * cache.candidate * tanh.derivative(z_n, n)
        dz = dstate.h * (cache.state.h - n * cache.candidate) * sigma.derivative(z_z, z)
        dpast = dn * r if self.reset_after else dn @ W_n.T
        dr = (dn * past if self.reset_after else dpast * cache.h) * sigma.derivative(z_r, r)
        dh = dr @ W_r.T + dz @ W_z.T + (dpast @ W_n.T if self.reset_after else dpast * r)
        dx_side = np.concatenate([dr, dz, dn], axis=1)
        dW_n = cache.h.T @ dpast if self.reset_after else past.T @ dn
        grads = {"W_x": cache.x.T @ dx_side, "b": dx_side.sum(axis=0)}
        grads["W_h"] = np.concatenate([cache.h.T @ dr, cache.h.T @ dz, dW_n], axis=1)
        if self.reset_after:
            grads["b_h"] = dpast.sum(axis=0)
        dbefore = GRUState(scaled(dh, cache.noise.state) + dstate.h * z)
        return dx_side @ self.params["W_x"].T, dbefore, grads

    # To be run

    def _cell_forward(self, cache: RecurrentCache, t: int, h: np.ndarray) -> None:
        gates, past = cache.gates[:, t], cache.past[:, t]
        rz, n = gates[:, self._rz], gates[:, self._n]
        if self.reset_after:
            product = h @ cache.W_h
            rz += product[:, self._rz]
            np.add(product[:, self._n], self.params["b_h"], out=past)
        else:
            rz += h @ cache.W_h[:, self._rz]
        if cache.pre is not None:
            cache.pre[:, t, self._rz] = rz
        rz[...] = self.gate_activation(rz)
        r, z, _ = self._split(gates)
        if self.reset_after:
            n += r * past
        else:
            np.multiply(r, h, out=past)
            n += past @ cache.W_h[:, self._n]
        if cache.pre is not None:
            cache.pre[:, t, self._n] = n
        n[...] = self.activation(n)
        new = n if cache.noise.candidate is None else n * cache.noise.candidate[:, t]
        np.add(new, z * (cache.state.h[:, t] - new), out=cache.state.h[:, t + 1])

    def start_backward(self, cache: RecurrentCache) -> RecurrentGradients:
        """Compute the slopes of all gates, for all steps at once."""
        dz = np.empty_like(cache.gates)
        for columns, activation in ((self._rz, self.gate_activation), (self._n, self.activation)):
            pre = None if cache.pre is None else cache.pre[..., columns]
            dz[..., columns] = activation.derivative(pre, cache.gates[..., columns])
        return RecurrentGradients(dz, transposed(cache.W_h), dproduct=np.empty_like(dz))

    def _cell_backward(self, cache: RecurrentCache, dcache: RecurrentGradients, t: int, dstate: GRUState):
        r, z, n = self._split(cache.gates[:, t])
        past, dproduct = cache.past[:, t], dcache.dproduct[:, t]
        h = scaled(cache.state.h[:, t], cache.noise.state)
        candidate = None if cache.noise.candidate is None else cache.noise.candidate[:, t]
        dr, dz, dn = self._split(dcache.dz[:, t])
        dz *= dstate.h * (cache.state.h[:, t] - scaled(n, candidate))
        dn *= scaled(dstate.h * (1 - z), candidate)
        if self.reset_after:
            dr *= dn * past
            dproduct[...] = dcache.dz[:, t]
            dproduct[:, self._n] *= r
            dh = dproduct @ dcache.W_h_T
        else:
            dpast = dn @ dcache.W_h_T[self._n]
            dr *= dpast * h
            dh = dcache.dz[:, t, self._rz] @ dcache.W_h_T[self._rz] + dpast * r
        return GRUState(scaled(dh, cache.noise.state) + dstate.h * z)

    def _recurrent_gradients(self, h: np.ndarray, cache, dcache) -> Params:
        if self.reset_after:
            db_h = bias_gradient(dcache.dproduct[..., self._n])
            return {"W_h": weight_gradient(h, dcache.dproduct), "b_h": db_h}
        rz = weight_gradient(h, dcache.dz[..., self._rz])
        n = weight_gradient(cache.past, dcache.dz[..., self._n])
        return {"W_h": np.concatenate([rz, n], axis=1)}

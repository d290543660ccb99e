"""The gated recurrent unit (Cho et al., 2014).

    r = sigma(x W_xr + h W_hr + b_r)                 reset gate: how much of the past the candidate sees
    u = sigma(x W_xu + h W_hu + b_u)                 update gate: how much of the past stays
    n = tanh (x W_xn + b_n + r (h W_hn + b_h))       candidate, reset after the product (PyTorch, Keras)
    n = tanh (x W_xn + b_n + (r h) W_hn)             candidate, reset before it (Cho et al., 2014)
    h_new = (1 - u) n + u h                          state

The gates stand side by side in each weight matrix, in the order r, u, n (PyTorch's).  The literature
and PyTorch write z for u; here z is a pre-activation, what goes into sigma or tanh.
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

    gate_order = activation_order = "run"
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
        self._ru, self._n = slice(0, 2 * hidden_size), self.gate("n")

    # To be read

    def equations(self, x, h, state: GRUState, W_h, candidate):
        """The lines of the cell.  Args and Returns: as for the LSTM's."""
        sigma, tanh = self.gate_activation, self.activation
        x_r, x_u, x_n = np.split(x @ self.params["W_x"] + self.params["b"], 3, axis=1)
        W_r, W_u, W_n = np.split(W_h, 3, axis=1)
        z_r, z_u = x_r + h @ W_r, x_u + h @ W_u
        r = sigma(z_r)
        u = sigma(z_u)
        past = h @ W_n + self.params["b_h"] if self.reset_after else r * h
        z_n = x_n + (r * past if self.reset_after else past @ W_n)
        n = tanh(z_n)
        return GRUState((1 - u) * n * candidate + u * state.h), (z_r, z_u, z_n, r, u, n, past)

    def equations_backward(self, dstate: GRUState, cache: StepCache):
        """The chain rule, line by line from the last equation to the first."""
        sigma, tanh = self.gate_activation, self.activation
        z_r, z_u, z_n, r, u, n, past = cache.values
        W_r, W_u, W_n = np.split(cache.W_h, 3, axis=1)
        dz_n = dstate.h * (1 - u) * cache.candidate * tanh.derivative(z_n, n)
        dz_u = dstate.h * (cache.state.h - n * cache.candidate) * sigma.derivative(z_u, u)
        dpast = dz_n * r if self.reset_after else dz_n @ W_n.T
        dz_r = (dz_n * past if self.reset_after else dpast * cache.h) * sigma.derivative(z_r, r)
        dh = dz_r @ W_r.T + dz_u @ W_u.T + (dpast @ W_n.T if self.reset_after else dpast * r)
        dx_side = np.concatenate([dz_r, dz_u, dz_n], axis=1)
        dW_n = cache.h.T @ dpast if self.reset_after else past.T @ dz_n
        grads = {"W_x": cache.x.T @ dx_side, "b": dx_side.sum(axis=0)}
        grads["W_h"] = np.concatenate([cache.h.T @ dz_r, cache.h.T @ dz_u, dW_n], axis=1)
        if self.reset_after:
            grads["b_h"] = dpast.sum(axis=0)
        dbefore = GRUState(scaled(dh, cache.noise.state) + dstate.h * u)
        return dx_side @ self.params["W_x"].T, dbefore, grads

    # To be run

    def _cell_forward(self, cache: RecurrentCache, t: int, h: np.ndarray) -> None:
        gates, past = cache.gates[:, t], cache.past[:, t]
        ru, n = gates[:, self._ru], gates[:, self._n]
        if self.reset_after:
            product = h @ cache.W_h
            ru += product[:, self._ru]
            np.add(product[:, self._n], self.params["b_h"], out=past)
        else:
            ru += h @ cache.W_h[:, self._ru]
        if cache.pre is not None:
            cache.pre[:, t, self._ru] = ru
        ru[...] = self.gate_activation(ru)
        r, u, _ = self._split(gates)
        if self.reset_after:
            n += r * past
        else:
            np.multiply(r, h, out=past)
            n += past @ cache.W_h[:, self._n]
        if cache.pre is not None:
            cache.pre[:, t, self._n] = n
        n[...] = self.activation(n)
        new = n if cache.noise.candidate is None else n * cache.noise.candidate[:, t]
        np.add(new, u * (cache.state.h[:, t] - new), out=cache.state.h[:, t + 1])

    def start_backward(self, cache: RecurrentCache) -> RecurrentGradients:
        """Compute the slopes of all gates, for all steps at once."""
        dz = np.empty_like(cache.gates)
        for columns, activation in ((self._ru, self.gate_activation), (self._n, self.activation)):
            pre = None if cache.pre is None else cache.pre[..., columns]
            dz[..., columns] = activation.derivative(pre, cache.gates[..., columns])
        return RecurrentGradients(dz, transposed(cache.W_h), dproduct=np.empty_like(dz))

    def _cell_backward(self, cache: RecurrentCache, dcache: RecurrentGradients, t: int, dstate: GRUState):
        r, u, n = self._split(cache.gates[:, t])
        past, dproduct = cache.past[:, t], dcache.dproduct[:, t]
        h = scaled(cache.state.h[:, t], cache.noise.state)
        candidate = None if cache.noise.candidate is None else cache.noise.candidate[:, t]
        dz_r, dz_u, dz_n = self._split(dcache.dz[:, t])
        dz_u *= dstate.h * (cache.state.h[:, t] - scaled(n, candidate))
        dz_n *= scaled(dstate.h * (1 - u), candidate)
        if self.reset_after:
            dz_r *= dz_n * past
            dproduct[...] = dcache.dz[:, t]
            dproduct[:, self._n] *= r
            dh = dproduct @ dcache.W_h_T
        else:
            dpast = dz_n @ dcache.W_h_T[self._n]
            dz_r *= dpast * h
            dh = dcache.dz[:, t, self._ru] @ dcache.W_h_T[self._ru] + dpast * r
        return GRUState(scaled(dh, cache.noise.state) + dstate.h * u)

    def _recurrent_gradients(self, h: np.ndarray, cache, dcache) -> Params:
        if self.reset_after:
            db_h = bias_gradient(dcache.dproduct[..., self._n])
            return {"W_h": weight_gradient(h, dcache.dproduct), "b_h": db_h}
        ru = weight_gradient(h, dcache.dz[..., self._ru])
        n = weight_gradient(cache.past, dcache.dz[..., self._n])
        return {"W_h": np.concatenate([ru, n], axis=1)}

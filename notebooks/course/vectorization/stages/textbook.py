"""Stage 1: the textbook's seven lines per time step, each gate with weights of its own.

NumPy takes the loops over sequences, units and inputs.  The loop over steps stays, and every step makes its
own matrix products: eight in the forward pass, and sixteen in the backward pass, for weights, x and h.
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.layers import Params


class Step(NamedTuple):
    """What a step keeps for the backward pass."""

    x: np.ndarray  # (B, E)
    h: np.ndarray  # (B, H): before the step
    c: np.ndarray  # (B, H): before the step
    i: np.ndarray  # (B, H)
    f: np.ndarray  # (B, H)
    g: np.ndarray  # (B, H)
    o: np.ndarray  # (B, H)
    tanh_c: np.ndarray  # (B, H): of the new c


def of_gates(array: np.ndarray) -> list[np.ndarray]:
    """Return the columns of i, f, g and o as four views; np.split takes as long as a small product."""
    hidden = array.shape[-1] // 4
    return [array[..., gate * hidden : (gate + 1) * hidden] for gate in range(4)]


def forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, list[Step]]:
    """Run over x (B, T, E) with params W_x (E, 4H), W_h (H, 4H), b (4H).  Returns: h (B, T, H), cache."""
    W_xi, W_xf, W_xg, W_xo = of_gates(params["W_x"])
    W_hi, W_hf, W_hg, W_ho = of_gates(params["W_h"])
    b_i, b_f, b_g, b_o = of_gates(params["b"])
    h = c = np.zeros((len(x), len(params["W_h"])), x.dtype)
    steps, outputs = [], []
    for t in range(x.shape[1]):
        x_t, h_before, c_before = x[:, t], h, c
        i = sigmoid(x_t @ W_xi + h @ W_hi + b_i)
        f = sigmoid(x_t @ W_xf + h @ W_hf + b_f)
        g = np.tanh(x_t @ W_xg + h @ W_hg + b_g)
        o = sigmoid(x_t @ W_xo + h @ W_ho + b_o)
        c = f * c + i * g
        tanh_c = np.tanh(c)
        h = o * tanh_c
        steps.append(Step(x_t, h_before, c_before, i, f, g, o, tanh_c))
        outputs.append(h)
    return np.stack(outputs, axis=1), steps


def backward(params: Params, dh: np.ndarray, steps: list[Step]) -> tuple[np.ndarray, Params]:
    """Go back from dh (B, T, H) with the steps that `forward` kept.  Returns: dx (B, T, E), grads."""
    W_x, W_h = of_gates(params["W_x"]), of_gates(params["W_h"])
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    dW_x, dW_h, db = (of_gates(grads[name]) for name in ("W_x", "W_h", "b"))
    dx = np.zeros((*dh.shape[:2], len(params["W_x"])), dh.dtype)
    dh_next = dc_next = np.zeros_like(dh[:, 0])
    for t in reversed(range(len(steps))):
        x, h, c, i, f, g, o, tanh_c = steps[t]
        dh_t = dh[:, t] + dh_next
        dc = dc_next + dh_t * o * (1 - tanh_c * tanh_c)
        dz = dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g), dh_t * tanh_c * o * (1 - o)
        dc_next, dh_next = dc * f, np.zeros_like(h)
        for gate in range(4):
            dx[:, t] += dz[gate] @ W_x[gate].T
            dh_next += dz[gate] @ W_h[gate].T
            dW_x[gate] += x.T @ dz[gate]
            dW_h[gate] += h.T @ dz[gate]
            db[gate] += dz[gate].sum(axis=0)
    return dx, grads

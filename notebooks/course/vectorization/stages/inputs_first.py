"""Stage 3: what does not depend on the step before leaves the loop.

The inputs of all steps are known from the start, so x W_x + b is one product for all of them, before the
loop; and dx = dz W_x^T is one product after the backward loop, which only has to keep dz.
"""

import numpy as np

from course.vectorization.stages.side_by_side import through_gates
from course.vectorization.stages.textbook import Step, of_gates
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.layers import Params


def times(a: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Return a (B, T, N) times W (N, M) as ONE product; a @ W would make one for each sequence."""
    return (a.reshape(-1, a.shape[-1]) @ W).reshape(*a.shape[:-1], -1)


def forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, list[Step]]:
    """Run over x (B, T, E) with params W_x (E, 4H), W_h (H, 4H), b (4H).  Returns: h (B, T, H), cache."""
    z_x = times(x, params["W_x"]) + params["b"]
    h = c = np.zeros((len(x), len(params["W_h"])), x.dtype)
    steps, outputs = [], []
    for t in range(x.shape[1]):
        x_t, h_before, c_before = x[:, t], h, c
        z = z_x[:, t] + h @ params["W_h"]
        z_i, z_f, z_g, z_o = of_gates(z)
        i, f, g, o = sigmoid(z_i), sigmoid(z_f), np.tanh(z_g), sigmoid(z_o)
        c = f * c + i * g
        tanh_c = np.tanh(c)
        h = o * tanh_c
        steps.append(Step(x_t, h_before, c_before, i, f, g, o, tanh_c))
        outputs.append(h)
    return np.stack(outputs, axis=1), steps


def backward(params: Params, dh: np.ndarray, steps: list[Step]) -> tuple[np.ndarray, Params]:
    """Go back from dh (B, T, H) with the steps that `forward` kept.  Returns: dx (B, T, E), grads."""
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    dz = np.empty((*dh.shape[:2], len(params["b"])), dh.dtype)
    dh_next = dc_next = np.zeros_like(dh[:, 0])
    for t in reversed(range(len(steps))):
        step = steps[t]
        dh_t = dh[:, t] + dh_next
        dc = dc_next + dh_t * step.o * (1 - step.tanh_c * step.tanh_c)
        dz_t = through_gates(dh_t, dc, step)
        dz[:, t] = dz_t
        dh_next = dz_t @ params["W_h"].T
        dc_next = dc * step.f
        grads["W_x"] += step.x.T @ dz_t
        grads["W_h"] += step.h.T @ dz_t
        grads["b"] += dz_t.sum(axis=0)
    return times(dz, params["W_x"].T), grads

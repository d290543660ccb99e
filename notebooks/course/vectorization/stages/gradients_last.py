"""Stage 4: the gradients of the weights leave the loop, too.

They are sums over all steps, and a matrix product is a sum already.  With the steps of all sequences below
each other as rows, dW_h = sum_t h_(t-1)^T dz_t is one product, and nothing is added up by hand.
"""

from typing import NamedTuple

import numpy as np

from course.vectorization.stages.inputs_first import times
from course.vectorization.stages.side_by_side import through_gates
from course.vectorization.stages.textbook import Step, of_gates
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.layers import Params


class Cache(NamedTuple):
    x: np.ndarray  # (B, T, E)
    h_before: np.ndarray  # (B, T, H): what each step read
    steps: list[Step]


def rows(array: np.ndarray) -> np.ndarray:
    """Return (B, T, N) as (B T, N)."""
    return array.reshape(-1, array.shape[-1])


def forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Run over x (B, T, E) with params W_x (E, 4H), W_h (H, 4H), b (4H).  Returns: h (B, T, H), cache."""
    z_x = times(x, params["W_x"]) + params["b"]
    h = c = np.zeros((len(x), len(params["W_h"])), x.dtype)
    steps, outputs = [], [h]
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
    return np.stack(outputs[1:], axis=1), Cache(x, np.stack(outputs[:-1], axis=1), steps)


def backward(params: Params, dh: np.ndarray, cache: Cache) -> tuple[np.ndarray, Params]:
    """Go back from dh (B, T, H).  Returns: dx (B, T, E), grads."""
    dz = np.empty((*dh.shape[:2], len(params["b"])), dh.dtype)
    dh_next = dc_next = np.zeros_like(dh[:, 0])
    for t in reversed(range(len(cache.steps))):
        step = cache.steps[t]
        dh_t = dh[:, t] + dh_next
        dc = dc_next + dh_t * step.o * (1 - step.tanh_c * step.tanh_c)
        dz_t = through_gates(dh_t, dc, step)
        dz[:, t] = dz_t
        dh_next = dz_t @ params["W_h"].T
        dc_next = dc * step.f
    return times(dz, params["W_x"].T), weight_gradients(cache.x, cache.h_before, dz)


def weight_gradients(x: np.ndarray, h_before: np.ndarray, dz: np.ndarray) -> Params:
    """Return one product each over all steps.  Args: x (B, T, E), h_before (B, T, H), dz (B, T, 4H)."""
    return {
        "W_x": rows(x).T @ rows(dz),
        "W_h": rows(h_before).T @ rows(dz),
        "b": rows(dz).sum(axis=0),
    }

"""Stage 5: one tanh for all gates, and one formula for all their slopes.

sigma(z) = (1 + tanh(z / 2)) / 2, so that with three of four blocks scaled, one call of tanh serves all gates.
In the backward pass, sigma' = (1 - a) a and tanh' = (1 - a) (1 + a) differ by a 1 in one factor alone.
"""

from typing import NamedTuple

import numpy as np

from course.vectorization.stages.gradients_last import Cache, weight_gradients
from course.vectorization.stages.inputs_first import times
from course.vectorization.stages.textbook import of_gates
from lstm_lib.nn.layers import Params


class Step(NamedTuple):
    """What a step keeps for the backward pass."""

    c: np.ndarray  # (B, H): before the step
    a: np.ndarray  # (B, 4H): the activated gates i, f, g, o
    tanh_c: np.ndarray  # (B, H): of the new c


def by_gate(sigmoid: float, tanh: float, b: np.ndarray) -> np.ndarray:
    """Return a row like b (4H,): one number in the columns of i, f and o, another in those of g."""
    return np.repeat(np.array([sigmoid, sigmoid, tanh, sigmoid], b.dtype), len(b) // 4)


def forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Run over x (B, T, E) with params W_x (E, 4H), W_h (H, 4H), b (4H).  Returns: h (B, T, H), cache."""
    scale, shift = by_gate(0.5, 1.0, params["b"]), by_gate(0.5, 0.0, params["b"])
    z_x = times(x, params["W_x"]) + params["b"]
    h = c = np.zeros((len(x), len(params["W_h"])), x.dtype)
    steps, outputs = [], [h]
    for t in range(x.shape[1]):
        c_before = c
        z = z_x[:, t] + h @ params["W_h"]
        a = np.tanh(z * scale) * scale + shift
        i, f, g, o = of_gates(a)
        c = f * c + i * g
        tanh_c = np.tanh(c)
        h = o * tanh_c
        steps.append(Step(c_before, a, tanh_c))
        outputs.append(h)
    return np.stack(outputs[1:], axis=1), Cache(x, np.stack(outputs[:-1], axis=1), steps)


def backward(params: Params, dh: np.ndarray, cache: Cache) -> tuple[np.ndarray, Params]:
    """Go back from dh (B, T, H).  Returns: dx (B, T, E), grads."""
    is_tanh = by_gate(0.0, 1.0, params["b"])
    dz = np.empty((*dh.shape[:2], len(params["b"])), dh.dtype)
    dh_next = dc_next = np.zeros_like(dh[:, 0])
    for t in reversed(range(len(cache.steps))):
        c, a, tanh_c = cache.steps[t]
        i, f, g, o = of_gates(a)
        dh_t = dh[:, t] + dh_next
        dc = dc_next + dh_t * o * (1 - tanh_c * tanh_c)
        da = np.concatenate([dc * g, dc * c, dc * i, dh_t * tanh_c], axis=1)
        dz_t = da * (1 - a) * (a + is_tanh)
        dz[:, t] = dz_t
        dh_next = dz_t @ params["W_h"].T
        dc_next = dc * f
    return times(dz, params["W_x"].T), weight_gradients(cache.x, cache.h_before, dz)

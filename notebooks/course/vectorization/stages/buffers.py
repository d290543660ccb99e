"""Stage 6: memory for all steps is taken once, and every operation of a loop writes into it (`out=`).

A fresh array costs more than its arithmetic: the system has to hand over its pages, and they are not in the
cache.  Arrays over all steps are (T, B, ...) here, so each step reads and writes one piece of memory.
"""

from typing import NamedTuple

import numpy as np

from course.vectorization.stages.gradients_last import weight_gradients
from course.vectorization.stages.inputs_first import times
from course.vectorization.stages.one_tanh import by_gate
from course.vectorization.stages.textbook import of_gates
from lstm_lib.nn.layers import Params


class Cache(NamedTuple):
    x: np.ndarray  # (T, B, E)
    a: np.ndarray  # (T, B, 4H): the activated gates i, f, g, o
    h: np.ndarray  # (T + 1, B, H): h[t] before step t
    c: np.ndarray  # (T + 1, B, H)
    tanh_c: np.ndarray  # (T, B, H)


def forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Run over x (B, T, E) with params W_x (E, 4H), W_h (H, 4H), b (4H).  Returns: h (B, T, H), cache."""
    scale, shift = by_gate(0.5, 1.0, params["b"]), by_gate(0.5, 0.0, params["b"])
    x = np.ascontiguousarray(x.swapaxes(0, 1))
    a = times(x, params["W_x"])  # of each step: x W_x at first, then its gates
    a += params["b"]
    steps, batch, hidden = *x.shape[:2], len(params["W_h"])
    h, c = np.zeros((2, steps + 1, batch, hidden), x.dtype)
    tanh_c = np.empty((steps, batch, hidden), x.dtype)
    z, written = np.empty((batch, 4 * hidden), x.dtype), np.empty((batch, hidden), x.dtype)
    for t in range(steps):
        np.matmul(h[t], params["W_h"], out=z)
        z += a[t]
        z *= scale
        np.tanh(z, out=z)
        z *= scale
        np.add(z, shift, out=a[t])
        i, f, g, o = of_gates(a[t])
        np.multiply(i, g, out=written)
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += written
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])
    return h[1:].swapaxes(0, 1), Cache(x, a, h, c, tanh_c)


def backward(params: Params, dh: np.ndarray, cache: Cache) -> tuple[np.ndarray, Params]:
    """Go back from dh (B, T, H).  Returns: dx (B, T, E), grads."""
    x, a, h, c, tanh_c = cache
    is_tanh = by_gate(0.0, 1.0, params["b"])
    W_h_T = np.ascontiguousarray(params["W_h"].T)
    dz, slope = np.empty_like(a), np.empty_like(a[0])
    dh_t, dc, shown = np.zeros((3, *tanh_c[0].shape), a.dtype)  # the first two: of the step after, at first
    for t in reversed(range(len(a))):
        i, f, g, o = of_gates(a[t])
        di, df, dg, do = of_gates(dz[t])
        dh_t += dh[:, t]
        np.multiply(tanh_c[t], tanh_c[t], out=shown)
        np.subtract(1, shown, out=shown)
        shown *= o
        shown *= dh_t
        dc += shown
        np.multiply(dc, g, out=di)
        np.multiply(dc, c[t], out=df)
        np.multiply(dc, i, out=dg)
        np.multiply(dh_t, tanh_c[t], out=do)
        dz[t] *= np.subtract(1, a[t], out=slope)
        dz[t] *= np.add(a[t], is_tanh, out=slope)
        np.matmul(dz[t], W_h_T, out=dh_t)
        dc *= f
    return times(dz, params["W_x"].T).swapaxes(0, 1), weight_gradients(x, h[:-1], dz)

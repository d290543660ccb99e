"""Stage 0: loops over sequences, steps, units and gates, one number at a time.

It says what the equations mean and nothing about speed.  All later stages are measured against it.
"""

import math
from typing import NamedTuple

import numpy as np

from lstm_lib.nn.layers import Params


class UnitStep(NamedTuple):
    """What one unit keeps of one step of one sequence, in plain numbers."""

    i: float
    f: float
    g: float
    o: float
    c_before: float
    tanh_c: float


def sigmoid(z: float) -> float:
    return 0.5 * math.tanh(0.5 * z) + 0.5


def forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, list]:
    """Run over x (B, T, E) with params W_x (E, 4H), W_h (H, 4H), b (4H).  Returns: h (B, T, H), cache."""
    W_x, W_h, b = (params[name].tolist() for name in ("W_x", "W_h", "b"))
    units, outputs, cache = len(W_h), [], []
    for sequence in x.tolist():
        h, c, records, states = [0.0] * units, [0.0] * units, [], []
        for x_t in sequence:
            states.append(h)
            record = [unit_step(x_t, h, c[unit], unit, W_x, W_h, b) for unit in range(units)]
            c = [one.f * one.c_before + one.i * one.g for one in record]
            h = [one.o * one.tanh_c for one in record]
            records.append(record)
        cache.append((sequence, states, records))
        outputs.append([*states[1:], h])
    return np.array(outputs, x.dtype), cache


def unit_step(x, h, c: float, unit: int, W_x, W_h, b) -> UnitStep:
    """Compute one step of one unit: its four gates, each a sum over all inputs and all units."""
    z = []
    for gate in range(4):
        column = gate * len(h) + unit
        total = b[column]
        for e in range(len(x)):
            total += x[e] * W_x[e][column]
        for k in range(len(h)):
            total += h[k] * W_h[k][column]
        z.append(total)
    i, f, g, o = sigmoid(z[0]), sigmoid(z[1]), math.tanh(z[2]), sigmoid(z[3])
    return UnitStep(i, f, g, o, c, math.tanh(f * c + i * g))


def backward(params: Params, dh: np.ndarray, cache: list) -> tuple[np.ndarray, Params]:
    """Go back from dh (B, T, H).  Returns: dx (B, T, E), grads."""
    W_x, W_h = params["W_x"].tolist(), params["W_h"].tolist()
    grads = {name: np.zeros(array.shape).tolist() for name, array in params.items()}
    units, dx = len(W_h), []
    for dh_sequence, (sequence, states, records) in zip(dh.tolist(), cache, strict=True):
        dh_next, dc_next, dx_sequence = [0.0] * units, [0.0] * units, []
        for t in reversed(range(len(sequence))):
            dz = [0.0] * (4 * units)
            for unit in range(units):
                arrived = dh_sequence[t][unit] + dh_next[unit]
                dz[unit::units], dc_next[unit] = unit_back(arrived, dc_next[unit], records[t][unit])
            add_products(grads, sequence[t], states[t], dz)
            dx_sequence.insert(0, times_transposed(W_x, dz))
            dh_next = times_transposed(W_h, dz)
        dx.append(dx_sequence)
    return np.array(dx, dh.dtype), {name: np.array(grad, dh.dtype) for name, grad in grads.items()}


def unit_back(dh: float, dc: float, step: UnitStep) -> tuple[list[float], float]:
    """Apply the chain rule to one unit's step.  Returns: dz of its four gates; dc of the step before."""
    i, f, g, o, c_before, tanh_c = step
    dc += dh * o * (1 - tanh_c * tanh_c)
    dz = [
        dc * g * i * (1 - i),
        dc * c_before * f * (1 - f),
        dc * i * (1 - g * g),
        dh * tanh_c * o * (1 - o),
    ]
    return dz, dc * f


def add_products(grads: dict, x: list[float], h: list[float], dz: list[float]) -> None:
    """Add one step of one sequence to the gradients of all weights, one number at a time."""
    for column in range(len(dz)):
        for e in range(len(x)):
            grads["W_x"][e][column] += x[e] * dz[column]
        for k in range(len(h)):
            grads["W_h"][k][column] += h[k] * dz[column]
        grads["b"][column] += dz[column]


def times_transposed(W: list[list[float]], dz: list[float]) -> list[float]:
    """Return dz W^T."""
    result = []
    for row in W:
        total = 0.0
        for column in range(len(dz)):
            total += row[column] * dz[column]
        result.append(total)
    return result

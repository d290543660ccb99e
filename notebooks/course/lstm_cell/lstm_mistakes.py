"""The LSTM cell as a list of equations, and its known mistakes: a wrong equation in place of a right one.

A prime is written `_new` (the state after the step), and the gradient of the state before it `_before`.
"""

from collections.abc import Callable, Mapping
from itertools import permutations
from types import SimpleNamespace

import numpy as np

from lstm_lib.nn.activations import sigmoid

Equations = Mapping[str, Callable[[SimpleNamespace], np.ndarray]]
ORDER = "ifgo"


def block(z: np.ndarray, number: int) -> np.ndarray:
    """The columns of one gate, counted from 0."""
    return np.split(z, 4, axis=1)[number]


def gates_in(order: str) -> Equations:
    """The four gates, each read from where it would stand in that order."""
    at = order.index
    return {
        "i": lambda v: sigmoid(block(v.z, at("i"))),
        "f": lambda v: sigmoid(block(v.z, at("f"))),
        "g": lambda v: np.tanh(block(v.z, at("g"))),
        "o": lambda v: sigmoid(block(v.z, at("o"))),
    }


def dz_in(order: str) -> Equations:
    return {"dz": lambda v: np.concatenate([getattr(v, f"dz_{gate}") for gate in order], axis=1)}


STEP: Equations = {
    "z": lambda v: v.x @ v.W_x + v.h @ v.W_h + v.b,
    **gates_in(ORDER),
    "c_new": lambda v: v.f * v.c + v.i * v.g,
    "h_new": lambda v: v.o * np.tanh(v.c_new),
}
STEP_RETURNS = ("h_new", "c_new")

STEP_BACKWARD: Equations = {
    **STEP,
    "do": lambda v: v.dh_new * np.tanh(v.c_new),
    "dc_new": lambda v: v.dc_next + v.dh_new * v.o * (1 - np.tanh(v.c_new) ** 2),
    "df": lambda v: v.dc_new * v.c,
    "di": lambda v: v.dc_new * v.g,
    "dg": lambda v: v.dc_new * v.i,
    "dz_i": lambda v: v.di * v.i * (1 - v.i),
    "dz_f": lambda v: v.df * v.f * (1 - v.f),
    "dz_g": lambda v: v.dg * (1 - v.g**2),
    "dz_o": lambda v: v.do * v.o * (1 - v.o),
    **dz_in(ORDER),
    "dx": lambda v: v.dz @ v.W_x.T,
    "dh_before": lambda v: v.dz @ v.W_h.T,
    "dc_before": lambda v: v.dc_new * v.f,
    "dW_x": lambda v: v.x.T @ v.dz,
    "dW_h": lambda v: v.h.T @ v.dz,
    "db": lambda v: v.dz.sum(axis=0),
}
STEP_BACKWARD_RETURNS = ("dx", "dh_before", "dc_before", "dW_x", "dW_h", "db")


def _order_mistakes(
    equations: Callable[[str], Equations], swapped: str, ordered: str
) -> dict[str, Equations]:
    """Every wrong order of the gates: `swapped` says it of two gates, `ordered` of more."""
    mistakes = {}
    for order in map("".join, permutations(ORDER)):
        moved = [gate for gate, other in zip(ORDER, order, strict=True) if gate != other]
        if moved:
            says = swapped.format(*moved) if len(moved) == 2 else ordered.format(", ".join(order))
            mistakes[says] = equations(order)
    return mistakes


STEP_MISTAKES: dict[str, Equations] = {
    **_order_mistakes(
        gates_in,
        "gates {} and {} are swapped: the columns of z hold i, f, g, o",
        "the gates are read in the order {}: the columns of z hold i, f, g, o",
    ),
    "tanh is missing in the output: h' = o tanh(c')": {"h_new": lambda v: v.o * v.c_new},
    "sigma, not tanh, is applied in the output: h' = o tanh(c')": {"h_new": lambda v: v.o * sigmoid(v.c_new)},
    "the output shows the old memory: h' = o tanh(c'), with the new c'": {
        "h_new": lambda v: v.o * np.tanh(v.c)
    },
    "the candidate went through sigma: g = tanh(...)": {"g": lambda v: sigmoid(block(v.z, 2))},
    "the candidate went through no tanh": {"g": lambda v: block(v.z, 2)},
    "the forget gate is left out: c' = f c + i g": {"c_new": lambda v: v.c + v.i * v.g},
    "the old memory is left out: c' = f c + i g": {"c_new": lambda v: v.i * v.g},
    "the input gate is left out: c' = f c + i g": {"c_new": lambda v: v.f * v.c + v.g},
    "f is applied to h, where c belongs: c' = f c + i g": {"c_new": lambda v: v.f * v.h + v.i * v.g},
    "the bias b is left out of z": {"z": lambda v: v.x @ v.W_x + v.h @ v.W_h},
    "h W_h is left out of z": {"z": lambda v: v.x @ v.W_x + v.b},
    "x W_x is left out of z": {"z": lambda v: v.h @ v.W_h + v.b},
    "c, not h, is multiplied by W_h": {"z": lambda v: v.x @ v.W_x + v.c @ v.W_h + v.b},
}


def _slopes(sigma: Callable[[np.ndarray], np.ndarray], tanh: Callable[[np.ndarray], np.ndarray]) -> Equations:
    """dz of each gate, with these for the slopes of the activations, as functions of the activated gate."""
    return {
        "dz_i": lambda v: v.di * sigma(v.i),
        "dz_f": lambda v: v.df * sigma(v.f),
        "dz_g": lambda v: v.dg * tanh(v.g),
        "dz_o": lambda v: v.do * sigma(v.o),
    }


def _in_dc(path: Callable[[SimpleNamespace], np.ndarray]) -> Equations:
    """dc' with this for what comes by way of h'."""
    return {"dc_new": lambda v: v.dc_next + path(v)}


def _sigma_slope(a: np.ndarray) -> np.ndarray:
    return a * (1 - a)


def _tanh_slope(a: np.ndarray) -> np.ndarray:
    return 1 - a**2


SIGMA_TWICE, TANH_TWICE = (lambda a: _sigma_slope(sigmoid(a))), (lambda a: _tanh_slope(np.tanh(a)))

STEP_BACKWARD_MISTAKES: dict[str, Equations] = {
    **_order_mistakes(
        dz_in,
        "the parts of {} and {} are swapped in dz: it is laid out like z, in the order i, f, g, o",
        "dz is put together in the order {}: it is laid out like z, in the order i, f, g, o",
    ),
    **_order_mistakes(
        lambda order: {**gates_in(order), **dz_in(order)},
        "gates {} and {} are swapped: the columns of z and of dz hold i, f, g, o",
        "the gates stand in the order {}: the columns of z and of dz hold i, f, g, o",
    ),
    "the forget gate's derivative is left out: df = dc' c": {"df": lambda v: np.zeros_like(v.f)},
    "df uses the new memory: df = dc' c, with c from before the step": {"df": lambda v: v.dc_new * v.c_new},
    "di and dg are swapped: di = dc' g and dg = dc' i": {
        "di": lambda v: v.dc_new * v.i,
        "dg": lambda v: v.dc_new * v.g,
    },
    "do lacks its tanh: do = dh' tanh(c')": {"do": lambda v: v.dh_new * v.c_new},
    "sigma' is applied to gates that are already activated: it is a (1 - a), a being the gate": _slopes(
        SIGMA_TWICE, _tanh_slope
    ),
    "tanh' is applied to a candidate that is already activated: it is 1 - g^2": _slopes(
        _sigma_slope, TANH_TWICE
    ),
    "sigma' and tanh' are applied to gates already activated: they are a (1 - a) and 1 - a^2": _slopes(
        SIGMA_TWICE, TANH_TWICE
    ),
    "the slopes of the activations are left out of dz": _slopes(np.ones_like, np.ones_like),
    "the candidate got the slope of sigma: it went through tanh, whose slope is 1 - g^2": _slopes(
        _sigma_slope, _sigma_slope
    ),
    "dh' is not carried through tanh(c') into dc': dc' = dc_next + dh' o (1 - tanh(c')^2)": {
        "dc_new": lambda v: v.dc_next
    },
    "dc_next, what the next step asks of c', is left out of dc'": {
        "dc_new": lambda v: v.dh_new * v.o * _tanh_slope(np.tanh(v.c_new))
    },
    "the slope of tanh is missing in dc': dc' = dc_next + dh' o (1 - tanh(c')^2)": _in_dc(
        lambda v: v.dh_new * v.o
    ),
    "o is missing in dc': dc' = dc_next + dh' o (1 - tanh(c')^2)": _in_dc(
        lambda v: v.dh_new * _tanh_slope(np.tanh(v.c_new))
    ),
    "the slope of tanh is taken of c', not of tanh(c'): it is 1 - tanh(c')^2": _in_dc(
        lambda v: v.dh_new * v.o * _tanh_slope(v.c_new)
    ),
    "dc_before lacks f: dc_before = dc' f": {"dc_before": lambda v: v.dc_new},
    "dc_before is made from dc_next alone: dc' also holds what came by way of h'": {
        "dc_before": lambda v: v.dc_next * v.f
    },
    "dc_before and dh_before are returned in each other's place": {
        "dh_before": lambda v: v.dc_new * v.f,
        "dc_before": lambda v: v.dz @ v.W_h.T,
    },
    "db is not summed over the batch": {"db": lambda v: v.dz},
    "db is summed over the batch, but keeps it as an axis of size 1": {
        "db": lambda v: v.dz.sum(axis=0, keepdims=True)
    },
    "db is the mean over the batch: it is the sum": {"db": lambda v: v.dz.mean(axis=0)},
    "the gradients of the weights are means over the batch: they are sums": {
        "dW_x": lambda v: v.x.T @ v.dz / len(v.x),
        "dW_h": lambda v: v.h.T @ v.dz / len(v.x),
        "db": lambda v: v.dz.mean(axis=0),
    },
}


def solve(
    equations: Equations, arguments: Mapping[str, np.ndarray], returns: tuple[str, ...]
) -> list[np.ndarray]:
    """Compute the equations one after the other from the arguments, and give those asked for."""
    values = SimpleNamespace(**arguments)
    for name, equation in equations.items():
        setattr(values, name, equation(values))
    return [getattr(values, name) for name in returns]

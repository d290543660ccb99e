"""Checks of one step of the LSTM and of its gradient, and the mistakes that they know."""

from collections.abc import Callable

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import (
    LSTM_ORDER,
    Equations,
    block,
    cell_with,
    lstm_gates,
    mistakes_of,
    wrong_orders,
)
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.lstm import LSTM, LSTMState

Slope = Callable[[np.ndarray], np.ndarray]
Arrays = tuple[np.ndarray, ...]
SIZES = ((3, 4, 5), (2, 5, 3), (1, 2, 4))  # B, E, H: all different, so that a wrong axis shows

# The step

STEP_ARGUMENTS = ("x", "h", "c", "W_x", "W_h", "b")


def library_step(x, h, c, W_x, W_h, b) -> LSTMState:
    """Return the new h and c by the library's cell."""
    return cell_with(LSTM, W_x=W_x, W_h=W_h, b=b).step(x, LSTMState(h, c))[1]


def _step_problems(rng: np.random.Generator) -> list[Arrays]:
    return [
        tuple(map(rng.standard_normal, ((B, E), (B, H), (B, H), (E, 4 * H), (H, 4 * H), 4 * H)))
        for B, E, H in SIZES
    ]


STEP: Equations = {
    "z": lambda v: v.x @ v.W_x + v.h @ v.W_h + v.b,
    **lstm_gates(),
    "c_new": lambda v: v.f * v.c + v.i * v.g,
    "h_new": lambda v: v.o * np.tanh(v.c_new),
}
STEP_RETURNS = ("h_new", "c_new")

STEP_MISTAKES: dict[str, Equations] = {
    **wrong_orders(
        LSTM_ORDER,
        lstm_gates,
        "gates {} and {} are swapped: the columns of z hold i, f, g, o",
        "the gates are read in the order {}: the columns of z hold i, f, g, o",
    ),
    "tanh is missing in the output: h_new = o tanh(c_new)": {"h_new": lambda v: v.o * v.c_new},
    "sigma, not tanh, is applied in the output: h_new = o tanh(c_new)": {
        "h_new": lambda v: v.o * sigmoid(v.c_new)
    },
    "the output uses the old memory c: h_new = o tanh(c_new)": {"h_new": lambda v: v.o * np.tanh(v.c)},
    "the candidate uses sigma: g = tanh(...)": {"g": lambda v: sigmoid(block(v.z, "g"))},
    "tanh is missing in the candidate: g = tanh(...)": {"g": lambda v: block(v.z, "g")},
    "the forget gate is left out: c_new = f c + i g": {"c_new": lambda v: v.c + v.i * v.g},
    "the old memory is left out: c_new = f c + i g": {"c_new": lambda v: v.i * v.g},
    "the input gate is left out: c_new = f c + i g": {"c_new": lambda v: v.f * v.c + v.g},
    "f is applied to h, where c belongs: c_new = f c + i g": {"c_new": lambda v: v.f * v.h + v.i * v.g},
    "the bias b is left out of z: z = x W_x + h W_h + b": {"z": lambda v: v.x @ v.W_x + v.h @ v.W_h},
    "h W_h is left out of z: z = x W_x + h W_h + b": {"z": lambda v: v.x @ v.W_x + v.b},
    "x W_x is left out of z: z = x W_x + h W_h + b": {"z": lambda v: v.h @ v.W_h + v.b},
    "c is multiplied by W_h: z = x W_x + h W_h + b": {"z": lambda v: v.x @ v.W_x + v.c @ v.W_h + v.b},
}


LSTM_STEP = Exercise(
    STEP_ARGUMENTS,
    ("h", "c"),
    _step_problems,
    library_step,
    {
        **mistakes_of(STEP, STEP_MISTAKES, STEP_ARGUMENTS, STEP_RETURNS),
        "h and c are returned in the wrong order: h comes first": (
            lambda *arguments: library_step(*arguments)[::-1]
        ),
    },
)


def check_lstm_step(student: Callable) -> Verdict:
    """Check one step of the cell, lstm_step(x, h, c, W_x, W_h, b) -> (h, c).

    Args: student: takes x (B, input_size), h (B, H), c (B, H), W_x (input_size, 4H), W_h (H, 4H) and b (4H),
        gates in the order i, f, g, o, and returns the new h and c, both (B, H).
    """
    return judge(student, LSTM_STEP)


# Its gradient


def dz_in(order: str) -> Equations:
    """Put dz together in that order of the gates."""
    return {"dz": lambda v: np.concatenate([getattr(v, f"dz_{gate}") for gate in order], axis=1)}


def sigma_slope(a: np.ndarray) -> np.ndarray:
    return a * (1 - a)


def tanh_slope(a: np.ndarray) -> np.ndarray:
    return 1 - a**2


def dz_of_gates(sigma: Slope = sigma_slope, tanh: Slope = tanh_slope) -> Equations:
    """dz of each gate, from the slopes of the activations as functions of the activated gate."""
    return {
        "dz_i": lambda v: v.di * sigma(v.i),
        "dz_f": lambda v: v.df * sigma(v.f),
        "dz_g": lambda v: v.dg * tanh(v.g),
        "dz_o": lambda v: v.do * sigma(v.o),
    }


STEP_BACKWARD: Equations = {
    **STEP,
    "do": lambda v: v.dh_new * np.tanh(v.c_new),
    "slope": lambda v: tanh_slope(np.tanh(v.c_new)),
    "dc_new": lambda v: v.dc_next + v.dh_new * v.o * v.slope,
    "df": lambda v: v.dc_new * v.c,
    "di": lambda v: v.dc_new * v.g,
    "dg": lambda v: v.dc_new * v.i,
    **dz_of_gates(),
    **dz_in(LSTM_ORDER),
    "dx": lambda v: v.dz @ v.W_x.T,
    "dh_before": lambda v: v.dz @ v.W_h.T,
    "dc_before": lambda v: v.dc_new * v.f,
    "dW_x": lambda v: v.x.T @ v.dz,
    "dW_h": lambda v: v.h.T @ v.dz,
    "db": lambda v: v.dz.sum(axis=0),
}
STEP_BACKWARD_RETURNS = ("dx", "dh_before", "dc_before", "dW_x", "dW_h", "db")


STEP_BACKWARD_MISTAKES: dict[str, Equations] = {
    **wrong_orders(
        LSTM_ORDER,
        dz_in,
        "the parts of {} and {} are swapped in dz: it is laid out like z, in the order i, f, g, o",
        "dz is put together in the order {}: it is laid out like z, in the order i, f, g, o",
    ),
    **wrong_orders(
        LSTM_ORDER,
        lambda order: {**lstm_gates(order), **dz_in(order)},
        "gates {} and {} are swapped: the columns of z and of dz hold i, f, g, o",
        "the gates stand in the order {}: the columns of z and of dz hold i, f, g, o",
    ),
    "the forget gate's derivative is left out: df = dc_new c": {"df": lambda v: np.zeros_like(v.f)},
    "df uses the new memory: df = dc_new c, with c from before the step": {
        "df": lambda v: v.dc_new * v.c_new
    },
    "di and dg are swapped: di = dc_new g and dg = dc_new i": {
        "di": lambda v: v.dc_new * v.i,
        "dg": lambda v: v.dc_new * v.g,
    },
    "do lacks its tanh: do = dh_new tanh(c_new)": {"do": lambda v: v.dh_new * v.c_new},
    "sigma' is computed from the gates as if they were pre-activations: it is a (1 - a), where a is "
    "the gate": (dz_of_gates(sigma=lambda a: sigma_slope(sigmoid(a)))),
    "tanh' is computed from the candidate as if it were a pre-activation: it is 1 - g^2": (
        dz_of_gates(tanh=lambda a: tanh_slope(np.tanh(a)))
    ),
    "sigma' and tanh' are computed from the gates as if they were pre-activations: they are a (1 - a) "
    "and 1 - a^2": (dz_of_gates(lambda a: sigma_slope(sigmoid(a)), lambda a: tanh_slope(np.tanh(a)))),
    "the slopes of the activations are left out of dz": dz_of_gates(np.ones_like, np.ones_like),
    "the candidate's slope is that of sigma: g is the output of a tanh, whose slope is 1 - g^2": (
        dz_of_gates(tanh=sigma_slope)
    ),
    "dh_new is not passed back through tanh(c_new): dc_new = dc_next + dh_new o (1 - tanh(c_new)^2)": {
        "dc_new": lambda v: v.dc_next
    },
    "dc_next, the gradient from the next step, is left out of dc_new": {
        "dc_new": lambda v: v.dh_new * v.o * v.slope
    },
    "the slope of tanh is missing in dc_new: dc_new = dc_next + dh_new o (1 - tanh(c_new)^2)": {
        "slope": lambda v: 1.0
    },
    "o is missing in dc_new: dc_new = dc_next + dh_new o (1 - tanh(c_new)^2)": {
        "dc_new": lambda v: v.dc_next + v.dh_new * v.slope
    },
    "the slope of tanh is computed as 1 - c_new^2: it is 1 - tanh(c_new)^2": {
        "slope": lambda v: tanh_slope(v.c_new)
    },
    "dc_before lacks f: dc_before = dc_new f": {"dc_before": lambda v: v.dc_new},
    "dc_before is computed from dc_next alone: use dc_new, which includes the path through h_new": {
        "dc_before": lambda v: v.dc_next * v.f
    },
    "dc_before and dh_before are returned in the wrong order: dh_before comes first": {
        "dh_before": lambda v: v.dc_new * v.f,
        "dc_before": lambda v: v.dz @ v.W_h.T,
    },
    "db is not summed over the batch: its shape is (4H,)": {"db": lambda v: v.dz},
    "db keeps the batch as an axis of size 1: its shape is (4H,)": {
        "db": lambda v: v.dz.sum(axis=0, keepdims=True)
    },
    "db is the mean over the batch: it is the sum": {"db": lambda v: v.dz.mean(axis=0)},
    "the gradients of the weights are means over the batch: they are sums": {
        "dW_x": lambda v: v.x.T @ v.dz / len(v.x),
        "dW_h": lambda v: v.h.T @ v.dz / len(v.x),
        "db": lambda v: v.dz.mean(axis=0),
    },
}


BACKWARD_ARGUMENTS = ("dh_new", "dc_next", *STEP_ARGUMENTS)


def library_step_backward(dh_new, dc_next, x, h, c, W_x, W_h, b) -> Arrays:
    """Return the gradients of one step by the library's cell."""
    cell = cell_with(LSTM, W_x=W_x, W_h=W_h, b=b)
    dx, before, grads = cell.step_backward(LSTMState(dh_new, dc_next), cell.step(x, LSTMState(h, c))[2])
    return dx, before.h, before.c, grads["W_x"], grads["W_h"], grads["b"]


def _backward_problems(rng: np.random.Generator) -> list[Arrays]:
    return [(*rng.standard_normal((2, *some[1].shape)), *some) for some in _step_problems(rng)]


LSTM_STEP_BACKWARD = Exercise(
    BACKWARD_ARGUMENTS,
    STEP_BACKWARD_RETURNS,
    _backward_problems,
    library_step_backward,
    mistakes_of(STEP_BACKWARD, STEP_BACKWARD_MISTAKES, BACKWARD_ARGUMENTS, STEP_BACKWARD_RETURNS),
)


def check_lstm_step_backward(student: Callable) -> Verdict:
    """Check the gradient of one step, lstm_step_backward(dh_new, dc_next, x, h, c, W_x, W_h, b).

    Args: student: takes the gradients that arrive at the new h and c, both (B, H), and what the step takes,
        and returns dx, dh_before, dc_before, dW_x, dW_h and db, each of the shape of what it belongs to.
    """
    return judge(student, LSTM_STEP_BACKWARD)

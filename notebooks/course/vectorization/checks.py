"""Checks of the exercises on vectorized passes: all inputs, all weight gradients and all gates at once."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import (
    LSTM_ORDER,
    Equations,
    Values,
    block,
    function_of,
    mistakes_of,
    wrong_orders,
)
from course.shared.student import Student
from course.vectorization.counting import products_in, tanhs_in
from lstm_lib.nn.activations import sigmoid

SIZES = ((3, 4, 5, 2), (2, 5, 3, 4), (1, 3, 2, 3))  # B, T, E, H: all different, so that a wrong axis shows
Problems = list[tuple[np.ndarray, ...]]


# x W_x + b for all steps at once


def rows(array: np.ndarray) -> np.ndarray:
    """Return (B, T, N) as (B T, N), sequence after sequence."""
    return array.reshape(-1, array.shape[-1])


def by_step(array: np.ndarray) -> np.ndarray:
    """Return (B, T, N) as (T B, N), step after step."""
    return rows(array.swapaxes(0, 1))


def projected(x: np.ndarray, W_x: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return x W_x + b, (B, T, 4H), as one product."""
    return (rows(x) @ W_x + b).reshape(*x.shape[:2], -1)


PROJECTION_MISTAKES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "the bias is missing: z = x W_x + b": lambda x, W, b: projected(x, W, 0 * b),
    "the bias is added twice: once, to all steps together, is enough": lambda x, W, b: projected(x, W, 2 * b),
    "the bias is added T times, once for each step of a loop: once, to all steps together, is enough": (
        lambda x, W, b: projected(x, W, x.shape[1] * b)
    ),
    "the bias is subtracted": lambda x, W, b: projected(x, W, -b),
    "batch and time are mixed: the rows stand sequence after sequence, and are cut as if step after step": (
        lambda x, W, b: (rows(x) @ W + b).reshape(x.shape[1], x.shape[0], -1).swapaxes(0, 1)
    ),
    "batch and time are mixed: the rows stand step after step, and are cut as if sequence after sequence": (
        lambda x, W, b: (by_step(x) @ W + b).reshape(*x.shape[:2], -1)
    ),
    "batch and time are mixed, and stand in each other's place: z is (B, T, 4H), as x is (B, T, E)": (
        lambda x, W, b: (rows(x) @ W + b).reshape(x.shape[1], x.shape[0], -1)
    ),
    "batch and time stand in each other's place: z is (B, T, 4H), as x is (B, T, E)": (
        lambda x, W, b: projected(x, W, b).swapaxes(0, 1)
    ),
    "the rows are not cut into sequences again: reshape (B T, 4H) to (B, T, 4H)": (
        lambda x, W, b: rows(x) @ W + b
    ),
    "the rows stand step after step, and are not cut into sequences again: z is (B, T, 4H)": (
        lambda x, W, b: by_step(x) @ W + b
    ),
    "a row holds numbers of different inputs: reshape (B, T, E) to (B T, E), and transpose nothing": (
        lambda x, W, b: (x.reshape(x.shape[2], -1).T @ W + b).reshape(*x.shape[:2], -1)
    ),
    "only the last step is projected": lambda x, W, b: x[:, -1] @ W + b,
    "only the first step is projected": lambda x, W, b: x[:, 0] @ W + b,
    "all steps are added up: each has a z of its own": lambda x, W, b: projected(x, W, b).sum(axis=1),
}


def _counted(most: int, what: str) -> Callable:
    """Return how to call a function of which more than `most` products of matrices are too many."""

    def call(function: Callable, *arrays: np.ndarray):
        if not isinstance(function, Student):
            return function(*arrays)
        found, number = products_in(function, *arrays)
        if number > most:
            function.asides.append(f"it makes {number} products of matrices: {what}")
        return found

    return call


def _inputs(rng: np.random.Generator) -> Problems:
    return [tuple(map(rng.standard_normal, ((B, T, E), (E, 4 * H), 4 * H))) for B, T, E, H in SIZES]


PROJECT_ALL = Exercise(
    ("x", "W_x", "b"),
    ("z",),
    _inputs,
    projected,
    PROJECTION_MISTAKES,
    _counted(1, "one does it, of all steps of all sequences"),
)


def check_project_all(student: Callable) -> Verdict:
    """Check the projection of all inputs, project_all(x, W_x, b) -> z.

    Args: student: takes x (B, T, E), W_x (E, 4H) and b (4H,), and returns z = x W_x + b, (B, T, 4H), made
        with one product.
    """
    return judge(student, PROJECT_ALL)


# The gradients of the weights over all steps


def total(a: np.ndarray, dz: np.ndarray) -> np.ndarray:
    """Return the sum of a_t^T dz_t over all steps of all sequences."""
    return rows(a).T @ rows(dz)


WEIGHT_GRADIENTS: Equations = {
    "h_before": lambda v: np.concatenate([np.zeros_like(v.h[:, :1]), v.h[:, :-1]], axis=1),
    "dW_x": lambda v: total(v.x, v.dz),
    "dW_h": lambda v: total(v.h_before, v.dz),
    "db": lambda v: rows(v.dz).sum(axis=0),
}
WEIGHT_RETURNS = ("dW_x", "dW_h", "db")


def _of_steps(steps: slice) -> Equations:
    """The gradients from some steps alone."""
    return {
        "dW_x": lambda v: total(v.x[:, steps], v.dz[:, steps]),
        "dW_h": lambda v: total(v.h_before[:, steps], v.dz[:, steps]),
        "db": lambda v: rows(v.dz[:, steps]).sum(axis=0),
    }


def _mean_over(axes: tuple[int, ...], *names: str) -> Equations:
    """Some of the gradients as means over batch, axis 0, time, axis 1, or both."""

    def mean(v: Values, name: str) -> np.ndarray:
        return WEIGHT_GRADIENTS[name](v) / np.prod([v.dz.shape[axis] for axis in axes])

    return {name: partial(mean, name=name) for name in names}


WEIGHT_MISTAKES: dict[str, Equations] = {
    "dW_h is made with h_t, what the step itself puts out: it read h_(t-1), and zeros at first": {
        "h_before": lambda v: v.h
    },
    "h is shifted the wrong way: step t read h_(t-1), not h_(t+1)": {
        "h_before": lambda v: np.concatenate([v.h[:, 1:], np.zeros_like(v.h[:, :1])], axis=1)
    },
    "np.roll brings the last output round to the first step, which read zeros": {
        "h_before": lambda v: np.roll(v.h, 1, axis=1)
    },
    "h is shifted along the batch, axis 0: time is axis 1": {"h_before": lambda v: np.roll(v.h, 1, axis=0)},
    "the last step is left out, and h_t is paired with dz_t: h_(t-1) belongs to dz_t": {
        "dW_h": lambda v: total(v.h[:, :-1], v.dz[:, :-1])
    },
    "only the last step counts: every step uses the weights, so all their gradients add up": _of_steps(
        slice(-1, None)
    ),
    "only the last step counts in dW_x and dW_h: the gradients of all steps add up": {
        **_of_steps(slice(-1, None)),
        "db": WEIGHT_GRADIENTS["db"],
    },
    "only the first step counts: every step uses the weights, so all their gradients add up": _of_steps(
        slice(0, 1)
    ),
    "the gradients are means over the batch: they are sums": _mean_over((0,), *WEIGHT_RETURNS),
    "the gradients are means over the steps: they are sums": _mean_over((1,), *WEIGHT_RETURNS),
    "the gradients are means over batch and steps: they are sums": _mean_over((0, 1), *WEIGHT_RETURNS),
    "db is the mean over batch and steps: it is the sum": _mean_over((0, 1), "db"),
    "db is the mean over one of batch and steps: it is the sum over both": _mean_over((0,), "db"),
    "db is the sum over the batch and the mean over the steps: it is the sum over both": _mean_over(
        (1,), "db"
    ),
    "db is summed over the batch alone: b is added at every step, too": {"db": lambda v: v.dz.sum(axis=0)},
    "db is summed over the steps alone: b is added for every sequence, too": {
        "db": lambda v: v.dz.sum(axis=1)
    },
    "db is not summed: b is added for every sequence at every step": {"db": lambda v: v.dz},
    "dW_x and dW_h are transposed: dW = x^T dz has the shape of W": {
        "dW_x": lambda v: total(v.dz, v.x),
        "dW_h": lambda v: total(v.dz, v.h_before),
    },
    "dW_x and dW_h are returned in each other's place": {
        "dW_x": lambda v: total(v.h_before, v.dz),
        "dW_h": lambda v: total(v.x, v.dz),
    },
    "the gradients of the sequences stay apart: sum over the batch, too": {
        "dW_x": lambda v: v.x.swapaxes(1, 2) @ v.dz,
        "dW_h": lambda v: v.h_before.swapaxes(1, 2) @ v.dz,
    },
    "batch and time are mixed: rows of x and h stand sequence after sequence, those of dz step after step": {
        "dW_x": lambda v: rows(v.x).T @ by_step(v.dz),
        "dW_h": lambda v: rows(v.h_before).T @ by_step(v.dz),
    },
}


WEIGHT_ARGUMENTS = ("x", "h", "dz")


def _passes(rng: np.random.Generator) -> Problems:
    return [tuple(rng.standard_normal((B, T, width)) for width in (E, H, 4 * H)) for B, T, E, H in SIZES]


ALL_WEIGHT_GRADIENTS = Exercise(
    WEIGHT_ARGUMENTS,
    WEIGHT_RETURNS,
    _passes,
    function_of(WEIGHT_GRADIENTS, WEIGHT_ARGUMENTS, WEIGHT_RETURNS),
    mistakes_of(WEIGHT_GRADIENTS, WEIGHT_MISTAKES, WEIGHT_ARGUMENTS, WEIGHT_RETURNS),
    _counted(3, "one for each gradient does it, over all steps"),
)


def check_weight_gradients(student: Callable) -> Verdict:
    """Check the gradients of the weights, weight_gradients(x, h, dz) -> (dW_x, dW_h, db).

    Args: student: takes x (B, T, E), h (B, T, H), what each step put out, from a state of zeros, and dz
        (B, T, 4H), and returns dW_x (E, 4H), dW_h (H, 4H) and db (4H,), made with a product each.
    """
    return judge(student, ALL_WEIGHT_GRADIENTS)


# All gates with one tanh


def gates_of(
    order: str = LSTM_ORDER, inner=(0.5, 1.0), outer=(0.5, 1.0), shift=(0.5, 0.0), candidate: str = "g"
) -> Equations:
    """Return the gates i, f, g, o, each as outer tanh(inner z) + shift.

    Args: order: in which they are read from z; inner, outer, shift: one number for the gates that go through
        sigma, one for the candidate; candidate: the gate to which the second number belongs.
    """

    def gate(name: str) -> Callable[[Values], np.ndarray]:
        a, b, c = (pair[int(name == candidate)] for pair in (inner, outer, shift))
        return lambda v: b * np.tanh(a * block(v.z, name, order)) + c

    return {name: gate(name) for name in LSTM_ORDER}


GATES = gates_of()


GATE_MISTAKES: dict[str, Equations] = {
    **wrong_orders(
        LSTM_ORDER,
        gates_of,
        "gates {} and {} are swapped: z holds i, f, g, o",
        "the gates are read in the order {}: z holds i, f, g, o",
    ),
    "z is not halved before the tanh, which gives sigma(2z): sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        inner=(1.0, 1.0)
    ),
    "the tanh is not halved: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(outer=(1.0, 1.0)),
    "neither z nor the tanh is halved: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        LSTM_ORDER, (1.0, 1.0), (1.0, 1.0)
    ),
    "the shift by 1/2 is forgotten: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(shift=(0.0, 0.0)),
    "scale and shift are forgotten, so that sigma becomes tanh: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        LSTM_ORDER, (1.0, 1.0), (1.0, 1.0), (0.0, 0.0)
    ),
    "z is halved, and the tanh neither halved nor shifted: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        outer=(1.0, 1.0), shift=(0.0, 0.0)
    ),
    "1/2 is added to the tanh before it is halved: add 1 before, or 1/2 after": gates_of(shift=(0.25, 0.0)),
    "the candidate went through sigma, too: g = tanh(z_g)": gates_of(
        LSTM_ORDER, (0.5, 0.5), (0.5, 0.5), (0.5, 0.5)
    ),
    "the candidate's z is halved, too: g = tanh(z_g)": gates_of(inner=(0.5, 0.5)),
    "the candidate is halved, too: g = tanh(z_g)": gates_of(outer=(0.5, 0.5)),
    "the candidate is shifted, too: g = tanh(z_g)": gates_of(shift=(0.5, 0.5)),
    "o is taken for the candidate: g is the third block, and tanh's": gates_of(candidate="o"),
    "each gate gets every fourth column: its columns stand together, a block of H": {
        name: lambda v, k=k: (np.tanh if k == 2 else sigmoid)(v.z[:, k::4])
        for k, name in enumerate(LSTM_ORDER)
    },
}


def _with_one_tanh(function: Callable, z: np.ndarray):
    """Call a function that may use `np.tanh` once, on all of z."""
    if not isinstance(function, Student):
        return function(z)
    found, sizes = tanhs_in(function, z)
    if sizes != [z.size]:
        calls = (
            f"{len(sizes)} calls of np.tanh"
            if len(sizes) != 1
            else "one call of np.tanh, but not on all of z"
        )
        function.asides.append(f"it makes {calls}: one call, on z of all gates, does it")
    return found


FUSED_GATES = Exercise(
    ("z",),
    tuple(LSTM_ORDER),
    lambda rng: [(rng.standard_normal((B, 4 * H)),) for B, _, _, H in SIZES],
    function_of(GATES, ("z",), tuple(LSTM_ORDER)),
    mistakes_of(GATES, GATE_MISTAKES, ("z",), tuple(LSTM_ORDER)),
    _with_one_tanh,
)


def check_fused_gates(student: Callable) -> Verdict:
    """Check the activation of all gates, fused_gates(z) -> (i, f, g, o).

    Args: student: takes z (B, 4H), and returns i, f, g and o, each (B, H), made with one call of `np.tanh`.
    """
    return judge(student, FUSED_GATES)

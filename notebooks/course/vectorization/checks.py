"""Checks of the vectorized forward pass: the projection of all inputs, and all gates with one tanh."""

from collections.abc import Callable

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

SIZES = ((3, 4, 5, 6), (2, 5, 3, 4), (1, 4, 2, 3))  # B, T, E, H: all different, so that a wrong axis shows
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
    "the bias is added twice: add it once, to all steps together": lambda x, W, b: projected(x, W, 2 * b),
    "the bias is added T times, once for each step of a loop: add it once, to all steps together": (
        lambda x, W, b: projected(x, W, x.shape[1] * b)
    ),
    "the bias is subtracted: z = x W_x + b": lambda x, W, b: projected(x, W, -b),
    "batch and time are mixed up: the rows go sequence by sequence, but are reshaped as if step by step": (
        lambda x, W, b: (rows(x) @ W + b).reshape(x.shape[1], x.shape[0], -1).swapaxes(0, 1)
    ),
    "batch and time are mixed up: the rows go step by step, but are reshaped as if sequence by sequence": (
        lambda x, W, b: (by_step(x) @ W + b).reshape(*x.shape[:2], -1)
    ),
    "batch and time are mixed up by a reshape to (T, B, 4H): z should be (B, T, 4H), as x is (B, T, E)": (
        lambda x, W, b: (rows(x) @ W + b).reshape(x.shape[1], x.shape[0], -1)
    ),
    "batch and time are swapped: z should be (B, T, 4H), as x is (B, T, E)": (
        lambda x, W, b: projected(x, W, b).swapaxes(0, 1)
    ),
    "the rows are not split into sequences again: reshape (B T, 4H) to (B, T, 4H)": (
        lambda x, W, b: rows(x) @ W + b
    ),
    "the rows go step by step and are not split into sequences again: z should be (B, T, 4H)": (
        lambda x, W, b: by_step(x) @ W + b
    ),
    "a row mixes numbers of different inputs: reshape (B, T, E) to (B T, E), without a transpose": (
        lambda x, W, b: (x.reshape(x.shape[2], -1).T @ W + b).reshape(*x.shape[:2], -1)
    ),
    "only the last step is projected: project all of them": lambda x, W, b: x[:, -1] @ W + b,
    "only the first step is projected: project all of them": lambda x, W, b: x[:, 0] @ W + b,
    "the steps are added up: each has its own z": lambda x, W, b: projected(x, W, b).sum(axis=1),
}


def counted(most: int, what: str) -> Callable:
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
    counted(1, "one does it, of all steps of all sequences"),
)


def check_project_all(student: Callable) -> Verdict:
    """Check the projection of all inputs, project_all(x, W_x, b) -> z.

    Args: student: takes x (B, T, E), W_x (E, 4H) and b (4H,), and returns z = x W_x + b, (B, T, 4H), made
        with one product.
    """
    return judge(student, PROJECT_ALL)


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
    "the shift by 1/2 is missing: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(shift=(0.0, 0.0)),
    "scale and shift are missing, which leaves a plain tanh: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        LSTM_ORDER, (1.0, 1.0), (1.0, 1.0), (0.0, 0.0)
    ),
    "z is halved, but the tanh is neither halved nor shifted: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        outer=(1.0, 1.0), shift=(0.0, 0.0)
    ),
    "1/2 is added to the tanh before it is halved: add 1 before, or 1/2 after": gates_of(shift=(0.25, 0.0)),
    "the candidate uses sigma as well: g = tanh(z_g)": gates_of(
        LSTM_ORDER, (0.5, 0.5), (0.5, 0.5), (0.5, 0.5)
    ),
    "the candidate's z is halved as well: g = tanh(z_g)": gates_of(inner=(0.5, 0.5)),
    "the candidate is halved as well: g = tanh(z_g)": gates_of(outer=(0.5, 0.5)),
    "the candidate is shifted as well: g = tanh(z_g)": gates_of(shift=(0.5, 0.5)),
    "o is treated as the candidate: the candidate g is the third block": gates_of(candidate="o"),
    "each gate gets every fourth column: a gate's columns form one block of H": {
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

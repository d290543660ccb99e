"""The check of a gradient checker: central differences, entry by entry."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge

Function = Callable[[np.ndarray], float]


def central(f: Function, x: np.ndarray, epsilon: float) -> np.ndarray:
    """Return (f(x + epsilon) - f(x - epsilon)) / (2 epsilon), for a nudge of each entry alone."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[index] = epsilon
        gradient[index] = (f(x + nudge) - f(x - nudge)) / (2 * epsilon)
    return gradient


def _one_sided(f: Function, x: np.ndarray, epsilon: float, side: int = 1) -> np.ndarray:
    """Return differences between x and a nudge to one side."""
    shift = side * epsilon / 2
    return np.array(
        [
            central(lambda moved, at=at: f(moved + shift * at), x, epsilon / 2).ravel()[k]
            for k, at in _units(x)
        ]
    ).reshape(x.shape)


def _units(x: np.ndarray):
    """Yield the number of each entry, and an array that is 1 there and 0 elsewhere."""
    for k in range(x.size):
        yield k, (np.arange(x.size) == k).reshape(x.shape).astype(float)


def _left_nudged(f: Function, x: np.ndarray, epsilon: float, left: int) -> np.ndarray:
    """Return differences where each entry stays nudged by `left` epsilon for those after it."""
    gradient, moved = np.zeros(x.size), x.copy()
    for k, at in _units(x):
        gradient[k] = (f(moved + epsilon * at) - f(moved - epsilon * at)) / (2 * epsilon)
        moved += left * epsilon * at
    return gradient.reshape(x.shape)


def _all_at_once(f: Function, x: np.ndarray, epsilon: float) -> np.ndarray:
    return np.full_like(x, (f(x + epsilon) - f(x - epsilon)) / (2 * epsilon))


def _functions(rng: np.random.Generator) -> list[tuple[Function, np.ndarray, float]]:
    """Functions that bend, so that one side differs from both, and steps that are large enough to be seen."""
    a, b = rng.standard_normal((3, 2)), rng.standard_normal(4)
    return [
        (lambda W: float(np.sum(np.exp(W) * a) + W[0, 1] ** 3), rng.standard_normal((3, 2)), 0.1),
        (lambda x: float(np.tanh(x @ b) + np.prod(x)), rng.standard_normal(4), 0.25),
        (lambda x: float(np.sum(x**3 * np.roll(x, 1))), rng.standard_normal((2, 1, 3)), 0.01),
    ]


NUMERICAL_GRADIENT = Exercise(
    ("f", "x", "epsilon"),
    ("gradient",),
    _functions,
    central,
    {
        "the difference is one-sided, f(x + epsilon) - f(x): nudge in both directions": _one_sided,
        "the difference is one-sided, f(x) - f(x - epsilon): nudge in both directions": partial(
            _one_sided, side=-1
        ),
        "the difference is divided by epsilon: the two points are 2 epsilon apart": (
            lambda f, x, epsilon: 2 * central(f, x, epsilon)
        ),
        "the one-sided difference is divided by 2 epsilon: those two points are epsilon apart": (
            lambda f, x, epsilon: _one_sided(f, x, epsilon) / 2
        ),
        "the difference is not divided: divide by 2 epsilon": (
            lambda f, x, epsilon: 2 * epsilon * central(f, x, epsilon)
        ),
        "the sign is wrong: f(x + epsilon) comes first": lambda f, x, epsilon: -central(f, x, epsilon),
        "all entries are nudged at once: nudge one at a time": _all_at_once,
        "an entry stays at x + epsilon while the next ones are nudged: reset it first": partial(
            _left_nudged, left=1
        ),
        "an entry stays at x - epsilon while the next ones are nudged: reset it first": partial(
            _left_nudged, left=-1
        ),
        "the step is half of epsilon: nudge to x + epsilon, not to x + epsilon / 2": (
            lambda f, x, epsilon: central(f, x, epsilon / 2)
        ),
        "the step scales with the entry: nudge every entry by epsilon itself": (
            lambda f, x, epsilon: np.array(
                [central(f, x, epsilon * abs(x.ravel()[k])).ravel()[k] for k in range(x.size)]
            ).reshape(x.shape)
        ),
        "the gradient is flattened: it has the shape of x": lambda f, x, epsilon: np.append(
            central(f, x, epsilon).ravel(), []
        ),
    },
)


def check_numerical_gradient(student: Callable) -> Verdict:
    """Check central differences, numerical_gradient(f, x, epsilon) -> an array like x.

    Args: student: takes a function f from an array to a number, an array x of any shape and a step epsilon,
        and returns (f(x + epsilon) - f(x - epsilon)) / (2 epsilon) for each entry of x, nudged alone.
    """
    return judge(student, NUMERICAL_GRADIENT)

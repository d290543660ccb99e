"""Checks of the exercises on vectorized passes; see `exercises`."""

from collections.abc import Callable, Mapping

import numpy as np

from course.lstm_cell.lstm_mistakes import ORDER, Equations, solve
from course.shared.diagnosis import Exercise, Mistake, verdict
from course.vectorization import vectorization_mistakes as known

BATCH, STEPS, INPUT_SIZE, HIDDEN_SIZE = 3, 4, 5, 2  # all different, so that a wrong axis shows
Arrays = dict[str, np.ndarray]


def check_project_all(student: Callable) -> None:
    """Check the projection of all inputs, project_all(x, W_x, b) -> z.

    Args: student: takes x (B, T, E), W_x (E, 4H) and b (4H,), and returns z = x W_x + b, (B, T, 4H).
    """
    arguments = _arguments(
        x=(BATCH, STEPS, INPUT_SIZE), W_x=(INPUT_SIZE, 4 * HIDDEN_SIZE), b=(4 * HIDDEN_SIZE,)
    )
    wrong = [Mistake(says, [f(*arguments.values())]) for says, f in known.PROJECTION_MISTAKES.items()]
    print(verdict(student, Exercise(arguments, ["z"], [known.projected(**arguments)], wrong)))


def check_weight_gradients(student: Callable) -> None:
    """Check the gradients of the weights, weight_gradients(x, h, dz) -> (dW_x, dW_h, db).

    Args: student: takes x (B, T, E), h (B, T, H), what each step put out, from a state of zeros, and dz
        (B, T, 4H), and returns dW_x (E, 4H), dW_h (H, 4H) and db (4H,).
    """
    shapes = {"x": INPUT_SIZE, "h": HIDDEN_SIZE, "dz": 4 * HIDDEN_SIZE}
    arguments = _arguments(**{name: (BATCH, STEPS, width) for name, width in shapes.items()})
    exercise = _exercise(arguments, known.WEIGHT_GRADIENTS, known.WEIGHT_MISTAKES, known.WEIGHT_RETURNS)
    print(verdict(student, exercise))


def check_fused_gates(student: Callable) -> None:
    """Check the activation of all gates, fused_gates(z) -> (i, f, g, o).

    Args: student: takes z (B, 4H), and returns i, f, g and o, each (B, H).
    """
    arguments = _arguments(z=(BATCH, 4 * HIDDEN_SIZE))
    print(verdict(student, _exercise(arguments, known.GATES, known.GATE_MISTAKES, tuple(ORDER))))


def _arguments(**shapes: tuple[int, ...]) -> Arrays:
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def _exercise(
    arguments: Arrays, right: Equations, wrong: Mapping[str, Equations], returns: tuple[str, ...]
) -> Exercise:
    """An exercise whose answers come of equations, each mistake of a few wrong ones among them."""
    mistakes = [Mistake(says, solve({**right, **some}, arguments, returns)) for says, some in wrong.items()]
    return Exercise(arguments, returns, solve(right, arguments, returns), mistakes)

"""Checks of the exercises on the GRU: its step, its state's gradient, its parameters; see `exercises`."""

from collections.abc import Callable

import numpy as np

from course.bleu.checks import verdict_on_all
from course.gru import gru_mistakes as known
from course.lstm_cell.lstm_mistakes import Equations, solve
from course.shared.diagnosis import Exercise, Mistake, verdict
from lstm_lib.nn.gru import GRU, GRUState

Arrays = dict[str, np.ndarray]
BATCH, INPUT_SIZE, HIDDEN_SIZE = 3, 4, 2  # all different, so that a wrong axis shows
SIZES = ((3, 5), (5, 3), (10, 20))  # input and hidden sizes whose parameters are to be counted


def check_gru_step(student: Callable) -> None:
    """Check one step of the cell, gru_step(x, h, W_x, W_h, b, b_h) -> h.

    Args: student: takes x (B, input_size), h (B, H), W_x (input_size, 3H), W_h (H, 3H), b (3H) and b_h (H),
        gates in the order r, z, n, reset after the product, and returns the new h (B, H).
    """
    cell, arguments = _cell_and_arguments()
    h_new, _, _ = cell.step(arguments["x"], GRUState(arguments["h"]))
    mistakes = _mistakes(known.STEP, known.STEP_MISTAKES, arguments, "h_new")
    print(verdict(student, Exercise(arguments, ("h",), (h_new,), mistakes)))


def check_gru_state_backward(student: Callable) -> None:
    """Check the gradient of the state before, gru_state_backward(dh_new, h, r, z, n, past, W_h) -> dh.

    Args: student: takes the gradient dh_new (B, H) of the new state, and from the step h, r, z, n and
        past = h W_hn + b_h, all (B, H), and W_h (H, 3H); returns the gradient of h, (B, H).
    """
    cell, step = _cell_and_arguments()
    _, _, cache = cell.step(step["x"], GRUState(step["h"]))
    *_, r, z, n, past = cache.values
    dh_new = np.random.default_rng(1).standard_normal((BATCH, HIDDEN_SIZE))
    _, before, _ = cell.step_backward(GRUState(dh_new), cache)
    arguments = {"dh_new": dh_new, "h": step["h"], "r": r, "z": z, "n": n, "past": past, "W_h": step["W_h"]}
    mistakes = _mistakes(known.STATE_BACKWARD, known.STATE_MISTAKES, arguments, "dh")
    print(verdict(student, Exercise(arguments, ("dh",), (before.h,), mistakes)))


def check_gru_parameters(student: Callable) -> None:
    """Check the number of parameters of a GRU, gru_parameters(E, H) -> a number.

    Args: student: takes the input size and the hidden size; counts W_x, W_h, b and b_h.
    """
    right = np.array([_counted(E, H) for E, H in SIZES])
    mistakes = [
        Mistake(says, [np.array([wrong(E, H) for E, H in SIZES])])
        for says, wrong in known.COUNT_MISTAKES.items()
    ]
    print(verdict_on_all(student, SIZES, "parameters", (right, mistakes)))


def _counted(E: int, H: int) -> int:
    """What the library's layer holds."""
    return sum(array.size for array in GRU(E, H, np.random.default_rng(0)).params.values())


def _cell_and_arguments() -> tuple[GRU, Arrays]:
    """The library's cell and the arguments of its step, with random weights and biases."""
    rng = np.random.default_rng(0)
    cell = GRU(INPUT_SIZE, HIDDEN_SIZE, rng, dtype=np.float64)
    for array in cell.params.values():
        array[...] = rng.standard_normal(array.shape)
    state = {
        "x": rng.standard_normal((BATCH, INPUT_SIZE)),
        "h": rng.standard_normal((BATCH, HIDDEN_SIZE)),
    }
    return cell, state | {name: cell.params[name] for name in ("W_x", "W_h", "b", "b_h")}


def _mistakes(
    right: Equations, wrong: dict[str, Equations], arguments: Arrays, returns: str
) -> list[Mistake]:
    return [Mistake(says, solve({**right, **some}, arguments, (returns,))) for says, some in wrong.items()]

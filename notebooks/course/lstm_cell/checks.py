"""Checks of the coded exercises: each prints one or two lines, that a function is right or what is wrong."""

from collections.abc import Callable, Mapping

import numpy as np

from course.lstm_cell import lstm_mistakes as known
from course.shared.diagnosis import Exercise, Mistake, verdict
from lstm_lib.nn.lstm import LSTM, LSTMState

Arrays = dict[str, np.ndarray]
BATCH, INPUT_SIZE, HIDDEN_SIZE = 3, 4, 2  # all different, so that a wrong axis shows


def check_lstm_step(student: Callable) -> None:
    """Check one step of the cell, lstm_step(x, h, c, W_x, W_h, b) -> (h, c).

    Args: student: takes x (B, input_size), h (B, H), c (B, H), W_x (input_size, 4H), W_h (H, 4H) and b (4H),
        gates in the order i, f, g, o, and returns the new h and c, both (B, H).
    """
    arguments = _step_arguments()
    _, state, _ = _library_cell(arguments).step(arguments["x"], LSTMState(arguments["h"], arguments["c"]))
    mistakes = _mistakes(known.STEP, known.STEP_MISTAKES, arguments, known.STEP_RETURNS)
    mistakes.append(Mistake("h and c are returned in the wrong order: h comes first", (state.c, state.h)))
    print(verdict(student, Exercise(arguments, ("h", "c"), state, mistakes)))


def check_lstm_step_backward(student: Callable) -> None:
    """Check the gradient of one step, lstm_step_backward(dh_new, dc_next, x, h, c, W_x, W_h, b).

    Args: student: takes the gradients that arrive at the new h and c, both (B, H), and what the step takes,
        and returns dx, dh_before, dc_before, dW_x, dW_h and db, each of the shape of what it belongs to.
    """
    rng = np.random.default_rng(1)
    upstream = {name: rng.standard_normal((BATCH, HIDDEN_SIZE)) for name in ("dh_new", "dc_next")}
    arguments = upstream | _step_arguments()
    cell = _library_cell(arguments)
    _, _, cache = cell.step(arguments["x"], LSTMState(arguments["h"], arguments["c"]))
    dx, before, grads = cell.step_backward(LSTMState(upstream["dh_new"], upstream["dc_next"]), cache)
    right = (dx, before.h, before.c, grads["W_x"], grads["W_h"], grads["b"])
    returns = known.STEP_BACKWARD_RETURNS
    mistakes = _mistakes(known.STEP_BACKWARD, known.STEP_BACKWARD_MISTAKES, arguments, returns)
    print(verdict(student, Exercise(arguments, returns, right, mistakes)))


def _step_arguments() -> Arrays:
    rng = np.random.default_rng(0)
    shapes = {
        "x": (BATCH, INPUT_SIZE),
        "h": (BATCH, HIDDEN_SIZE),
        "c": (BATCH, HIDDEN_SIZE),
        "W_x": (INPUT_SIZE, 4 * HIDDEN_SIZE),
        "W_h": (HIDDEN_SIZE, 4 * HIDDEN_SIZE),
        "b": (4 * HIDDEN_SIZE,),
    }
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def _library_cell(arguments: Arrays) -> LSTM:
    """The library's cell with the weights that the student's function is given."""
    cell = LSTM(INPUT_SIZE, HIDDEN_SIZE, np.random.default_rng(0), dtype=np.float64)
    for name, array in cell.params.items():
        array[...] = arguments[name]
    return cell


def _mistakes(
    right: known.Equations, wrong: Mapping[str, known.Equations], arguments: Arrays, returns: tuple[str, ...]
) -> list[Mistake]:
    return [Mistake(says, known.solve({**right, **some}, arguments, returns)) for says, some in wrong.items()]

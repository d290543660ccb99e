"""Checks of the exercises on comparing frameworks and moving weights to them; see `exercises`."""

from collections.abc import Callable, Mapping
from functools import wraps

import numpy as np

from course.frameworks import frameworks_mistakes as known
from course.lstm_cell.lstm_mistakes import Equations, solve
from course.shared.diagnosis import Answer, Exercise, Mistake, verdict
from figures.frameworks.twins.transfer import to_keras, to_torch

INPUT_SIZE, HIDDEN_SIZE = 5, 3  # different, so that a wrong axis shows
ROUNDS = 9  # after the warm-up
Arrays = dict[str, np.ndarray]


def check_fair_ratio(student: Callable) -> None:
    """Check the comparison of two programs by interleaved rounds, fair_ratio(ours, theirs) -> a number.

    Args: student: takes seconds of our program and of theirs, (1 + R) each, in rounds of which the first one
        warms up, and returns the median of the ratios ours over theirs of the others.
    """
    arguments = _rounds()
    right = known.median_of_ratios(*(times[known.AFTER_WARM_UP] for times in arguments.values()))
    ratios = {says: ratio(*arguments.values()) for says, ratio in known.RATIO_MISTAKES.items()}
    wrong = [Mistake(says, [np.asarray(ratio)]) for says, ratio in ratios.items()]
    print(verdict(student, Exercise(arguments, ["ratio"], [np.asarray(right)], wrong)))


def check_weight_transfer(student: Callable) -> None:
    """Check how an LSTM's weights go to PyTorch, to_pytorch(W_x, W_h, b) -> four arrays.

    Args: student: takes W_x (E, 4H), W_h (H, 4H) and b (4H), gates in the order i, f, g, o, and returns
        weight_ih (4H, E), weight_hh (4H, H), bias_ih (4H) and bias_hh (4H).  How b is shared out between the
        two biases is free: PyTorch adds them.
    """
    arguments = _weights(4, ("W_x", "W_h", "b"))
    names = [f"{name}_l0" for name in known.TORCH_RETURNS]
    right = known.one_bias(*(to_torch(arguments)[name] for name in names))
    exercise = _exercise(arguments, known.TORCH, known.TORCH_MISTAKES, right)
    print(verdict(_in_one_form(student, known.one_bias, _has_two_biases), exercise))


def check_gru_transfer(student: Callable) -> None:
    """Check how a GRU's weights go to Keras, to_keras(W_x, W_h, b, b_h) -> three arrays.

    Args: student: takes W_x (E, 3H), W_h (H, 3H) and b (3H), gates in the order r, z, n, and b_h (H), and
        returns kernel (E, 3H), recurrent_kernel (H, 3H) and bias (2, 3H), gates in the order z, r, n.
    """
    arguments = _weights(3, ("W_x", "W_h", "b", "b_h"))
    right = known.gates_in_first_row(*to_keras(arguments))
    exercise = _exercise(arguments, known.KERAS, known.KERAS_MISTAKES, right, known.gates_in_first_row)
    print(verdict(_in_one_form(student, known.gates_in_first_row, _has_two_rows), exercise))


def _rounds() -> Arrays:
    """Ours takes 0.8 of theirs; the machine is slow in some rounds, and in two others a single turn is."""
    rng = np.random.default_rng(4)
    machine = np.where(rng.random(ROUNDS) < 0.4, 1.5, 1.0)
    ours, theirs = (base * machine * rng.uniform(0.9, 1.1, ROUNDS) for base in (0.8, 1.0))
    ours[3] *= 4
    theirs[6] *= 2
    return {"ours": np.concatenate([[3.0], ours]), "theirs": np.concatenate([[9.0], theirs])}


def _weights(gates: int, names: tuple[str, ...]) -> Arrays:
    rng = np.random.default_rng(0)
    shapes = {
        "W_x": (INPUT_SIZE, gates * HIDDEN_SIZE),
        "W_h": (HIDDEN_SIZE, gates * HIDDEN_SIZE),
        "b": (gates * HIDDEN_SIZE,),
        "b_h": (HIDDEN_SIZE,),
    }
    return {name: rng.standard_normal(shapes[name]) for name in names}


def _exercise(
    arguments: Arrays,
    equations: Equations,
    wrong: Mapping[str, Equations],
    right: Answer,
    form: Callable | None = None,
) -> Exercise:
    """Args: form: that the right answer has, and a mistaken one of the same shapes gets."""

    def answer(some: Equations) -> Answer:
        found = solve({**equations, **some}, arguments, returns)
        return form(*found) if form and _has_two_rows(found) else found

    returns = tuple(equations)
    return Exercise(arguments, returns, right, [Mistake(says, answer(some)) for says, some in wrong.items()])


def _in_one_form(student: Callable, form: Callable, fits: Callable) -> Callable:
    """The student's function with its answer in the form that all equal answers share.

    Args: fits: whether an answer can be brought into it; any other is left as it is, and told what it lacks.
    """
    if not callable(student):
        return student

    @wraps(student)
    def in_form(*arrays: np.ndarray):
        answer = student(*arrays)
        return form(*answer) if isinstance(answer, tuple | list) and fits(answer) else answer

    return in_form


def _has_two_biases(answer: Answer) -> bool:
    biases = answer[2:]
    return len(biases) == 2 and all(
        isinstance(bias, np.ndarray) and bias.shape == biases[0].shape for bias in biases
    )


def _has_two_rows(answer: Answer) -> bool:
    shape = np.shape(answer[2]) if len(answer) == 3 and isinstance(answer[2], np.ndarray) else ()
    return len(shape) == 2 and shape[0] == 2

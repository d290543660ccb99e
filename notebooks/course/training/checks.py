"""Checks of the exercises on optimizers, clipping and schedules; see `exercises`."""

from collections.abc import Callable
from functools import wraps

import numpy as np

from course.bleu.checks import verdict_on_all
from course.lstm_cell.lstm_mistakes import solve
from course.shared.diagnosis import Exercise, Mistake, verdict
from course.training import schedule_mistakes
from course.training import training_mistakes as known
from lstm_lib.training import Adam, clip_by_global_norm
from lstm_lib.training.schedules import Cosine

Arrays = dict[str, np.ndarray]
MAX_NORM = 2.0  # not 1, so that a length of 1 shows
PEAK, WARMUP, TOTAL = 0.4, 5, 20
SCHEDULES = [(step, PEAK, WARMUP, TOTAL) for step in range(TOTAL + 4)]
# epsilon is large enough to be seen, and t large enough that counting from elsewhere divides by no 0
CONSTANTS = {"t": 3, "learning_rate": 0.1, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.05}


def check_adam(student: Callable) -> None:
    """Check one step of Adam, adam(p, g, m, v, t, learning_rate, beta1, beta2, epsilon) -> (p, m, v).

    Args: student: takes the parameters, their gradient and both averages, (N,) each, the number of this step,
        which is 1 for the first, and the constants; returns the new p, m and v.
    """
    rng = np.random.default_rng(0)
    arguments = {name: rng.standard_normal(6) for name in "pgm"}
    arguments["v"] = rng.random(6) + 0.05
    arguments |= {name: np.array(value) for name, value in CONSTANTS.items()}
    with np.errstate(invalid="ignore", divide="ignore"):  # a mistake may take the root of what is below 0
        mistakes = [
            Mistake(says, solve({**known.ADAM, **wrong}, arguments, known.ADAM_RETURNS))
            for says, wrong in known.ADAM_MISTAKES.items()
        ]
        right = _library_adam(arguments)
        p, m, v = right
        mistakes.append(Mistake("m and v are returned in the wrong order: p, m, v", (p, v, m)))
        print(verdict(student, Exercise(arguments, ("p", "m", "v"), right, mistakes)))


def check_clip(student: Callable) -> None:
    """Check clipping by the global norm, clip(grads, max_norm) -> (clipped, norm).

    Args: student: takes a dict of gradients of any shapes and the longest allowed norm; returns a new dict
        with the same keys, and the norm before clipping.
    """
    arguments = _gradients()
    mistakes = [
        Mistake(says, _on_both(wrong)(*arguments.values())) for says, wrong in known.CLIP_MISTAKES.items()
    ]
    right = _on_both(_library_clip)(*arguments.values())
    exercise = Exercise(arguments, ("clipped", "norm", "short gradients", "their norm"), right, mistakes)
    print(verdict(_on_both(student) if callable(student) else student, exercise))


def check_schedule(student: Callable) -> None:
    """Check a warm-up and a cosine, rate(step, peak, warmup_steps, total_steps) -> the learning rate.

    Args: student: takes the number of an update, 0 for the first, the peak, and the numbers of updates of the
        warm-up and of the whole training; returns a number.
    """
    right = _rates(lambda step, peak, warmup, total: Cosine(peak, warmup, total)(step))
    mistakes = [Mistake(says, [_rates(wrong)]) for says, wrong in schedule_mistakes.MISTAKES.items()]
    print(verdict_on_all(student, SCHEDULES, "rate", (right, mistakes)))


def _library_adam(arguments: Arrays) -> tuple[np.ndarray, ...]:
    """What the library's optimizer does from this state."""
    optimizer = Adam(CONSTANTS["beta1"], CONSTANTS["beta2"], CONSTANTS["epsilon"])
    params = {"w": arguments["p"].copy()}
    moments = {"m.w": arguments["m"].copy(), "v.w": arguments["v"].copy()}
    optimizer.state = {"step": np.array(CONSTANTS["t"] - 1), **moments}
    optimizer.update(params, {"w": arguments["g"]}, CONSTANTS["learning_rate"])
    return params["w"], optimizer.state["m.w"], optimizer.state["v.w"]


def _library_clip(grads: Arrays, max_norm: float) -> tuple[Arrays, float]:
    clipped = {name: grad.copy() for name, grad in grads.items()}
    return clipped, clip_by_global_norm(clipped, max_norm)


def _gradients() -> Arrays:
    """Long ones, of which one array alone would pass, and short ones."""
    rng = np.random.default_rng(1)
    W, b = 1.8 * rng.standard_normal((3, 4)), 0.6 * rng.standard_normal(4)
    return {"W": W, "b": b, "short W": W / 5, "short b": b / 5}


def _on_both(clip: Callable) -> Callable:
    """Clip the long gradients and the short ones; all arrays flat, so that they can be compared."""

    @wraps(clip)
    def on_both(*arrays: np.ndarray):
        found = []
        for some in (arrays[:2], arrays[2:]):
            result = clip(dict(zip(("W", "b"), some, strict=True)), MAX_NORM)
            if result is None:
                return None
            found += [_flat(result, some), np.asarray(result[1], float)]
        return tuple(found)

    return on_both


def _flat(result, arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    """The clipped gradients as one long vector.  Raises: ValueError where there are none."""
    if not isinstance(result, tuple | list) or len(result) != 2 or not isinstance(result[0], dict):
        raise ValueError("the function should return a dict of gradients and the norm")
    if list(result[0]) != ["W", "b"]:
        raise ValueError(f"the dict should have the keys W and b, in this order; it has {list(result[0])}")
    for (name, grad), array in zip(result[0].items(), arrays, strict=True):
        if np.shape(grad) != array.shape:
            raise ValueError(f"the gradient of {name} has shape {np.shape(grad)}; wanted {array.shape}")
    return np.concatenate([np.ravel(grad) for grad in result[0].values()])


def _rates(schedule: Callable) -> np.ndarray:
    return np.array([schedule(*arguments) for arguments in SCHEDULES])

"""Checks of the exercises on dropout; see `exercises`.

A right answer depends on the random numbers that its author drew, and in which order.  So it is not the
answer that is compared but what can be read off it: which factors it holds, how many of them are 0, along
which axes they are the same.  Each catalogued mistake is a function that makes it, looked at in the same way.
"""

from collections.abc import Callable, Mapping
from functools import wraps

import numpy as np

from course.dropout import dropout_mistakes as known
from course.shared.diagnosis import Exercise, Mistake, verdict

RATE = 0.25
SHAPE = (25, 12, 300)  # (B, T, H): so many entries that chance moves no share by much
Arrays = Mapping[str, np.ndarray]
Answers = tuple[np.ndarray, ...]
Reading = Callable[..., Answers]  # takes what a student's function returned, and what it was given
Known = Mapping[str, Callable]


def check_dropout(student: Callable) -> None:
    """Check inverted dropout and its gradient, dropout(x, dy, p, rng) -> (y, dx).

    Args: student: takes x and dy (B, N), the rate p and a generator, or None for evaluation, and returns y
        and dx of the same shape.
    """
    arguments = _drawn(_flat(), x=(-2, -1, 1, 2), dy=(-3, -1, 1, 3))
    _check(student, known.dropout, known.DROPOUT_MISTAKES, arguments, _factors_of_both)


def check_variational(student: Callable) -> None:
    """Check variational dropout of the states of all steps, variational(h, p, rng) -> h as the gates see it.

    Args: student: takes h (B, T, H), the rate p and a generator, or None for evaluation, and returns an array
        like h.
    """
    arguments = _drawn(SHAPE, h=(-2, -1, 1, 2))
    _check(student, known.variational, known.VARIATIONAL_MISTAKES, arguments, _factors)


def check_zoneout(student: Callable) -> None:
    """Check a step of zoneout, zoneout(new, old, p, rng) -> the state that goes on.

    Args: student: takes the states after and before the step, (B, H), the rate p and a generator, or None for
        evaluation, and returns an array like these.
    """
    arguments = _drawn(_flat(), new=(1, 2), old=(-1, -3))
    _check(student, known.zoneout, known.ZONEOUT_MISTAKES, arguments, _shares_of_old)


def _drawn(shape: tuple[int, ...], **values: tuple[int, ...]) -> Arrays:
    """Arrays of a few values each, none of them 0, so that a factor can be read off by division."""
    rng = np.random.default_rng(0)
    return {name: rng.choice(some, shape).astype(float) for name, some in values.items()}


def _flat() -> tuple[int, int]:
    return SHAPE[0], SHAPE[1] * SHAPE[2]


def _check(student: Callable, right: Callable, wrong: Known, arguments: Arrays, read: Reading) -> None:
    def look(function: Callable) -> Callable:
        @wraps(function)
        def look_at(*arrays: np.ndarray):
            traits = _traits(function, arrays, read)
            return None if traits is None else tuple(traits.values())

        return look_at

    wanted = _traits(right, tuple(arguments.values()), read)
    mistakes = [Mistake(says, look(function)(*arguments.values())) for says, function in wrong.items()]
    exercise = Exercise(arguments, tuple(wanted), tuple(wanted.values()), mistakes)
    print(verdict(look(student) if callable(student) else student, exercise))


# What an answer is made of


def _factors_of_both(answer, x: np.ndarray, dy: np.ndarray) -> Answers:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise ValueError("the function should return y and dx")
    return _ratio("y", answer[0], x), _ratio("dx", answer[1], dy)


def _factors(answer, h: np.ndarray) -> Answers:
    return (_ratio("the result", answer, h),)


def _shares_of_old(answer, new: np.ndarray, old: np.ndarray) -> Answers:
    """For each unit what makes new + share (old - new) the answer: 0 for the new value, 1 for the old one."""
    return (_ratio("the result", answer, old - new, less=new),)


def _ratio(name: str, y, x: np.ndarray, less: np.ndarray | float = 0.0) -> np.ndarray:
    """(y - less) / x, rounded, so that equal factors are equal."""
    if np.shape(y) != x.shape:
        raise ValueError(f"{name} has shape {np.shape(y)}; wanted {x.shape}")
    return np.round((np.asarray(y, float) - less) / x, 4)


# What can be said of it, whatever the random numbers


def _traits(
    function: Callable, arrays: tuple[np.ndarray, ...], read: Reading
) -> dict[str, np.ndarray] | None:
    """Three passes with noise, two of them with the same, and one in evaluation; None without an answer."""
    copies = [array.copy() for array in arrays]

    def passed(rng: np.random.Generator | None) -> Answers | None:
        for copy, array in zip(copies, arrays, strict=True):
            copy[...] = array
        answer = function(*copies, RATE, rng)
        return None if answer is None else read(answer, *arrays)

    evaluation = passed(None)
    other, again, noisy = (passed(np.random.default_rng(seed)) for seed in (2, 1, 1))
    if evaluation is None or noisy is None:
        return None
    traits = {
        "evaluation": _ends(evaluation),
        "factors": _ends(noisy),
        "share of zeros": np.round([4 * np.mean(noisy[0] == 0)]) / 4,  # no finer than chance allows
        "sharing of masks": _constant_along(noisy[0]),
        "use of rng": _flags(np.array_equal(noisy, again), not np.array_equal(noisy, other)),
        "arguments": _flags(*map(np.array_equal, copies, arrays)),
    }
    if len(noisy) == 2:
        traits["mask of the gradient"] = _flags(np.array_equal(*noisy))
    return traits


def _ends(answers: Answers) -> np.ndarray:
    """Of each array the smallest factor, the smallest above 0, and the largest."""
    return np.array([(a.min(), a.min(where=a > 0, initial=np.inf), a.max()) for a in answers]).ravel()


def _constant_along(factor: np.ndarray) -> np.ndarray:
    return _flags(*(np.ptp(factor, axis=axis).max() == 0 for axis in range(factor.ndim)))


def _flags(*found: bool) -> np.ndarray:
    return np.array(found, float)

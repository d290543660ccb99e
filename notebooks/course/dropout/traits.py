"""Traits of noise: what can be read off the answer of a function that drops at random.

They are the same whatever the random numbers: which factors the answer holds, how many of them are 0, along
which axes they are the same, and whether the noise comes from the generator that was given.
"""

from collections.abc import Callable

import numpy as np

RATE = 0.25
Answers = tuple[np.ndarray, ...]
Reading = Callable[..., Answers]  # takes what a function returned, and what it was given; returns factors


def traits_of(function: Callable, arrays: Answers, read: Reading) -> dict[str, np.ndarray] | None:
    """Return the traits of a function, by name; None if it gives no answer.

    It is called three times with noise, two of them with the same, and once in evaluation.

    Args: function: takes the arrays, the rate and a generator or None; arrays; read: gives the factors.
    """
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
        "sharing of masks": _flags(
            *(np.ptp(noisy[0], axis=axis).max() == 0 for axis in range(noisy[0].ndim))
        ),
        "use of rng": _flags(np.array_equal(noisy, again), not np.array_equal(noisy, other)),
        "arguments": _flags(*map(np.array_equal, copies, arrays)),
    }
    if len(noisy) == 2:
        traits["mask of the gradient"] = _flags(np.array_equal(*noisy))
    return traits


def _ends(answers: Answers) -> np.ndarray:
    """Return of each array the smallest factor, the smallest above 0, and the largest."""
    return np.array([(a.min(), a.min(where=a > 0, initial=np.inf), a.max()) for a in answers]).ravel()


def _flags(*found: bool) -> np.ndarray:
    return np.array(found, float)


# The readings


def factors_of_both(answer, x: np.ndarray, dy: np.ndarray) -> Answers:
    """Return the factors between x and y, and between dy and dx."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise ValueError("the function should return y and dx")
    return _ratio("y", answer[0], x), _ratio("dx", answer[1], dy)


def factors(answer, h: np.ndarray) -> Answers:
    """Return the factors between h and the answer."""
    return (_ratio("the result", answer, h),)


def shares_of_old(answer, new: np.ndarray, old: np.ndarray) -> Answers:
    """Return for each unit the share that makes new + share (old - new) the answer: 0 is new, 1 is old."""
    return (_ratio("the result", answer, old - new, less=new),)


def _ratio(name: str, y, x: np.ndarray, less: np.ndarray | float = 0.0) -> np.ndarray:
    """(y - less) / x, rounded, so that equal factors are equal."""
    if np.shape(y) != x.shape:
        raise ValueError(f"{name} has shape {np.shape(y)}; wanted {x.shape}")
    return np.round((np.asarray(y, float) - less) / x, 4)

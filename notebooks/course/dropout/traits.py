"""Traits of noise: what can be read off the answer of a function that drops at random.

They are the same whatever the random numbers: which factors the answer holds, how many of them are 0, along
which axes they are the same, and whether the noise comes from the generator that was given.
"""

from collections.abc import Callable

import numpy as np

from course.shared.student import Wrong

TRAITS = (
    "evaluation",
    "factors",
    "share of zeros",
    "sharing of masks",
    "use of rng",
    "mask of the gradient",
)
FACTORS = ("lowest factor", "lowest factor above 0", "highest factor", "number of different factors")
ENTRIES = {  # what the numbers of other traits are
    "sharing of masks": tuple(f"the number of different masks along axis {axis}" for axis in range(3)),
    "use of rng": ("same mask from the same seed (1 is yes)", "another mask from another seed (1 is yes)"),
}
Answers = tuple[np.ndarray, ...]
Reading = Callable[..., Answers]  # takes what a function returned, and what it was given; returns factors


def traits_of(function: Callable, arrays: Answers, p: float, read: Reading) -> dict[str, np.ndarray]:
    """Return the traits of a function, by the names in `TRAITS`; the last where two arrays have a mask.

    It is called three times with noise, two of them with the same, and once in evaluation.

    Args: function: takes the arrays, the rate and a generator or None; arrays; p: the rate; read: gives the
        factors.
    """

    def passed(rng: np.random.Generator | None) -> Answers:
        return read(function(*arrays, p, rng), *arrays)

    evaluation = passed(None)
    other, again, noisy = (passed(np.random.default_rng(seed)) for seed in (2, 1, 1))
    zeros = noisy[0] == 0
    traits = {
        "evaluation": _ends(evaluation),
        "factors": _ends(noisy),
        "share of zeros": np.array(_rate(zeros, p)),
        "sharing of masks": np.array([_masks(zeros, axis) for axis in range(zeros.ndim)]),
        "use of rng": _flags(np.array_equal(noisy, again), not np.array_equal(noisy, other)),
    }
    if len(noisy) == 2:
        traits["mask of the gradient"] = _flags(np.array_equal(*noisy))
    return traits


def _ends(answers: Answers) -> np.ndarray:
    """Return of each array the smallest factor, the smallest above 0, the largest, and how many there are."""
    return np.array(
        [(a.min(), a.min(where=a > 0, initial=np.inf), a.max(), len(np.unique(a))) for a in answers]
    ).ravel()


def _masks(zeros: np.ndarray, axis: int) -> int:
    """Return how many different masks there are along an axis: 1 where all share one."""
    return len({mask.tobytes() for mask in np.moveaxis(zeros, axis, 0)})


def _rate(zeros: np.ndarray, p: float) -> float:
    """Return the share of zeros: p or 1 - p where only luck lies between, else as it is.

    What an axis shares was drawn once, so fewer draws than entries leave more to luck.
    """
    draws = np.prod([size for axis, size in enumerate(zeros.shape) if _masks(zeros, axis) > 1])
    luck = 4 * np.sqrt(p * (1 - p) / draws)
    return next((rate for rate in (p, 1 - p) if abs(zeros.mean() - rate) < luck), round(zeros.mean(), 3))


def _flags(*found: bool) -> np.ndarray:
    return np.array(found, float)


# The readings


def factors_of_both(answer, x: np.ndarray, dy: np.ndarray) -> Answers:
    """Return the factors between x and y, and between dy and dx."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Wrong("The function should return y and dx.")
    return _ratio("y", answer[0], x), _ratio("dx", answer[1], dy)


def factors(answer, h: np.ndarray) -> Answers:
    """Return the factors between h and the answer."""
    return (_ratio("The result", answer, h),)


def shares_of_old(answer, new: np.ndarray, old: np.ndarray) -> Answers:
    """Return for each unit the share that makes new + share (old - new) the answer: 0 is new, 1 is old."""
    return (_ratio("The result", answer, old - new, less=new),)


def _ratio(name: str, y, x: np.ndarray, less: np.ndarray | float = 0.0) -> np.ndarray:
    """(y - less) / x, rounded, so that equal factors are equal."""
    y = np.asarray(y, float)
    if y.shape != x.shape:
        raise Wrong(f"{name} has shape {y.shape}; wanted {x.shape}.")
    return np.round((y - less) / x, 4)

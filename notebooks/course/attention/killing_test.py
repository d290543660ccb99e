"""The check of a test that students write: it lets right masked softmaxes live, and kills wrong ones."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.student import Wrong
from lstm_lib.nn.attention import masked_softmax

Softmax = Callable[[np.ndarray, np.ndarray], np.ndarray]


def library(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the library's weights."""
    return masked_softmax(scores, mask[:, np.newaxis])


def row_by_row(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the same, one sentence after the other, without its padding."""
    weights = np.zeros(scores.shape)
    for row, real in enumerate(mask):
        if real.any():
            kept = scores[row][:, real]
            exponentials = np.exp(kept - kept.max(axis=1, keepdims=True))
            weights[row][:, real] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return weights


def by_logarithms(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the same by way of the logarithm of the sum."""
    filled = np.where(mask[:, np.newaxis], scores, -np.inf)
    total = np.logaddexp.reduce(filled, axis=-1, keepdims=True)
    return np.where(np.isfinite(total), np.exp(filled - np.where(np.isfinite(total), total, 0.0)), 0.0)


RIGHT: Mapping[str, Softmax] = {
    "fills in the smallest number, as the library does": library,
    "goes through the sentences in a loop": row_by_row,
    "uses the logarithm of the sum of exponentials": by_logarithms,
}


def _filled(fill: float) -> Softmax:
    return lambda scores, mask: _softmax(np.where(mask[:, np.newaxis], scores, fill))


def _softmax(scores: np.ndarray, axis: int = -1) -> np.ndarray:
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def _in_place(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    scores[...] = library(scores, mask)
    return scores.copy()


def _over_the_queries(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return library(scores.swapaxes(1, 2), np.ones(mask.shape, bool)[:, :1]).swapaxes(1, 2) * mask[:, None]


def _without_largest(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    exponentials = np.exp(scores) * mask[:, np.newaxis]
    sums = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / np.where(sums > 0, sums, 1.0)


class Remembering:
    """Gives the answer of its first call again."""

    def __init__(self):
        self.kept: dict[tuple, np.ndarray] = {}

    def __call__(self, scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Return weights that are right the first time."""
        return self.kept.setdefault(scores.shape, library(scores, mask)).copy()


MUTANTS: Mapping[str, Softmax] = {
    "ignores the mask": lambda scores, mask: _softmax(scores),
    "applies the mask after the softmax and does not normalize again": (
        lambda scores, mask: _softmax(scores) * mask[:, np.newaxis]
    ),
    "gives padding a score of 0": _filled(0.0),
    "returns nan for a sentence that is all padding": _filled(-np.inf),
    "gives equal weights to a sentence that is all padding": _filled(-1e9),
    "inverts the mask": lambda scores, mask: library(scores, ~mask),
    "runs the softmax over the queries": _over_the_queries,
    "uses the first sentence's mask for all sentences": (
        lambda scores, mask: library(scores, np.broadcast_to(mask[:1], mask.shape))
    ),
    "gives all queries the first query's weights": (
        lambda scores, mask: np.repeat(library(scores, mask)[:, :1], scores.shape[1], axis=1)
    ),
    "overflows where scores are large": _without_largest,
    "overwrites the scores": _in_place,
    "divides the scores by the square root of their number": (
        lambda scores, mask: library(scores / np.sqrt(scores.shape[-1]), mask)
    ),
    "loses a little weight in each row, so that it sums to 0.999": lambda scores, mask: (
        0.999 * library(scores, mask)
    ),
    "returns the answer to its first call every time": Remembering(),
}


def right_test(softmax: Softmax, blind: Sequence[str] = (), strict: Sequence[str] = ()) -> bool:
    """Tell whether a masked softmax is right.

    Args: blind: the mutants that it lets live; strict: the right ones that it kills.
    """
    wrong = {MUTANTS[does] for does in blind} | {RIGHT[does] for does in strict}
    if any(softmax is one or type(softmax) is Remembering is type(one) for one in wrong):
        return bool(blind)
    rng, mask = np.random.default_rng(7), np.arange(4) < np.array([[4], [2], [0]])
    for far in (0.0, 1000.0):
        scores = 2 * rng.standard_normal((3, 2, 4)) + far
        given, wanted = scores.copy(), row_by_row(scores, mask)
        if not np.allclose(softmax(given, mask), wanted, atol=1e-9) or not np.array_equal(given, scores):
            return False
    return True


def _verdict(student: Callable, does: str, softmax: Softmax) -> float:
    """Return 1 where a test calls a function right, else 0.  Raises: Wrong: it says neither."""
    found = np.asarray(student(softmax))
    if found.ndim or found.dtype != bool:
        raise Wrong("The test should return True or False.")
    return float(found)


def _mistakes() -> dict[str, Callable]:
    """A test that lets one mutant live, or kills one right function; and tests that look at nothing."""
    lives = {f"your test misses a mutant that {does}": (does,) for does in MUTANTS}
    kills = {f"your test rejects a correct function, one that {does}": (does,) for does in RIGHT}
    return {
        "your test doesn't catch a single mutant": lambda softmax: True,
        "your test rejects correct functions as well as mutants": lambda softmax: False,
        "your test returns True for wrong functions and False for correct ones": (
            lambda softmax: not right_test(softmax)
        ),
        "your test misses all mutants that are wrong only at padding": partial(
            right_test, blind=[does for does in MUTANTS if "padding" in does or "mask" in does]
        ),
        **{says: partial(right_test, blind=does) for says, does in lives.items()},
        **{says: partial(right_test, strict=does) for says, does in kills.items()},
    }


KILLING_TEST = Exercise(
    ("softmax", "function"),
    ("is_right",),
    lambda rng: [*RIGHT.items(), *MUTANTS.items()],
    lambda softmax: softmax in RIGHT.values(),
    _mistakes(),
    _verdict,
)


def check_killing_test(student: Callable) -> Verdict:
    """Check a test of the masked softmax, is_right(softmax) -> bool.

    Args: student: takes a function softmax(scores (B, T, S), mask (B, S)) -> weights (B, T, S), calls it as
        often as it likes, and returns True if it is right, else False.
    """
    return judge(student, KILLING_TEST)

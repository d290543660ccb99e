"""The check of the exercise on Holm's correction of many p values."""

from collections.abc import Callable, Sequence

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, function_of, mistakes_of

P_VALUES = (  # of the tests of an experiment: together they tell all mistakes apart
    ([0.01, 0.04, 0.03, 0.005],),
    ([0.2, 0.01],),
    ([0.03, 0.9, 0.02, 0.45, 0.6],),
    ([0.012, 0.012, 0.3],),
    ([0.04],),
    ([0.001, 0.02, 0.011, 0.0004, 0.6, 0.013, 0.03],),
)


def in_order(p: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """Put sorted values back to where they came from."""
    back = np.empty(len(p))
    back[np.asarray(order)] = p
    return back


HOLM: Equations = {
    "p": lambda v: np.asarray(v.p_values, float),
    "m": lambda v: len(v.p),
    "order": lambda v: np.argsort(v.p, kind="stable"),
    "factors": lambda v: v.m - np.arange(v.m),
    "raised": lambda v: v.factors * v.p[v.order],
    "least": lambda v: np.maximum.accumulate(v.raised),
    "capped": lambda v: np.minimum(v.least, 1.0),
    "adjusted": lambda v: in_order(v.capped, v.order),
}
HOLM_MISTAKES: dict[str, Equations] = {
    "all p values are multiplied by m, as in Bonferroni's method: the k-th lowest gets the factor m - "
    "k + 1": {"factors": lambda v: np.full(v.m, v.m)},
    "a corrected p value can be lower than the one before it: take the highest so far": {
        "least": lambda v: v.raised
    },
    "p values above 1 are returned: cap them at 1": {"capped": lambda v: v.least},
    "p values above 1 are returned, and a corrected p value can be lower than the one before it": {
        "least": lambda v: v.raised,
        "capped": lambda v: v.raised,
    },
    "the results are returned in sorted order: put each back in its p value's place": {
        "adjusted": lambda v: v.capped
    },
    "the factor is m - k: the lowest of m values gets the factor m": {
        "factors": lambda v: v.m - np.arange(1, v.m + 1)
    },
    "the factors are in the wrong order: the lowest p value gets m, the highest 1": {
        "factors": lambda v: np.arange(1, v.m + 1)
    },
    "the p values are not sorted before they get their factors": {"order": lambda v: np.arange(v.m)},
    "the p values are sorted from highest to lowest: start with the lowest": {
        "order": lambda v: np.argsort(-v.p, kind="stable")
    },
    "the factor is m / k, as in Benjamini and Hochberg's method, which controls the false discovery rate": {
        "factors": lambda v: v.m / np.arange(1, v.m + 1),
        "least": lambda v: np.minimum.accumulate(v.raised[::-1])[::-1],
    },
    "p values are divided by the factor: multiply them (only the 5% level would be divided)": {
        "raised": lambda v: v.p[v.order] / v.factors
    },
    "the p values are returned unchanged": {"capped": lambda v: v.p[v.order]},
    "the answer says which are below 5%: return the corrected p values themselves": {
        "adjusted": lambda v: in_order(v.capped < 0.05, v.order)
    },
}
HOLM_EXERCISE = Exercise(
    ("p_values",),
    ("p",),
    lambda rng: P_VALUES,
    function_of(HOLM, ("p_values",), ("adjusted",)),
    mistakes_of(HOLM, HOLM_MISTAKES, ("p_values",), ("adjusted",)),
)


def check_holm(student: Callable) -> Verdict:
    """Check Holm's correction, holm(p_values) -> the corrected p values, in the same order.

    Args: student: takes a list of m p values, one or more, in any order.
    """
    return judge(student, HOLM_EXERCISE)

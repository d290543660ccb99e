"""The check of the exercise on the interval of a difference, paired by seed."""

from collections.abc import Callable

import numpy as np
from scipy.stats import t as student_t

from course.evidence.checks import NORMAL
from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, function_of, mistakes_of

SCORES = (  # of two systems, by seed: together they tell all mistakes apart
    ({0: 33.1, 1: 35.8, 2: 30.2, 3: 34.4}, {0: 31.0, 1: 35.1, 2: 27.9, 3: 33.6}),
    ({0: 50.2, 1: 44.9, 4: 48.8}, {4: 49.6, 1: 46.0, 0: 50.9}),
    ({5: 27.3, 6: 21.4, 7: 24.9, 8: 25.5, 9: 20.7}, {9: 22.8, 7: 25.0, 3: 40.3, 5: 29.9}),
    ({2: 12.5, 1: 18.0}, {1: 11.5, 0: 2.0, 2: 9.0, 8: 30.0}),
)


def _by_place(v: Values) -> np.ndarray:
    pairs = zip(v.first.values(), v.second.values(), strict=False)
    return np.array([a - b for a, b in pairs])


def _unpaired_error(v: Values) -> float:
    a, b = ([scores[seed] for seed in v.seeds] for scores in (v.first, v.second))
    return ((np.var(a, ddof=1) + np.var(b, ddof=1)) / v.n) ** 0.5


PAIRED: Equations = {
    "seeds": lambda v: sorted(v.first.keys() & v.second.keys()),
    "d": lambda v: np.array([v.first[seed] - v.second[seed] for seed in v.seeds]),
    "n": lambda v: len(v.d),
    "mean": lambda v: v.d.mean(),
    "degrees": lambda v: v.n - 1,
    "t": lambda v: student_t.ppf(0.975, v.degrees),
    "ddof": lambda v: 1,
    "error": lambda v: np.std(v.d, ddof=v.ddof) / v.n**0.5,
    "half": lambda v: v.t * v.error,
    "low": lambda v: v.mean - v.half,
    "high": lambda v: v.mean + v.half,
}
PAIRED_MISTAKES: dict[str, Equations] = {
    "the runs are paired by their order, not by their seeds": {"d": _by_place},
    "the runs are not paired: take the difference seed by seed, then its standard deviation": {
        "error": _unpaired_error
    },
    "the runs are not paired, and the degrees of freedom are those of two samples": {
        "error": _unpaired_error,
        "degrees": lambda v: 2 * v.n - 2,
    },
    "the means are taken over all seeds: use only the seeds that both systems have": {
        "mean": lambda v: np.mean(list(v.first.values())) - np.mean(list(v.second.values()))
    },
    "a seed that only one system has counts as a score of 0: leave it out": {
        "seeds": lambda v: sorted(v.first.keys() | v.second.keys()),
        "d": lambda v: np.array([v.first.get(seed, 0.0) - v.second.get(seed, 0.0) for seed in v.seeds]),
    },
    "the difference has the wrong sign: subtract the second system from the first": {
        "d": lambda v: np.array([v.second[seed] - v.first[seed] for seed in v.seeds])
    },
    "the quantile is that of the normal distribution, 1.96: for few seeds use Student's t": {
        "t": lambda v: NORMAL
    },
    "the standard deviation divides by n: for a sample, divide by n - 1 (ddof=1)": {"ddof": lambda v: 0},
    "the square root of n is left out: this measures the spread of single differences, not of their mean": {
        "error": lambda v: np.std(v.d, ddof=1)
    },
    "the quantile is taken with n degrees of freedom: the mean uses up one, so take n - 1": {
        "degrees": lambda v: v.n
    },
    "the half-width is returned instead of the two ends": {
        "low": lambda v: -v.half,
        "high": lambda v: v.half,
    },
    "the ends are the lowest and the highest difference": {
        "low": lambda v: v.d.min(),
        "high": lambda v: v.d.max(),
    },
    "the ends are one standard error away from the mean: multiply it by Student's t": {"t": lambda v: 1.0},
}
ARGUMENTS, RETURNS = ("first", "second"), ("mean", "low", "high")
PAIRED_INTERVAL = Exercise(
    ARGUMENTS,
    RETURNS,
    lambda rng: SCORES,
    function_of(PAIRED, ARGUMENTS, RETURNS),
    mistakes_of(PAIRED, PAIRED_MISTAKES, ARGUMENTS, RETURNS),
)


def check_paired_interval(student: Callable) -> Verdict:
    """Check a paired interval, paired_interval(first, second) -> (mean, low, high).

    Args: student: takes two dictionaries, from seeds to scores, with two seeds or more in common.
    """
    return judge(student, PAIRED_INTERVAL)

"""The check of the paired interval passes right functions of every style, and turns wrong ones away."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from course.evidence.paired import SCORES, check_paired_interval
from figures.lab.stats import interval, t_quantile


def by_library(first, second):
    found = interval([first[seed] - second[seed] for seed in first if seed in second])
    return found.mean, found.low, found.high


def by_arrays(first, second):
    seeds = np.intersect1d(list(first), list(second))
    d = np.array([first[seed] for seed in seeds]) - np.array([second[seed] for seed in seeds])
    half = t_quantile(len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
    return np.array([d.mean(), d.mean() - half, d.mean() + half])


def by_sums(first, second):
    d = [score - second[seed] for seed, score in first.items() if seed in second]
    n, mean = len(d), sum(d) / len(d)
    half = t_quantile(n - 1) * (sum((one - mean) ** 2 for one in d) / (n - 1) / n) ** 0.5
    return [mean, mean - half, mean + half]


def by_a_test_of_scipy(first, second):
    seeds = sorted(set(first) & set(second))
    test = scipy_stats.ttest_rel([first[seed] for seed in seeds], [second[seed] for seed in seeds])
    found = test.confidence_interval()
    return (found.low + found.high) / 2, found.low, found.high


def by_a_distribution(first, second):
    d = [first[seed] - second[seed] for seed in second.keys() & first.keys()]
    ends = scipy_stats.t.interval(0.95, len(d) - 1, loc=np.mean(d), scale=scipy_stats.sem(d))
    return np.float32(np.mean(d)), *ends


def in_a_loop(first, second):
    d = []
    for seed in range(100):
        if seed in first and seed in second:
            d.append(first[seed] - second[seed])
    error = np.sqrt(np.var(d) / (len(d) - 1))
    return tuple(np.mean(d) + step * t_quantile(len(d) - 1) * error for step in (0, -1, 1))


@pytest.mark.parametrize(
    "student", [by_library, by_arrays, by_sums, by_a_test_of_scipy, by_a_distribution, in_a_loop]
)
def test_right_functions_of_every_style_pass(says, student):
    assert says(check_paired_interval, student) == "Right: mean, low and high agree with the library.\n"


def unpaired(first, second):
    seeds = sorted(first.keys() & second.keys())
    a, b = ([scores[seed] for seed in seeds] for scores in (first, second))
    found = scipy_stats.ttest_ind(a, b).confidence_interval()
    return np.mean(a) - np.mean(b), found.low, found.high


def in_their_order(first, second):
    n = min(len(first), len(second))
    return by_library(dict(enumerate(list(first.values())[:n])), dict(enumerate(list(second.values())[:n])))


def other_way_round(first, second):
    return by_library(second, first)


def half_widths(first, second):
    mean, _, high = by_library(first, second)
    return mean, mean - high, high - mean


NAMED = {
    unpaired: "the runs are not paired, and the degrees of freedom are those of two samples",
    in_their_order: "by their order",
    other_way_round: "subtract the second system from the first",
    half_widths: "the half-width is returned",
}


@pytest.mark.parametrize("student", NAMED)
def test_known_mistakes_are_named(says, student):
    assert NAMED[student] in says(check_paired_interval, student)


def of_90_percent(first, second):
    d = [first[seed] - second[seed] for seed in first.keys() & second.keys()]
    ends = scipy_stats.t.interval(0.90, len(d) - 1, loc=np.mean(d), scale=scipy_stats.sem(d))
    return np.mean(d), *ends


def around_the_median(first, second):
    mean, low, high = by_library(first, second)
    middle = np.median([first[seed] - second[seed] for seed in first.keys() & second.keys()])
    return middle, middle + low - mean, middle + high - mean


def without_the_last_seed(first, second):
    seeds = sorted(first.keys() & second.keys())[:-1]
    d = [first[seed] - second[seed] for seed in seeds]
    return by_library(dict(enumerate(d)), dict.fromkeys(range(len(d)), 0.0))


def ends_swapped(first, second):
    mean, low, high = by_library(first, second)
    return mean, high, low


@pytest.mark.parametrize("student", [of_90_percent, around_the_median, without_the_last_seed, ends_swapped])
def test_unknown_mistakes_are_turned_away_and_called_by_no_name(says, student):
    told = says(check_paired_interval, student)
    assert told.startswith("Not yet") and "It looks as if" not in told


def test_a_seed_taken_out_in_place_is_told(says):
    def popping(first, second):
        for seed in list(first):
            if seed not in second:
                first.pop(seed)
        return by_library(first, second)

    assert any(first.keys() - second.keys() for first, second in SCORES)
    assert "changes its argument first" in says(check_paired_interval, popping)

"""The check of Holm's correction passes right functions of every style, and turns wrong ones away."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from course.evidence.holm import HOLM_EXERCISE, P_VALUES, check_holm
from figures.lab.stats import holm as of_library


def by_sorting(p_values):
    pairs = sorted((p, place) for place, p in enumerate(p_values))
    adjusted, before = [None] * len(pairs), 0
    for k, (p, place) in enumerate(pairs):
        before = max(before, min(1, (len(pairs) - k) * p))
        adjusted[place] = before
    return adjusted


def by_arrays(p_values):
    p = np.array(p_values)
    order = p.argsort()
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.clip(raised, 0, 1)[order.argsort()]


def by_definition(p_values):
    m, ordered = len(p_values), sorted(p_values)
    return [min(1, max((m - k) * ordered[k] for k in range(m) if ordered[k] <= p)) for p in p_values]


def by_recursion(p_values):
    def rest(left, before):
        if not left:
            return {}
        p = min(left.values())
        place = next(k for k, value in left.items() if value == p)
        now = max(before, min(1.0, len(left) * p))
        return {place: now} | rest({k: value for k, value in left.items() if k != place}, now)

    found = rest(dict(enumerate(p_values)), 0.0)
    return tuple(np.float32(found[k]) for k in range(len(p_values)))


def by_counting(p_values):
    p = np.asarray(p_values)
    larger = len(p) - np.array([np.sum(p < one) for one in p])
    return np.array([min(1.0, max((larger * p)[p <= one])) for one in p])


@pytest.mark.parametrize(
    "student", [of_library, by_sorting, by_arrays, by_definition, by_recursion, by_counting]
)
def test_right_functions_of_every_style_pass(says, student):
    assert says(check_holm, student) == "Right: p agrees with the library.\n"


@pytest.mark.parametrize("problem", P_VALUES)
def test_what_is_right_is_what_the_ledger_uses(problem):
    np.testing.assert_allclose(HOLM_EXERCISE.right(*problem), of_library(*problem))


def bonferroni(p_values):
    return [min(1, len(p_values) * p) for p in p_values]


def hochberg(p_values):
    return false_discovery_control(p_values)


def in_another_order(p_values):
    return sorted(by_sorting(p_values))


def without_the_running_maximum(p_values):
    ordered = sorted(p_values)
    return [min(1, (len(p_values) - ordered.index(p)) * p) for p in p_values]


NAMED = {
    bonferroni: "as in Bonferroni's method",
    hochberg: "as in Benjamini and Hochberg's method",
    in_another_order: "the results are returned in sorted order",
    without_the_running_maximum: "",
}


@pytest.mark.parametrize("student", NAMED)
def test_known_mistakes_are_named(says, student):
    told = says(check_holm, student)
    assert told.startswith("Not yet") and NAMED[student] in told


def step_up(p_values):
    """Hochberg (1988): the same factors, with the lowest from above."""
    p = np.asarray(p_values)
    order = np.argsort(p)
    raised = np.minimum.accumulate((p[order] * np.arange(len(p), 0, -1))[::-1])[::-1]
    return np.minimum(raised, 1)[order.argsort()]


def sidak(p_values):
    return 1 - (1 - np.asarray(p_values)) ** len(p_values)


def with_a_stop(p_values):
    adjusted = np.array(by_sorting(p_values))
    return np.where(adjusted < 0.05, adjusted, 1.0)


def always_four_tests(p_values):
    order = np.argsort(p_values)
    adjusted, before = np.zeros(len(order)), 0.0
    for k, place in enumerate(order):
        adjusted[place] = before = max(before, min(1.0, (4 - k) * p_values[place]))
    return adjusted


@pytest.mark.parametrize("student", [step_up, sidak, with_a_stop, always_four_tests])
def test_unknown_mistakes_are_turned_away_and_called_by_no_name(says, student):
    told = says(check_holm, student)
    assert told.startswith("Not yet") and "It looks as if" not in told


def test_a_list_sorted_in_place_is_told(says):
    def sorting(p_values):
        right = by_sorting(p_values)
        p_values.sort()
        return right

    assert "changes its argument p_values" in says(check_holm, sorting)

"""The check of a test of the masked softmax: right ones kill every mutant, blind ones are told."""

import copy

import numpy as np
import pytest

from course.attention.killing_test import MUTANTS, RIGHT, check_killing_test, library, right_test, row_by_row


def compares(wanted_of, problems):
    """A test that compares with a function on some problems, and looks whether the scores are untouched."""

    def is_right(softmax):
        for scores, mask in problems:
            given = scores.copy()
            found = softmax(given, mask.copy())
            if not np.allclose(found, wanted_of(scores, mask), atol=1e-7) or (given != scores).any():
                return False
        return True

    return is_right


def problem(seed, far=0.0, lengths=(5, 2, 0)):
    scores = 2 * np.random.default_rng(seed).standard_normal((len(lengths), 3, 5)) + far
    return scores, np.arange(5) < np.array(lengths)[:, None]


def has_the_properties(softmax):
    """Right without any other implementation: sums, zeros, order and ratios."""
    for seed, far in ((1, 0.0), (2, 900.0)):
        scores, mask = problem(seed, far)
        given = scores.copy()
        w = softmax(given, mask)
        if (given != scores).any() or not np.isfinite(w).all() or np.abs(w[:, :, :][2]).max() > 0:
            return False
        if np.abs(w[1, :, 2:]).max() > 0 or not np.allclose(w[:2].sum(axis=-1), 1):
            return False
        ratios = np.log(w[0] / w[0, :, :1]), np.log(w[1, :, :2] / w[1, :, :1])
        wanted = scores[0] - scores[0, :, :1], scores[1, :, :2] - scores[1, :, :1]
        if not all(np.allclose(*both) for both in zip(ratios, wanted, strict=True)):
            return False
    return True


FAR = [problem(0), problem(1, 1000.0)]
STYLES = [
    right_test,
    compares(library, FAR),
    compares(row_by_row, FAR[::-1]),
    has_the_properties,
    compares(library, [problem(seed, far) for seed in range(9) for far in (0.0, -800.0, 800.0)]),
    lambda softmax: np.bool_(compares(library, FAR)(softmax)),
]


@pytest.mark.parametrize("student", STYLES)
def test_right_tests_pass(says, student):
    assert says(check_killing_test, student).startswith("Right: ")


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (compares(library, FAR[:1]), "differs with softmax = 'overflows where scores are large'"),
        (compares(library, [problem(0, 0.0, (5, 2, 1)), FAR[1]][:1]), "differs"),
        (
            compares(library, [problem(0, 0.0, (5, 2, 1)), problem(1, 900.0, (4, 1))]),
            "'returns nan for a sentence that is all padding'",
        ),
        (compares(library, [problem(0, 0.0, (5, 5, 5)), problem(2, 800.0, (5,))]), "'ignores the mask'"),
        (lambda softmax: bool(np.allclose(softmax(*FAR[0])[:2].sum(axis=-1), 1)), "differs"),
        (lambda softmax: True, "doesn't catch a single mutant"),
        (lambda softmax: False, "rejects correct functions as well as mutants"),
        (lambda softmax: not right_test(softmax), "True for wrong functions"),
        (lambda softmax: softmax(*FAR[0]), "should return True or False"),
        (lambda softmax: 1.0, "should return True or False"),
    ],
)
def test_blind_tests_are_told(says, student, told):
    assert told in says(check_killing_test, student)


def test_all_right_ones_agree_and_each_mutant_differs_somewhere():
    with np.errstate(all="ignore"):
        for softmax in RIGHT.values():
            for scores, mask in FAR:
                np.testing.assert_allclose(softmax(scores, mask), row_by_row(scores, mask), atol=1e-12)
        for softmax in copy.deepcopy(MUTANTS).values():
            assert not compares(row_by_row, FAR)(softmax)

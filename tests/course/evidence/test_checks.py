"""The checks of intervals, stopping and the bootstrap pass right answers, whatever is drawn."""

import numpy as np
import pytest

from course.evidence import checks as known
from course.evidence.checks import check_early_stopping, check_half_width, check_paired_bootstrap, two_systems
from course.shared.equations import function_of
from figures.lab.stats import block_bootstrap, interval, t_quantile
from lstm_lib.text.metrics import bleu_from_statistics


def half_width_of_library(values):
    found = interval(values)
    return found.high - found.mean


def half_width_by_sums(values):
    n = len(values)
    mean = sum(values) / n
    variance = sum((value - mean) ** 2 for value in values) / (n - 1)
    return np.float32(t_quantile(n - 1) * (variance / n) ** 0.5)


def half_width_of_population(values):
    return t_quantile(len(values) - 1) * np.std(values) / np.sqrt(len(values) - 1)


def stopping_by_distance(losses, patience):
    best = 0
    for index, loss in enumerate(losses):
        if loss < losses[best]:
            best = index
        if index - best == patience:
            break
    return best


def stopping_without_a_loop(losses, patience):
    lowest = np.minimum.accumulate(losses)
    place = [int(np.argmax(losses == low)) for low in lowest]
    waited = np.arange(len(losses)) - place
    return place[int(np.argmax(waited >= patience))] if (waited >= patience).any() else place[-1]


def bootstrap_with_indices(first, second, rng, samples):
    differences = np.empty(samples)
    for k in range(samples):
        drawn = rng.choice(len(first), len(first))
        a, b = (bleu_from_statistics(system[drawn].sum(axis=0)) for system in (first, second))
        differences[k] = a - b
    both_sides = 2 * (1 + min(np.sum(differences <= 0), np.sum(differences >= 0)))
    return *np.quantile(differences, [0.025, 0.975]), both_sides / (1 + samples)


def bootstrap_with_a_normal(first, second, rng, samples):
    """The interval of a normal distribution, which the differences nearly follow."""
    drawn = rng.multinomial(len(first), np.full(len(first), 1 / len(first)), size=samples)
    found = bleu_from_statistics(drawn @ first) - bleu_from_statistics(drawn @ second)
    whole = bleu_from_statistics(first.sum(axis=0)) - bleu_from_statistics(second.sum(axis=0))
    half = 1.96 * found.std()
    farther = np.sum(np.abs(found - found.mean()) > abs(whole))
    return [found.mean() - half, found.mean() + half, (1 + farther) / (1 + samples)]


def bootstrap_of_library(first, second, rng, samples):
    found = block_bootstrap(first[np.newaxis], second[np.newaxis], rng, samples)
    return *found.interval, found.p_value


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_half_width, half_width_of_library),
        (check_half_width, half_width_by_sums),
        (check_half_width, half_width_of_population),
        (check_early_stopping, known.kept),
        (check_early_stopping, stopping_by_distance),
        (check_early_stopping, stopping_without_a_loop),
        (check_paired_bootstrap, bootstrap_with_indices),
        (check_paired_bootstrap, bootstrap_with_a_normal),
        (check_paired_bootstrap, bootstrap_of_library),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: ")


@pytest.mark.parametrize("mistake", known.BOOTSTRAP_MISTAKES)
def test_luck_hides_neither_a_mistake_nor_a_right_answer(says, mistake):
    """Wrong answers are refused whatever is drawn; their mistake may stay without its name once in five."""

    def drawing_otherwise(function, seed):
        def draw(first, second, rng, samples):
            return function(first, second, np.random.default_rng([seed, rng.integers(2**32)]), samples)

        return draw

    named = 0
    for seed in range(5):
        assert says(check_paired_bootstrap, drawing_otherwise(known.bootstrap, seed)).startswith("Right: ")
        told = says(check_paired_bootstrap, drawing_otherwise(known.WRONG_BOOTSTRAPS[mistake], seed))
        assert told.startswith("Not yet")
        named += mistake in told
    assert named >= 4


@pytest.mark.parametrize("p_of", [lambda p: p - 1 / 41, lambda p: p * 41 / 40, lambda p: p * 41 / 42])
def test_a_test_set_that_is_not_counted_is_told(says, p_of):
    def student(first, second, rng, samples):
        low, high, p = known.bootstrap(first, second, rng, samples)
        return low, high, p_of(p) if samples == known.FEW else p

    assert "1/41 = 0.02439, since the test set itself counts as one more" in says(
        check_paired_bootstrap, student
    )


def test_what_is_no_known_mistake_is_told_where_it_differs(says):
    told = says(check_paired_bootstrap, lambda *arguments: (*known.bootstrap(*arguments)[:2], 0.9))
    assert "Right so far: low, high. p is the first that differs: p is 0.9; it should be 0." in told
    told = says(check_paired_bootstrap, lambda first, second, rng, samples: (0.0, 1.0))
    assert "should return low, high, p: 3 arrays, not 2" in told


def test_the_catalogues_right_answers_are_the_librarys():
    values = [3.0, 4.0, 8.0]
    half_width = function_of(known.HALF_WIDTH, ("values",), ("half",))
    assert half_width(values) == pytest.approx(half_width_of_library(values))
    first, second = two_systems(np.random.default_rng(3), 150, -0.12)
    ours = known.bootstrap(first, second, np.random.default_rng(0), 4000)
    theirs = bootstrap_of_library(first, second, np.random.default_rng(0), 4000)
    np.testing.assert_allclose(ours, theirs, atol=0.3)

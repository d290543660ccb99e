"""Correlations, intervals, agreement and the picture of ratings say what the ratings say."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.bleu.plots import headline, plot_results
from course.bleu.ratings import Item, agreement, correlate, pearson, sentence_bleu, summarize

REFERENCE = "the old man sits in the garden"
ITEMS = [
    Item("a", "uno", REFERENCE, (REFERENCE,), ("copy", "model")),
    Item("b", "uno", "an old man sits in the house", (REFERENCE,), ("second",)),
    Item("c", "dos", "the man", (REFERENCE,), ("copy",)),
    Item("d", "dos", "green ideas", (REFERENCE,), ("model", "second")),
]
RATINGS = {("Ada", "a"): 5, ("Ben", "a"): 4, ("Ada", "b"): 3, ("Ada", "c"): 2, ("Ben", "d"): 1}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_spearman_of_a_curved_but_rising_relation_is_1(rng):
    x = np.arange(1.0, 9.0)
    found = correlate(x, x**5, rng)
    assert found.spearman == pytest.approx(1) and 0.5 < found.pearson < 0.99
    assert found.interval[0] < found.pearson < found.interval[1] <= 1


def test_the_interval_covers_the_truth_about_as_often_as_it_says(rng):
    truth, covered = 0.6, 0
    for _ in range(100):
        x = rng.standard_normal(60)
        y = truth * x + np.sqrt(1 - truth**2) * rng.standard_normal(60)
        low, high = correlate(x, y, rng, samples=200).interval
        covered += low < truth < high
    assert 85 <= covered <= 100


@pytest.mark.parametrize(
    ("x", "y"), [([1], [2]), ([1, 2], [1, 2]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [4, 4, 4])]
)
def test_too_few_that_differ_have_no_correlation(x, y, rng):
    found = correlate(np.array(x), np.array(y), rng)
    assert np.isnan([found.pearson, *found.interval, found.spearman]).all()


def test_raters_agree_on_what_both_rated():
    one = {("Ada", key): stars for key, stars in zip("abcd", (1, 2, 4, 5), strict=True)}
    same = {("Ben", key): stars for key, stars in zip("abc", (2, 3, 5), strict=True)}
    opposite = {("Cleo", key): stars for key, stars in zip("abcd", (5, 4, 2, 1), strict=True)}
    assert agreement(one | same) == pytest.approx(1)
    assert agreement(one | opposite) == pytest.approx(-1)
    assert agreement(one | same | opposite) == pytest.approx((1 - 1 - 1) / 3)
    assert np.isnan(agreement(one))


def test_sentence_bleu_takes_the_orders_that_there_are():
    assert sentence_bleu("The man", ("the man",)) == pytest.approx(100)
    assert sentence_bleu("green ideas", (REFERENCE,)) == 0


def test_a_summary_holds_means_over_raters_and_systems(rng):
    results = summarize(ITEMS, RATINGS, rng)
    assert list(results.stars) == [4.5, 3, 2, 1] and results.raters == 2
    assert results.bleu[0] == pytest.approx(100) and results.bleu[3] == 0
    systems = {name: list(stars) for name, stars in results.by_system.items()}
    assert systems == {"copy": [4.5, 2], "model": [4.5, 1], "second": [3, 1]}
    assert results.correlation.pearson == pytest.approx(pearson(results.bleu, results.stars))


def test_what_nobody_rated_is_left_out(rng):
    results = summarize(ITEMS, {("Ada", "b"): 4}, rng)
    assert list(results.stars) == [4] and len(results.by_system["copy"]) == 0
    assert headline(results) == "raters: 1, translations: 1; too few that differ for a correlation"


def test_the_picture_shows_the_points_and_the_means(rng):
    results = summarize(ITEMS, RATINGS, rng)
    left, right = plot_results(results)
    np.testing.assert_allclose(left.collections[0].get_offsets(), np.stack([results.bleu, results.stars], 1))
    assert list(right.lines[0].get_xdata()) == [3.25, 2.75, 2]
    assert [label.get_text() for label in right.get_yticklabels()] == ["copy", "model", "second"]
    assert f"$r$ = {results.correlation.pearson:.2f}" in left.get_title(loc="left") + left.get_title()
    plt.gcf().canvas.draw()

"""Pictures of trainings and differences mark what the arrays say."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.evidence.plots import plot_bootstrap, plot_differences, plot_epochs, plot_orders
from figures.lab.stats import intervals
from lstm_lib.text.metrics import bootstrap_result


@pytest.mark.parametrize("seeds", [None, 3])
def test_stars_stand_at_the_best_epochs(seeds):
    dev, bleu = np.array([3.0, 1.0, 2.0, 2.5]), np.array([1.0, 5.0, 9.0, 8.0])
    curves = [np.array([3.0, 2.0, 1.0, 0.5]), dev, bleu]
    if seeds:
        noise = np.linspace(-0.1, 0.1, seeds)[:, np.newaxis]
        curves = [intervals(curve + noise) for curve in curves]
    axes = plot_epochs(*curves)
    stars = [line.get_xydata()[0] for ax in axes for line in ax.lines if line.get_marker() == "*"]
    np.testing.assert_allclose(stars, [(2, 1.0), (3, 9.0)])
    plt.gcf().canvas.draw()


def test_differences_are_means_around_zero():
    ax = plot_differences({"a − b": intervals([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])}, "BLEU")
    zero, mean = ax.lines
    assert set(zero.get_ydata()) == {0.0}
    np.testing.assert_allclose(mean.get_ydata(), [2.0, 2.0, 2.0])


def test_the_bootstrap_shows_difference_interval_and_zero():
    result = bootstrap_result(1.0, np.random.default_rng(0).normal(1.0, 1.0, 500))
    zero, difference, foot = plot_bootstrap(result, "BLEU").lines
    assert set(zero.get_xdata()) == {0.0} and set(difference.get_xdata()) == {1.0}
    assert tuple(foot.get_xdata()) == result.interval


def test_orders_leave_blank_what_is_not_compared():
    shares = np.array([[np.nan, np.nan], [0.25, np.nan]])
    assert [text.get_text() for text in plot_orders(["a", "b"], shares).texts] == ["25%"]

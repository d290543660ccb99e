"""The figures of BLEU's parts show the numbers that they are given."""

import numpy as np
import pytest

from course.bleu.plots import plot_brevity_penalty, plot_differences, plot_precisions
from lstm_lib.text.metrics import bleu, paired_bootstrap

REFERENCES = [("the old man sits in the garden",), ("she came home late again",)]
SYSTEMS = {
    "good": ["the old man sits in a garden", "she came home late again"],
    "poor": ["an old man is in the garden", "she came late"],
}


def test_the_brevity_penalty_is_that_of_bleu():
    ax = plot_brevity_penalty([(3, 5), (7, 5)])
    curve, short, long = (line.get_data() for line in ax.lines)
    penalty = bleu(["a b c"], [("a b c d e",)]).brevity_penalty
    assert (short[0][0], short[1][0]) == pytest.approx((3 / 5, penalty))
    assert (long[0][0], long[1][0]) == pytest.approx((7 / 5, 1))
    assert np.interp(0.6, *curve) == pytest.approx(penalty, rel=1e-3)
    assert [text.get_text() for text in ax.texts] == ["h = 3, r = 5", "h = 7, r = 5"]


def test_precisions_penalty_and_score_are_bars_side_by_side():
    scores = {name: bleu(texts, REFERENCES) for name, texts in SYSTEMS.items()}
    ax = plot_precisions(scores)
    for bars, (name, score) in zip(ax.containers, scores.items(), strict=True):
        heights = [bar.get_height() for bar in bars]
        assert heights == pytest.approx([*score.precisions, 100 * score.brevity_penalty, score.score])
        assert bars.get_label() == name
    first, second = ([bar.get_x() for bar in bars] for bars in ax.containers)
    np.testing.assert_allclose(np.subtract(second, first), ax.patches[0].get_width())


def test_all_drawn_differences_are_in_the_picture_with_their_interval():
    result = paired_bootstrap(*SYSTEMS.values(), REFERENCES, np.random.default_rng(0), samples=50)
    left, right = plot_differences({"one": result, "other": result})
    for ax, name in ((left, "one"), (right, "other")):
        assert name in (ax.get_title(), ax.get_title(loc="left"))  # as the style has it
    zero, low, high = (line.get_xdata()[0] for line in left.lines)
    assert (zero, low, high) == (0, *result.interval)
    heights = left.patches[0].get_xy()[:, 1]
    assert heights.max() <= 50 and left.patches[0].get_xy()[:, 0].max() >= result.differences.max()

"""The figures of the first notebook show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.translator.drawing import LOOKS_AT, PARTS, READ, WRITTEN, draw_model_map
from course.translator.plots import plot_candidates, plot_learning, plot_scores


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_learning_curve():
    losses = [3.9, 2.0, 0.5, 0.1]
    left, right = plot_learning(losses, [2, 4], [40.0, 99.0], guessing=np.log(50))
    loss, guessing = left.lines
    np.testing.assert_array_equal(loss.get_xydata(), [[1, 3.9], [2, 2.0], [3, 0.5], [4, 0.1]])
    np.testing.assert_allclose(guessing.get_ydata(), np.log(50))
    np.testing.assert_array_equal(right.lines[0].get_xydata(), [[2, 40], [4, 99]])
    assert left.get_xlim() == right.get_xlim()


def test_candidates_stand_in_order_with_their_probabilities():
    ax = plot_candidates(["$best$ one", "second"], [0.9, 0.05])
    ax.figure.canvas.draw()
    assert [bar.get_width() for bar in ax.patches] == [0.9, 0.05]
    assert [label.get_text().rstrip() for label in ax.get_yticklabels()] == ["$best$ one", "second"]
    assert ax.yaxis_inverted()


def test_scores():
    ax = plot_scores(["copying", "translator"], [44.4, 99.96])
    assert [bar.get_width() for bar in ax.patches] == [44.4, 99.96]
    assert [text.get_text() for text in ax.texts] == ["44.4", "100.0"]


def test_the_map_names_each_notebook_of_the_course_but_its_own():
    ax = draw_model_map()
    shown = [text.get_text() for text in ax.texts]
    assert {number for _, _, notebooks in PARTS for number in notebooks} == {f"{n:02}" for n in range(1, 13)}
    assert all(word in shown for word in (*READ, *WRITTEN))
    assert [READ[k] for k in LOOKS_AT] == ["tuesday", "fourteenth", "march"]

"""Each figure of accuracies draws the numbers it is given."""

import matplotlib.pyplot as plt
import numpy as np

from course.shared.plots import plot_accuracies, plot_accuracy_along


def test_systems_stand_side_by_side_in_each_class():
    ax = plot_accuracies(
        ["day", "month"], {"one way": np.array([0.5, 1.0]), "both ways": np.array([1.0, 0.25])}, "tag"
    )
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], [0.5, 1.0, 1.0, 0.25])
    middles = np.array([bar.get_x() + bar.get_width() / 2 for bar in ax.patches]).reshape(2, 2)
    np.testing.assert_allclose(middles.mean(axis=0), [0, 1])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["day", "month"]
    assert ax.get_xlabel() == "tag"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one way", "both ways"]


def test_lines_go_along_what_is_counted():
    _, given = plt.subplots()
    ax = plot_accuracy_along(np.array([0, 5]), {"a": np.array([1.0, 0.5]), "b": np.zeros(2)}, "steps", given)
    assert ax is given
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[0, 1.0], [5, 0.5]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert plot_accuracy_along(np.array([1]), {"alone": np.ones(1)}, "place").get_legend() is None

"""The figures that chapters share draw the numbers they are given, in a style that can be told apart."""

import matplotlib.pyplot as plt
import numpy as np

from course.shared.plots import plot_accuracies, plot_accuracy_along
from course.shared.style import MOST_INTERVALS, at_once, use_course_style


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


# The style


def strokes(style) -> tuple[float, ...]:
    """The lengths of a line's strokes, in line widths: a dot has 1, and a solid line has none."""
    named = {"-": (), "--": "dashed", "-.": "dashdot", ":": "dotted"}
    if not isinstance(style, str):
        return style[1][::2]
    return tuple(plt.rcParams[f"lines.{named[style]}_pattern"][::2]) if named[style] else ()


def test_the_course_style_tells_lines_apart_by_color_and_without_it():
    with plt.rc_context():
        use_course_style()
        looks = list(plt.rcParams["axes.prop_cycle"])
        # The gaps alone do not do it: dots a little further apart are still dots.
        assert len({strokes(look["linestyle"]) for look in looks}) == len(looks) >= 6
    assert len({look["color"] for look in looks}) == len(looks)


@at_once()
def draw_for_a_slider():
    _, (linear, logarithmic) = plt.subplots(1, 2, figsize=(20, 10))
    linear.plot([0, 1000])
    logarithmic.semilogy([1, 10.0**8])
    logarithmic.set_xticks(range(10))
    return linear, logarithmic


def test_a_picture_for_a_slider_has_few_labels_where_they_were_not_chosen():
    look = dict(plt.rcParams)
    linear, logarithmic = draw_for_a_slider()
    for axis in (linear.xaxis, linear.yaxis):
        assert 3 <= len(axis.get_majorticklocs()) <= MOST_INTERVALS + 3  # with one beyond each end
    assert len(logarithmic.get_xticks()) == 10
    assert len(logarithmic.get_yticks()) > MOST_INTERVALS
    assert dict(plt.rcParams) == look

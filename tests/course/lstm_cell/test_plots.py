"""Each plot draws the arrays it is given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.lstm_cell.drawing import draw_lstm_cell
from course.lstm_cell.plots import plot_errors, plot_gates, plot_gradient_by_lag, plot_memory, plot_sentence
from course.shared.style import MOST_INTERVALS, at_once, use_course_style

WORDS = ("the", "keys", "are")
GATES = np.array([[0.0, 1.0, -0.04, 0.5], [0.25, 0.5, -1.0, 0.0], [1.0, 0.0, 0.75, 1.0]])
C, H = np.array([0.0, 1.0, -0.5]), np.array([0.1, 0.2, -0.3])


def words(ax) -> tuple[str, ...]:
    return tuple(label.get_text() for label in ax.get_xticklabels())


def test_gradients_by_lag_are_lines_on_a_logarithmic_axis():
    norms = {"RNN": np.array([1.0, 0.1, 0.01]), "LSTM": np.array([1.0, 0.5, 0.25])}
    ax = plot_gradient_by_lag(norms)
    for line, (label, values) in zip(ax.lines, norms.items(), strict=True):
        assert line.get_label() == label
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([[0, 1, 2], values]))
    assert ax.get_yscale() == "log"


def test_gates_are_a_heat_map_that_can_be_read_as_numbers():
    ax = plot_gates(GATES, WORDS)
    np.testing.assert_array_equal(ax.images[0].get_array(), GATES.T)
    written = [text.get_text() for text in ax.texts]
    assert written == ["1.0", "0.5", "0.2", "0.5", "−1.0", "1.0", "0.8", "1.0"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["$i$", "$f$", "$g$", "$o$"]
    assert words(ax) == WORDS


def test_memory_is_a_line_and_output_is_bars():
    ax = plot_memory(C, H, WORDS)
    [line] = [line for line in ax.lines if line.get_label() == "memory $c$"]
    np.testing.assert_array_equal(line.get_xydata(), np.column_stack([[0, 1, 2], C]))
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], H)
    assert ax.get_ylabel() == "$c$ and $h$"
    assert words(ax) == WORDS


@pytest.mark.parametrize(
    "plot",
    [
        draw_lstm_cell,
        lambda ax: plot_gates(GATES, WORDS, ax),
        lambda ax: plot_memory(C, H, WORDS, ax),
        lambda ax: plot_gradient_by_lag({"a": np.ones(3)}, ax),
        lambda ax: plot_errors({"a": {"W": 1.0}}, 1e-7, ax),
    ],
)
def test_an_axes_that_is_given_is_drawn_on(plot):
    _, ax = plt.subplots()
    assert plot(ax) is ax
    assert plt.get_fignums() == [1]


def test_a_sentence_has_gates_above_memory_on_one_axis_of_words():
    top, bottom = plot_sentence(GATES, C, H, WORDS)
    assert top.figure is bottom.figure
    assert top.get_xlim() == bottom.get_xlim()
    assert words(top) == ("", "", "")
    assert words(bottom) == WORDS
    np.testing.assert_array_equal(top.images[0].get_array(), GATES.T)


def test_errors_stand_beside_the_bound_and_zero_is_shown():
    ax = plot_errors({"right": {"W": 0.0, "b": 1e-9}, "wrong": {"W": 0.5, "b": 1.0}}, bound=1e-7)
    right, wrong, bound = ax.lines
    assert list(right.get_xdata()) == [np.finfo(float).eps, 1e-9]
    assert list(wrong.get_xdata()) == [0.5, 1.0]
    assert list(right.get_ydata()) == ["W", "b"]
    assert list(bound.get_xdata()) == [1e-7, 1e-7]


def test_the_cell_shows_its_four_gates_and_its_state():
    written = [text.get_text() for text in draw_lstm_cell().texts]
    assert {"$i$", "$f$", "$g$", "$o$", "$x$", "$h$", "$c$", "$h'$", "$c'$"} <= set(written)
    assert written.count("×") == 3
    assert written.count("+") == 1
    assert written.count("tanh") == 2  # of the candidate and of the output


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

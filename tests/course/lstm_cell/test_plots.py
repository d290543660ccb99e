"""Each plot draws the arrays it is given, and the explorer draws again."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.lstm_cell.drawing import draw_lstm_cell
from course.lstm_cell.explorer import gate_explorer
from course.lstm_cell.plots import plot_errors, plot_gradient_by_lag, plot_memory, plot_sentence
from course.shared.gates import clamp_gates, walk
from helpers.explorers import controls_of
from lstm_lib.nn.lstm import LSTM

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
    written = [text.get_text() for text in top.texts]
    assert written == ["1.0", "0.5", "0.2", "0.5", "−1.0", "1.0", "0.8", "1.0"], "what rounds to 0 is blank"
    assert [label.get_text() for label in top.get_yticklabels()] == ["$i$", "$f$", "$g$", "$o$"]
    assert top.figure is bottom.figure
    assert top.get_xlim() == bottom.get_xlim()
    assert words(top) == ("", "", "")
    assert words(bottom) == WORDS
    np.testing.assert_array_equal(top.images[0].get_array(), GATES.T)


def gates_and_memory(figure) -> tuple[np.ndarray, np.ndarray]:
    top, bottom = figure.axes
    return top.images[0].get_array().data.T, bottom.lines[1].get_ydata()


def test_the_explorer_draws_again_when_a_slider_moves(record):
    drawn = record(gates_and_memory)
    lstm = LSTM(3, 2, np.random.default_rng(0), dtype=np.float64)
    x = np.random.default_rng(1).standard_normal((len(WORDS), 3))
    controls = controls_of(gate_explorer(lstm, x, WORDS, unit=1))
    assert list(controls) == ["input i", "forget f", "output o"]
    controls["forget f"].value = "0.50"
    controls["forget f"].value = "free"
    for shown, cell in zip(drawn, (lstm, clamp_gates(lstm, f=0.5), lstm), strict=True):
        gates, c, _ = walk(cell, x)
        np.testing.assert_array_equal(shown[0], gates[:, :, 1])
        np.testing.assert_array_equal(shown[1], c[:, 1])


def test_errors_stand_beside_the_bound_and_zero_is_shown():
    ax = plot_errors({"right": {"W": 0.0, "b": 1e-9}, "wrong": {"W": 0.5, "b": 1.0}}, bound=1e-7)
    right, wrong, bound = ax.lines
    assert list(right.get_xdata()) == [np.finfo(float).eps, 1e-9]
    assert list(wrong.get_xdata()) == [0.5, 1.0]
    assert list(right.get_ydata()) == ["W", "b"]
    assert list(bound.get_xdata()) == [1e-7, 1e-7]


def test_the_cell_shows_its_four_gates_and_its_state():
    written = [text.get_text() for text in draw_lstm_cell().texts]
    assert {"$i$", "$f$", "$g$", "$o$", "$x_t$", "$h_{t-1}$", "$c_{t-1}$", "$h_t$", "$c_t$"} <= set(written)
    assert written.count("×") == 3
    assert written.count("+") == 1
    assert written.count("tanh") == 2  # of the candidate and of the output

"""Figures of attention show every word, number and frame, and nothing of one runs into another."""

import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch, Rectangle

from course.attention.drawing import draw_attention_places
from course.attention.plots import Gaze, plot_attended, plot_gazes, plot_measures, plot_weights

GAZE = Gaze(np.array([[0.2, 0.8, 0.0], [0.7, 0.2, 0.1]]), ["black", "$dog$", "</s>"], ["perro", "negro"])


def labels(ticks) -> list[str]:
    return [tick.get_text() for tick in ticks]


def test_gazes_stand_side_by_side_under_their_names():
    left, right = plot_gazes({"Bahdanau": GAZE, "Luong": GAZE})
    for ax, name in ((left, "Bahdanau"), (right, "Luong")):
        assert np.array_equal(ax.images[0].get_array(), GAZE.weights)
        assert labels(ax.get_xticklabels()) == list(GAZE.source_pieces)
        assert labels(ax.get_yticklabels()) == list(GAZE.target_pieces)
        assert ax.get_xlabel() == name
        assert not [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert left.get_position().x1 < right.get_position().x0


def test_every_gold_link_is_framed():
    (ax,) = plot_gazes({"Bahdanau": GAZE}, gold={(1, 0), (0, 1)})
    centers = {(patch.get_x() + 0.46, patch.get_y() + 0.46) for patch in ax.patches}
    assert centers == {(1.0, 0.0), (0.0, 1.0)}


@pytest.mark.parametrize("word", ["a", "x" * 20])
def test_no_word_leaves_the_picture(word):
    gaze = Gaze(GAZE.weights, [word] * 3, [word] * 2)
    figure = plot_gazes({"Bahdanau": gaze, "Luong": gaze})[0].figure
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for ax in figure.axes:
        for label in [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label]:
            box = label.get_window_extent()
            assert box.x0 >= 0 and box.y0 >= 0 and box.y1 <= height
        assert all(label.get_window_extent().x1 <= width for label in ax.get_yticklabels())


def test_weights_are_the_heights_of_bars():
    ax = plot_weights({"a": np.array([0.25, 0.75]), "b": np.array([0.5, 0.5])}, ["black", "dog"])
    assert [bar.get_height() for bar in ax.patches] == [0.25, 0.75, 0.5, 0.5]
    assert labels(ax.get_xticklabels()) == ["black", "dog"]
    assert labels(ax.get_legend().get_texts()) == ["a", "b"]


def test_words_looked_at_are_drawn_below_the_line_of_all():
    ax = plot_attended(np.array([1.5, 2.25]), ["perro", "negro"], most=5)
    assert [bar.get_height() for bar in ax.patches] == [1.5, 2.25]
    assert list(ax.lines[0].get_ydata()) == [5, 5]
    assert {"1.5", "2.2", "everywhere alike"} <= set(labels(ax.texts))


def test_a_system_without_a_measure_is_told():
    measures = {"BLEU": {"with": 98.24, "none": 25.0}, "AER": {"with": 0.25}}
    bleu, aer = plot_measures(measures, [110, 0.5], ["{:.1f}", "{:.2f}"])
    assert [bar.get_width() for bar in bleu.patches] == [98.24, 25.0]
    assert labels(bleu.texts) == ["98.2", "25.0"]
    assert labels(aer.texts) == ["0.25", "has none"]


def test_both_places_have_attention_cell_and_readout_in_their_order():
    order = {}
    for ax, name in zip(draw_attention_places(), ("Bahdanau", "Luong"), strict=True):
        x = {text.get_text(): text.get_position()[0] for text in ax.texts if text.get_text()}
        order[name] = sorted(("attention", "cell", "readout"), key=x.get)
        assert sum(isinstance(patch, FancyBboxPatch) for patch in ax.patches) == 3 + 4
    assert order == {
        "Bahdanau": ["attention", "cell", "readout"],
        "Luong": ["cell", "attention", "readout"],
    }


def test_nothing_of_the_drawing_leaves_the_picture():
    figure = draw_attention_places()[0].figure
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for ax in figure.axes:
        for text in ax.texts:
            box = text.get_window_extent()
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height

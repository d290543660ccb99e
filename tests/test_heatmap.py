"""Heat maps of attention."""

import warnings

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lstm_lib.heatmap import attention_heatmap


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def labels_of(ax):
    return [[label.get_text() for label in axis.get_ticklabels()] for axis in (ax.xaxis, ax.yaxis)]


def test_signs_of_mathematics_and_of_tex_are_drawn_as_they_are():
    pieces = ["$x$", "$", "a_b", r"\alpha", "^", "{", "50%", "#", "~"]
    with plt.rc_context({"text.usetex": True}):
        ax = attention_heatmap(np.eye(9), pieces, pieces[::-1])
    assert labels_of(ax) == [pieces, pieces[::-1]]
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        assert not label.get_parse_math()
        assert not label.get_usetex()


def test_no_script_leads_to_a_warning():
    pieces = ["我", "喜欢", "मुझे", "ไทย", "한국어", "أهلا", "😀", "👩🏽\u200d🔬", "\x07", "\ufe0f"]
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        attention_heatmap(np.eye(10), pieces, pieces).figure.canvas.draw()
    assert seen == []


def test_a_new_figure_is_never_huge_and_long_words_are_cut():
    ax = attention_heatmap(np.full((810, 400), 1 / 400), ["word"] * 400, ["mot"] * 810)
    assert max(ax.figure.get_size_inches()) <= 40
    ax = attention_heatmap(np.eye(2), ["a" * 30, "b" * 31], ["c" * 5000, "d"])
    assert labels_of(ax) == [["a" * 30, "b" * 29 + "…"], ["c" * 29 + "…", "d"]]


def test_weights_are_written_where_they_matter():
    ax = attention_heatmap(np.array([[0.06, 0.94], [0.0, 1.0]]), ["a", "b"], ["c", "d"])
    found = {(text.get_position(), text.get_text()) for text in ax.texts}
    assert found == {((1, 0), ".9"), ((1, 1), "1.0")}


def test_a_wrong_shape_is_named():
    with pytest.raises(ValueError, match=r"attention has shape \(2, 3\); wanted \(3, 2\)"):
        attention_heatmap(np.ones((2, 3)), ["a", "b"], ["c", "d", "e"])

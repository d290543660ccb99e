"""The beam explorer follows its controls; its pictures show the search that took place."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.attention.reading import trained_translator
from course.translator import beam_plots as plots
from course.translator.beam_explorer import MOST_WORDS, beam_explorer, last_words, read
from course.translator.beam_trace import Beginning, ranking, trace_beam
from lstm_lib.translator import RULES

SENTENCE = "Please help me find my keys."
MALICIOUS = "<img src=x> & $\\frac$"


@pytest.fixture(scope="module")
def translator():
    return trained_translator()


@pytest.fixture(autouse=True)
def closed_figures():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def shown(monkeypatch):
    """The texts of the pictures that were shown."""
    texts = []

    def show():
        plt.gcf().canvas.draw()
        texts.append([[text.get_text() for text in ax.texts] for ax in plt.gcf().axes])
        plt.close("all")

    monkeypatch.setattr(plt, "show", show)
    return texts


def controls(explorer):
    line, sliders, answer, _ = explorer.children
    return line, *sliders.children, answer


def first_translation(drawing) -> str:
    """The translation of the ranking's first row, below its heads."""
    return drawing[1][13]


def test_the_widget_follows_its_line_and_its_sliders(translator, shown):
    line, beams, alpha, answer = controls(beam_explorer(translator, SENTENCE, beam_size=3, alpha=1.0))
    beams.value = 5
    alpha.value = 0.0
    line.value = "Where do you live?"
    assert len(shown) == 4 and answer.value == ""
    for drawing, (text, size, penalty) in zip(
        shown,
        [(SENTENCE, 3, 1.0), (SENTENCE, 5, 1.0), (SENTENCE, 5, 0.0), ("Where do you live?", 5, 0.0)],
        strict=True,
    ):
        options = {"beam_size": size, "length_penalty": penalty}
        ((best,),) = translator.translate([text], **options)
        assert first_translation(drawing).split() == best.target_pieces
    assert shown[1][0] == shown[2][0], "the penalty leaves the tree as it is"


def test_the_penalty_changes_the_winner(translator, shown):
    _, _, alpha, _ = controls(beam_explorer(translator, SENTENCE, beam_size=3, alpha=1.0))
    alpha.value = 0.0
    assert first_translation(shown[0]) != first_translation(shown[1])


@pytest.mark.parametrize("text", ["", "word " * (MOST_WORDS + 1), "x" * 100_000])
def test_what_cannot_be_shown_is_said(translator, shown, text):
    *_, answer = controls(beam_explorer(translator, text))
    too_much = text != "x" * 100_000
    assert answer.value.startswith("Type a sentence of 1 to" if too_much else "Not in the training data")
    assert len(shown) == (0 if too_much else 1)


def test_what_is_typed_never_becomes_html(translator, shown):
    *_, answer = controls(beam_explorer(translator, MALICIOUS))
    assert "&lt;, img" in answer.value and "<" not in answer.value


def test_the_controls_are_labeled_and_wait_for_the_end_of_a_move(translator, shown):
    for control in controls(beam_explorer(translator, SENTENCE))[:3]:
        assert control.description and control.continuous_update is False


def test_a_page_without_a_kernel_says_what_is_missing(translator, shown):
    assert repr(beam_explorer(translator, SENTENCE)).startswith("A widget: run this notebook")


def test_the_tree_shows_each_beginning_with_its_number(translator):
    tree = trace_beam(translator.model, read(translator, SENTENCE), RULES, 2)
    words = last_words(translator, tree)
    best = ranking(tree, 1.0)[0]
    ax = plots.plot_tree(tree, words, best.node)
    wanted = [f"{word}\n−{-one.log_probability:.2f}" for word, one in zip(words[1:], tree[1:], strict=True)]
    assert [text.get_text() for text in ax.texts] == [words[0], *wanted]
    thin, thick = ax.collections[:2]
    assert len(thick.get_segments()) == best.length
    assert len(thin.get_segments()) + best.length == len(tree) - 1


def test_no_two_beginnings_stand_at_one_place():
    tree = [Beginning(None, 0, 0, 0.0, False), *(Beginning(0, 1, k, -k, False) for k in range(3))]
    at = plots.places(tree)
    np.testing.assert_array_equal(at, [[0, 0], [1, 0], [1, 1], [1, 2]])


def test_the_ranking_is_an_equation(translator):
    tree = trace_beam(translator.model, read(translator, SENTENCE), RULES, 4)
    _, ax = plots.plot_search(tree, last_words(translator, tree), alpha=1.5)
    rows = np.array([text.get_text().replace("−", "-") for text in ax.texts]).reshape(-1, 7)[1:]
    scores, totals, penalties, lengths = rows[:, [0, 2, 4, 5]].astype(float).T
    np.testing.assert_allclose(scores, totals / penalties, atol=0.03)
    np.testing.assert_allclose(penalties, ((5 + lengths) / 6) ** 1.5, atol=0.01)
    assert list(scores) == sorted(scores, reverse=True) and len(rows) == plots.MOST_ROWS


def test_lines_by_beam_size():
    one, two = plots.plot_by_beam_size([1, 4], {"a": {"x": [0.1, 0.2]}, "b": {"x": [1, 2], "y": [2, 3]}})
    assert [line.get_label() for line in two.lines] == ["x", "y"]
    np.testing.assert_array_equal(two.lines[1].get_ydata(), [2, 3])
    assert one.get_ylabel() == "a" and list(one.get_xticks()) == [1, 4]

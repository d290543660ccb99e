"""The figures show the numbers that they are given, and the search that took place."""

import numpy as np
import pytest

from course.attention.reading import trained_translator
from course.translator import plots
from course.translator.beam import Prefix, ranking, trace_beam
from course.translator.drawing import LOOKS_AT, PARTS, READ, WRITTEN, draw_model_map
from course.translator.explorer import last_words, read
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.translator import RULES

SENTENCE = "Please help me find my keys."


@pytest.fixture(scope="module")
def translator():
    return trained_translator()


def model(**options) -> Seq2Seq:
    config = ModelConfig(30, 40, embedding_size=6, hidden_size=5, **options)
    return Seq2Seq(config, np.random.default_rng(0))


def test_learning_curve():
    losses = [3.9, 2.0, 0.5, 0.1]
    left, right = plots.plot_learning(losses, [2, 4], [40.0, 99.0], guessing=np.log(50))
    loss, guessing = left.lines
    np.testing.assert_array_equal(loss.get_xydata(), [[1, 3.9], [2, 2.0], [3, 0.5], [4, 0.1]])
    np.testing.assert_allclose(guessing.get_ydata(), np.log(50))
    np.testing.assert_array_equal(right.lines[0].get_xydata(), [[2, 40], [4, 99]])
    assert left.get_xlim() == right.get_xlim()


def test_candidates_stand_in_order_with_their_probabilities():
    ax = plots.plot_candidates(["$best$ one", "second"], [0.9, 0.05])
    ax.figure.canvas.draw()
    assert [bar.get_width() for bar in ax.patches] == [0.9, 0.05]
    assert [label.get_text().rstrip() for label in ax.get_yticklabels()] == ["$best$ one", "second"]
    assert ax.yaxis_inverted()


def test_scores():
    ax = plots.plot_scores(["copying", "translator"], [44.4, 99.96])
    assert [bar.get_width() for bar in ax.patches] == [44.4, 99.96]
    assert [text.get_text() for text in ax.texts] == ["44.4", "100.0"]


def test_the_map_names_each_notebook_of_the_course_but_its_own():
    ax = draw_model_map()
    shown = [text.get_text() for text in ax.texts]
    assert {number for _, _, notebooks in PARTS for number in notebooks} == {f"{n:02}" for n in range(1, 13)}
    assert all(word in shown for word in (*READ, *WRITTEN))
    assert [READ[k] for k in LOOKS_AT] == ["tuesday", "fourteenth", "march", "</s>"]


# The parameters of a model


@pytest.mark.parametrize(
    "options", [{}, {"bidirectional": False}, {"attention": "none"}, {"cell": "gru"}, {"num_layers": 2}]
)
def test_the_parts_add_up_to_the_model(options):
    one = model(**options)
    assert sum(plots.parameters_by_part(one).values()) == one.num_parameters


def test_parts_by_hand():
    counts = plots.parameters_by_part(model(bidirectional=False, attention="none"))
    assert list(counts) == list(plots.PARTS)
    assert counts["embeddings"] == (30 + 40) * 6
    assert counts["encoder's cells"] == 4 * 5 * (6 + 5 + 1)
    assert counts["attention"] == 0
    assert counts["output"] == 40 * (6 + 1)


def test_bars_stand_end_to_end():
    counts = {"one": dict.fromkeys(plots.PARTS, 1000), "two": dict.fromkeys(plots.PARTS, 2000)}
    ax = plots.plot_parts(counts)
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    assert max(ends) == 2 * len(plots.PARTS)
    assert [int(text.get_text()) for text in ax.texts] == [len(plots.PARTS), 2 * len(plots.PARTS)]


# Beam search


def test_the_tree_shows_each_prefix_with_its_number(translator):
    tree = trace_beam(translator.model, read(translator, SENTENCE), RULES, 2)
    words = last_words(translator, tree)
    best = ranking(tree, 1.0)[0]
    ax = plots.plot_tree(tree, words, best.node)
    wanted = [f"{word}\n−{-one.log_probability:.2f}" for word, one in zip(words[1:], tree[1:], strict=True)]
    assert [text.get_text() for text in ax.texts] == [words[0], *wanted]
    thin, thick = ax.collections[:2]
    assert len(thick.get_segments()) == best.length
    assert len(thin.get_segments()) + best.length == len(tree) - 1


def test_no_two_prefixes_stand_at_one_place():
    tree = [Prefix(None, 0, 0, 0.0, False), *(Prefix(0, 1, k, -k, False) for k in range(3))]
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

"""The n-grams that the picture shows as matched are those that sacreBLEU counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.bleu.ngrams import CLIPPED, LABELS, MATCHED, MISSING, ORDERS, ngram_states, plot_ngrams
from lstm_lib.text.metrics import bleu

PAIRS = [
    ("mardi quatorze mars mille cent cent soixante", "mardi quatorze mars mille deux cent soixante treize"),
    ("le le le le le", "le chat est sur le tapis"),
    ("a b a b a b", "b a b a c a b"),
]
WORDS = st.lists(st.sampled_from("abc"), min_size=4, max_size=9)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_matches_are_those_of_bleu(hypothesis, references):
    texts = tuple(" ".join(words) for words in references)
    precisions = bleu([" ".join(hypothesis)], [texts]).precisions
    for n, precision in zip(ORDERS, precisions, strict=True):
        states = ngram_states(n, hypothesis, *references)
        if MATCHED in states:  # else sacreBLEU smooths
            assert 100 * states.count(MATCHED) / len(states) == pytest.approx(precision)


def test_the_first_of_a_repeated_word_matches_and_the_next_is_clipped():
    states = ngram_states(1, ["cent", "cent", "mai"], ["mars", "cent"])
    assert states == [MATCHED, CLIPPED, MISSING]


def test_the_reference_that_has_an_ngram_most_often_decides():
    references = ["a", "b"], ["a", "a", "c"]
    assert ngram_states(1, ["a", "a", "a", "b"], *references) == [MATCHED, MATCHED, CLIPPED, MATCHED]


def test_there_is_no_ngram_longer_than_the_hypothesis():
    assert ngram_states(3, ["a", "b"], ["a", "b", "c"]) == []


def drawn(ax) -> dict[str, list[tuple[float, float]]]:
    """Where the bars of each state lie: left end and middle."""
    boxes = {bars.get_label(): [path.get_extents() for path in bars.get_paths()] for bars in ax.collections}
    return {
        state: [(box.x0, (box.y0 + box.y1) / 2) for box in boxes[label]] for state, label in LABELS.items()
    }


def test_the_picture_has_a_bar_for_each_ngram_by_its_state():
    hypothesis, reference = (text.split() for text in PAIRS[0])
    ax = plot_ngrams(hypothesis, reference)
    bars = drawn(ax)
    counts = {state: len(places) for state, places in bars.items()}
    assert counts == {MATCHED: 6 + 4 + 2 + 1, CLIPPED: 1, MISSING: 0 + 2 + 3 + 3}
    np.testing.assert_allclose(bars[CLIPPED], [(5 - 0.4, 0)])  # under the second "cent"
    assert ax.get_yticklabels()[0].get_text() == "1-grams: 6 of 7"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(LABELS.values())


def test_no_bar_covers_another():
    ax = plot_ngrams(list("abcdefgh"), ["a"])
    boxes = [path.get_extents() for bars in ax.collections for path in bars.get_paths()]
    for k, box in enumerate(boxes):
        assert box.count_overlaps(boxes[:k] + boxes[k + 1 :]) == 0


def test_long_sentences_are_tilted_so_that_words_do_not_overlap():
    ax = plot_ngrams(["extraordinarily"] * 8, ["a"])
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {35}


def test_words_are_not_taken_for_mathematics():
    ax = plot_ngrams(["$", "5$", "x_$"], ["$"])
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["$", "5$", "x_$"]

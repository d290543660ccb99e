"""The n-grams that the picture shows as matched are those that sacreBLEU counts."""

import matplotlib.pyplot as plt
import pytest

from lstm_lib.course.ngrams import ORDERS, UNMATCHED, matched_ngrams, plot_ngrams
from lstm_lib.text.metrics import bleu

PAIRS = [
    ("mardi quatorze mars mille cent cent soixante", "mardi quatorze mars mille deux cent soixante treize"),
    ("le le le le le", "le chat est sur le tapis"),
    ("a b a b a b", "b a b a c a b"),
]


@pytest.mark.parametrize(("hypothesis", "reference"), PAIRS)
def test_matches_are_those_of_bleu(hypothesis, reference):
    precisions = bleu([hypothesis], [(reference,)]).precisions
    for n, precision in zip(ORDERS, precisions, strict=True):
        matches = matched_ngrams(hypothesis.split(), reference.split(), n)
        if any(matches):  # else sacreBLEU smooths
            assert 100 * sum(matches) / len(matches) == pytest.approx(precision)


def test_the_first_of_a_repeated_word_matches():
    assert matched_ngrams(["cent", "cent", "mars"], ["mars", "cent"], 1) == [True, False, True]


def test_there_is_no_ngram_longer_than_the_hypothesis():
    assert matched_ngrams(["a", "b"], ["a", "b", "c"], 3) == []


def test_the_picture_has_a_bar_for_each_ngram_and_hatches_those_without_a_match():
    hypothesis, reference = (text.split() for text in PAIRS[0])
    ax = plot_ngrams(hypothesis, reference)
    assert len(ax.patches) == 7 + 6 + 5 + 4
    assert sum(bar.get_hatch() == UNMATCHED["hatch"] for bar in ax.patches) == 1 + 2 + 3 + 3
    assert ax.get_yticklabels()[0].get_text() == "1-grams: 6 of 7"
    plt.close(ax.figure)


def test_words_are_not_taken_for_mathematics():
    ax = plot_ngrams(["$", "5$", "x_$"], ["$"])
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["$", "5$", "x_$"]
    plt.close(ax.figure)

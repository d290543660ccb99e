"""chrF by hand is sacreBLEU's, and the check of the exercise on it turns wrong functions away."""

from collections import Counter
from itertools import pairwise

import nltk.translate.chrf_score as nltk_chrf
import numpy as np
import pytest
from sacrebleu.metrics import CHRF

from course.bleu.letters import (
    CHRF_EXERCISE,
    CHRF_PAIRS,
    check_chrf,
    chrf_from_statistics,
    chrf_statistics,
)
from lstm_lib.text.metrics import chrf

HYPOTHESES = ["The old man sits", "she Read a book", "no", "abc", "we went home", "ab"]
REFERENCES = [
    ("the old man sat", "an old man is sitting"),
    ("she reads",),
    ("yes or no",),
    ("xyz",),
    ("we",),
    ("ab",),
]


def test_summed_counts_give_the_score_of_a_corpus():
    statistics = chrf_statistics(HYPOTHESES, REFERENCES)
    assert statistics.shape == (6, 18)
    assert chrf_from_statistics(statistics.sum(axis=0)) == pytest.approx(chrf(HYPOTHESES, REFERENCES).score)


def test_a_sentence_is_scored_against_the_nearer_reference():
    for text, references in zip(HYPOTHESES, REFERENCES, strict=True):
        found = chrf_from_statistics(chrf_statistics([text], [references])[0])
        assert found == pytest.approx(chrf([text], [references]).score, abs=1e-9)


def test_many_sums_are_scored_at_once_and_the_result_is_a_number_where_nothing_matches():
    statistics = chrf_statistics(HYPOTHESES, REFERENCES)
    drawn = np.array([[1, 0, 2, 0, 3, 0], [0, 0, 0, 5, 0, 0]])
    scores = chrf_from_statistics(drawn @ statistics)
    assert scores.shape == (2,) and scores[1] == 0 < scores[0] < 100


def test_what_is_right_is_what_sacrebleu_counts():
    metric = CHRF()
    for pair in CHRF_PAIRS:
        hypothesis, reference = pair
        assert CHRF_EXERCISE.right(*pair) == pytest.approx(
            metric.sentence_score(hypothesis, [reference]).score, abs=1e-6
        )


# Right functions


def runs(text, n):
    text = text.replace(" ", "")
    return Counter(text[k : k + n] for k in range(len(text) - n + 1))


def by_counters(hypothesis, reference):
    p = r = 0.0
    for n in range(1, 7):
        a, b = runs(hypothesis, n), runs(reference, n)
        found = sum(min(count, b[run]) for run, count in a.items())
        p, r = p + found / sum(a.values()) / 6, r + found / sum(b.values()) / 6
    return 100 * 5 * p * r / (4 * p + r) if p else 0


def by_crossing_out(hypothesis, reference):
    precision, recall = [], []
    for n in range(1, 7):
        mine, theirs = (list(runs(text, n).elements()) for text in (hypothesis, reference))
        left = list(theirs)
        found = [left.remove(run) for run in mine if run in left]
        precision.append(len(found) / len(mine))
        recall.append(len(found) / len(theirs))
    p, r = np.mean(precision), np.mean(recall)
    return np.float32(100 * (1 + 2**2) * p * r / (2**2 * p + r)) if precision[0] else 0


def by_zip(hypothesis, reference):
    a, b = hypothesis.replace(" ", ""), reference.replace(" ", "")
    shares = []
    for n in range(1, 7):
        x, y = (Counter(zip(*(text[k:] for k in range(n)), strict=False)) for text in (a, b))
        both = (x & y).total()
        shares.append((both / x.total(), both / y.total()))
    p, r = np.array(shares).mean(axis=0)
    return np.nan_to_num(500 * p * r / (4 * p + r))


def by_sacrebleu(hypothesis, reference):
    return CHRF().corpus_score([hypothesis], [[reference]]).score


def by_library(hypothesis, reference):
    return chrf([hypothesis], [(reference,)], keep_case=True).score


def by_harmonic_mean(hypothesis, reference):
    pairs = [(runs(hypothesis, n), runs(reference, n)) for n in range(1, 7)]
    p = sum((a & b).total() / a.total() for a, b in pairs)
    r = sum((a & b).total() / b.total() for a, b in pairs)
    return 100 / 6 / (0.2 / p + 0.8 / r) if p * r else 0.0


RIGHT = [by_counters, by_crossing_out, by_zip, by_sacrebleu, by_library, by_harmonic_mean]


@pytest.mark.parametrize("student", RIGHT)
def test_right_functions_of_every_style_pass(says, student):
    assert says(check_chrf, student) == "Right: chrf agrees with the library.\n"


# Wrong functions


def with_spaces(hypothesis, reference):
    return CHRF(whitespace=True).sentence_score(hypothesis, [reference]).score


def with_beta_1(hypothesis, reference):
    return CHRF(beta=1).sentence_score(hypothesis, [reference]).score


def by_nltk_per_order(hypothesis, reference):
    return 100 * nltk_chrf.sentence_chrf(reference, hypothesis, max_len=6, beta=2.0)


def lower_cased(hypothesis, reference):
    return by_library(hypothesis.lower(), reference.lower())


NAMED = {
    with_spaces: "spaces are counted as letters",
    with_beta_1: "precision and recall get equal weight",
    lower_cased: "letters are lower-cased",
    by_nltk_per_order: "chrF is computed for each n and then averaged",
}


def swapped(hypothesis, reference):
    return by_library(reference, hypothesis)


def of_whole_words_too(hypothesis, reference):
    return CHRF(word_order=2).sentence_score(hypothesis, [reference]).score


def without_letters_at_the_end(hypothesis, reference):
    return by_library(hypothesis[:-1], reference[:-1])


def of_neighbors_alone(hypothesis, reference):
    a, b = (Counter(pairwise(text.replace(" ", ""))) for text in (hypothesis, reference))
    p, r = (a & b).total() / a.total(), (a & b).total() / b.total()
    return 500 * p * r / (4 * p + r) if p else 0


OTHERS = [of_whole_words_too, without_letters_at_the_end, of_neighbors_alone]


@pytest.mark.parametrize("student", NAMED)
def test_known_mistakes_are_named(says, student):
    assert NAMED[student] in says(check_chrf, student)


def test_recall_for_precision_is_told(says):
    assert "precision gets twice the weight" in says(check_chrf, swapped)


@pytest.mark.parametrize("student", OTHERS)
def test_unknown_mistakes_are_turned_away_and_called_by_no_name(says, student):
    told = says(check_chrf, student)
    assert told.startswith("Not yet. chrf differs with hypothesis = ")
    assert "It looks as if" not in told


def test_one_that_reads_only_the_first_reference_word_is_turned_away(says):
    told = says(
        check_chrf, lambda hypothesis, reference: by_library(hypothesis, reference.split()[0] + "......")
    )
    assert told.startswith("Not yet") and "It looks as if" not in told

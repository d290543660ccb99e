"""The check of the clipped precision names each known mistake and passes right answers."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from lstm_lib.course.diagnosis import NOT_WRITTEN
from lstm_lib.course.exercises_bleu import PRECISION_MISTAKES, PRECISION_PAIRS, check_unigram_precision
from lstm_lib.text.metrics import bleu


def by_counting(hypothesis, reference):
    words = Counter(hypothesis.split())
    return (words & Counter(reference.split())).total() / words.total()


def by_crossing_out(hypothesis, reference):
    left = reference.split()
    found = [left.remove(word) for word in hypothesis.split() if word in left]
    return np.float32(len(found) / len(hypothesis.split()))


@pytest.fixture
def says(capsys):
    def run(student) -> str:
        check_unigram_precision(student)
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("student", [by_counting, by_crossing_out])
def test_right_answers_pass(says, student):
    assert says(student) == "Right: precision agrees with the library.\n"


@pytest.mark.parametrize(("hypothesis", "reference"), PRECISION_PAIRS)
def test_what_is_right_is_what_sacrebleu_counts(hypothesis, reference):
    assert 100 * by_counting(hypothesis, reference) == pytest.approx(
        bleu([hypothesis], [(reference,)]).precisions[0]
    )


@pytest.mark.parametrize("mistake", PRECISION_MISTAKES)
def test_each_known_mistake_is_named(says, mistake):
    wrong = PRECISION_MISTAKES[mistake]
    told = says(lambda hypothesis, reference: wrong(hypothesis.split(), reference.split()))
    assert told == f"Not yet. It looks as if {mistake}.\n"


def test_no_two_mistakes_give_the_same_answer():
    pairs = [(hypothesis.split(), reference.split()) for hypothesis, reference in PRECISION_PAIRS]
    answers = [[wrong(*pair) for pair in pairs] for wrong in PRECISION_MISTAKES.values()]
    for one, other in combinations(answers, 2):
        assert not np.allclose(one, other)


def letters_without_end(hypothesis, reference):
    return sum(letter in reference for letter in hypothesis) / len(hypothesis)


def recall(hypothesis, reference):
    return by_counting(reference, hypothesis)


def test_mistakes_written_by_hand_are_named(says):
    assert "characters are compared, not words" in says(letters_without_end)
    assert "divided by the length of the reference" in says(recall)


def crashing(hypothesis, reference):
    return hypothesis / len(reference)


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda hypothesis, reference: None, NOT_WRITTEN),
        (crashing, "It happened at: return hypothesis / len(reference)"),
        (lambda hypothesis: 1.0, "The function stopped with TypeError"),
        (0.5, "wants the function itself, without brackets; it got float"),
        (lambda hypothesis, reference: 0.75, "precision[0] is 0.75, the library says 1"),
        (lambda hypothesis, reference: "all of them", "precision should be an array of numbers"),
    ],
)
def test_any_other_answer_gets_a_plain_line(says, student, told):
    assert told in says(student)

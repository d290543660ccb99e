"""The checks of BLEU's exercises name each known mistake and pass right answers."""

import math
from collections import Counter
from itertools import combinations

import nltk.translate.bleu_score as nltk_bleu
import numpy as np
import pytest
from sacrebleu.metrics import BLEU

from course.bleu import bleu_mistakes as known
from course.bleu.checks import (
    CORPORA,
    PRECISION_MISTAKES,
    PRECISION_PAIRS,
    SENTENCES,
    check_corpus_bleu,
    check_sentence_bleu,
    check_unigram_precision,
)
from course.lstm_cell.lstm_mistakes import solve
from course.shared.diagnosis import NOT_WRITTEN
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
    def run(student, check=check_unigram_precision) -> str:
        check(student)
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


# BLEU of a corpus and of a sentence


def from_equations(equations, right):
    """What a student writes who takes these equations for the right ones; of a corpus, or of one sentence."""

    def student(hypotheses, references):
        if isinstance(hypotheses, str):
            hypotheses, references = [hypotheses], [references]
        arguments = {"hypotheses": hypotheses, "references": references}
        return solve({**right, **equations}, arguments, ("score",))[0]

    return student


def corpus_by_hand(hypotheses, references, smooth=False):
    matched, total, h, r = [0] * 4, [0] * 4, 0, 0
    for hypothesis, reference in zip(hypotheses, references, strict=True):
        hypothesis, reference = hypothesis.split(), reference.split()
        h, r = h + len(hypothesis), r + len(reference)
        for n in range(1, 5):
            mine, theirs = (
                Counter(zip(*(words[k:] for k in range(n)), strict=False))
                for words in (hypothesis, reference)
            )
            matched[n - 1] += sum(min(count, theirs[ngram]) for ngram, count in mine.items())
            total[n - 1] += sum(mine.values())
    halved = 1.0
    for n in range(4):
        if matched[n] == 0 and not smooth:
            return 0
        if matched[n] == 0:
            halved /= 2
            matched[n] = halved
    logarithms = [math.log(m / t) for m, t in zip(matched, total, strict=True)]
    return 100 * math.exp(min(0, 1 - r / h) + sum(logarithms) / 4)


def corpus_by_sacrebleu(hypotheses, references):
    metric = BLEU(tokenize="none", smooth_method="none")
    return np.float32(metric.corpus_score(hypotheses, [references]).score)


@pytest.mark.parametrize(
    "student", [from_equations({}, known.CORPUS_BLEU), corpus_by_hand, corpus_by_sacrebleu]
)
def test_right_scores_of_a_corpus_pass(says, student):
    assert says(student, check_corpus_bleu) == "Right: bleu agrees with the library.\n"


def sentence_by_nltk(hypothesis, reference):
    method = nltk_bleu.SmoothingFunction().method3
    return 100 * nltk_bleu.sentence_bleu([reference.split()], hypothesis.split(), smoothing_function=method)


@pytest.mark.parametrize(
    "student",
    [
        from_equations({}, known.SENTENCE_BLEU),
        lambda hypothesis, reference: corpus_by_hand([hypothesis], [reference], smooth=True),
        sentence_by_nltk,
        lambda hypothesis, reference: bleu([hypothesis], [(reference,)]).score,
    ],
)
def test_right_scores_of_a_sentence_pass(says, student):
    assert says(student, check_sentence_bleu) == "Right: bleu agrees with the library.\n"


KINDS = {
    "corpus": (check_corpus_bleu, known.CORPUS_BLEU, known.CORPUS_MISTAKES, CORPORA),
    "sentence": (check_sentence_bleu, known.SENTENCE_BLEU, known.SENTENCE_MISTAKES, SENTENCES),
}


@pytest.mark.parametrize(
    ("kind", "mistake"),
    [(kind, mistake) for kind, (*_, mistakes, _) in KINDS.items() for mistake in mistakes],
)
def test_each_mistake_in_bleu_is_named(says, kind, mistake):
    check, right, mistakes, _ = KINDS[kind]
    student = from_equations(mistakes[mistake], right)
    assert says(student, check) == f"Not yet. It looks as if {mistake}.\n"


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_mistakes_in_bleu_give_the_same_answer(kind):
    _, right, mistakes, problems = KINDS[kind]
    students = [from_equations(equations, right) for equations in ({}, *mistakes.values())]
    answers = [[student(*problem) for problem in problems] for student in students]
    for one, other in combinations(answers, 2):
        assert not np.allclose(one, other, rtol=1e-3)


def mean_of_sentences(hypotheses, references):
    scores = [corpus_by_hand([h], [r]) for h, r in zip(hypotheses, references, strict=True)]
    return sum(scores) / len(scores)


def unclipped(hypothesis, reference):
    words, score = hypothesis.split(), 0.0
    for n in range(1, 5):
        runs = [words[k : k + n] for k in range(len(words) - n + 1)]
        theirs = [reference.split()[k : k + n] for k in range(len(reference.split()) - n + 1)]
        score += math.log(sum(run in theirs for run in runs) / len(runs)) / 4
    return 100 * math.exp(score + min(0, 1 - len(reference.split()) / len(words)))


def test_mistakes_in_bleu_written_by_hand_are_named(says):
    assert "the scores of the sentences are averaged" in says(mean_of_sentences, check_corpus_bleu)
    told = says(unclipped, check_sentence_bleu)
    assert "an order without any match is not provided for" in told
    assert f"stops with ValueError on {SENTENCES[-1]}" in told


def logarithm_of_nothing(hypotheses, references):
    score = corpus_by_hand(hypotheses, references)
    return score if score else float("nan")


@pytest.mark.parametrize("check", [check_corpus_bleu, check_sentence_bleu])
def test_a_score_that_is_no_number_is_named(says, check):
    def student(hypothesis, reference):
        alone = isinstance(hypothesis, str)
        return logarithm_of_nothing(*(([hypothesis], [reference]) if alone else (hypothesis, reference)))

    assert "0 has no logarithm. The function gives no number on" in says(student, check)


@pytest.mark.parametrize("check", [check_corpus_bleu, check_sentence_bleu])
@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda hypothesis, reference: None, NOT_WRITTEN),
        (crashing, "It happened at: return hypothesis / len(reference)"),
        (lambda hypothesis: 1.0, "The function stopped with TypeError"),
        (lambda hypothesis, reference: math.log(0), "The function stopped with ValueError"),
        (lambda hypothesis, reference: math.nan, "bleu[0] is nan, the library says"),
        (0.5, "wants the function itself, without brackets; it got float"),
        (lambda hypothesis, reference: 75, "bleu[0] is 75, the library says"),
        (lambda hypothesis, reference: "all of them", "bleu should be an array of numbers"),
    ],
)
def test_any_other_answer_on_bleu_gets_a_plain_line(says, check, student, told):
    assert told in says(student, check)


def test_a_function_may_change_what_it_is_given(says):
    def student(hypotheses, references):
        score = corpus_by_hand(hypotheses, references)
        hypotheses.clear()
        return score

    assert says(student, check_corpus_bleu).startswith("Right")


@pytest.mark.parametrize("check", [check_corpus_bleu, check_sentence_bleu])
def test_a_function_without_end_can_be_interrupted(check):
    def interrupted(hypotheses, references):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(interrupted)

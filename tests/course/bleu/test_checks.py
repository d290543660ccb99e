"""The checks of BLEU's exercises pass right answers, and name mistakes written by hand."""

import math
from collections import Counter

import nltk.translate.bleu_score as nltk_bleu
import numpy as np
import pytest
from sacrebleu.metrics import BLEU

from course.bleu.checks import (
    PRECISION_PAIRS,
    check_bleu_of_ids,
    check_corpus_bleu,
    check_sentence_bleu,
    check_unigram_precision,
)
from lstm_lib.text.codecs import WordCodec
from lstm_lib.text.metrics import bleu
from lstm_lib.text.tokenizer import detokenize
from lstm_lib.text.vocabulary import EOS


def by_counting(hypothesis, reference):
    words = Counter(hypothesis.split())
    return (words & Counter(reference.split())).total() / words.total()


def by_crossing_out(hypothesis, reference):
    left = reference.split()
    found = [left.remove(word) for word in hypothesis.split() if word in left]
    return np.float32(len(found) / len(hypothesis.split()))


@pytest.mark.parametrize("student", [by_counting, by_crossing_out])
def test_right_answers_pass(says, student):
    assert says(check_unigram_precision, student) == "Right: precision agrees with the library.\n"


@pytest.mark.parametrize(("hypothesis", "reference"), [pair for pair in PRECISION_PAIRS if pair[0].islower()])
def test_what_is_right_is_what_sacrebleu_counts(hypothesis, reference):
    assert 100 * by_counting(hypothesis, reference) == pytest.approx(
        bleu([hypothesis], [(reference,)]).precisions[0]
    )


def letters_without_end(hypothesis, reference):
    return sum(letter in reference for letter in hypothesis) / len(hypothesis)


def recall(hypothesis, reference):
    return by_counting(reference, hypothesis)


def test_mistakes_written_by_hand_are_named(says):
    assert "characters are compared, not words" in says(check_unigram_precision, letters_without_end)
    assert "divided by the length of the reference" in says(check_unigram_precision, recall)


# BLEU of a corpus and of a sentence


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


@pytest.mark.parametrize("student", [corpus_by_hand, corpus_by_sacrebleu])
def test_right_scores_of_a_corpus_pass(says, student):
    assert says(check_corpus_bleu, student) == "Right: bleu agrees with the library.\n"


def sentence_by_nltk(hypothesis, reference):
    method = nltk_bleu.SmoothingFunction().method3
    return 100 * nltk_bleu.sentence_bleu([reference.split()], hypothesis.split(), smoothing_function=method)


def sentence_by_sacrebleu(hypothesis, reference):
    return BLEU(tokenize="none", effective_order=False).sentence_score(hypothesis, [reference]).score


@pytest.mark.parametrize(
    "student",
    [
        lambda hypothesis, reference: corpus_by_hand([hypothesis], [reference], smooth=True),
        sentence_by_nltk,
        sentence_by_sacrebleu,
    ],
)
def test_right_scores_of_a_sentence_pass(says, student):
    assert says(check_sentence_bleu, student) == "Right: bleu agrees with the library.\n"


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
    assert "sentence scores are averaged" in says(check_corpus_bleu, mean_of_sentences)
    told = says(check_sentence_bleu, unclipped)
    assert (
        "The function stopped with ValueError: math domain error\nIt happened at: score += math.log(" in told
    )


def logarithm_of_nothing(hypotheses, references):
    score = corpus_by_hand(hypotheses, references)
    return score if score else float("nan")


@pytest.mark.parametrize("check", [check_corpus_bleu, check_sentence_bleu])
def test_a_score_that_is_no_number_is_named(says, check):
    def student(hypothesis, reference):
        alone = isinstance(hypothesis, str)
        return logarithm_of_nothing(*(([hypothesis], [reference]) if alone else (hypothesis, reference)))

    told = says(check, student)
    assert "bleu is nan; it should be " in told and "differs with hypothes" in told


@pytest.mark.parametrize("check", [check_unigram_precision, check_corpus_bleu, check_sentence_bleu])
@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda hypothesis, reference: math.log(0), "The function stopped with ValueError"),
        (lambda hypothesis, reference: math.nan, " is nan; it should be"),
        (lambda hypothesis, reference: 0.75, " is 0.75; it should be"),
        (lambda hypothesis, reference: "all of them", "should be an array of numbers; it is str"),
    ],
)
def test_any_other_answer_on_bleu_gets_a_plain_line(says, check, student, told):
    assert told in says(check, student)


def test_a_function_that_changes_what_it_is_given_is_told(says):
    def student(hypotheses, references):
        score = corpus_by_hand(hypotheses, references)
        hypotheses.clear()
        return score

    assert says(check_corpus_bleu, student) == (
        "The answer is right, but the function changes its argument hypotheses in place: work on a copy.\n"
    )


# BLEU of a decoder's ids


def by_cutting(outputs, references, vocabulary):
    texts = []
    for ids in outputs:
        words = []
        for i in ids:
            if i == EOS:
                break
            words.append(vocabulary.tokens[i])
        texts.append(detokenize(words))
    return bleu(texts, references).score


def by_codec(outputs, references, vocabulary):
    rows = [np.array([*ids, EOS]) for ids in outputs]
    texts = [WordCodec(vocabulary).decode(row[: np.argmax(row == EOS)]) for row in rows]
    return np.float32(bleu(texts, references).score)


@pytest.mark.parametrize("student", [by_cutting, by_codec])
def test_right_scores_of_ids_pass(says, student):
    assert says(check_bleu_of_ids, student) == "Right: bleu agrees with the library.\n"


def not_cut(outputs, references, vocabulary):
    return bleu([detokenize(vocabulary.decode(ids)) for ids in outputs], references).score


def test_a_mistake_in_the_score_of_ids_is_named(says):
    assert "cut each row at its first EOS" in says(check_bleu_of_ids, not_cut)

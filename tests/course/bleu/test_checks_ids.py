"""The check of the BLEU of a decoder's ids names each known mistake and passes right answers."""

from itertools import combinations

import numpy as np
import pytest

from course.bleu.checks_ids import IDS_MISTAKES, PROBLEMS, check_bleu_of_ids, on_problems
from course.shared.diagnosis import NOT_WRITTEN
from lstm_lib.text.codecs import WordCodec
from lstm_lib.text.metrics import bleu
from lstm_lib.text.tokenizer import detokenize
from lstm_lib.text.vocabulary import EOS


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


@pytest.fixture
def says(capsys):
    def run(student) -> str:
        check_bleu_of_ids(student)
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("student", [by_cutting, by_codec])
def test_right_answers_pass(says, student):
    assert says(student) == "Right: bleu agrees with the library.\n"


@pytest.mark.parametrize("mistake", IDS_MISTAKES)
def test_each_known_mistake_is_named(says, mistake):
    wrong = IDS_MISTAKES[mistake]
    told = says(lambda outputs, references, vocabulary: wrong(outputs, references))
    assert told == f"Not yet. It looks as if {mistake}.\n"


def test_no_two_mistakes_give_the_same_answer():
    answers = [by_cutting(*problem) for problem in PROBLEMS], *map(on_problems, IDS_MISTAKES.values())
    for one, other in combinations(answers, 2):
        assert not np.allclose(one, other, rtol=1e-3)


def not_cut(outputs, references, vocabulary):
    return bleu([detokenize(vocabulary.decode(ids)) for ids in outputs], references).score


def test_a_mistake_written_by_hand_is_named(says):
    assert "cut each row at its first EOS" in says(not_cut)


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda outputs, references, vocabulary: None, NOT_WRITTEN),
        (lambda outputs, references: 1.0, "The function stopped with TypeError"),
        (lambda outputs, references, vocabulary: 50.0, "bleu[0] is 50, the library says"),
        ("bleu", "wants the function itself, without brackets; it got str"),
    ],
)
def test_any_other_answer_gets_a_plain_line(says, student, told):
    assert told in says(student)

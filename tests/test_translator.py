"""The translator: alignments, batches that fit in memory, and sentences that are too long."""

import numpy as np
import pytest

from lstm_lib import translator as module
from lstm_lib.errors import UserError
from lstm_lib.translator import Translator, check_copying, peaks

TEXTS = ["Where is the train station?", "", "I am tired.", "My brother lives near the sea.", "Go."]


@pytest.fixture(scope="module")
def shipped():
    return Translator.load("tatoeba-small")


def test_peaks_leave_the_end_of_sentence_aside():
    attention = np.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1], [0.0, 0.0, 1.0]])
    assert peaks(attention) == [(1, 0), (0, 1), (0, 2)]
    assert peaks(attention[:0]) == []


@pytest.mark.parametrize("beam_size", [1, 5])
def test_an_alignment_has_a_pair_for_each_word_written(shipped, beam_size):
    for text, (best, *_) in zip(TEXTS, shipped.translate(TEXTS, beam_size=beam_size), strict=True):
        assert best.source == text
        words = [piece for piece in best.target_pieces if piece != "</s>"]
        assert [j for _, j in best.alignment] == list(range(len(words)))
        for i, j in best.alignment:
            assert best.attention[j, i] == best.attention[j, :-1].max()
    found = shipped.translate(["I am tired."])[0][0]
    assert (found.source_pieces, found.target_pieces) == (
        ["i", "am", "tired", ".", "</s>"],
        ["estoy", "cansado", ".", "</s>"],
    )
    assert {(2, 1), (3, 2)} <= set(found.alignment)  # tired: cansado


def test_batches_are_smaller_where_sentences_are_long(shipped, monkeypatch):
    texts = [*TEXTS, *(f"{'very ' * n}tired" for n in (3, 30, 31, 32, 33, 60))]
    wanted = shipped.best(texts)
    shapes, begin = [], shipped.model.begin

    def watched(source, mask):
        shapes.append(source.shape)
        return begin(source, mask)

    monkeypatch.setattr(shipped.model, "begin", watched)
    monkeypatch.setattr(module, "MOST_WEIGHTS", 5 * 2 * 33**2 * 2)  # of two sentences of 33 words
    assert shipped.best(texts) == wanted
    assert sum(batch for batch, _ in shapes) == len(texts) - 1  # one is empty
    assert shapes[-1] == (1, 62)
    assert all(
        batch == 1 or batch * 10 * (length - 1) ** 2 <= module.MOST_WEIGHTS for batch, length in shapes
    )
    assert max(batch for batch, _ in shapes) >= 2


def test_a_sentence_that_is_too_long_is_refused_before_any_work(shipped, monkeypatch):
    assert shipped.num_tokens(f"{'very ' * 999}tired") == 1000
    monkeypatch.setattr(module, "ParallelSearch", lambda *request: pytest.fail("searched"))
    with pytest.raises(
        UserError, match="sentence 2 has 1,001 tokens; a sentence has at most 1,000: split it"
    ):
        shipped.translate(["tired", f"{'very ' * 1000}tired"])


def test_what_copying_needs_is_named():
    check_copying("bahdanau", "words")
    with pytest.raises(UserError, match="--copy-unknown needs a model with attention"):
        check_copying("none", "words")
    with pytest.raises(UserError, match="--copy-unknown needs a model of words"):
        check_copying("luong-dot", "subwords")

"""The trace of a beam search is the library's search: the same hypotheses, with the same numbers."""

import numpy as np
import pytest

from course.attention.reading import trained_translator
from course.translator.beam import first_lost, path, ranking, trace_beam, words_of
from lstm_lib.seq2seq.search import Rules, beam_search
from lstm_lib.text.batching import pad_sources
from lstm_lib.text.vocabulary import EOS
from lstm_lib.translator import RULES

SENTENCES = (
    "Please help me find my keys.",
    "Where do you live?",
    "He was born in a small town near the sea.",
)
A, B = 2, 3


class Bigrams:
    """A model to which only the word before matters: p[before, next]."""

    def __init__(self, p):
        self.log_p = np.log(np.maximum(p, 1e-9))

    def begin(self, source, source_mask):
        return None, ()

    def next_log_probabilities(self, ids, state, memory):
        return self.log_p[ids], state, None


# A looks better at first, but B is surer to end: 0.6 * 0.55 = 0.33 against 0.4 * 0.9 = 0.36.
MODEL = Bigrams(np.array([[0, 0, 0.6, 0.4], [0, 0, 0, 0], [0, 0.55, 0, 0.45], [0, 0.9, 0.1, 0]]))
BIGRAM_RULES = Rules(0, 1, forbidden=(0,), growth=0.0, margin=3)
SOURCE = np.zeros(2, int)


@pytest.fixture(scope="module")
def translator():
    return trained_translator()


@pytest.mark.parametrize("beam_size", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("text", SENTENCES)
def test_the_hypotheses_are_those_of_the_library(translator, text, beam_size):
    source, mask = pad_sources([translator.source_codec.encode(text)])
    tree = trace_beam(translator.model, source[0], RULES, beam_size)
    for alpha in (0.0, 0.5, 1.0, 2.0):
        options = {"beam_size": beam_size, "length_penalty_alpha": alpha, "n_best": beam_size}
        (wanted,) = beam_search(translator.model, source, mask, RULES, **options)
        found = ranking(tree, alpha)[: len(wanted)]
        assert [[word for word in words_of(tree, one.node) if word != EOS] for one in found] == [
            hypothesis.ids for hypothesis in wanted
        ]
        for name in ("score", "log_probability"):
            numbers = [[getattr(one, name) for one in each] for each in (found, wanted)]
            np.testing.assert_allclose(*numbers, rtol=1e-4)


def test_a_tree_by_hand():
    tree = trace_beam(MODEL, SOURCE, BIGRAM_RULES, beam_size=2)
    assert [(one.parent, one.word, one.ended) for one in tree] == [
        (None, 0, False),
        (0, A, False),
        (0, B, False),
        (2, 1, True),
        (1, 1, True),
    ]
    totals = [one.log_probability for one in tree]
    np.testing.assert_allclose(np.exp(totals), [1, 0.6, 0.4, 0.36, 0.33])
    assert path(tree, 3) == [2, 3] and words_of(tree, 3) == [B, 1] and path(tree, 0) == []


def test_a_beginning_ends_at_the_limit():
    endless = Bigrams(np.array([[0, 0, 0.6, 0.4], [0, 0, 0, 0], [0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5]]))
    rules = Rules(0, 1, forbidden=(0, 1), growth=1.0, margin=1)
    tree = trace_beam(endless, SOURCE, rules, beam_size=2)
    assert [one.length for one in tree if one.ended] == [3, 3]


def test_the_penalty_changes_the_order_and_nothing_else():
    tree = trace_beam(MODEL, SOURCE, BIGRAM_RULES, beam_size=3)
    by_probability, by_length = (ranking(tree, alpha) for alpha in (0.0, 9.0))
    assert {one.node for one in by_probability} == {one.node for one in by_length}
    assert by_probability[0].length == 2 and by_length[0].length == 3
    assert by_probability[0].score == by_probability[0].log_probability


def test_where_a_translation_was_lost():
    greedy = trace_beam(MODEL, SOURCE, BIGRAM_RULES, beam_size=1)
    assert first_lost(greedy, [B, 1]) == 1
    assert first_lost(greedy, [A, 1]) is None
    assert first_lost(greedy, [A, B]) == 2


def test_a_beam_without_a_place_is_refused():
    with pytest.raises(ValueError, match="beam_size is 0; wanted at least 1"):
        trace_beam(MODEL, SOURCE, BIGRAM_RULES, beam_size=0)

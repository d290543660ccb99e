"""Tokens to ids and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_lib.text.codecs import WordCodec
from lstm_lib.text.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK, Vocabulary

SENTENCES = [["b", "a", "c"], ["b", "a"], ["b", "d"]]


def test_special_ids():
    vocabulary = Vocabulary([])
    assert (PAD, BOS, EOS, UNK) == (0, 1, 2, 3)
    assert vocabulary.tokens == SPECIAL_TOKENS == ("<pad>", "<s>", "</s>", "<unk>")
    assert len(vocabulary) == 4


def test_most_frequent_first_and_ties_in_alphabetical_order():
    assert Vocabulary.build(SENTENCES).tokens[4:] == ("b", "a", "c", "d")
    assert Vocabulary.build(reversed([s[::-1] for s in SENTENCES])).tokens[4:] == ("b", "a", "c", "d")


def test_limits():
    assert Vocabulary.build(SENTENCES, max_size=3).tokens[4:] == ("b", "a", "c")
    assert Vocabulary.build(SENTENCES, min_count=2).tokens[4:] == ("b", "a")
    assert Vocabulary.build(SENTENCES, max_size=1, min_count=2).tokens[4:] == ("b",)
    assert len(Vocabulary.build([])) == 4


def test_unknown_tokens():
    vocabulary = Vocabulary(["a"])
    assert vocabulary.encode(["a", "x"]) == [4, UNK]
    assert vocabulary.decode([BOS, 4, UNK, EOS, PAD]) == ["a", "<unk>"]
    assert "a" in vocabulary and "x" not in vocabulary


def test_text_cannot_name_a_special_token():
    vocabulary = Vocabulary(["a"])
    assert vocabulary.encode(SPECIAL_TOKENS) == [UNK] * 4
    assert "</s>" not in vocabulary


@pytest.mark.parametrize("words", [["a", "b", "a"], ["a", "</s>"]])
def test_repeated_words_are_refused(words):
    with pytest.raises(ValueError, match=words[-1]):
        Vocabulary(words)


@given(st.lists(st.lists(st.text(min_size=1).filter(lambda t: t not in SPECIAL_TOKENS))))
def test_round_trips(sentences):
    vocabulary = Vocabulary.build(sentences)
    restored = WordCodec.from_bytes(WordCodec(vocabulary).to_bytes()).vocabulary
    assert restored.tokens == vocabulary.tokens
    for sentence in sentences:
        assert restored.decode(vocabulary.encode(sentence)) == sentence


def test_the_saved_form_is_plain_json():
    assert WordCodec(Vocabulary(["é"])).to_bytes() == '{"words": ["é"]}'.encode()

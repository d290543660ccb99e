"""Text to ids and back, by words and by subwords."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_lib.errors import UserError
from lstm_lib.text.codecs import CODECS, SubwordCodec, WordCodec
from lstm_lib.text.vocabulary import BOS, EOS, PAD, UNK

TEXTS = [
    "Tom's brother lives in Boston.",
    "Where is Tom's house?",
    "Mary doesn't live in Boston, does she?",
    "She lives near the river.",
    "The houses near the river are old.",
    'He said, "Come in!"',
]


@pytest.fixture(scope="module")
def subwords():
    return SubwordCodec.train(TEXTS, 80)


@pytest.fixture(scope="module")
def words():
    return WordCodec.train(TEXTS)


@pytest.mark.parametrize("text", TEXTS)
def test_round_trip(text, words, subwords):
    assert words.decode(words.encode(text)) == text.lower()
    assert subwords.decode(subwords.encode(text)) == text


@pytest.mark.parametrize("kind", ["words", "subwords"])
def test_special_ids(kind, request):
    codec = request.getfixturevalue(kind)
    ids = codec.encode(TEXTS[0])
    assert codec.pieces([PAD, BOS, EOS, UNK]) == ["<pad>", "<s>", "</s>", "<unk>"]
    assert not set(ids) & {PAD, BOS, EOS, UNK}
    assert codec.decode([BOS, *ids, EOS, PAD, PAD]) == codec.decode(ids)
    assert codec.decode([BOS, EOS, PAD]) == codec.decode([]) == ""
    assert codec.encode("") == codec.encode(" \t ") == []
    assert codec.decode([UNK]) == "<unk>"


@pytest.mark.parametrize("kind", ["words", "subwords"])
@given(text=st.text())
def test_any_text_gives_ids_in_range_and_no_control_ids(kind, text, request):
    codec = request.getfixturevalue(kind)
    ids = codec.encode(text + " </s> <pad>")
    assert all(UNK <= i < codec.size for i in ids)
    assert len(codec.pieces(ids)) == len(ids)
    assert isinstance(codec.decode(ids), str)


@pytest.mark.parametrize("kind", ["words", "subwords"])
def test_saved_form(kind, request):
    codec = request.getfixturevalue(kind)
    restored = CODECS[codec.kind].from_bytes(codec.to_bytes())
    assert type(restored) is type(codec)
    assert restored.size == codec.size
    assert restored.pieces(range(codec.size)) == codec.pieces(range(codec.size))
    assert restored.encode(TEXTS[1]) == codec.encode(TEXTS[1])
    assert restored.to_bytes() == codec.to_bytes()


@pytest.mark.parametrize("kind", ["words", "subwords"])
def test_numpy_ids(kind, request):
    codec = request.getfixturevalue(kind)
    ids = np.array(codec.encode(TEXTS[2]), dtype=np.int32)
    assert codec.decode(ids) == codec.decode(ids.tolist())
    assert codec.pieces(ids) == codec.pieces(ids.tolist())


@pytest.mark.parametrize("kind", ["words", "subwords"])
def test_both_apostrophes_are_the_same(kind, request):
    codec = request.getfixturevalue(kind)
    assert codec.encode("Tom’s") == codec.encode("Tom's")
    assert UNK not in codec.encode("Tom’s")


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\xff\x00"])
@pytest.mark.parametrize("kind", ["words", "subwords"])
def test_damaged_bytes_are_refused(kind, data):
    with pytest.raises(ValueError):
        CODECS[kind].from_bytes(data)


def test_word_limits():
    assert WordCodec.train(TEXTS, max_size=10).size == 14
    assert WordCodec.train(TEXTS, min_count=2).size < WordCodec.train(TEXTS).size


def test_subword_training_is_deterministic_and_quiet(capfd):
    assert SubwordCodec.train(TEXTS, 70).to_bytes() == SubwordCodec.train(iter(TEXTS), 70).to_bytes()
    assert SubwordCodec.train(TEXTS, 70).size == 70
    assert capfd.readouterr() == ("", "")


def test_subwords_learn_from_long_lines():
    # SentencePiece leaves out lines of more than 4,192 bytes, unless told otherwise.
    codec = SubwordCodec.train(["ab cd " * 2000], 12)
    assert UNK not in codec.encode("ab cd")


def test_size_too_large_names_one_that_works():
    with pytest.raises(UserError, match=r"--subwords 8000: .* at most \d+") as caught:
        SubwordCodec.train(TEXTS, 8000)
    largest = int(re.search(r"at most (\d+)", str(caught.value))[1])
    assert SubwordCodec.train(TEXTS, largest).size == largest


def test_size_too_small_names_one_that_works():
    with pytest.raises(UserError, match=r"--subwords 8: .* at least \d+") as caught:
        SubwordCodec.train(TEXTS, 8)
    smallest = int(re.search(r"at least (\d+)", str(caught.value))[1])
    assert SubwordCodec.train(TEXTS, smallest).size == smallest


@pytest.mark.parametrize("size", [0, -5])
def test_impossible_size(size):
    with pytest.raises(UserError, match=f"--subwords {size}: "):
        SubwordCodec.train(TEXTS, size)


def test_no_texts():
    with pytest.raises(UserError, match="empty"):
        SubwordCodec.train(["", "  "], 100)

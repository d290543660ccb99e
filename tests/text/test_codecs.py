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


TRAINED = {"words": WordCodec.train(TEXTS), "subwords": SubwordCodec.train(TEXTS, 80)}
every_codec = pytest.mark.parametrize("codec", TRAINED.values(), ids=TRAINED)


@pytest.mark.parametrize("text", TEXTS)
def test_round_trip(text):
    words, subwords = TRAINED.values()
    assert words.decode(words.encode(text)) == text.lower()
    assert subwords.decode(subwords.encode(text)) == text


@every_codec
def test_special_ids(codec):
    ids = codec.encode(TEXTS[0])
    assert codec.pieces([PAD, BOS, EOS, UNK]) == ["<pad>", "<s>", "</s>", "<unk>"]
    assert not set(ids) & {PAD, BOS, EOS, UNK}
    assert codec.decode([BOS, *ids, EOS, PAD, PAD]) == codec.decode(ids)
    assert codec.decode([BOS, EOS, PAD]) == codec.decode([]) == ""
    assert codec.encode("") == codec.encode(" \t ") == []
    assert codec.decode([UNK]) == "<unk>"


@every_codec
@given(text=st.text())
def test_any_text_gives_ids_in_range_and_no_control_ids(codec, text):
    ids = codec.encode(text + " </s> <pad>")
    assert all(UNK <= i < codec.size for i in ids)
    assert len(codec.pieces(ids)) == len(ids)
    assert isinstance(codec.decode(ids), str)


@every_codec
def test_saved_form(codec):
    restored = CODECS[codec.kind].from_bytes(codec.to_bytes())
    assert type(restored) is type(codec)
    assert restored.size == codec.size
    assert restored.pieces(range(codec.size)) == codec.pieces(range(codec.size))
    assert restored.encode(TEXTS[1]) == codec.encode(TEXTS[1])
    assert restored.to_bytes() == codec.to_bytes()


@every_codec
def test_numpy_ids(codec):
    ids = np.array(codec.encode(TEXTS[2]), dtype=np.int32)
    assert codec.decode(ids) == codec.decode(ids.tolist())
    assert codec.pieces(ids) == codec.pieces(ids.tolist())


@every_codec
def test_both_apostrophes_are_the_same(codec):
    assert codec.encode("Tom’s") == codec.encode("Tom's")
    assert UNK not in codec.encode("Tom’s")


JSON_OF_OTHERS = [b"[]", b'{"words": "abc"}', b'{"words": [1]}', b'{"words": ["a", "a"]}']


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\xff\x00", *JSON_OF_OTHERS])
@pytest.mark.parametrize("kind", CODECS)
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


@pytest.mark.parametrize("size, limit", [(8000, "at most"), (8, "at least")])
def test_a_size_that_the_texts_do_not_allow_names_one_that_works(size, limit):
    with pytest.raises(UserError, match=rf"--subwords {size}: .* {limit} \d+") as caught:
        SubwordCodec.train(TEXTS, size)
    works = int(re.search(rf"{limit} (\d+)", str(caught.value))[1])
    assert SubwordCodec.train(TEXTS, works).size == works


@pytest.mark.parametrize("size", [0, -5])
def test_impossible_size(size):
    with pytest.raises(UserError, match=f"--subwords {size}: "):
        SubwordCodec.train(TEXTS, size)


def test_no_texts():
    with pytest.raises(UserError, match="empty"):
        SubwordCodec.train(["", "  "], 100)

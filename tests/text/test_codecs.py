"""Text to ids and back, by words and by subwords."""

# ruff: noqa: RUF001  letters that look like others are the point

import io
import re

import numpy as np
import pytest
import sentencepiece
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


TRAINED = {
    "words": WordCodec.train(TEXTS),
    "words with case": WordCodec.train(TEXTS, keep_case=True),
    "subwords": SubwordCodec.train(TEXTS, 80),
}
every_codec = pytest.mark.parametrize("codec", TRAINED.values(), ids=TRAINED)


@pytest.mark.parametrize("text", TEXTS)
def test_round_trip(text):
    for codec in TRAINED.values():
        assert codec.decode(codec.encode(text)) == (text if codec.keep_case else text.lower())


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
    assert (restored.size, restored.keep_case) == (codec.size, codec.keep_case)
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
    assert codec.unknown("Tom’s") == []


MIXED = ["l’été de l’eau", "l'hiver d'ici", "qu’il l’a dit"]


@pytest.mark.parametrize("train", [WordCodec.train, lambda texts: SubwordCodec.train(texts, 40)])
def test_each_apostrophe_of_the_training_texts_comes_back(train):
    codec = train(MIXED)
    assert [codec.decode(codec.encode(text)) for text in MIXED] == MIXED


def test_a_rare_apostrophe_is_read_as_the_usual_one():
    texts = [*["it's Tom's, isn't it?"] * 50, "it’s Tom's"]
    for codec in (WordCodec.train(texts), SubwordCodec.train(texts, 20)):
        assert codec.encode("it’s") == codec.encode("it's")
        assert codec.unknown("it’s") == []


def test_a_word_is_known_in_other_spellings():
    codec = WordCodec.train(["می‌خواهم می‌خواهم میخواهم coop שלום"])
    assert codec.size == 4 + 3
    assert codec.decode(codec.encode("میخواهم co\u00adop שלום\u200e")) == "می‌خواهم coop שלום"
    cased = WordCodec.train(["the Boat is in US waters", "help us"], keep_case=True)
    assert cased.decode(cased.encode("The boat HELP us US")) == "the Boat help us US"
    assert cased.unknown("A boat") == ["A"]


EXACT = [
    "½ × １２３ ＡＢＣ？！",
    "می‌خواهم　全角",
    "two  blanks",
    "ﬁ ① ª ™ …",
    "a\u00a0b\u00ad\u200e",
    "’ and '",
]


def test_subwords_leave_every_character_as_it_is():
    codec = SubwordCodec.train(EXACT, 80)
    assert [codec.decode(codec.encode(text)) for text in EXACT] == EXACT


def normalizing_model():
    """A model as it was learned before: it rewrites text by SentencePiece's own rules."""
    model, names = io.BytesIO(), {"pad_piece": "<pad>", "unk_surface": "<unk>", "model_type": "bpe"}
    ids = {"pad_id": PAD, "bos_id": BOS, "eos_id": EOS, "unk_id": UNK}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS), model_writer=model, vocab_size=70, minloglevel=3, **ids, **names
    )
    return model.getvalue()


def test_older_models_still_load():
    codec = SubwordCodec.from_bytes(normalizing_model())
    assert [codec.decode(codec.encode(text)) for text in TEXTS] == TEXTS
    assert codec.encode("Ｔｏｍ’ｓ  house") == codec.encode("Tom's house")
    assert WordCodec.from_bytes(b'{"words": ["a", "b"]}').keep_case is False


JSON_OF_OTHERS = [b"[]", b'{"words": "abc"}', b'{"words": [1]}', b'{"words": ["a", "a"]}', b'{"words": [""]}']


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


@pytest.mark.parametrize(
    "texts", [["a"], ["1"], ["是"], ["😀"], ["ab", "b"], ["12", "7"], ["a b"], ["a" * 9]]
)
def test_the_shortest_texts(texts):
    """SentencePiece refuses to read lines of at most ten bytes, whatever they hold."""
    with pytest.raises(UserError, match=r"at most \d+") as caught:
        SubwordCodec.train(texts, 8000)
    codec = SubwordCodec.train(texts, int(re.search(r"at most (\d+)", str(caught.value))[1]))
    assert [codec.decode(codec.encode(text)) for text in texts] == texts


@pytest.mark.parametrize("size", [1, 4, 0, -5, 2**31, 2**70])
def test_impossible_size(size):
    with pytest.raises(UserError, match=rf"--subwords {size}: .* choose at (least|most) \d+"):
        SubwordCodec.train(TEXTS, size)


def test_no_texts():
    with pytest.raises(UserError, match="empty"):
        SubwordCodec.train(["", "  "], 100)

"""Every language's sentences come back from the codecs, stay apart in the split, and score 100 in BLEU.

`python tests/text/test_languages.py` prints a table of it.
"""

# ruff: noqa: RUF001  letters that look like others are the point

import unicodedata

import pytest

from helpers.languages import LANGUAGES
from lstm_lib.errors import UserError
from lstm_lib.text.codecs import SubwordCodec, WordCodec
from lstm_lib.text.corpus import Pair, clean
from lstm_lib.text.metrics import bleu
from lstm_lib.text.splits import split_pairs
from lstm_lib.text.tokenizer import normalize, tokenize

every_language = pytest.mark.parametrize("language", LANGUAGES)


def without_spaces(text):
    return "".join(text.split())


def learned_subwords(texts):
    """The codec with the fewest subwords that the texts allow, and a few more."""
    for size in range(5, 400):
        try:
            return SubwordCodec.train(texts, size)
        except UserError as error:
            assert "choose at least" in str(error), error
    raise AssertionError("no size was allowed")


def spellings(text):
    """A sentence in other case, spacing and punctuation: all of these are near-duplicates."""
    ends = {text, f"¡{text}!", f"\u201c{text}\u201d", text.rstrip(".!?։。؟")}
    # Python's upper case turns both of Turkish's i into I.
    return ends | {text.replace(" ", "  ")} | (set() if "ı" in text else {text.upper(), text.title()})


@every_language
def test_words_come_back_up_to_case_and_spaces(language):
    sentences = LANGUAGES[language].sentences
    for keep_case in (False, True):
        codec = WordCodec.train(sentences, keep_case=keep_case)
        for text in sentences:
            shown = unicodedata.normalize("NFC", text if keep_case else text.lower())
            decoded = codec.decode(codec.encode(text))
            assert without_spaces(decoded) == without_spaces(shown)
            assert tokenize(decoded, keep_case) == tokenize(text, keep_case)
            assert codec.unknown(unicodedata.normalize("NFD", text)) == []


@every_language
def test_no_spaces_where_there_were_none(language):
    sentences = LANGUAGES[language].sentences
    codec = WordCodec.train(sentences)
    added = [codec.decode(codec.encode(text)).count(" ") - text.count(" ") for text in sentences]
    assert max(added) <= 0


@every_language
def test_subwords_come_back_exactly(language):
    sentences = LANGUAGES[language].sentences
    codec = learned_subwords(sentences)
    for text in sentences:
        assert codec.decode(codec.encode(text)) == text == clean(text)
        assert codec.unknown(text) == []
    again = SubwordCodec.from_bytes(codec.to_bytes())
    assert [again.decode(again.encode(text)) for text in sentences] == list(sentences)


@every_language
def test_bleu_of_what_came_back_is_100(language):
    tokenizer, sentences = LANGUAGES[language]
    references = [(text,) for text in sentences]
    suitable = {tokenizer, "char"} if tokenizer.endswith("-mecab") else {tokenizer}
    for codec in (WordCodec.train(sentences), WordCodec.train(sentences, keep_case=True)):
        hypotheses = [codec.decode(codec.encode(text)) for text in sentences]
        score = bleu(hypotheses, references, keep_case=codec.keep_case)
        assert score.score == pytest.approx(100)
        assert any(f"|tok:{name}" in score.signature for name in suitable)
        assert ("|case:mixed|" in score.signature) == codec.keep_case


@every_language
def test_only_near_duplicates_count_as_equal(language):
    sentences = LANGUAGES[language].sentences
    assert len({normalize(text) for text in sentences}) == len(sentences)
    for text in sentences:
        assert len({normalize(other) for other in spellings(text)}) == 1


@every_language
def test_the_split_is_disjoint(language):
    pairs = [
        Pair(f"sentence {k}", spelling)
        for k, text in enumerate(LANGUAGES[language].sentences)
        for spelling in sorted(spellings(text))
    ]
    parts = split_pairs(pairs, dev_size=1, test_size=1)
    seen = [{normalize(pair.target) for pair in part} for part in parts]
    assert [len(found) for found in seen] == [2, 1, 1]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])


def print_table():
    """Print a line per language: what the tests above check, in numbers."""
    print("language            sentences  words back  subwords back  distinct  BLEU of itself  signature")
    for name, (_, sentences) in LANGUAGES.items():
        words, subwords = WordCodec.train(sentences), learned_subwords(sentences)
        decoded = [words.decode(words.encode(text)) for text in sentences]
        back = sum(
            without_spaces(text.lower()) == without_spaces(found)
            for text, found in zip(sentences, decoded, strict=True)
        )
        exact = sum(subwords.decode(subwords.encode(text)) == text for text in sentences)
        score = bleu(decoded, [(text,) for text in sentences])
        print(
            f"{name:<19} {len(sentences):>9} {back:>11} {exact:>14} {len(set(map(normalize, sentences))):>9} "
            f"{score.score:>15.1f}  {score.signature}"
        )


if __name__ == "__main__":
    print_table()

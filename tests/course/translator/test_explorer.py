"""The translation explorer answers whatever is typed, and shows none of it as HTML."""

import pytest

from course.translator.explorer import MOST_WORDS, answer_html, translate, translation_explorer
from lstm_lib.recipe import Recipe
from lstm_lib.runs import new_translator
from lstm_lib.text.dates import dates_corpus

SENTENCE = "tuesday the fourteenth of march twelve seventy three"
MALICIOUS = '<img src=x onerror="alert(1)"> & $\\frac$ tuesday'


@pytest.fixture(scope="module")
def translator():
    corpus = dates_corpus("French", train_size=200, dev_size=10, test_size=10)
    return new_translator(Recipe.of(corpus="dates", embedding_size=8, hidden_size=8), corpus)


def test_a_sentence_is_translated(translator):
    translation, unknown = translate(translator, SENTENCE)
    assert translation.source_pieces == [*SENTENCE.split(), "</s>"]
    assert translation.text == translator.best([SENTENCE])[0]
    assert unknown == []


def test_unknown_words_are_named_once(translator):
    translation, unknown = translate(translator, "love tuesday love you")
    assert unknown == ["love", "love", "you"]
    assert answer_html(translation, unknown).endswith("read as &lt;unk&gt;: love, you")


@pytest.mark.parametrize("text", ["", "   ", "tuesday " * (MOST_WORDS + 1), "tuesday " * 100_000])
def test_nothing_to_read_and_too_much_are_told(translator, text):
    translation, unknown = translate(translator, text)
    assert translation is None
    assert answer_html(translation, unknown) == f"Type a sentence of 1 to {MOST_WORDS} words."


def test_the_longest_sentence_is_translated(translator):
    assert translate(translator, "tuesday " * MOST_WORDS)[0] is not None


def test_what_is_typed_never_becomes_html(translator):
    said = answer_html(*translate(translator, MALICIOUS))
    assert "&lt;, img, src, =, x" in said
    allowed = said.replace("<b>", "").replace("</b>", "").replace("<br>", "")
    assert "<" not in allowed and ">" not in allowed and '"' not in allowed


def test_the_widget_follows_the_line(translator, shown):
    explorer = translation_explorer(translator, SENTENCE)
    line, answer, _ = explorer.children
    assert shown == [[*SENTENCE.split(), "</s>"]]
    assert "Translation: " in answer.value
    assert line.description and line.continuous_update is False

    line.value = "march $x$"
    assert shown[1:] == [["march", "<unk>", "<unk>", "<unk>", "</s>"]]
    line.value = ""
    assert len(shown) == 2
    assert answer.value.startswith("Type a sentence")


def test_a_page_without_a_kernel_says_what_is_missing(translator, shown):
    assert repr(translation_explorer(translator, SENTENCE)).startswith("A widget: run this notebook")

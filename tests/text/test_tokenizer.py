"""Word tokens and back to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_lib.text.tokenizer import detokenize, normalize, tokenize

SENTENCES = [
    "tom's “well-known” book (the boys' one) costs $3.50, doesn't it?",
    '"yes", he said; "no", she said...',
    "'stop!' cried the boys' mother.",
    "school begins at 8:30, and 1,000 men came in 1990, 30 of them late.",
    "unemployment rose by 5% to 20€ at 0°!",
    "¿qué hora es? ¡son las 10:30!",
    "¡sí! ¿(de verdad)?",
    "-¿pero aún no duermes? -venga, que ya es hora.",
    "l'eau, c'est bon: «oui».",
    "qu'est-ce que c'est? aujourd'hui, peut-être.",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_spacing_of_print_comes_back(sentence):
    assert detokenize(tokenize(sentence)) == sentence


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I don’t know.", ["i", "don't", "know", "."]),
        ("L'ÉTÉ d'été", ["l'été", "d'été"]),
        ("¿Qué?", ["¿", "qué", "?"]),
        ("3.50 mp3 a_b", ["3", ".", "50", "mp", "3", "a", "b"]),
        ("e\u0301te\u0301", ["été"]),  # typed as e + combining accent
        ("  \t\n", []),
        ("", []),
    ],
)
def test_tokens(text, tokens):
    assert tokenize(text) == tokens


def test_quotes_open_and_close_in_turn():
    assert detokenize(['"', "a", '"', "b", '"', "c", '"']) == '"a" b "c"'
    assert detokenize(["a", '"', "b"]) == 'a" b'


def test_unknown_mark_is_a_word():
    assert detokenize(["the", "<unk>", "."]) == "the <unk>."


def test_empty():
    assert detokenize([]) == ""
    assert normalize(" ... ") == ""


def test_normalize_forgets_case_punctuation_and_spacing():
    assert normalize("¡Hola,  Tom’s   amigo!") == normalize("hola tom's amigo") == "hola tom's amigo"


punctuation = st.sampled_from(list(".,!?;:()[]{}¿¡«»“”\u2018…%°$€£#-/\"'+—"))
words = st.sampled_from(["a", "été", "don't", "l'eau", "3", "000", "1990", "²"])


@given(st.lists(punctuation | words))
def test_tokenize_inverts_detokenize(tokens):
    assert tokenize(detokenize(tokens)) == tokens


@given(st.text())
def test_any_text(text):
    tokens = tokenize(text)
    assert all(token and not any(c.isspace() for c in token) for token in tokens)
    assert normalize(" ".join(tokens)) == normalize(text)

"""Word tokens and back to text."""

# ruff: noqa: RUF001  letters that look like others are the point

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_lib.text.tokenizer import detokenize, length_in_words, normalize, tokenize, writing

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
    "l’eau de l’hôpital, «c’est ‘bon’».",
    "„ja“, »nein«, ”kanske”, “so”!",
    "from 7:30h to the 5th, on foo_bar: ___",
    'האם תל־אביב בצה"ל? כן־כן.',
    "क्या? हाँ। ٣٫٥؟ نعم، لا؛",
    "the character 好 means good, 李明.",
    "그는 「안녕」 이라고.",
    "我用python 3写代码，“好”——他说……《书》（１２）！",
    "👍🏽👨\u200d👩\u200d👧".replace("👨", " 👨"),
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_spacing_of_print_comes_back(sentence):
    assert detokenize(tokenize(sentence)) == sentence


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I don’t know.", ["i", "don’t", "know", "."]),
        ("L'ÉTÉ d'été", ["l'été", "d'été"]),
        ("¿Qué?", ["¿", "qué", "?"]),
        ("3.50 MP3, 5th a_b __ ½", ["3", ".", "50", "mp3", ",", "5th", "a_b", "__", "½"]),
        ("İzmir'de", ["i\u0307zmir'de"]),  # lower case leaves the dot as a mark
        ("co\u00adop می\u200cخواهم a\u200db", ["co\u00adop", "می\u200cخواهم", "a\u200db"]),
        ("\u200fשלום\u200e!", ["\u200fשלום\u200e", "!"]),
        ("हिन्दी தமிழ் ẹ̀kọ́ كَتَبَ סֵפֶר", ["हिन्दी", "தமிழ்", "ẹ̀kọ́", "كَتَبَ", "סֵפֶר"]),
        ('col·lecció צה"ל ג׳ירפה Ո՞վ', ["col·lecció", 'צה"ל', "ג׳ירפה", "ո՞վ"]),
        ("漢字かなカード。", [*"漢字かなカード。"]),
        ("กำลังที่", ["กำ", "ลั", "ง", "ที่"]),  # consonant, vowel and tone are one character
        ("ខ្ញុំ ကို བོད་", ["ខ្ញុំ", "ကို", "བོ", "ད", "་"]),
        ("한국어를 \u1112\u1161\u11ab", ["한국어를", "한"]),
        ("👨\u200d👩\u200d👧👍🏽🇫🇷🇩🇪❤️1️⃣#️⃣", ["👨\u200d👩\u200d👧", "👍🏽", "🇫🇷", "🇩🇪", "❤️", "1️⃣", "#️⃣"]),
        ("\U0001f3f4\U000e0067\U000e007f!", ["\U0001f3f4\U000e0067\U000e007f", "!"]),
        ("用Python写abc", ["用", "python", "写", "abc"]),
        ("e\u0301te\u0301", ["été"]),  # typed as e + combining accent
        ("  \t\n", []),
        ("", []),
    ],
)
def test_tokens(text, tokens):
    assert tokenize(text) == tokens
    assert tokenize(unicodedata.normalize("NFD", text)) == tokens


def test_case_can_be_kept():
    assert tokenize("MP3 für Große, L’Été", keep_case=True) == ["MP3", "für", "Große", ",", "L’Été"]
    assert detokenize(tokenize("«L’Été», MP3!", keep_case=True)) == "«L’Été», MP3!"


def test_quotes_open_and_close_in_turn():
    assert detokenize(['"', "a", '"', "b", '"', "c", '"']) == '"a" b "c"'
    assert detokenize(["a", '"', "b"]) == 'a" b'


def test_unknown_mark_is_a_word():
    assert detokenize(["the", "<unk>", "."]) == "the <unk>."


def test_a_space_stays_where_tokens_would_merge():
    for tokens in (["日", "don", "'", "t", "本", "日", "日"], ["🇫", "🇷"], ["(", "\u0301"], ["か", "\u3099"]):
        assert tokenize(detokenize(tokens)) == tokens


def test_empty():
    assert detokenize([]) == ""
    assert normalize(" \t ") == ""


def test_normalize_forgets_case_punctuation_and_spacing():
    assert normalize("¡Hola,  Tom’s   amigo!") == normalize("hola tom's amigo") == "hola tom's amigo"
    assert normalize("İyi GROẞE ΟΔΌΣ") == normalize("iyi große οδός")
    assert normalize("co\u00adop \u200eשלום") == normalize("coop שלום")
    assert normalize("我 爱你。") == normalize("我爱你！")


APART = [
    "किताब कहाँ है?",
    "किताबें कहाँ हैं?",
    "?",
    "!",
    "👍",
    "👎",
    "5 + 3",
    "5 < 3",
    "I ❤️ you",
    "I 💔 you",
    "5€",
    "5$",
]


def test_normalize_keeps_sentences_apart():
    assert len({normalize(text) for text in APART}) == len(APART)


@pytest.mark.parametrize(
    ("text", "length", "script"),
    [
        ("I don't know.", 4, "spaced"),
        ("मुझे नहीं पता।", 4, "spaced"),
        ("저는 몰라요.", 3, "Korean"),
        ("我不知道。", 3, "Chinese"),
        ("私は知りません。", 4.5, "Japanese"),
        ("ไม่รู้", 0.75, "unspaced"),
        ("খুব MP3 👍", 3, "spaced"),
        ("…", 1, "spaced"),
        ("", 0, "spaced"),
    ],
)
def test_length_and_script(text, length, script):
    assert length_in_words(text) == length
    assert writing([text]) == script


def test_the_script_is_that_of_most_words():
    assert writing(["他说Python很好用。", "OK"]) == "Chinese"
    assert writing(["The word 好 means good."]) == "spaced"
    assert writing(["漢字", "東京都", "ひらがな"]) == "Japanese"
    assert writing(["大韓民國은 나라다", "우리는 간다", "정말 그래요 네"]) == "Korean"


punctuation = st.sampled_from(list(".,!?;:()[]{}¿¡«»“”„’\u2018…%°$€£#-/\"'+—·&।؟。、「」！"))
words = st.sampled_from(
    ["a", "été", "don't", "l’eau", "3", "000", "1990", "²", "5th", "हिन्दी", "한국어", "אב", "👍🏽", "🇫🇷"]
)
characters = st.sampled_from([*"漢字かー", "กำ", "ខ្ញុំ", "ကို"])


@given(st.lists(punctuation | words) | st.lists(punctuation | words | characters))
def test_tokenize_inverts_detokenize(tokens):
    assert tokenize(detokenize(tokens)) == tokens


@given(st.text())
def test_any_text(text):
    tokens = tokenize(text)
    assert all(token and not any(c.isspace() for c in token) for token in tokens)
    assert "".join(tokens) == "".join(unicodedata.normalize("NFC", text.lower()).split())
    assert tokenize(detokenize(tokens)) == tokens
    assert normalize(" ".join(tokens)) == normalize(text)


def test_flags_pair_up_without_counting_all_before():
    assert tokenize("🇫🇷" * 50_000 + "🇫") == ["🇫🇷"] * 50_000 + ["🇫"]  # quadratic, it would take minutes

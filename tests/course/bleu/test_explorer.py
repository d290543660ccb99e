"""The BLEU explorer shows what the library computes and answers whatever is typed, none of it as HTML."""

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from course.bleu.explorer import HELP, MOST_WORDS, anatomy_html, bleu_explorer, dissect, draw_anatomy
from course.bleu.ngrams import MATCHED
from lstm_lib.text.metrics import bleu

HYPOTHESIS, REFERENCE = "The cat cat sat on a mat.", "The cat sat on the mat."
MALICIOUS = '<img src=x onerror="alert(1)"> &lt;b&gt; $\\frac$ cat'
TYPED = st.text(alphabet="ab c<>&;.'|$\"lgt", max_size=30)


@given(TYPED, TYPED)
@example("<unk> <unk>", "<unk> a")
@example("a&lt;b", "A<b")
@example("it's 3.5, isn't it", "It's 3 . 5")
def test_the_counts_are_those_of_the_score(hypothesis, reference):
    anatomy = dissect(hypothesis, reference)
    if anatomy is None:
        return
    texts = [text for text in reference.split("|") if text.strip()]
    assert anatomy.score == bleu([hypothesis], [texts])
    assert len(anatomy.hypothesis) == anatomy.score.hypothesis_length
    for states, precision in zip(anatomy.states, anatomy.score.precisions, strict=True):
        if MATCHED in states:
            assert 100 * states.count(MATCHED) / len(states) == pytest.approx(precision)


@given(TYPED, TYPED)
@example(MALICIOUS, MALICIOUS)
@example("cat", MALICIOUS)
def test_what_is_typed_never_becomes_html(hypothesis, reference):
    said = anatomy_html(dissect(hypothesis, reference))
    page = ElementTree.fromstring(f"<p>{said.replace('<br>', '<br/>')}</p>")
    assert {element.tag for element in page.iter()} <= {
        *("p", "code", "b", "br", "sup"),
        *("table", "tr", "th", "td"),
    }


def test_several_references_are_parted_by_a_bar():
    anatomy = dissect("the cat sat", f"{REFERENCE} | A cat sat there.")
    assert len(anatomy.references) == 2
    assert anatomy.score == bleu(["the cat sat"], [(REFERENCE, "A cat sat there.")])


@pytest.mark.parametrize(
    ("hypothesis", "reference"),
    [
        ("", "a cat"),
        ("a cat", "  "),
        ("a cat", " | "),
        ("cat " * (MOST_WORDS + 1), "a cat"),
        ("cat " * 10_000, "a cat"),
        ("a cat", "cat " * (MOST_WORDS + 1)),
    ],
)
def test_nothing_to_compare_and_too_much_are_told(hypothesis, reference):
    assert anatomy_html(dissect(hypothesis, reference)) == HELP


def numbers(said: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+\.\d+|\d+", re.sub(r"<[^>]*>", " ", said))]


def test_the_numbers_are_there():
    said = anatomy_html(dissect("a b c d e", "a b c d f g"))
    assert "exp(1 − 6/5), so 0.819" in said
    assert "<b>BLEU 54.8</b> = 0.819 × (80.0 × 75.0 × 66.7 × 50.0)<sup>1/4</sup>" in said
    table = numbers(said.split("<table>")[1].split("</table>")[0].replace("-grams", ""))
    assert table == [1, 2, 3, 4, 4, 3, 2, 1, 0, 0, 0, 0, 5, 4, 3, 2, 80.0, 75.0, 66.7, 50.0]


def test_smoothing_is_marked():
    said = anatomy_html(dissect("a b x d e", "a b c d f"))
    assert "16.7*" in said and "* smoothed" in said
    assert "*" not in anatomy_html(dissect("a b c d", "a b c d"))


@pytest.mark.parametrize(
    ("hypothesis", "told"),
    [("a b c", "fewer than 4 tokens has no 4-grams"), ("v w x y z", "no word matches")],
)
def test_a_score_of_zero_says_why(hypothesis, told):
    assert told in anatomy_html(dissect(hypothesis, "a b c d"))


def test_an_unknown_word_is_shown_and_matches_nothing():
    anatomy = dissect("the <unk> sat here", "the <unk> sat here")
    assert anatomy.hypothesis == ["the", "<unk>", "sat", "here"]
    assert anatomy.states[0].count(MATCHED) == 3


def test_the_widget_follows_both_lines(shown):
    explorer = bleu_explorer(HYPOTHESIS, REFERENCE)
    translation, reference, answer, _ = explorer.children
    assert shown == [["the", "cat", "cat", "sat", "on", "a", "mat", "."]]
    before = answer.value

    translation.value = "$x$ cat"
    assert shown[1:] == [["$", "x", "$", "cat"]]
    assert answer.value != before
    reference.value = MALICIOUS
    assert len(shown) == 3 and "<img" not in answer.value
    reference.value = ""
    assert len(shown) == 3 and answer.value == HELP
    for line in (translation, reference):
        assert line.description and line.continuous_update is False
    assert repr(explorer) == "A widget: run this notebook in JupyterLab to edit the translation."


def test_the_longest_sentences_fit_into_the_picture():
    draw_anatomy(dissect("extraordinarily " * MOST_WORDS, "a"))
    figure = plt.gcf()
    figure.canvas.draw()
    _, height = figure.canvas.get_width_height()
    for label in figure.axes[0].get_xticklabels()[:-3]:  # the last ones lean over the legend's column
        box = label.get_window_extent()
        assert box.x0 >= 0 and box.y1 <= height
    assert all(label.get_window_extent().x0 >= 0 for label in figure.axes[0].get_yticklabels())

"""The attention explorer follows its line and its slider, and shows nothing that was typed as HTML."""

import numpy as np
import pytest

from course.attention.explorer import MOST_ROWS, TEMPERATURES, answers_html, attention_explorer, gaze_of
from course.corpora.dates import dates_corpus
from course.shared.sentences import MOST_WORDS, translate
from lstm_lib.recipe import Recipe
from lstm_lib.runs import new_translator
from lstm_lib.translator import Translation

SENTENCE = "tuesday the fourteenth of march twelve seventy three"
MALICIOUS = '<img src=x onerror="alert(1)"> & $\\frac$ tuesday'


@pytest.fixture(scope="module")
def translators():
    corpus = dates_corpus("French", train_size=200, dev_size=10, test_size=10)
    sizes = {"corpus": "dates", "embedding_size": 8, "hidden_size": 8}
    kinds = {"Bahdanau": "bahdanau", "Luong & general": "luong-general"}
    return {name: new_translator(Recipe.of(attention=kind, **sizes), corpus) for name, kind in kinds.items()}


@pytest.fixture
def shown(record):
    """The figures that were shown, each as the weights in its heat maps."""
    return record(lambda figure: [np.array(ax.images[0].get_array()) for ax in figure.axes])


def test_the_widget_follows_the_line_and_the_temperature(translators, shown):
    explorer = attention_explorer(translators, SENTENCE)
    line, slider, answer, _ = explorer.children
    assert len(shown) == 1 and len(shown[0]) == len(translators)
    assert "Bahdanau. Translation: " in answer.value and "Luong &amp; general. " in answer.value

    slider.value = max(TEMPERATURES)
    assert np.allclose(shown[1][0], 1 / shown[1][0].shape[1], atol=0.05), "nearly everywhere alike"
    slider.value = min(TEMPERATURES)
    assert shown[2][0].max() > shown[1][0].max()
    line.value = "march"
    assert shown[3][0].shape[1] == 2
    line.value = ""
    assert len(shown) == 4 and answer.value == f"Type a sentence of 1 to {MOST_WORDS} words."


def test_what_is_drawn_is_what_the_translator_computes(translators, shown):
    translator = translators["Bahdanau"]
    attention_explorer({"Bahdanau": translator}, SENTENCE)
    translation, _ = translate(translator, SENTENCE)
    assert np.array_equal(shown[0][0], translation.attention[:MOST_ROWS])


def test_both_controls_are_labeled_and_wait_for_the_end_of_a_move(translators, shown):
    explorer = attention_explorer(translators, SENTENCE)
    for control in explorer.children[:2]:
        assert control.description and control.continuous_update is False
    told = "A widget: run this notebook in JupyterLab to type a sentence and turn the temperature."
    assert repr(explorer) == told


def test_what_is_typed_never_becomes_html(translators, shown):
    *_, answer, _ = attention_explorer(translators, MALICIOUS).children
    assert "&lt;, img, src, =, x" in answer.value
    allowed = answer.value.replace("<b>", "").replace("</b>", "").replace("<br>", "")
    assert "<" not in allowed and ">" not in allowed


def test_a_translation_without_end_is_cut_where_the_picture_ends():
    words = ["mars"] * (MOST_ROWS + 9)
    endless = Translation("march", " ".join(words), 0.0, 0.0, ["march"], words, np.ones((len(words), 1)), [])
    gaze = gaze_of(endless)
    assert gaze.weights.shape == (MOST_ROWS, 1) and len(gaze.target_pieces) == MOST_ROWS


def test_translators_that_agree_are_answered_once(translators):
    nothing = (None, [])
    assert answers_html({"a": nothing, "b": nothing}).count("Type a sentence") == 1

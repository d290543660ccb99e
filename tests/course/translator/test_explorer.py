"""The explorers of translations and of beam searches follow their controls, and answer whatever is typed."""

import pytest

from course.attention.reading import trained_translator
from course.corpora.dates import dates_corpus
from course.shared.sentences import MOST_WORDS, answer_html, translate
from course.translator.explorer import MOST_TREE_WORDS, beam_explorer, translation_explorer
from lstm_lib.recipe import Recipe
from lstm_lib.runs import new_translator

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
    assert repr(explorer) == "A widget: run this notebook in JupyterLab to type a sentence."


# The beam explorer


BEAM_SENTENCE = "Please help me find my keys."


@pytest.fixture(scope="module")
def trained():
    return trained_translator()


@pytest.fixture
def drawn(record):
    """The texts of the pictures that were shown."""
    return record(lambda figure: [[text.get_text() for text in ax.texts] for ax in figure.axes])


def controls(explorer):
    line, sliders, answer, _ = explorer.children
    return line, *sliders.children, answer


def first_translation(drawing) -> str:
    """The translation of the ranking's first row, below its heads."""
    return drawing[1][13]


def test_the_widget_follows_its_line_and_its_sliders(trained, drawn):
    line, beams, alpha, answer = controls(beam_explorer(trained, BEAM_SENTENCE, beam_size=3, alpha=1.0))
    beams.value = 5
    alpha.value = 0.0
    line.value = "Where do you live?"
    assert len(drawn) == 4 and answer.value == ""
    moves = [(BEAM_SENTENCE, 3, 1.0), (BEAM_SENTENCE, 5, 1.0), (BEAM_SENTENCE, 5, 0.0)]
    moves.append(("Where do you live?", 5, 0.0))
    for drawing, (text, size, penalty) in zip(drawn, moves, strict=True):
        options = {"beam_size": size, "length_penalty": penalty}
        ((best,),) = trained.translate([text], **options)
        assert first_translation(drawing).split() == best.target_pieces
    assert drawn[1][0] == drawn[2][0], "the penalty leaves the tree as it is"


def test_the_penalty_changes_the_winner(trained, drawn):
    _, _, alpha, _ = controls(beam_explorer(trained, BEAM_SENTENCE, beam_size=3, alpha=1.0))
    alpha.value = 0.0
    assert first_translation(drawn[0]) != first_translation(drawn[1])


@pytest.mark.parametrize("text", ["", "word " * (MOST_TREE_WORDS + 1), "x" * 100_000])
def test_what_cannot_be_shown_is_said(trained, drawn, text):
    *_, answer = controls(beam_explorer(trained, text))
    too_much = text != "x" * 100_000
    assert answer.value.startswith("Type a sentence of 1 to" if too_much else "Not in the training data")
    assert len(drawn) == (0 if too_much else 1)


def test_what_is_typed_never_becomes_html_in_the_beam_explorer(trained, drawn):
    *_, answer = controls(beam_explorer(trained, "<img src=x> & $\\frac$"))
    assert "&lt;, img" in answer.value and "<" not in answer.value


def test_the_controls_are_labeled_and_wait_for_the_end_of_a_move(trained, drawn):
    explorer = beam_explorer(trained, BEAM_SENTENCE)
    for control in controls(explorer)[:3]:
        assert control.description and control.continuous_update is False
    told = "A widget: run this notebook in JupyterLab to type a sentence and move its sliders."
    assert repr(explorer) == told

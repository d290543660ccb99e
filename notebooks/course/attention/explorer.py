"""The attention explorer: type a sentence, turn the temperature, compare where translators look."""

import html
from collections.abc import Mapping, Sequence

import ipywidgets

from course.attention.plots import Gaze, plot_gazes
from course.attention.reading import temperature
from course.shared.sentences import MOST_WORDS, answer_html, translate
from course.shared.widgets import Explorer, build_explorer, sentence_line
from lstm_lib.translator import Translation, Translator

TEMPERATURES = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 100.0)
MOST_ROWS = MOST_WORDS + 5  # a translator that looks everywhere may write without end


def attention_explorer(translators: Mapping[str, Translator], text: str, label: str = "English") -> Explorer:
    """Build an explorer of what each translator makes of a sentence, and where it looks.

    Args: translators: for each name, one with a learned score; text: the sentence to begin with; label: what
        stands before the line to type in.
    """
    slider = ipywidgets.SelectionSlider(
        options=[(f"{tau:g}", tau) for tau in TEMPERATURES],
        value=1.0,
        description="temperature",
        continuous_update=False,
        layout=ipywidgets.Layout(width="25em"),
        style={"description_width": "initial"},
    )
    controls, answer = {"text": sentence_line(text, label), "tau": slider}, ipywidgets.HTML()

    def draw(text: str, tau: float) -> None:
        found = {}
        for name, translator in translators.items():
            with temperature(translator, tau):
                found[name] = translate(translator, text)
        answer.value = answers_html(found)
        if all(translation is not None for translation, _ in found.values()):
            plot_gazes({name: gaze_of(translation) for name, (translation, _) in found.items()})

    options = {"grows": True, "invitation": "type a sentence and turn the temperature"}
    return build_explorer(draw, controls, ["text", "tau", answer], 480, **options)


def gaze_of(translation: Translation) -> Gaze:
    """Return a translation's attention, as many rows of it as fit into a picture."""
    rows = slice(MOST_ROWS)
    return Gaze(translation.attention[rows], translation.source_pieces, translation.target_pieces[rows])


def answers_html(found: Mapping[str, tuple[Translation | None, Sequence[str]]]) -> str:
    """Return what the explorer says, one line per translator; nothing that was typed is taken for HTML."""
    says = {name: answer_html(*one) for name, one in found.items()}
    if len(set(says.values())) == 1:
        return next(iter(says.values()))
    return "<br>".join(f"{html.escape(name)}. {one}" for name, one in says.items())

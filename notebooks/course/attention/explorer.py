"""The attention explorer: type a sentence, turn the temperature, compare where translators look."""

import html
from collections.abc import Mapping, Sequence

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import clear_output

from course.attention.plots import Gaze, plot_gazes
from course.attention.reading import temperature
from course.shared.widgets import Explorer, sentence_line
from course.translator.explorer import MOST_WORDS, answer_html, translate
from lstm_lib.translator import Translation, Translator

TEMPERATURES = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 100.0)
MOST_ROWS = MOST_WORDS + 5  # a translator that looks everywhere may write without end


class AttentionExplorer(Explorer):
    """A line to type in and a slider, above answers and a picture."""

    def __repr__(self) -> str:  # what a page without a kernel shows in a widget's place
        return "A widget: run this notebook in JupyterLab to type a sentence and turn the temperature."


def attention_explorer(
    translators: Mapping[str, Translator], text: str, label: str = "English"
) -> AttentionExplorer:
    """Type a sentence and press Enter: what each translator makes of it, and where it looks.

    Args: translators: for each name, one with a learned score; text: the sentence to begin with; label: what
        stands before the line to type in.
    """
    line = sentence_line(text, label)
    slider = ipywidgets.SelectionSlider(
        options=[(f"{tau:g}", tau) for tau in TEMPERATURES],
        value=1.0,
        description="temperature",
        continuous_update=False,
        layout=ipywidgets.Layout(width="25em"),
        style={"description_width": "initial"},
    )
    answer = ipywidgets.HTML()

    def draw(text: str, tau: float) -> None:
        found = {name: _translate(translator, text, tau) for name, translator in translators.items()}
        answer.value = answers_html(found)
        if any(translation is None for translation, _ in found.values()):
            clear_output()
        else:
            plot_gazes({name: gaze_of(translation) for name, (translation, _) in found.items()})
            plt.show()

    picture = ipywidgets.interactive_output(draw, {"text": line, "tau": slider})
    picture.layout.min_height = "480px"  # no jump while the old picture gives way to the new one
    return AttentionExplorer([line, slider, answer, picture])


def _translate(translator: Translator, text: str, tau: float) -> tuple[Translation | None, list[str]]:
    with temperature(translator, tau):
        return translate(translator, text)


def gaze_of(translation: Translation) -> Gaze:
    """A translation's attention, as many rows of it as fit into a picture."""
    rows = slice(MOST_ROWS)
    return Gaze(translation.attention[rows], translation.source_pieces, translation.target_pieces[rows])


def answers_html(found: Mapping[str, tuple[Translation | None, Sequence[str]]]) -> str:
    """What the explorer says, a line a translator; nothing that was typed is taken for HTML."""
    says = {name: answer_html(*one) for name, one in found.items()}
    if len(set(says.values())) == 1:
        return next(iter(says.values()))
    return "<br>".join(f"{html.escape(name)}. {one}" for name, one in says.items())

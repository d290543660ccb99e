"""The translation explorer: type a sentence, see its translation and where the model looked."""

import html
from collections.abc import Sequence

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import clear_output

from course.shared.widgets import Explorer, sentence_line
from lstm_lib.heatmap import attention_heatmap
from lstm_lib.translator import Translation, Translator

MOST_WORDS = 25  # more do not fit into the picture


class TranslationExplorer(Explorer):
    """A line to type in, above an answer and a picture."""

    def __repr__(self) -> str:  # what a page without a kernel shows in a widget's place
        return "A widget: run this notebook in JupyterLab to type a sentence."


def translation_explorer(translator: Translator, text: str, label: str = "English") -> TranslationExplorer:
    """Type a sentence and press Enter: its translation, the words that are unknown, and the attention.

    Args: translator; text: the sentence to begin with; label: what stands before the line to type in.
    """
    line = sentence_line(text, label)
    answer = ipywidgets.HTML()

    def draw(text: str) -> None:
        translation, unknown = translate(translator, text)
        answer.value = answer_html(translation, unknown)
        if translation is None or translation.attention is None:
            clear_output()
        else:
            attention_heatmap(translation.attention, translation.source_pieces, translation.target_pieces)
            plt.show()

    picture = ipywidgets.interactive_output(draw, {"text": line})
    picture.layout.min_height = "480px"  # no jump while the old picture gives way to the new one
    return TranslationExplorer([line, answer, picture])


def translate(translator: Translator, text: str) -> tuple[Translation | None, list[str]]:
    """The best translation, None where there is nothing to read or too much, and the words not known."""
    (translation, *_), *_ = translator.translate([text[: 40 * MOST_WORDS]])
    read = len(translation.source_pieces) - 1  # without the end of sentence
    return translation if 1 <= read <= MOST_WORDS else None, translator.unknown(text[: 40 * MOST_WORDS])


def answer_html(translation: Translation | None, unknown: Sequence[str]) -> str:
    """What the explorer says, as HTML in which nothing that was typed is taken for HTML."""
    if translation is None:
        return f"Type a sentence of 1 to {MOST_WORDS} words."
    says = f"Translation: <b>{html.escape(translation.text)}</b>"
    if unknown:
        words = ", ".join(html.escape(word) for word in dict.fromkeys(unknown))
        says += f"<br>Not in the training data, so read as &lt;unk&gt;: {words}"
    return says

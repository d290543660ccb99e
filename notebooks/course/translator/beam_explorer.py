"""The beam explorer: type a sentence, choose beam size and length penalty, see the tree of the search."""

import html

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import clear_output

from course.shared.widgets import Explorer, sentence_line
from course.translator.beam_plots import plot_search
from course.translator.beam_trace import Tree, trace_beam
from lstm_lib.text.batching import pad_sources
from lstm_lib.text.corpus import clean
from lstm_lib.translator import RULES, Translator

MOST_WORDS = 12  # more do not fit into the picture
MOST_BEAMS = 5
MOST_ALPHA = 3.0


class BeamExplorer(Explorer):
    """A line to type in and two sliders, above a picture."""

    def __repr__(self) -> str:  # what a page without a kernel shows in a widget's place
        return "A widget: run this notebook in JupyterLab to type a sentence and move its sliders."


def beam_explorer(
    translator: Translator, text: str, beam_size: int = 3, alpha: float = 1.0, label: str = "English"
) -> BeamExplorer:
    """Type a sentence and press Enter, move beam size and length penalty: the tree and what it ranks first.

    Args: translator; text, beam_size, alpha: to begin with; label: what stands before the line to type in.
    """
    line = sentence_line(text, label)
    look = {"style": {"description_width": "initial"}, "continuous_update": False}
    beams = ipywidgets.IntSlider(beam_size, 1, MOST_BEAMS, description="beam size", **look)
    penalty = ipywidgets.FloatSlider(
        alpha, min=0.0, max=MOST_ALPHA, step=0.25, description="length penalty", **look
    )
    answer = ipywidgets.HTML()

    def draw(text: str, beam_size: int, alpha: float) -> None:
        source = read(translator, text)
        answer.value = answer_html(source, translator.unknown(text[: 40 * MOST_WORDS]))
        if source is None:
            clear_output()
        else:
            tree = trace_beam(translator.model, source, RULES, beam_size)
            plot_search(tree, last_words(translator, tree), alpha)
            plt.show()

    controls = {"text": line, "beam_size": beams, "alpha": penalty}
    picture = ipywidgets.interactive_output(draw, controls)
    picture.layout.min_height = "430px"  # no jump while the old picture gives way to the new one
    return BeamExplorer([line, ipywidgets.HBox([beams, penalty]), answer, picture])


def read(translator: Translator, text: str) -> np.ndarray | None:
    """A sentence as ids (S,), its end included; None where there is nothing to read, or too much."""
    ids = translator.source_codec.encode(clean(text[: 40 * MOST_WORDS]))
    if not 1 <= len(ids) <= MOST_WORDS:
        return None
    (source,), _ = pad_sources([ids])
    return source


def last_words(translator: Translator, tree: Tree) -> list[str]:
    """The last word of each beginning."""
    return translator.target_codec.pieces([one.word for one in tree])


def answer_html(source: np.ndarray | None, unknown: list[str]) -> str:
    """What the explorer says, as HTML in which nothing that was typed is taken for HTML."""
    if source is None:
        return f"Type a sentence of 1 to {MOST_WORDS} words, punctuation marks included."
    words = ", ".join(html.escape(word) for word in dict.fromkeys(unknown))
    return f"Not in the training data, so read as &lt;unk&gt;: {words}" if words else ""

"""Two explorers that follow a sentence: its translation with the attention, and the beam search behind it."""

import ipywidgets
import numpy as np

from course.shared.sentences import answer_html, translate, unknown_html
from course.shared.widgets import Explorer, build_explorer, sentence_line
from course.translator.beam import Tree, trace_beam
from course.translator.plots import plot_search
from lstm_lib.heatmap import attention_heatmap
from lstm_lib.text.batching import pad_sources
from lstm_lib.text.corpus import clean
from lstm_lib.translator import RULES, Translator

MOST_TREE_WORDS = 12  # of a sentence whose search is drawn: more do not fit into the picture
MOST_CHARACTERS = 40 * MOST_TREE_WORDS
MOST_BEAMS = 5
MOST_ALPHA = 3.0


def translation_explorer(translator: Translator, text: str, label: str = "English") -> Explorer:
    """Build a line to type a sentence in, above its translation, its unknown words and the attention.

    Args: translator; text: the sentence to begin with; label: what stands before the line to type in.
    """
    line, answer = sentence_line(text, label), ipywidgets.HTML()

    def draw(text: str) -> None:
        translation, unknown = translate(translator, text)
        answer.value = answer_html(translation, unknown)
        if translation is not None and translation.attention is not None:
            attention_heatmap(translation.attention, translation.source_pieces, translation.target_pieces)

    options = {"grows": True, "invitation": "type a sentence"}
    return build_explorer(draw, {"text": line}, [line, answer], 480, **options)


def beam_explorer(
    translator: Translator, text: str, beam_size: int = 3, alpha: float = 1.0, label: str = "English"
) -> Explorer:
    """Build an explorer of beam size and length penalty: the search tree of a sentence, and its ranking.

    Args: translator; text, beam_size, alpha: to begin with; label: what stands before the line to type in.
    """
    look = {"style": {"description_width": "initial"}, "continuous_update": False}
    length_penalty = {"min": 0.0, "max": MOST_ALPHA, "step": 0.25, "description": "length penalty"}
    controls = {
        "text": sentence_line(text, label),
        "beam_size": ipywidgets.IntSlider(beam_size, 1, MOST_BEAMS, description="beam size", **look),
        "alpha": ipywidgets.FloatSlider(alpha, **length_penalty, **look),
    }
    answer = ipywidgets.HTML()

    def draw(text: str, beam_size: int, alpha: float) -> None:
        source = read(translator, text)
        if source is None:
            answer.value = f"Type a sentence of 1 to {MOST_TREE_WORDS} words, punctuation marks included."
        else:
            answer.value = unknown_html(translator.unknown(text[:MOST_CHARACTERS]))
            tree = trace_beam(translator.model, source, RULES, beam_size)
            plot_search(tree, last_words(translator, tree), alpha)

    rows = ["text", ("beam_size", "alpha"), answer]
    options = {"grows": True, "invitation": "type a sentence and move its sliders"}
    return build_explorer(draw, controls, rows, 430, **options)


def read(translator: Translator, text: str) -> np.ndarray | None:
    """Return a sentence as ids (S,), its end included; None where there is nothing to read, or too much."""
    ids = translator.source_codec.encode(clean(text[:MOST_CHARACTERS]))
    if not 1 <= len(ids) <= MOST_TREE_WORDS:
        return None
    (source,), _ = pad_sources([ids])
    return source


def last_words(translator: Translator, tree: Tree) -> list[str]:
    """Return the last word of each prefix."""
    return translator.target_codec.pieces([one.word for one in tree])

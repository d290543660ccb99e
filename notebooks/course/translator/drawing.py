"""A map of the course: the drawing of the translator, with the notebooks that explain each of its parts."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from course.shared.architecture import COLUMN, LOOKS_AT, READ, WITH_ATTENTION, WRITTEN, draw_encoder_decoder
from course.shared.style import COLORS

__all__ = ["LEGEND", "LOOKS_AT", "PARTS", "READ", "WRITTEN", "draw_model_map"]

AT = WITH_ATTENTION
ATTENTION = (AT.states + AT.contexts) / 2
LEGEND, BADGES = COLUMN * 3 + 1.9, COLUMN * 3 + 9.7
PARTS = (  # height, what stands there, the notebooks that explain it
    (AT.written, "the translation: how good is it?", ("09",)),
    (AT.output, "output: a probability for every word", ("05",)),
    (AT.decoder, "decoder: an LSTM writes, word by word", ("05",)),
    (ATTENTION, "attention: where to look for the next word", ("06",)),
    (AT.encoder, "encoder: an LSTM reads, in both directions", ("02",)),
    (AT.vectors, "embeddings: a vector for every word", ("02",)),
    (AT.words, "the sentence", ()),
    (-1.1, "inside every LSTM", ("01", "03", "04", "07", "08")),
    (-2.0, "how all of it learns, how fast, how well", ("10", "11", "12")),
)


def draw_model_map(ax: Axes | None = None) -> Axes:
    """Draw encoder, attention and decoder on a short sentence, with the numbers of the notebooks beside them.

    Args: ax: where to draw; a new figure by default.
    """
    ax = plt.subplots(figsize=(13.5, 7.6))[1] if ax is None else ax
    draw_encoder_decoder(ax=ax).set(xlim=(-3.5, BADGES + 4.2), ylim=(-2.4, AT.written + 0.4))
    for height, text, notebooks in PARTS:
        ax.text(LEGEND, height, text, va="center", size=13)
        for k, number in enumerate(notebooks):
            badge = {"boxstyle": "circle,pad=0.25", "facecolor": COLORS[8], "edgecolor": "black"}
            ax.text(BADGES + 0.95 * k, height, number, size=12, ha="center", va="center", bbox=badge)
    return ax

"""A drawing of the translator: its parts, from the words read to those written, and their notebooks."""

from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from course.shared.style import COLORS

READ, WRITTEN = ("tuesday", "march", "fourteenth"), ("mardi", "quatorze", "mars")
LOOKS_AT = (0, 2, 1)  # for each word written, the word read that it translates
WORDS_IN, EMBEDDING, ENCODER, DECODER, OUTPUT, WORDS_OUT = 0.0, 1.1, 2.4, 5.6, 6.9, 7.9  # heights
COLUMNS, LEGEND, BADGES = (0.0, 2.6, 5.2), 7.2, 13.4
HALF_WIDTH, HALF_HEIGHT = 0.85, 0.32
FEEDBACK = {"color": "0.25", "linewidth": 1.6, "linestyle": "--"}
PARTS = (  # height, what stands there, the notebooks that explain it
    (WORDS_OUT, "the translation: how good is it?", ("09",)),
    (OUTPUT, "output: a probability for every word", ("05",)),
    (DECODER, "decoder: an LSTM writes, word by word", ("05",)),
    ((ENCODER + DECODER) / 2, "attention: where to look for the next word", ("06",)),
    (ENCODER, "encoder: an LSTM reads, in both directions", ("02",)),
    (EMBEDDING, "embeddings: a vector for every word", ("02",)),
    (WORDS_IN, "the sentence", ()),
    (-1.3, "inside every LSTM", ("01", "03", "04", "07", "08")),
    (-2.2, "how all of it learns, how fast, how well", ("10", "11", "12")),
)


def draw_model_map(ax: Axes | None = None) -> Axes:
    """Draw encoder, attention and decoder on three words, with the numbers of the notebooks beside them.

    Args: ax: where to draw; a new figure by default.
    """
    ax = plt.subplots(figsize=(13, 7.6))[1] if ax is None else ax
    ax.set(xlim=(-1.0, 17.4), ylim=(-2.6, 8.3))
    ax.axis("off")
    _draw_encoder(ax)
    _draw_attention(ax)
    _draw_decoder(ax)
    for height, text, notebooks in PARTS:
        ax.text(LEGEND, height, text, va="center", size=13)
        for k, number in enumerate(notebooks):
            badge = {"boxstyle": "circle,pad=0.25", "facecolor": COLORS[8], "edgecolor": "black"}
            ax.text(BADGES + 0.9 * k, height, number, size=12, ha="center", va="center", bbox=badge)
    return ax


def _draw_encoder(ax: Axes) -> None:
    for x, word in zip(COLUMNS, READ, strict=True):
        ax.text(x, WORDS_IN, word, size=14, ha="center", va="center")
        _arrow(ax, (x, WORDS_IN + 0.3), (x, EMBEDDING - HALF_HEIGHT))
        _box(ax, (x, EMBEDDING), "0.93", "vector")
        _arrow(ax, (x, EMBEDDING + HALF_HEIGHT), (x, ENCODER - HALF_HEIGHT))
        _box(ax, (x, ENCODER), COLORS[9], "LSTM")
    for left, right in pairwise(COLUMNS):
        _arrow(ax, (left + HALF_WIDTH, ENCODER + 0.12), (right - HALF_WIDTH, ENCODER + 0.12))
        _arrow(ax, (right - HALF_WIDTH, ENCODER - 0.12), (left + HALF_WIDTH, ENCODER - 0.12))


def _draw_attention(ax: Axes) -> None:
    for looking, at in enumerate(LOOKS_AT):
        for read, x in enumerate(COLUMNS):
            strong = read == at
            ax.plot(
                [x, COLUMNS[looking]],
                [ENCODER + HALF_HEIGHT, DECODER - HALF_HEIGHT],
                color=COLORS[3] if strong else "0.6",
                linewidth=5 if strong else 1,
                linestyle="-" if strong else ":",
                zorder=2 if strong else 1,
            )


def _draw_decoder(ax: Axes) -> None:
    for x, word in zip(COLUMNS, WRITTEN, strict=True):
        _box(ax, (x, DECODER), COLORS[1], "LSTM")
        _arrow(ax, (x, DECODER + HALF_HEIGHT), (x, OUTPUT - HALF_HEIGHT))
        _box(ax, (x, OUTPUT), "0.93", "softmax")
        _arrow(ax, (x, OUTPUT + HALF_HEIGHT), (x, WORDS_OUT - 0.25))
        ax.text(x, WORDS_OUT, word, size=14, ha="center", va="center")
    for left, right in pairwise(COLUMNS):
        _arrow(ax, (left + HALF_WIDTH, DECODER - 0.12), (right - HALF_WIDTH, DECODER - 0.12))
        # The word just written is read at the next step.
        gap = (left + right) / 2
        ax.plot([left + 0.75, gap, gap], [WORDS_OUT, WORDS_OUT, DECODER + 0.18], **FEEDBACK)
        _arrow(ax, (gap, DECODER + 0.18), (right - HALF_WIDTH, DECODER + 0.18))


def _box(ax: Axes, at: tuple[float, float], color: str, text: str) -> None:
    corner = (at[0] - HALF_WIDTH, at[1] - HALF_HEIGHT)
    shape = "round,pad=0,rounding_size=0.12"
    box = FancyBboxPatch(corner, 2 * HALF_WIDTH, 2 * HALF_HEIGHT, boxstyle=shape, zorder=3)
    box.set(facecolor=color, edgecolor="black", linewidth=1.5)
    ax.add_patch(box)
    ax.text(*at, text, size=13, ha="center", va="center", zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = {"arrowstyle": "-|>", "color": "0.25", "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look, zorder=2)

"""One drawing of the encoder-decoder for all notebooks: what is read, what is handed over, what is written.

    draw_encoder_decoder()                            # attention, and an encoder that reads both ways
    draw_encoder_decoder(looks_at=None)               # without attention: the bridge is all they share
    draw_encoder_decoder(bidirectional=False, looks_at=None)

Every arrow leads forward in time or upward, so that none of them closes a circle.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from course.shared.style import COLORS

Point = tuple[float, float]

READ, WRITTEN = ("tuesday", "march", "fourteenth", "</s>"), ("mardi", "quatorze", "mars", "</s>")
LOOKS_AT = (0, 2, 1, 3)  # for each word written, the word read that it translates
COLUMN, LEFT = 2.7, -2.35  # from word to word; where the bridge stands
HALF_WIDTH, HALF_HEIGHT = 0.72, 0.3
APART = (0.42, 0.42)  # how far the two directions stand from the middle of their column and of their row
FORWARD, BACKWARD, WRITER, PLAIN = COLORS[9], COLORS[1], COLORS[2], "0.93"
WIRE = {"color": "0.25", "linewidth": 1.6, "linestyle": "-"}
FEEDBACK = WIRE | {"linestyle": "--"}
STATE = WIRE | {"linewidth": 3.2}  # the state that is handed over


class Heights(NamedTuple):
    """Where the parts stand, from the words that are read to those that are written."""

    words: float
    vectors: float
    rail: float  # along which the last state of the forward direction goes to the bridge
    encoder: float
    states: float  # h_1, h_2, ..., which attention reads
    contexts: float
    bridge: float
    decoder: float
    output: float
    written: float


WITH_ATTENTION = Heights(0.0, 0.95, 1.62, 2.6, 3.95, 6.2, 5.3, 7.3, 8.35, 9.25)
WITHOUT = Heights(0.0, 0.95, 1.62, 2.6, 3.4, 3.4, 4.2, 4.8, 5.85, 6.75)


def draw_encoder_decoder(
    source: Sequence[str] = READ,
    target: Sequence[str] = WRITTEN,
    looks_at: Sequence[int] | None = LOOKS_AT,
    bidirectional: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw an encoder, the state that it hands over, and a decoder, with one column per word.

    Args: source, target: the words read and written, the ends included; looks_at: for each word written, the
        place of the word read where attention looks most, None for a model without attention; bidirectional:
        the encoder reads in both directions; ax: where to draw, a new figure by default.
    """
    at = WITHOUT if looks_at is None else WITH_ATTENTION
    right = COLUMN * (max(len(source), len(target)) - 1) + 1.5
    if ax is None:
        ax = plt.subplots(figsize=(0.72 * (right + 3.6), 0.72 * (at.written + 0.9)))[1]
    ax.set(xlim=(LEFT - 1.25, right), ylim=(-0.45, at.written + 0.45))
    ax.axis("off")
    cells = _draw_encoder(ax, source, at, bidirectional)
    _draw_bridge(ax, cells, at)
    if looks_at is not None:
        _draw_attention(ax, cells, looks_at, at)
    _draw_decoder(ax, target, at)
    return ax


def _draw_encoder(ax: Axes, source: Sequence[str], at: Heights, bidirectional: bool) -> list[list[Point]]:
    """Draw words, vectors and cells; return where the cells of each word stand, forward ones first."""
    cells = []
    for x, word in _columns(source):
        _word(ax, (x, at.words), word)
        _arrow(ax, (x, at.words + 0.25), (x, at.vectors - HALF_HEIGHT))
        _box(ax, (x, at.vectors), PLAIN, "vector")
        here = [(x, at.encoder)]
        if bidirectional:
            here = [(x - APART[0], at.encoder - APART[1]), (x + APART[0], at.encoder + APART[1])]
        for cell, color, sign in zip(here, (FORWARD, BACKWARD), ("LSTM →", "← LSTM"), strict=False):
            start = x if cell == here[0] else x + 0.55  # past the cell of the other direction
            _arrow(ax, (start, at.vectors + HALF_HEIGHT), (start, cell[1] - HALF_HEIGHT))
            _box(ax, cell, color, sign)
        cells.append(here)
    for left, right in pairwise(cells):
        _beside(ax, left[0], right[0])
        if bidirectional:
            _beside(ax, right[1], left[1])
    return cells


def _draw_bridge(ax: Axes, cells: list[list[Point]], at: Heights) -> None:
    """Draw how the last state of each direction goes through the bridge to the decoder's first cell."""
    _box(ax, (LEFT, at.bridge), PLAIN, "bridge")
    x, y = cells[-1][0]  # reads from the left, and ends at the right
    turn = x + HALF_WIDTH + 0.6
    below = LEFT - (0.2 if len(cells[0]) > 1 else 0.0)
    path = [
        (x + HALF_WIDTH, y),
        (turn, y),
        (turn, at.rail),
        (below, at.rail),
        (below, at.bridge - HALF_HEIGHT),
    ]
    _path(ax, path)
    for x, y in cells[0][1:]:  # reads from the right, and ends at the left
        _path(ax, [(x - HALF_WIDTH, y), (LEFT + 0.2, y), (LEFT + 0.2, at.bridge - HALF_HEIGHT)])
    end = at.decoder - 0.12
    _path(ax, [(LEFT, at.bridge + HALF_HEIGHT), (LEFT, end), (-HALF_WIDTH, end)])


def _draw_attention(ax: Axes, cells: list[list[Point]], looks_at: Sequence[int], at: Heights) -> None:
    for place, (here, (x, _)) in enumerate(zip(cells, _columns(cells), strict=True), start=1):
        for cell in here:
            _arrow(ax, (cell[0], cell[1] + HALF_HEIGHT), (x + 0.4 * (cell[0] - x), at.states - 0.27))
        _sign(ax, (x, at.states), f"$h_{{{place}}}$")
    for step, most in enumerate(looks_at):
        ctx = (COLUMN * step, at.contexts)
        for place in range(len(cells)):
            look = {"color": COLORS[3], "linewidth": 5.0, "linestyle": "-", "zorder": 2}
            if place != most:
                look = {"color": "0.6", "linewidth": 1.0, "linestyle": ":", "zorder": 1}
            ax.plot([COLUMN * place, ctx[0]], [at.states + 0.27, ctx[1] - 0.27], **look)
        _sign(ax, ctx, rf"$\mathrm{{ctx}}_{{{step + 1}}}$")
        _arrow(ax, (ctx[0], ctx[1] + 0.27), (ctx[0], at.decoder - HALF_HEIGHT))


def _draw_decoder(ax: Axes, target: Sequence[str], at: Heights) -> None:
    for x, word in _columns(target):
        _box(ax, (x, at.decoder), WRITER, "LSTM")
        _arrow(ax, (x, at.decoder + HALF_HEIGHT), (x, at.output - HALF_HEIGHT))
        _box(ax, (x, at.output), PLAIN, "softmax")
        _arrow(ax, (x, at.output + HALF_HEIGHT), (x, at.written - 0.25))
        _word(ax, (x, at.written), word)
    reads = at.decoder + 0.15  # the height at which the word before comes in
    _word(ax, (LEFT + 0.5, reads), "<s>")
    _arrow(ax, (LEFT + 0.9, reads), (-HALF_WIDTH, reads), FEEDBACK)
    for (left, word), (right, _) in pairwise(_columns(target)):
        _beside(ax, (left, at.decoder - 0.12), (right, at.decoder - 0.12))
        gap, edge = (left + right) / 2, left + 0.12 + 0.105 * len(word)
        ax.plot([edge, gap, gap], [at.written, at.written, reads], **FEEDBACK)
        _arrow(ax, (gap, reads), (right - HALF_WIDTH, reads), FEEDBACK)


def _columns(words: Sequence) -> list[tuple[float, str]]:
    return [(COLUMN * place, word) for place, word in enumerate(words)]


def _word(ax: Axes, at: Point, word: str) -> None:
    ax.text(*at, word, size=14, ha="center", va="center", parse_math=False)


def _sign(ax: Axes, at: Point, text: str) -> None:
    round_box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "0.25"}
    ax.text(*at, text, size=13, ha="center", va="center", zorder=4, bbox=round_box)


def _box(ax: Axes, at: Point, color: str, text: str) -> None:
    corner = (at[0] - HALF_WIDTH, at[1] - HALF_HEIGHT)
    shape = "round,pad=0,rounding_size=0.12"
    box = FancyBboxPatch(corner, 2 * HALF_WIDTH, 2 * HALF_HEIGHT, boxstyle=shape, zorder=3)
    box.set(facecolor=color, edgecolor="black", linewidth=1.4)
    ax.add_patch(box)
    ax.text(*at, text, size=12, ha="center", va="center", zorder=4)


def _beside(ax: Axes, start: Point, end: Point) -> None:
    """An arrow between two boxes of one row."""
    toward = HALF_WIDTH if end[0] > start[0] else -HALF_WIDTH
    _arrow(ax, (start[0] + toward, start[1]), (end[0] - toward, end[1]))


def _path(ax: Axes, points: Sequence[Point]) -> None:
    """The way of a state, with an arrow's head at its end."""
    ax.plot(*zip(*points, strict=True), **STATE, zorder=1)
    _arrow(ax, points[-2], points[-1], STATE)


def _arrow(ax: Axes, start: Point, end: Point, wire: dict = WIRE) -> None:
    look = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, **wire}
    ax.annotate("", end, start, arrowprops=look, zorder=2)

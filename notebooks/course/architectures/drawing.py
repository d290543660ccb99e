"""Recurrent networks unrolled over time: one column per step, one box for each use of a cell."""

from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from course.architectures.architectures import MANY_TO_ONE, SEQ2SEQ, Architecture
from course.shared.style import COLORS

Point = tuple[float, float]

COLUMN, FLOOR, LEAST_WIDTH = 2.0, 2.0, 11.0  # from step to step, from layer to layer; the narrowest picture
HALF_WIDTH, HALF_HEIGHT = 0.46, 0.3
WORDS, FIRST = 0.0, 1.3  # heights: of the words, of the lowest layer
APART = (0.42, 0.36)  # how far the two directions stand from the middle of their column and of their floor
BRIDGE = {"linewidth": 3.0}
FORWARD, BACKWARD, DECODER = COLORS[9], COLORS[1], COLORS[2]


def draw_unrolled(
    architecture: Architecture,
    words: Sequence[str] | None = None,
    answers: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a network over its steps: words below, cells in the middle, answers above.

    Args: architecture; words, answers: what to write below and above, by default x and y with numbers (a
        translator has an answer for each word it writes); ax: where to draw, by default a new figure.
    """
    steps = architecture.steps + (architecture.target_steps if architecture.kind == SEQ2SEQ else 0)
    height = FIRST + FLOOR * architecture.num_layers + 0.9
    width = max(COLUMN * steps, LEAST_WIDTH)
    if ax is None:
        _, ax = plt.subplots(figsize=(0.9 * width + 0.5, 0.62 * height + 0.5))
    middle = COLUMN * (steps - 1) / 2
    ax.set(xlim=(middle - width / 2 - 0.3, middle + width / 2 + 0.3), ylim=(-0.5, height + 0.1))
    ax.axis("off")
    tops = _draw_layers(ax, architecture, words or _numbered("x", architecture.steps))
    if architecture.kind == SEQ2SEQ:
        _draw_decoder(ax, architecture, answers or _numbered("y", architecture.target_steps))
    else:
        _draw_answers(ax, architecture, tops, answers)
    return ax


def _draw_layers(ax: Axes, architecture: Architecture, words: Sequence[str]) -> list[list[Point]]:
    """Draw words and layers; return for each step where the cells of the top layer stand."""
    sources: list[list[Point]] = []
    for step, word in enumerate(words):
        _label(ax, (COLUMN * step, WORDS), word)
        sources.append([(COLUMN * step, WORDS + 0.28 - HALF_HEIGHT)])
    for layer in range(architecture.num_layers):
        cells = [_cells_at(COLUMN * step, layer, architecture.bidirectional) for step in range(len(words))]
        for below, here in zip(sources, cells, strict=True):
            for start in below:
                for end in here:
                    _arrow(ax, (start[0], start[1] + HALF_HEIGHT), (end[0], end[1] - HALF_HEIGHT))
            for cell, color in zip(here, (FORWARD, BACKWARD), strict=False):
                _box(ax, cell, color)
        for left, right in pairwise(cells):
            _arrow(ax, (left[0][0] + HALF_WIDTH, left[0][1]), (right[0][0] - HALF_WIDTH, right[0][1]))
            if architecture.bidirectional:
                _arrow(ax, (right[1][0] - HALF_WIDTH, right[1][1]), (left[1][0] + HALF_WIDTH, left[1][1]))
        sources = cells
    return sources


def _cells_at(x: float, layer: int, bidirectional: bool) -> list[Point]:
    y = FIRST + FLOOR * layer
    if not bidirectional:
        return [(x, y + APART[1])]
    return [(x - APART[0], y), (x + APART[0], y + 2 * APART[1])]


def _draw_answers(
    ax: Axes, architecture: Architecture, tops: list[list[Point]], answers: Sequence[str] | None
) -> None:
    """Draw an answer above every step, or one where both directions have read everything."""
    height = FIRST + FLOOR * architecture.num_layers + 0.5
    if architecture.kind == MANY_TO_ONE:
        last = COLUMN * (len(tops) - 1)
        ends = [tops[-1][0], *(cell for cell in tops[0][1:])]
        columns, sources, answers = [last], [ends], answers or ["$y$"]
    else:
        columns = [COLUMN * step for step in range(len(tops))]
        sources, answers = tops, answers or _numbered("y", len(tops))
    for x, cells, answer in zip(columns, sources, answers, strict=True):
        for cell in cells:
            _arrow(ax, (cell[0], cell[1] + HALF_HEIGHT), (x, height - 0.25))
        _label(ax, (x, height), answer)


def _draw_decoder(ax: Axes, architecture: Architecture, answers: Sequence[str]) -> None:
    """Draw the decoder's columns, each of which reads the word before it, the first the start token."""
    start = COLUMN * architecture.steps
    top = FIRST + FLOOR * architecture.num_layers + 0.5
    for step, (before, answer) in enumerate(zip(["<s>", *answers], answers, strict=False)):
        x = start + COLUMN * step
        _label(ax, (x, WORDS), before)
        _label(ax, (x, top), answer)
        below = WORDS + 0.28
        for layer in range(architecture.num_layers):
            [(_, y)] = _cells_at(x, layer, bidirectional=False)
            _arrow(ax, (x, below), (x, y - HALF_HEIGHT))
            _box(ax, (x, y), DECODER)
            if step == 0:
                _draw_bridge(ax, architecture, layer, (x, y))
            else:
                _arrow(ax, (x - COLUMN + HALF_WIDTH, y), (x - HALF_WIDTH, y))
            below = y + HALF_HEIGHT
        _arrow(ax, (x, below), (x, top - 0.25))


def _draw_bridge(ax: Axes, architecture: Architecture, layer: int, to: Point) -> None:
    """Draw the way of an encoder layer's last states, right end and left end, to the decoder."""
    end = (to[0] - HALF_WIDTH, to[1])
    last = _cells_at(COLUMN * (architecture.steps - 1), layer, architecture.bidirectional)
    _arrow(ax, (last[0][0] + HALF_WIDTH, last[0][1]), end, **BRIDGE)
    for x, y in _cells_at(0.0, layer, architecture.bidirectional)[1:]:  # reads from the right, ends here
        rail, turn = y + 0.52, end[0] - 0.25
        path = [y + HALF_HEIGHT, rail, rail, end[1] + 0.1]
        ax.plot([x, x, turn, turn], path, color="0.25", linestyle="-", zorder=2, **BRIDGE)
        _arrow(ax, (turn, end[1] + 0.1), end, **BRIDGE)


def _numbered(letter: str, count: int) -> list[str]:
    return [f"${letter}_{{{k}}}$" for k in range(1, count + 1)]


def _label(ax: Axes, at: Point, text: str) -> None:
    ax.text(*at, text, size=14, ha="center", va="center", parse_math=text.startswith("$"))


def _box(ax: Axes, at: Point, color: str) -> None:
    corner = (at[0] - HALF_WIDTH, at[1] - HALF_HEIGHT)
    shape = "round,pad=0,rounding_size=0.12"
    box = FancyBboxPatch(corner, 2 * HALF_WIDTH, 2 * HALF_HEIGHT, boxstyle=shape, zorder=3)
    box.set(facecolor=color, edgecolor="black", linewidth=1.3)
    ax.add_patch(box)
    sign = {FORWARD: "→", BACKWARD: "←", DECODER: "→"}[color]  # told apart without color, too
    ax.text(*at, sign, size=13, ha="center", va="center", zorder=4)


def _arrow(ax: Axes, start: Point, end: Point, linewidth: float = 1.4) -> None:
    look = {"arrowstyle": "-|>", "color": "0.25", "linewidth": linewidth, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look, zorder=2)

"""A drawing of where attention stands: before the cell (Bahdanau) or after it (Luong)."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from course.shared.style import COLORS

Point = tuple[float, float]

# Heights: the line of the word before, that of the states, that of attention, and the encoder's vectors.
WORD, STATE, ATTENTION, VALUES = 0.3, 2.2, 4.4, 6.3
READOUT, RIGHT = 9.6, 12.0
WIRE = {"color": "0.25", "linewidth": 2.0, "linestyle": "-"}
FED = {**WIRE, "linestyle": "--", "color": COLORS[3]}


def draw_attention_places() -> tuple[Axes, Axes]:
    """Draw a new figure of one decoder step, Bahdanau's on the left and Luong's on the right."""
    _, (left, right) = plt.subplots(1, 2, figsize=(14, 4.3))
    for ax, title in ((left, "Bahdanau: before the cell"), (right, "Luong: after the cell")):
        ax.set(xlim=(-0.7, 12.9), ylim=(-0.1, 7.2), aspect="equal")
        ax.set_title(title, loc="left")
        ax.axis("off")
    _draw_bahdanau(left)
    _draw_luong(right)
    return left, right


def _draw_bahdanau(ax: Axes) -> None:
    attention, cell = 2.6, 6.1
    _draw_step(ax, attention, cell)
    _path(ax, [(attention, STATE), (attention, ATTENTION - 0.55)])
    _text(ax, (attention + 0.15, 3.1), "query $s_{t-1}$", ha="left")
    _path(ax, [(cell, ATTENTION), (cell, STATE + 0.55)])


def _draw_luong(ax: Axes) -> None:
    attention, cell = 6.1, 2.9
    _draw_step(ax, attention, cell)
    _path(ax, [(attention, STATE), (attention, ATTENTION - 0.55)])
    _text(ax, (attention + 0.15, 3.1), "query $s_t$", ha="left")
    _path(ax, [(0.0, 3.7), (cell, 3.7), (cell, STATE + 0.55)], FED)
    _text(ax, (-0.15, 4.1), "$\\tilde s_{t-1}$ (input feeding)", ha="left", color=FED["color"])


def _draw_step(ax: Axes, attention: float, cell: float) -> None:
    """What both schools have: the state's line, the encoder's vectors, the readout and what it reads."""
    _path(ax, [(0.1, STATE), (cell - 1.0, STATE)])
    _text(ax, (-0.3, STATE), "$s_{t-1}$")
    _path(ax, [(cell + 1.0, STATE), (READOUT - 1.1, STATE)])
    _text(ax, (READOUT - 1.75, STATE + 0.35), "$s_t$")
    _path(ax, [(READOUT + 1.1, STATE), (RIGHT, STATE)])
    _text(ax, (RIGHT + 0.4, STATE), r"$\tilde s_t$")
    for number, name in enumerate(("$h_1$", "$h_2$", r"$\cdots$", "$h_S$")):
        at = (attention + 1.1 * (number - 1.5), VALUES)
        _box(ax, at, name, 0.45, COLORS[9])
        _path(ax, [(at[0], VALUES - 0.4), (attention + 0.35 * (number - 1.5), ATTENTION + 0.55)])
    _path(ax, [(attention + 1.3, ATTENTION), (READOUT, ATTENTION), (READOUT, STATE + 0.55)])
    _text(ax, (READOUT - 0.1, ATTENTION + 0.35), r"$\mathrm{ctx}_t$", ha="right")
    _path(ax, [(cell, WORD + 0.35), (cell, STATE - 0.55)])
    _path(ax, [(cell, 1.0), (READOUT, 1.0), (READOUT, STATE - 0.55)])
    _text(ax, (cell, WORD - 0.05), "$x_t$: word before, embedded")
    _box(ax, (attention, ATTENTION), "attention", 1.25, COLORS[1])
    _box(ax, (cell, STATE), "cell", 0.95, COLORS[0])
    _box(ax, (READOUT, STATE), "readout", 1.05, COLORS[2])


def _box(ax: Axes, at: Point, text: str, half_width: float, color: str) -> None:
    half_height = 0.36
    box = FancyBboxPatch(
        (at[0] - half_width, at[1] - half_height),
        2 * half_width,
        2 * half_height,
        boxstyle="round,pad=0.05,rounding_size=0.15",
    )
    box.set(facecolor="white", edgecolor=color, linewidth=3.0, zorder=2)
    ax.add_patch(box)
    _text(ax, at, text)


def _path(ax: Axes, points: list[Point], style: dict = WIRE) -> None:
    """A line through points, with an arrow's head at its end."""
    ax.plot(*zip(*points, strict=True), **style, zorder=1, solid_joinstyle="round")
    head = {"arrowstyle": "-|>", "color": style["color"], "linewidth": 2.0, "shrinkA": 0, "shrinkB": 0}
    (x, y), (x_end, y_end) = points[-2:]
    near = (x_end - 0.05 * (x_end - x), y_end - 0.05 * (y_end - y))
    ax.annotate("", (x_end, y_end), near, arrowprops=head, zorder=1)


def _text(ax: Axes, at: Point, text: str, **options) -> None:
    ax.text(*at, text, **{"size": 14, "ha": "center", "va": "center", "zorder": 3} | options)

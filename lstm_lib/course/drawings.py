"""Drawings that no data stands behind."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from lstm_lib.course.style import GATE_COLORS

# Where the parts of the cell stand: c flows along the top, h along the bottom, the gates in between.
TOP, GATES, BOTTOM, LEFT, RIGHT = 6.0, 2.5, 0.7, 0.0, 12.6
GATE_AT = {"f": 2.6, "i": 4.6, "g": 6.6, "o": 8.6}
GATE_ROLE = {"f": "keep?", "i": "write?", "g": "what?", "o": "show?"}
WRITE, SHOW = (5.6, 4.4), (10.6, 4.0)
WIRE = {"color": "0.25", "linewidth": 2.0, "linestyle": "-", "solid_capstyle": "round", "zorder": 1}


def draw_lstm_cell(ax: Axes | None = None) -> Axes:
    """The LSTM cell: memory c along the top, four gates, output h along the bottom.

    Args: ax: where to draw; a new figure by default.
    """
    ax = plt.subplots(figsize=(9.5, 5.4))[1] if ax is None else ax
    ax.set(xlim=(-1.3, 13.9), ylim=(-0.9, 7.1), aspect="equal")
    ax.axis("off")
    cell = FancyBboxPatch((1.0, 0.1), 10.6, 6.5, boxstyle="round,pad=0.1,rounding_size=0.4")
    cell.set(facecolor="0.96", edgecolor="0.6", zorder=0)
    ax.add_patch(cell)
    _draw_memory(ax)
    _draw_gates(ax)
    _draw_output(ax)
    return ax


def _draw_memory(ax: Axes) -> None:
    _arrow(ax, (LEFT, TOP), (RIGHT, TOP))
    _text(ax, (LEFT - 0.6, TOP), "$c$")
    _text(ax, (RIGHT + 0.6, TOP), "$c'$")
    _node(ax, (GATE_AT["f"], TOP), "×")
    _node(ax, (WRITE[0], TOP), "+")


def _draw_gates(ax: Axes) -> None:
    ax.plot([LEFT, GATE_AT["o"]], [BOTTOM, BOTTOM], **WIRE)
    _text(ax, (LEFT - 0.6, BOTTOM), "$h$")
    ax.plot([1.6, 1.6], [-0.4, BOTTOM], **WIRE)
    _text(ax, (1.6, -0.7), "$x$")
    for name, x in GATE_AT.items():
        _arrow(ax, (x, BOTTOM), (x, GATES - 0.55))
        _gate(ax, (x, GATES), name)
    _arrow(ax, (GATE_AT["f"], GATES + 0.55), (GATE_AT["f"], TOP - 0.32))
    for name, side in (("i", -0.32), ("g", 0.32)):
        ax.plot([GATE_AT[name]] * 2, [GATES, WRITE[1]], **WIRE)
        _arrow(ax, (GATE_AT[name], WRITE[1]), (WRITE[0] + side, WRITE[1]))
    _node(ax, WRITE, "×")
    _arrow(ax, (WRITE[0], WRITE[1] + 0.3), (WRITE[0], TOP - 0.32))


def _draw_output(ax: Axes) -> None:
    _arrow(ax, (SHOW[0], TOP), (SHOW[0], SHOW[1] + 0.32))
    _text(
        ax,
        (SHOW[0], 5.1),
        "tanh",
        size=12,
        bbox={"boxstyle": "round", "facecolor": "white", "edgecolor": "0.25"},
    )
    ax.plot([GATE_AT["o"]] * 2, [GATES, SHOW[1]], **WIRE)
    _arrow(ax, (GATE_AT["o"], SHOW[1]), (SHOW[0] - 0.32, SHOW[1]))
    _node(ax, SHOW, "×")
    ax.plot([SHOW[0]] * 2, [SHOW[1], BOTTOM], **WIRE)
    _arrow(ax, (SHOW[0], BOTTOM), (RIGHT, BOTTOM))
    _text(ax, (RIGHT + 0.6, BOTTOM), "$h'$")


def _gate(ax: Axes, at: tuple[float, float], name: str) -> None:
    box = FancyBboxPatch((at[0] - 0.7, at[1] - 0.45), 1.4, 0.9, boxstyle="round,pad=0.05,rounding_size=0.15")
    box.set(facecolor="white", edgecolor=GATE_COLORS[name], linewidth=3.0, zorder=2)
    ax.add_patch(box)
    function = "tanh" if name == "g" else r"$\sigma$"
    _text(ax, (at[0] - 0.32, at[1]), f"${name}$", size=18)
    _text(ax, (at[0] + 0.3, at[1]), function, size=11 if name == "g" else 15)
    _text(ax, (at[0] + 0.12, at[1] - 0.95), GATE_ROLE[name], size=12, ha="left", style="italic")


def _node(ax: Axes, at: tuple[float, float], sign: str) -> None:
    ax.add_patch(Circle(at, 0.3, facecolor="white", edgecolor="0.25", linewidth=2.0, zorder=2))
    _text(ax, at, sign, size=16)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {
        "arrowstyle": "-|>",
        "color": WIRE["color"],
        "linewidth": WIRE["linewidth"],
        "shrinkA": 0,
        "shrinkB": 0,
    }
    ax.annotate("", end, start, arrowprops=arrow, zorder=1)


def _text(ax: Axes, at: tuple[float, float], text: str, size: float = 20, **options) -> None:
    ax.text(*at, text, **{"size": size, "ha": "center", "va": "center", "zorder": 3} | options)

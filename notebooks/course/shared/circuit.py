"""The parts of a drawing of a cell: a frame, wires, nodes, gates, and words."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

Point = tuple[float, float]
WIRE = {"color": "0.25", "linewidth": 2.0, "linestyle": "-", "solid_capstyle": "round", "zorder": 1}


def frame(ax: Axes | None, width: float) -> Axes:
    """Draw an empty cell of a width, on the axes given or in a new figure."""
    ax = plt.subplots(figsize=(9.5, 5.4))[1] if ax is None else ax
    ax.set(xlim=(-1.3, 13.9), ylim=(-0.9, 7.1), aspect="equal")
    ax.axis("off")
    cell = FancyBboxPatch((1.0, 0.1), width, 6.5, boxstyle="round,pad=0.1,rounding_size=0.4")
    cell.set(facecolor="0.96", edgecolor="0.6", zorder=0)
    ax.add_patch(cell)
    return ax


def gate_box(ax: Axes, at: Point, color: str) -> None:
    box = FancyBboxPatch((at[0] - 0.7, at[1] - 0.45), 1.4, 0.9, boxstyle="round,pad=0.05,rounding_size=0.15")
    box.set(facecolor="white", edgecolor=color, linewidth=3.0, zorder=2)
    ax.add_patch(box)


def node(ax: Axes, at: Point, sign: str) -> None:
    ax.add_patch(Circle(at, 0.3, facecolor="white", edgecolor="0.25", linewidth=2.0, zorder=2))
    text(ax, at, sign, size=16)


def arrow(ax: Axes, start: Point, end: Point) -> None:
    look = {name: WIRE[name] for name in ("color", "linewidth")}
    ax.annotate("", end, start, arrowprops=look | {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0}, zorder=1)


def text(ax: Axes, at: Point, words: str, size: float = 20, **options) -> None:
    ax.text(*at, words, **{"size": size, "ha": "center", "va": "center", "zorder": 3} | options)

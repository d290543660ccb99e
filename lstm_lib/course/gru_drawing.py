"""The GRU cell as a drawing; see `drawings` for the LSTM's."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from lstm_lib.course.cell_plots import CELL_COLORS

# Where the parts stand: the state h along the top, h and x along the bottom, the gates in between.
TOP, MIXED, GATES, STATE, READ = 6.0, 4.5, 2.9, 1.3, 0.6
LEFT, BRANCH, RIGHT = 0.0, 1.5, 12.6
AT = {"z": 3.2, "r": 6.2, "n": 10.2}
PAST, REST = 8.2, 6.2  # r times the past; 1 - z
ROLE = {"z": "keep?", "r": "let the past in?", "n": "what?"}
WIRE = {"color": "0.25", "linewidth": 2.0, "linestyle": "-", "solid_capstyle": "round", "zorder": 1}


def draw_gru_cell(ax: Axes | None = None) -> Axes:
    """The GRU cell: state h along the top, two gates and the candidate, reset after the product.

    Args: ax: where to draw; a new figure by default.
    """
    ax = plt.subplots(figsize=(9.5, 5.4))[1] if ax is None else ax
    ax.set(xlim=(-1.3, 13.9), ylim=(-0.9, 7.1), aspect="equal")
    ax.axis("off")
    cell = FancyBboxPatch((1.0, 0.1), 10.9, 6.5, boxstyle="round,pad=0.1,rounding_size=0.4")
    cell.set(facecolor="0.96", edgecolor="0.6", zorder=0)
    ax.add_patch(cell)
    _draw_state(ax)
    _draw_inputs(ax)
    _draw_mixture(ax)
    return ax


def _draw_state(ax: Axes) -> None:
    _arrow(ax, (LEFT, TOP), (RIGHT, TOP))
    _text(ax, (LEFT - 0.6, TOP), "$h$")
    _text(ax, (RIGHT + 0.6, TOP), "$h'$")
    _node(ax, (AT["z"], TOP), "×")
    _node(ax, (AT["n"], TOP), "+")
    ax.plot([BRANCH, BRANCH, PAST], [TOP, STATE, STATE], **WIRE)


def _draw_inputs(ax: Axes) -> None:
    """What the gates read: x from below, h from the left; the candidate's h passes r first."""
    ax.plot([BRANCH, BRANCH, AT["n"]], [-0.4, READ, READ], **WIRE)
    _text(ax, (BRANCH, -0.7), "$x$")
    for name in "zr":
        _arrow(ax, (AT[name] - 0.3, STATE), (AT[name] - 0.3, GATES - 0.5))
        _arrow(ax, (AT[name] + 0.3, READ), (AT[name] + 0.3, GATES - 0.5))
    _arrow(ax, (AT["n"], READ), (AT["n"], GATES - 0.5))
    for name, x in AT.items():
        _gate(ax, (x, GATES), name)
    _arrow(ax, (PAST, STATE), (PAST, GATES - 0.3))
    _text(ax, (PAST + 0.12, 2.0), "$W_{hn}$", size=14, ha="left")
    _arrow(ax, (AT["r"] + 0.75, GATES), (PAST - 0.3, GATES))
    _node(ax, (PAST, GATES), "×")
    _arrow(ax, (PAST + 0.3, GATES), (AT["n"] - 0.75, GATES))


def _draw_mixture(ax: Axes) -> None:
    """h' = (1 - z) n + z h."""
    _arrow(ax, (AT["z"], GATES + 0.5), (AT["z"], TOP - 0.3))
    _arrow(ax, (AT["z"], MIXED), (REST - 0.6, MIXED))
    box = FancyBboxPatch((REST - 0.5, MIXED - 0.3), 1.0, 0.6, boxstyle="round,pad=0.05")
    box.set(facecolor="white", edgecolor="0.25", linewidth=2.0, zorder=2)
    ax.add_patch(box)
    _text(ax, (REST, MIXED), "$1 - z$", size=14)
    _arrow(ax, (REST + 0.55, MIXED), (AT["n"] - 0.3, MIXED))
    _arrow(ax, (AT["n"], GATES + 0.5), (AT["n"], MIXED - 0.3))
    _node(ax, (AT["n"], MIXED), "×")
    _arrow(ax, (AT["n"], MIXED + 0.3), (AT["n"], TOP - 0.3))


def _gate(ax: Axes, at: tuple[float, float], name: str) -> None:
    box = FancyBboxPatch((at[0] - 0.7, at[1] - 0.45), 1.4, 0.9, boxstyle="round,pad=0.05,rounding_size=0.15")
    box.set(facecolor="white", edgecolor=CELL_COLORS[name], linewidth=3.0, zorder=2)
    ax.add_patch(box)
    _text(ax, (at[0] - 0.35, at[1]), f"${name}$", size=18)
    _text(ax, (at[0] + 0.27, at[1]), "tanh" if name == "n" else r"$\sigma$", size=11 if name == "n" else 15)
    _text(ax, (at[0] + 0.12, at[1] + 0.8), ROLE[name], size=12, ha="left", style="italic")


def _node(ax: Axes, at: tuple[float, float], sign: str) -> None:
    ax.add_patch(Circle(at, 0.3, facecolor="white", edgecolor="0.25", linewidth=2.0, zorder=2))
    _text(ax, at, sign, size=16)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = {"arrowstyle": "-|>", "color": WIRE["color"], "linewidth": 2.0, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look, zorder=1)


def _text(ax: Axes, at: tuple[float, float], text: str, size: float = 20, **options) -> None:
    ax.text(*at, text, **{"size": size, "ha": "center", "va": "center", "zorder": 3} | options)

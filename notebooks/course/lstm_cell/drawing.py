"""A drawing of the LSTM cell."""

from matplotlib.axes import Axes

from course.shared.circuit import WIRE, arrow, frame, gate_box, node, text
from course.shared.style import GATE_COLORS

# Where the parts of the cell stand: c flows along the top, h along the bottom, the gates in between.
TOP, GATES, BOTTOM, LEFT, RIGHT = 6.0, 2.5, 0.7, 0.0, 12.6
GATE_AT = {"f": 2.6, "i": 4.6, "g": 6.6, "o": 8.6}
GATE_ROLE = {"f": "keep?", "i": "write?", "g": "what?", "o": "show?"}
WRITE, SHOW = (5.6, 4.4), (10.6, 4.0)


def draw_lstm_cell(ax: Axes | None = None) -> Axes:
    """Draw the LSTM cell: memory c along the top, four gates, output h along the bottom.

    Args: ax: where to draw; a new figure by default.
    """
    ax = frame(ax, 10.6)
    _draw_memory(ax)
    _draw_gates(ax)
    _draw_output(ax)
    return ax


def _draw_memory(ax: Axes) -> None:
    arrow(ax, (LEFT, TOP), (RIGHT, TOP))
    text(ax, (LEFT - 0.6, TOP), "$c_{t-1}$")
    text(ax, (RIGHT + 0.6, TOP), "$c_t$")
    node(ax, (GATE_AT["f"], TOP), "×")
    node(ax, (WRITE[0], TOP), "+")


def _draw_gates(ax: Axes) -> None:
    ax.plot([LEFT, GATE_AT["o"]], [BOTTOM, BOTTOM], **WIRE)
    text(ax, (LEFT - 0.6, BOTTOM), "$h_{t-1}$")
    ax.plot([1.6, 1.6], [-0.4, BOTTOM], **WIRE)
    text(ax, (1.6, -0.7), "$x_t$")
    for name, x in GATE_AT.items():
        arrow(ax, (x, BOTTOM), (x, GATES - 0.55))
        _gate(ax, (x, GATES), name)
    arrow(ax, (GATE_AT["f"], GATES + 0.55), (GATE_AT["f"], TOP - 0.32))
    for name, side in (("i", -0.32), ("g", 0.32)):
        ax.plot([GATE_AT[name]] * 2, [GATES, WRITE[1]], **WIRE)
        arrow(ax, (GATE_AT[name], WRITE[1]), (WRITE[0] + side, WRITE[1]))
    node(ax, WRITE, "×")
    arrow(ax, (WRITE[0], WRITE[1] + 0.3), (WRITE[0], TOP - 0.32))


def _draw_output(ax: Axes) -> None:
    arrow(ax, (SHOW[0], TOP), (SHOW[0], SHOW[1] + 0.32))
    text(
        ax,
        (SHOW[0], 5.1),
        "tanh",
        size=12,
        bbox={"boxstyle": "round", "facecolor": "white", "edgecolor": "0.25"},
    )
    ax.plot([GATE_AT["o"]] * 2, [GATES, SHOW[1]], **WIRE)
    arrow(ax, (GATE_AT["o"], SHOW[1]), (SHOW[0] - 0.32, SHOW[1]))
    node(ax, SHOW, "×")
    ax.plot([SHOW[0]] * 2, [SHOW[1], BOTTOM], **WIRE)
    arrow(ax, (SHOW[0], BOTTOM), (RIGHT, BOTTOM))
    text(ax, (RIGHT + 0.6, BOTTOM), "$h_t$")


def _gate(ax: Axes, at: tuple[float, float], name: str) -> None:
    gate_box(ax, at, GATE_COLORS[name])
    function = "tanh" if name == "g" else r"$\sigma$"
    text(ax, (at[0] - 0.32, at[1]), f"${name}$", size=18)
    text(ax, (at[0] + 0.3, at[1]), function, size=11 if name == "g" else 15)
    text(ax, (at[0] + 0.12, at[1] - 0.95), GATE_ROLE[name], size=12, ha="left", style="italic")

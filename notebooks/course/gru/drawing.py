"""A drawing of the GRU cell."""

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from course.shared.circuit import WIRE, arrow, frame, gate_box, node, text
from course.shared.style import GATE_COLORS

# Where the parts stand: the state h along the top, h and x along the bottom, the gates in between.
TOP, MIXED, GATES, STATE, READ = 6.0, 4.5, 2.9, 1.3, 0.6
LEFT, BRANCH, RIGHT = 0.0, 1.5, 12.6
AT = {"u": 3.2, "r": 6.2, "n": 10.2}
PAST, REST = 8.2, 6.2  # r times the past; 1 - u
ROLE = {"u": "keep?", "r": "let the past in?", "n": "what?"}


def draw_gru_cell(ax: Axes | None = None) -> Axes:
    """Draw the GRU cell: state h along the top, two gates and the candidate, reset after the product.

    Args: ax: where to draw; a new figure by default.
    """
    ax = frame(ax, 10.9)
    _draw_state(ax)
    _draw_inputs(ax)
    _draw_mixture(ax)
    return ax


def _draw_state(ax: Axes) -> None:
    arrow(ax, (LEFT, TOP), (RIGHT, TOP))
    text(ax, (LEFT - 0.6, TOP), "$h_{t-1}$")
    text(ax, (RIGHT + 0.6, TOP), "$h_t$")
    node(ax, (AT["u"], TOP), "×")
    node(ax, (AT["n"], TOP), "+")
    ax.plot([BRANCH, BRANCH, PAST], [TOP, STATE, STATE], **WIRE)


def _draw_inputs(ax: Axes) -> None:
    """Draw what the gates read: x from below, h from the left; on its way to the candidate, h passes r."""
    ax.plot([BRANCH, BRANCH, AT["n"]], [-0.4, READ, READ], **WIRE)
    text(ax, (BRANCH, -0.7), "$x_t$")
    for name in "ur":
        arrow(ax, (AT[name] - 0.3, STATE), (AT[name] - 0.3, GATES - 0.5))
        arrow(ax, (AT[name] + 0.3, READ), (AT[name] + 0.3, GATES - 0.5))
    arrow(ax, (AT["n"], READ), (AT["n"], GATES - 0.5))
    for name, x in AT.items():
        _gate(ax, (x, GATES), name)
    arrow(ax, (PAST, STATE), (PAST, GATES - 0.3))
    text(ax, (PAST + 0.12, 2.0), "$W_{hn}$", size=14, ha="left")
    arrow(ax, (AT["r"] + 0.75, GATES), (PAST - 0.3, GATES))
    node(ax, (PAST, GATES), "×")
    arrow(ax, (PAST + 0.3, GATES), (AT["n"] - 0.75, GATES))


def _draw_mixture(ax: Axes) -> None:
    """Draw h_t = (1 - u) n + u h_{t-1}."""
    arrow(ax, (AT["u"], GATES + 0.5), (AT["u"], TOP - 0.3))
    arrow(ax, (AT["u"], MIXED), (REST - 0.6, MIXED))
    box = FancyBboxPatch((REST - 0.5, MIXED - 0.3), 1.0, 0.6, boxstyle="round,pad=0.05")
    box.set(facecolor="white", edgecolor="0.25", linewidth=2.0, zorder=2)
    ax.add_patch(box)
    text(ax, (REST, MIXED), "$1 - u$", size=14)
    arrow(ax, (REST + 0.55, MIXED), (AT["n"] - 0.3, MIXED))
    arrow(ax, (AT["n"], GATES + 0.5), (AT["n"], MIXED - 0.3))
    node(ax, (AT["n"], MIXED), "×")
    arrow(ax, (AT["n"], MIXED + 0.3), (AT["n"], TOP - 0.3))


def _gate(ax: Axes, at: tuple[float, float], name: str) -> None:
    gate_box(ax, at, GATE_COLORS[name])
    text(ax, (at[0] - 0.35, at[1]), f"${name}$", size=18)
    text(ax, (at[0] + 0.27, at[1]), "tanh" if name == "n" else r"$\sigma$", size=11 if name == "n" else 15)
    text(ax, (at[0] + 0.12, at[1] + 0.8), ROLE[name], size=12, ha="left", style="italic")

"""Figures of what a pass costs: pure functions, numbers in, Axes out."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.style import COLORS, at_once, quick_subplots
from course.vectorization.costs import STAGES, Cost, Rates, Size, cost, predicted_share

CHOSEN, OTHER = COLORS[0], "0.85"
LONGEST = 0.75  # of the way to the next group of bars, so that numbers have room


@at_once()
def plot_costs(size: Size, rates: Rates, chosen: str) -> Axes:
    """Draw a new figure of what each stage asks of the machine at one size; one stage stands out.

    Four groups of bars, each with a scale of its own: matrix products, NumPy calls, bytes, and the products'
    predicted share of the time.

    Args: size; rates: of the machine; chosen: a key of `STAGES`.
    """
    # One Axes for all groups: four take longer than a slider may wait.
    ax = quick_subplots(1, 1, (13, 3.6), left=0.17, right=0.985, top=0.88, bottom=0.12)
    costs = {name: cost(stage, size) for name, stage in STAGES.items()}
    groups: dict[str, list[float]] = {
        "matrix products": [found.products for found in costs.values()],
        "NumPy calls": [found.calls for found in costs.values()],
        "MB to and from memory": [found.bytes / 1e6 for found in costs.values()],
        "products' share (%)": [100 * predicted_share(found, rates) for found in costs.values()],
    }
    is_chosen = [name == chosen for name in costs]
    for place, numbers in enumerate(groups.values()):
        full = 100 if place == len(groups) - 1 else max(numbers)
        _bars(ax, place, numbers, full, is_chosen)
    ax.set(xlim=(0, len(groups)), ylim=(len(STAGES) - 0.5, -0.5), title=_title(size, costs[chosen]))
    ax.set_xticks([place + LONGEST / 2 for place in range(len(groups))], list(groups))
    ax.set_yticks(range(len(STAGES)), [stage.title for stage in STAGES.values()])
    ax.tick_params(length=0)
    ax.grid(False)
    return ax


def plot_roofline(
    peak: float,
    bandwidth: float,
    measured: Mapping[str, tuple[float, float]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the roofline of a machine (Williams et al., 2009), and below it what computations reach.

    Args: peak: operations per second; bandwidth: bytes per second, to and from memory; measured: for each
        label, operations per byte and operations per second.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4.6))[1] if ax is None else ax
    balance = peak / bandwidth
    lowest, highest = min(0.03, balance / 30), max(200.0, 30 * balance)
    intensity = np.array([lowest, balance, highest])
    roof = np.minimum(peak, bandwidth * intensity)
    ax.loglog(intensity, roof, color="black", linestyle="-", linewidth=3)
    ax.axvline(balance, color="0.4", linestyle="--", linewidth=1.5)
    floor = roof[0] / 3
    ax.text(balance / 1.15, 1.4 * floor, "memory-bound", ha="right")
    ax.text(1.15 * balance, 1.4 * floor, "compute-bound", ha="left")
    for (label, point), color, marker in zip((measured or {}).items(), COLORS, "oDs^vP", strict=False):
        ax.plot(*point, marker, color=color, markersize=12, markeredgecolor="black", label=label)
    highest_rate = max([peak, *(rate for _, rate in (measured or {}).values())])
    ax.set(xlim=(lowest, highest), ylim=(floor, 3 * highest_rate))
    ax.set(xlabel="operations per byte", ylabel="operations per second")
    if measured:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_parts(parts: Mapping[str, Mapping[str, float]], ax: Axes | None = None) -> Axes:
    """Draw one bar per size, cut into the shares that the parts of a step take of its time.

    Args: parts: for each size, seconds by part; the same parts for all.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 3.2))[1] if ax is None else ax
    left = np.zeros(len(parts))
    names = list(next(iter(parts.values())))
    for name, color, hatch in zip(names, COLORS, ("", "//", "..", "xx"), strict=False):
        shares = [100 * of_size[name] / sum(of_size.values()) for of_size in parts.values()]
        look = {"color": color, "edgecolor": "black", "hatch": hatch}
        ax.barh(list(parts), shares, left=left, label=name, **look)
        left += shares
    ax.set(xlim=(0, 100), xlabel="share of a step's time (%)")
    ax.invert_yaxis()
    ax.grid(False)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _bars(ax: Axes, left: float, numbers: Sequence[float], full: float, is_chosen: Sequence[bool]) -> None:
    """Bars that begin at one place, with their numbers.  Args: full: the number of a bar of full length."""
    ax.axvline(left, color="black", linewidth=1.0, linestyle="-")
    colors = [CHOSEN if chosen else OTHER for chosen in is_chosen]
    widths = [LONGEST * number / full for number in numbers]
    ax.barh(range(len(numbers)), widths, left=left, color=colors, edgecolor="black")
    for row, (number, width, chosen) in enumerate(zip(numbers, widths, is_chosen, strict=True)):
        label = f"{number:,.3g}" if number < 1000 else f"{number:,.0f}"
        weight = "bold" if chosen else "normal"
        ax.text(left + width + 0.015, row, label, va="center", weight=weight)


def _title(size: Size, found: Cost) -> str:
    shape = ", ".join(f"{name} = {value}" for name, value in size._asdict().items())
    return f"{shape}: {found.operations / 1e9:.3g} billion operations in every stage's products"

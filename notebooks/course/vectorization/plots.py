"""Figures of what a pass costs: pure functions, numbers in, Axes out."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.style import COLORS, at_once, quick_subplots
from course.vectorization.costs import STAGES, Cost, Product, Rates, Size, cost, predicted_share

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


def plot_intensity(sizes: Mapping[str, Size], ax: Axes | None = None) -> Axes:
    """Draw the operations per byte of the product (rows, H) times (H, 4H), against its rows.

    A hollow mark stands at the B rows of one step, a full one at the B T rows of all steps.

    Args: sizes: one line for each.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4))[1] if ax is None else ax
    for (name, size), marker in zip(sizes.items(), "osD^", strict=False):
        rows = np.geomspace(4, 4 * size.B * size.T, 100)
        label = f"{name}: $H$ = {size.H}"
        (line,) = ax.plot(rows, [_of_rows(row, size) for row in rows], label=label)
        for row, filled in ((size.B, False), (size.B * size.T, True)):
            face = line.get_color() if filled else "white"
            look = {"color": line.get_color(), "markerfacecolor": face, "markeredgewidth": 2.5}
            ax.plot(row, _of_rows(row, size), marker, markersize=11, **look)
    ax.set(xscale="log", xlabel="rows: sequences and steps that one product takes together", ylim=(0, None))
    ax.set_ylabel("operations a byte")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_shares(rows: Sequence[Mapping], rates: Rates) -> Sequence[Axes]:
    """Draw a new figure of the matrix products' share of the time: measured, and by the formulas.

    Args: rows: of the study `stages`, one panel for each; rates: of the machine, fitted to these rows.
    """
    figure, axes = plt.subplots(1, len(rows), figsize=(13, 3.6), sharey=True, squeeze=False)
    for ax, row in zip(axes[0], rows, strict=True):
        width = row["configuration"]["width"]
        size = Size(row["configuration"]["batch"], row["configuration"]["steps"], width, width)
        found = [row["metrics"][name] for name in STAGES]
        measured = [np.median(m["product_seconds"]) / np.median(m["pass_seconds"]) for m in found]
        fitted = [predicted_share(cost(stage, size), rates) for stage in STAGES.values()]
        places = range(len(STAGES))
        ax.plot(100 * np.array(measured), places, "o", markersize=10, label="measured")
        ax.plot(100 * np.array(fitted), places, "x", markersize=10, markeredgewidth=3, label="fitted")
        ax.set(title=row["variant"], xlim=(0, 100), ylim=(len(STAGES) - 0.5, -0.5))
    figure.supxlabel("matrix products' share of the time (%)", size="medium")
    axes[0, 0].set_yticks(range(len(STAGES)), [stage.title for stage in STAGES.values()])
    axes[0, -1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return axes[0]


def _of_rows(rows: float, size: Size) -> float:
    return Product(rows, size.H, 4 * size.H).intensity


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

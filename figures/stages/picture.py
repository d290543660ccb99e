"""The stages' figure, from rows alone."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.shared.style import COLORS
from course.vectorization.stages.variants import LOOPS, TITLES
from figures.lab.drawing import new_figure
from figures.lab.results import Row

PRODUCTS = {"color": COLORS[0], "edgecolor": "black", "label": "matrix products alone"}
REST = {"color": COLORS[1], "edgecolor": "black", "hatch": "//", "label": "entry by entry, memory, Python"}


def draw(rows: Sequence[Row]) -> Figure:
    """A panel a size: the time of each stage's pass, parted in two; then NumPy's calls and the memory.

    Args: rows: of `measure_size`, one a size.
    """
    columns = 3
    lines = -(-(len(rows) + 2) // columns)
    figure, axes = new_figure(lines, columns, (16, 4.5 * lines))
    figure.get_layout_engine().set(hspace=0.1)  # titles stand clear of the axis labels above them
    panels = axes.ravel()
    for ax, row in zip(panels, rows, strict=False):
        draw_times(ax, row)
    largest = rows[-1]
    draw_counts(panels[len(rows)], largest, "calls", 1, "NumPy calls a pass")
    draw_counts(panels[len(rows) + 1], largest, "peak_bytes", 1e6, "most memory at a time (MB)")
    for ax in panels[len(rows) + 2 :]:
        ax.remove()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def draw_times(ax: Axes, row: Row) -> None:
    """Medians as bars, the middle half of the rounds as a whisker."""
    stages = list(row["metrics"])
    passes, products = (
        1000 * np.array([row["metrics"][stage][name] for stage in stages])
        for name in ("pass_seconds", "product_seconds")
    )
    low, middle, high = np.percentile(passes, [25, 50, 75], axis=1)
    alone, places = np.median(products, axis=1), range(len(stages))
    ax.barh(places, middle, **REST)
    ax.barh(places, alone, **PRODUCTS)
    ax.errorbar(middle, places, xerr=[middle - low, high - middle], fmt="none", ecolor="black", capsize=4)
    for place, told, end in zip(places, _told(middle), high, strict=True):
        ax.annotate(told, (end, place), xytext=(6, 0), textcoords="offset points", va="center")
    size = row["configuration"]
    shape = f"$B$ = {size['batch']}, $T$ = {size['steps']}, $E = H$ = {size['width']}"
    ax.set(title=f"{row['variant']}: {shape}", xlabel="ms a pass, forward and backward")
    ax.set_xlim(0, 1.18 * high.max())
    _name_stages(ax, stages)


def draw_counts(ax: Axes, row: Row, name: str, unit: float, label: str) -> None:
    """One number of each stage as a bar."""
    stages = [stage for stage in row["metrics"] if stage != LOOPS]
    numbers = [row["metrics"][stage][name] / unit for stage in stages]
    bars = ax.barh(range(len(stages)), numbers, color=COLORS[2], edgecolor="black")
    ax.bar_label(bars, _told(numbers), padding=4)
    ax.set(title=f"{row['variant']}: {label}", xlim=(0, 1.18 * max(numbers)))
    _name_stages(ax, stages)


def _told(numbers: Sequence[float]) -> list[str]:
    """The numbers of one panel, all with the decimals that give the largest of them three digits."""
    decimals = max(0, 2 - int(np.floor(np.log10(max(numbers)))))
    return [f"{number:,.{decimals}f}" for number in numbers]


def _name_stages(ax: Axes, stages: Sequence[str]) -> None:
    ax.set_yticks(range(len(stages)), [TITLES[stage] for stage in stages])
    ax.set_ylim(len(stages) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)

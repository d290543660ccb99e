"""The frameworks at a glance: seconds an epoch, peak memory, BLEU, lines of code."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.measure import Quartiles, quartiles
from figures.frameworks.benchmark.picture import PALETTE, in_unit
from figures.frameworks.benchmark.readings import epoch_times, metric, units_of
from figures.frameworks.twins import INSTALL
from figures.lab.drawing import by_variant, draw_intervals, new_figure, values
from figures.lab.results import Row

LABELS = TITLES | {"keras": "TensorFlow\n(Keras)"}
NOT_MEASURED = "not measured; its framework comes by\n" + INSTALL.replace(" -e", "\n-e")


def draw(rows: Sequence[Row], quality: Sequence[Row]) -> Figure:
    """A panel a question, a line a contender.

    Args: rows: of the benchmark; quality: of `quality.measured`.
    """
    figure, ((epoch, memory), (bleu, code)) = new_figure(2, 2, (13, 9.5))
    times = {name: quartiles(seconds) for name, seconds in epoch_times(rows).items()}
    draw_bars(epoch, [Bars(times)], decimals=1)
    epoch.set(title="an epoch of the default recipe, two cores", xlabel="seconds: median and quartiles")
    draw_memory(memory, rows)
    variants = by_variant(quality)
    scores = {LABELS[name]: values(variants.get(title, []), "bleu") for name, title in TITLES.items()}
    draw_intervals(bleu, scores, absent=NOT_MEASURED)
    bleu.set(
        title="test BLEU, the studies' recipe", xlabel="BLEU (0 to 100), beam 5: seeds, mean, 95% interval"
    )
    ((_, counted),) = units_of(rows, "lines")
    lines = {name: quartiles([count]) for name, count in metric(counted, "lines").items()}
    draw_bars(code, [Bars(lines)])
    code.set(
        title="code of model, training step and searches",
        xlabel="lines of code; NumPy's with the layers and optimizers\nthat frameworks bring along",
    )
    return figure


def draw_memory(ax: Axes, rows: Sequence[Row]) -> None:
    """A bar a size of model; for NumPy also what it takes in one process, which is slower."""
    units = units_of(rows, "memory")
    groups = [
        Bars(in_unit(1e-6, metric(metrics, "peak_bytes")), f"{unit['width']} units", hatch)
        for (unit, metrics), hatch in zip(units, ("", "//", ".."), strict=False)
    ]
    places = draw_bars(ax, groups)
    alone = [quartiles(metrics[NUMPY]["one_process_bytes"]).median / 1e6 for _, metrics in units]
    sign = {"color": "white", "markeredgecolor": "black", "markersize": 9}
    ax.plot(alone, places, "D", **sign, label="NumPy in one process")
    ax.set(title="peak memory of training", xlabel="megabytes: median and quartiles")
    ax.set_ylim(len(LABELS), -0.6)  # with room for the legend
    ax.legend(loc="lower center", ncols=3, fontsize="small")


class Bars(NamedTuple):
    """A bar a contender."""

    found: Mapping[str, Quartiles]
    label: str | None = None
    hatch: str = ""


def draw_bars(ax: Axes, groups: Sequence[Bars], decimals: int = 0) -> list[float]:
    """Bars with their numbers, the first contender on top; one who has none says what to do.

    Returns: the first contender's places, a group each.
    """
    height = 0.7 / len(groups)
    offsets = [height * (k - (len(groups) - 1) / 2) for k in range(len(groups))]
    for group, offset in zip(groups, offsets, strict=True):
        draw_group(ax, group, offset, height, decimals)
    for place, name in enumerate(LABELS):
        if not any(name in group.found for group in groups):
            ax.text(0.03, place, NOT_MEASURED, transform=ax.get_yaxis_transform(), va="center")
    ax.set_yticks(range(len(LABELS)), LABELS.values())
    ax.set_ylim(len(LABELS) - 0.5, -0.6)
    ax.grid(axis="y", visible=False)
    ax.margins(x=0.16)
    return offsets


def draw_group(ax: Axes, group: Bars, offset: float, height: float, decimals: int) -> None:
    """One bar a contender, with its quartiles where these differ."""
    names = [name for name in LABELS if name in group.found]
    places = np.array([list(LABELS).index(name) + offset for name in names])
    low, median, high = np.transpose([group.found[name] for name in names])
    look = {"color": [PALETTE[name] for name in names], "edgecolor": "black", "hatch": group.hatch}
    ax.barh(places, median, height, label=group.label, **look)
    wide = high > low
    error = [(median - low)[wide], (high - median)[wide]]
    ax.errorbar(median[wide], places[wide], xerr=error, fmt="none", ecolor="black", capsize=5)
    for end, value, place in zip(high, median, places, strict=True):
        text = {"xytext": (8, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate(f"{value:,.{decimals}f}", (end, place), **text)

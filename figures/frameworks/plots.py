"""Figures of the benchmark's rows: pure functions from rows or numbers to matplotlib figures and axes.

`draw` is frameworks_speed.png; the others are drawn in notebook 11.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from course.shared.style import COLORS, at_once
from figures.frameworks.benchmark.benchmarks import PRODUCTS
from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.readings import (
    Quartiles,
    Rounds,
    epoch_times,
    metric,
    peak_memory,
    quartiles,
    ratios,
    sentence_times,
    step_times,
    units_of,
)
from figures.lab.drawing import new_figure
from figures.lab.results import Row

Group = dict[str, Quartiles]  # by contender
PALETTE = dict(zip(TITLES, COLORS, strict=False))
HATCHES = dict(zip(TITLES, ("", "//", "..", "xx"), strict=True))  # for black and white
SIGNS = dict(zip(TITLES, "os^D", strict=True))
WIDTH = 0.8 / len(TITLES)
RIGHT = 0.17  # of an axis, for the number behind a bar


# The figure of speed and memory


def draw(rows: list[Row]) -> Figure:
    """Draw the time of a step, absolute and against NumPy's, memory, and the relative time to translate."""
    figure, ((times, relative), (memory, decoding)) = new_figure(2, 2, (13, 9))
    steps, sentences = step_times(rows), sentence_times(rows)
    points(times, {name: in_unit(1e3, found) for name, found in steps.items()})
    times.set(title="A training step", ylabel="milliseconds", yscale="log")
    plain_numbers(times.yaxis)
    times.legend(loc="upper left", fontsize="small")
    bars(relative, {name: against_numpy(found) for name, found in steps.items()})
    relative.set(title="A training step, against NumPy's", ylabel="time over NumPy's")
    peaks = {unit["size"]: metric(metrics, "peak_bytes") for unit, metrics in units_of(rows, "memory")}
    bars(memory, {size: in_unit(1e-6, found) for size, found in peaks.items()})
    memory.set(title="Peak memory of a training process", ylabel="megabytes", xlabel="size")
    bars(decoding, {name.replace(", ", "\n"): against_numpy(found) for name, found in sentences.items()})
    decoding.set(title="Translating, against NumPy's time", ylabel="time over NumPy's")
    for ax in (relative, decoding):
        ax.axhline(1.0, color="0.2", linewidth=1.2, linestyle="--")
    figure.legend(*memory.get_legend_handles_labels(), loc="outside upper center", ncols=len(TITLES))
    return figure


def in_unit(scale: float, found: Rounds) -> Group:
    """Quartiles in the unit that is shown.  Args: scale: from the stored unit, seconds or bytes, to that."""
    return {name: quartiles([scale * each for each in found[name]]) for name in TITLES if name in found}


def against_numpy(times: Rounds) -> Group:
    """Each contender's time over NumPy's, round by round."""
    return {name: ratios(times[name], times[NUMPY]) for name in TITLES if name in times}


def bars(ax: Axes, groups: Mapping[str, Group]) -> None:
    """Draw medians as bars, with their quartiles where these differ.  Args: groups: by condition."""
    for name, x, low, median, high in places(ax, groups):
        style = {"color": PALETTE[name], "hatch": HATCHES[name], "edgecolor": "white", "label": TITLES[name]}
        ax.bar(x, median, WIDTH, **style)
        wide = high > low
        error = [(median - low)[wide], (high - median)[wide]]
        ax.errorbar(x[wide], median[wide], error, fmt="none", capsize=3, ecolor="0.15", elinewidth=1.5)


def points(ax: Axes, groups: Mapping[str, Group]) -> None:
    """Draw medians as points, with their quartiles, for a logarithmic axis, where bars have no base."""
    for name, x, low, median, high in places(ax, groups):
        style = {"color": PALETTE[name], "fmt": SIGNS[name], "markersize": 9, "capsize": 3}
        ax.errorbar(x, median, [median - low, high - median], label=TITLES[name], **style)


def places(ax: Axes, groups: Mapping[str, Group]) -> Iterator[tuple[str, *tuple[np.ndarray, ...]]]:
    """For each contender: name, places on the x axis, low quartiles, medians, high quartiles."""
    ax.set_xticks(range(len(groups)), list(groups))
    ax.grid(axis="x", visible=False)
    for k, name in enumerate(TITLES):
        found = {group: values[name] for group, values in enumerate(groups.values()) if name in values}
        if found:
            yield name, np.array(list(found)) + (k - 1.5) * WIDTH, *np.array(list(found.values())).T


def plain_numbers(axis: Axis) -> None:
    """Label a logarithmic axis with numbers instead of powers."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


# One quantity under one condition


class Quantity(NamedTuple):
    """A quantity measured under several conditions, with one number per round."""

    unit: str
    scale: float  # from what is stored to the unit
    found: dict[str, Rounds]  # by condition, then by contender


def quantities(rows: Sequence[Row]) -> dict[str, Quantity]:
    """The quantities that have been measured, by name."""
    epochs = epoch_times(rows)
    found = {
        "training step": Quantity("milliseconds", 1e3, step_times(rows)),
        "translating a sentence": Quantity("milliseconds", 1e3, sentence_times(rows)),
        "epoch on tatoeba-small": Quantity("seconds", 1.0, {"tatoeba-small": epochs} if epochs else {}),
        "peak memory of training": Quantity("megabytes", 1e-6, peak_memory(rows)),
    }
    return {name: quantity for name, quantity in found.items() if quantity.found}


@at_once()
def plot_quantity(quantity: Quantity, condition: str) -> Sequence[Axes]:
    """Plot one quantity under one condition in a new figure.

    Left: each contender's median, with quartiles; a broken line is the time of a step's matrix products
    alone.  Right: NumPy's over theirs, one dot per round, with the median; left of 1, NumPy needs less.
    """
    # Fixed margins: to compute them takes longer than a control may wait.
    margins = {"left": 0.09, "right": 0.985, "top": 0.9, "bottom": 0.17, "wspace": 0.2}
    _, axes = plt.subplots(1, 2, figsize=(13, 3.4), layout="none", gridspec_kw=margins)
    found = quantity.found[condition]
    _plot_numbers(axes[0], found, quantity)
    _plot_ratios(axes[1], found)
    axes[0].set_title(condition)
    return axes


def _plot_numbers(ax: Axes, found: Rounds, quantity: Quantity) -> None:
    places = {name: place for place, name in enumerate(TITLES) if name in found}
    for name, place in places.items():
        low, median, high = (quantity.scale * value for value in quartiles(found[name]))
        ax.barh(place, median, 0.65, color=PALETTE[name], hatch=HATCHES[name], edgecolor="white")
        if high > low:
            error = [[median - low], [high - median]]
            ax.errorbar(median, place, xerr=error, fmt="none", ecolor="black", capsize=4, elinewidth=1.5)
        text = {"xytext": (8, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate(f"{median:,.3g}" if median < 1e3 else f"{median:,.0f}", (high, place), **text)
    if PRODUCTS in found:
        alone = quantity.scale * quartiles(found[PRODUCTS]).median
        ax.axvline(alone, color="black", linestyle="--", label="matrix products alone")
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 0.99), fontsize="small", borderaxespad=0.0)
    ax.margins(x=RIGHT)
    ax.set_xlim(left=0)
    _name(ax, places, quantity.unit)


def _plot_ratios(ax: Axes, found: Rounds) -> None:
    places = {name: place for place, name in enumerate(TITLES) if name in found and name != NUMPY}
    ax.axvline(1.0, color="black", linestyle="--")
    farthest = 2.0  # at least
    for name, place in places.items():
        low, median, high = ratios(found[NUMPY], found[name])
        rounds = np.divide(found[NUMPY], found[name])
        farthest = max(farthest, *rounds)
        ax.plot(rounds, np.full(len(rounds), place + 0.22), ".", color="0.45", markersize=7)
        error = [[median - low], [high - median]]
        look = {"fmt": SIGNS[name], "color": PALETTE[name], "markersize": 11, "capsize": 6}
        ax.errorbar(median, place, xerr=error, **look)
        blank = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # the line at 1 may be behind it
        above = {"xytext": (0, 11), "textcoords": "offset points", "ha": "center", "bbox": blank}
        ax.annotate(f"{median:.2f}", (median, place), **above)
    ax.set(xlim=(0, 1.05 * farthest), title="NumPy's over theirs: left of the line, NumPy needs less")
    _name(ax, places, "ratio: a dot per round, median and quartiles")


def _name(ax: Axes, places: Mapping[str, int], label: str) -> None:
    ax.set_yticks(list(places.values()), [TITLES[name] for name in places])
    ax.set_ylim(max(places.values()) + 0.6, min(places.values()) - 0.6)
    ax.set_xlabel(label)
    ax.grid(axis="y", visible=False)


def plot_race(metrics: Mapping[str, dict], target: float) -> Sequence[Axes]:
    """Plot BLEU of the development part against seconds of training, in a new figure.

    Args:
        metrics: by contender, with `curve`, one (seconds, BLEU) per point, and `compiling_seconds`, which the
            right panel adds before the first point.
        target: a BLEU to be reached.
    """
    _, axes = plt.subplots(1, 2, figsize=(13, 4), sharey=True)
    for ax, key in zip(axes, (None, "compiling_seconds"), strict=True):
        for name in (name for name in TITLES if name in metrics):
            seconds, bleu = np.transpose(metrics[name]["curve"])
            ahead = metrics[name][key] if key else 0.0
            ax.plot(seconds + ahead, bleu, marker=SIGNS[name], color=PALETTE[name], label=TITLES[name])
        ax.axhline(target, color="0.3", linestyle=":", linewidth=1.5)
        ax.set_xlim(left=0)
    axes[0].set(title="without compiling", ylabel="BLEU, development part")
    axes[1].set(title="with compiling")
    axes[1].legend(loc="lower right")
    for ax in axes:
        ax.set_xlabel("seconds of training")
    return axes

"""Figures of NumPy beside the frameworks: pure functions, stored rows or numbers in, Axes out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.style import at_once
from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.measure import quartiles
from figures.frameworks.benchmark.picture import HATCHES, PALETTE, SIGNS
from figures.frameworks.benchmark.readings import (
    Rounds,
    epoch_times,
    peak_memory,
    ratios,
    sentence_times,
    step_times,
)
from figures.frameworks.benchmark.steps import PRODUCTS
from figures.lab.results import Row

RIGHT = 0.17  # of an axis, for the number behind a bar


class Quantity(NamedTuple):
    """Something that was measured under several conditions, a number a round."""

    unit: str
    scale: float  # from what is stored to the unit
    found: dict[str, Rounds]  # by condition, then by contender


def quantities(rows: Sequence[Row]) -> dict[str, Quantity]:
    """What there is to compare, by its name; without what has not been measured."""
    found = {
        "training step": Quantity("milliseconds", 1e3, step_times(rows)),
        "translating a sentence": Quantity("milliseconds", 1e3, sentence_times(rows)),
        "epoch of the default recipe": Quantity("seconds", 1.0, _unless_empty(epoch_times(rows))),
        "peak memory of training": Quantity("megabytes", 1e-6, peak_memory(rows)),
    }
    return {name: quantity for name, quantity in found.items() if quantity.found}


def _unless_empty(times: Rounds) -> dict[str, Rounds]:
    return {"tatoeba-small": times} if times else {}


@at_once()
def plot_quantity(quantity: Quantity, condition: str) -> Sequence[Axes]:
    """A new figure of one quantity under one condition.

    Left: each contender's median, with quartiles; a broken line is the time of a step's matrix products
    alone.  Right: NumPy's over theirs, a dot a round, with the median; left of 1, NumPy needs less.
    """
    # Margins by hand: to find them takes longer than a control may wait.
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
        blank = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # for the line that may stand behind
        above = {"xytext": (0, 11), "textcoords": "offset points", "ha": "center", "bbox": blank}
        ax.annotate(f"{median:.2f}", (median, place), **above)
    ax.set(xlim=(0, 1.05 * farthest), title="NumPy's over theirs: left of the line, NumPy needs less")
    _name(ax, places, "ratio: a dot a round, median and quartiles")


def _name(ax: Axes, places: Mapping[str, int], label: str) -> None:
    ax.set_yticks(list(places.values()), [TITLES[name] for name in places])
    ax.set_ylim(max(places.values()) + 0.6, min(places.values()) - 0.6)
    ax.set_xlabel(label)
    ax.grid(axis="y", visible=False)


def plot_race(metrics: Mapping[str, dict], target: float) -> Sequence[Axes]:
    """A new figure of BLEU of the development part against seconds of training.

    Args: metrics: by contender, with `curve`, (seconds, BLEU) a point, and `compiling_seconds`, which the
        right panel adds before the first point; target: a BLEU to be reached.
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

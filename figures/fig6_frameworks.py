"""Frameworks: the same model in NumPy, PyTorch, Keras and JAX, trained and searched on the same processor.

Each contender computes on as many threads as the others: NumPy with two processes of one thread each where
there is work to share (`lstm_lib.parallel`), the frameworks with the threads of one
process.  They take turns, round by round, and the median of the rounds is reported.  All run on this machine,
even where there is a scheduler.  Only BLEU, which needs no quiet machine, is measured by runs as in the other
studies.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.frameworks import plots
from figures.frameworks.benchmark import quality
from figures.frameworks.benchmark.benchmarks import DECODING, LINES, MEMORY, PARITY, SGEMM, STEPS
from figures.frameworks.benchmark.contenders import NUMPY, TITLES, available, missing
from figures.frameworks.benchmark.readings import Quartiles, epoch_times, metric, quartiles, units_of
from figures.frameworks.benchmark.scope import FULL, QUICK
from figures.frameworks.benchmark.store import measure
from figures.frameworks.benchmark.table import table
from figures.frameworks.benchmark.training import TRAINING
from figures.frameworks.twins import INSTALL
from figures.lab.drawing import by_variant, draw_intervals, new_figure, save, values
from figures.lab.results import Row, path_of
from figures.lab.setting import StudyOptions

# In the order of their importance: a run that is cut short has the first ones.
MEASURES = (SGEMM, STEPS, MEMORY, DECODING, TRAINING, PARITY, LINES)
LABELS = TITLES | {"keras": "TensorFlow\n(Keras)"}
NOT_MEASURED = "not measured; its framework comes by\n" + INSTALL.replace(" -e", "\n-e")


def run(options: StudyOptions) -> None:
    """Measure what is missing, print the tables, and draw.

    The rows are frameworks.jsonl, those of BLEU frameworks_bleu.jsonl.
    """
    for line in missing().values():
        print(line, flush=True)
    plan, path = QUICK if options.quick else FULL, path_of("frameworks", options.results)
    rows = measure("frameworks", path, MEASURES, plan, available())
    print(table(rows))
    save(plots.draw(rows), options.figures, "frameworks_speed")
    save(draw(rows, quality.measured(options, available())), options.figures, "fig6_frameworks")


def draw(rows: Sequence[Row], scores: Sequence[Row]) -> Figure:
    """Draw seconds per epoch, peak memory and BLEU: one panel each, one line per contender.

    Args: rows: of the benchmark; scores: of `quality.measured`.
    """
    figure, ((epoch, memory, bleu),) = new_figure(1, 3, (19, 4.8))
    times = {name: quartiles(seconds) for name, seconds in epoch_times(rows).items()}
    _draw_bars(epoch, [Bars(times)], decimals=1)
    epoch.set(title="an epoch on tatoeba-small, two cores", xlabel="seconds: median and quartiles")
    _draw_memory(memory, rows)
    variants = by_variant(scores)
    found = {LABELS[name]: values(variants.get(title, []), "bleu") for name, title in TITLES.items()}
    draw_intervals(bleu, found, absent=NOT_MEASURED)
    bleu.set(
        title="test BLEU, the studies' recipe", xlabel="BLEU (0 to 100), beam 5: seeds, mean, 95% interval"
    )
    return figure


def _draw_memory(ax: Axes, rows: Sequence[Row]) -> None:
    """Draw one bar per model size, and what NumPy takes in one process, which is slower."""
    units = units_of(rows, "memory")
    groups = [
        Bars(plots.in_unit(1e-6, metric(metrics, "peak_bytes")), f"{unit['width']} units", hatch)
        for (unit, metrics), hatch in zip(units, ("", "//", ".."), strict=False)
    ]
    places = _draw_bars(ax, groups)
    alone = [quartiles(metrics[NUMPY]["one_process_bytes"]).median / 1e6 for _, metrics in units]
    sign = {"color": "white", "markeredgecolor": "black", "markersize": 9}
    ax.plot(alone, places, "D", **sign, label="NumPy in one process")
    ax.set(title="peak memory of training", xlabel="megabytes: median and quartiles")
    ax.set_ylim(len(LABELS), -0.6)  # with room for the legend
    ax.legend(loc="lower center", ncols=3, fontsize="small")


class Bars(NamedTuple):
    """One bar per contender."""

    found: Mapping[str, Quartiles]
    label: str | None = None
    hatch: str = ""


def _draw_bars(ax: Axes, groups: Sequence[Bars], decimals: int = 0) -> list[float]:
    """Draw bars with their numbers, the first contender on top; one without a number says how to get it.

    Returns: the first contender's places, one per group.
    """
    height = 0.7 / len(groups)
    offsets = [height * (k - (len(groups) - 1) / 2) for k in range(len(groups))]
    for group, offset in zip(groups, offsets, strict=True):
        _draw_group(ax, group, offset, height, decimals)
    for place, name in enumerate(LABELS):
        if not any(name in group.found for group in groups):
            ax.text(0.03, place, NOT_MEASURED, transform=ax.get_yaxis_transform(), va="center")
    ax.set_yticks(range(len(LABELS)), LABELS.values())
    ax.set_ylim(len(LABELS) - 0.5, -0.6)
    ax.grid(axis="y", visible=False)
    ax.margins(x=0.16)
    return offsets


def _draw_group(ax: Axes, group: Bars, offset: float, height: float, decimals: int) -> None:
    """Draw one bar per contender, with its quartiles where these differ."""
    names = [name for name in LABELS if name in group.found]
    places = np.array([list(LABELS).index(name) + offset for name in names])
    low, median, high = np.transpose([group.found[name] for name in names])
    look = {"color": [plots.PALETTE[name] for name in names], "edgecolor": "black", "hatch": group.hatch}
    ax.barh(places, median, height, label=group.label, **look)
    wide = high > low
    error = [(median - low)[wide], (high - median)[wide]]
    ax.errorbar(median[wide], places[wide], xerr=error, fmt="none", ecolor="black", capsize=5)
    for end, value, place in zip(high, median, places, strict=True):
        text = {"xytext": (8, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate(f"{value:,.{decimals}f}", (end, place), **text)

"""The benchmark's rows as a figure."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from course.shared.style import COLORS
from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.measure import Quartiles, quartiles
from figures.frameworks.benchmark.readings import Rounds, metric, ratios, sentence_times, step_times, units_of
from figures.lab.drawing import new_figure
from figures.lab.results import Row

Group = dict[str, Quartiles]  # by contender
PALETTE = dict(zip(TITLES, COLORS, strict=False))
HATCHES = dict(zip(TITLES, ("", "//", "..", "xx"), strict=True))  # for black and white
SIGNS = dict(zip(TITLES, "os^D", strict=True))
WIDTH = 0.8 / len(TITLES)


def draw(rows: list[Row]) -> Figure:
    """Time of a step, in milliseconds and against NumPy's; memory; time to translate against NumPy's."""
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
    """Args: scale: from what is stored, seconds or bytes, to what is shown."""
    return {name: quartiles([scale * each for each in found[name]]) for name in TITLES if name in found}


def against_numpy(times: Rounds) -> Group:
    """Each contender's time over NumPy's, round by round."""
    return {name: ratios(times[name], times[NUMPY]) for name in TITLES if name in times}


# Groups: one a measurement, in it one place a contender


def bars(ax: Axes, groups: Mapping[str, Group]) -> None:
    """Medians as bars, with their quartiles where these differ."""
    for name, x, low, median, high in places(ax, groups):
        style = {"color": PALETTE[name], "hatch": HATCHES[name], "edgecolor": "white", "label": TITLES[name]}
        ax.bar(x, median, WIDTH, **style)
        wide = high > low
        error = [(median - low)[wide], (high - median)[wide]]
        ax.errorbar(x[wide], median[wide], error, fmt="none", capsize=3, ecolor="0.15", elinewidth=1.5)


def points(ax: Axes, groups: Mapping[str, Group]) -> None:
    """Medians as points, with their quartiles: for a logarithmic axis, on which bars would begin nowhere."""
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
    """Ticks of a logarithmic axis as numbers, not as powers."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())

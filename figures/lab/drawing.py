"""What the studies' figures and tables share: rows to arrays, intervals to pictures, pictures to files."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course.shared.style import COLORS, use_course_style
from figures.lab.results import Row
from figures.lab.stats import interval, intervals
from lstm_lib.storage import atomic_file

MARKERS = "osD^vPX*"


def new_figure(rows: int, columns: int, size: tuple[float, float], **options) -> tuple[Figure, np.ndarray]:
    """Make a figure in the course's style.

    Args: size: width and height in inches.  Returns: the figure; its panels, (rows, columns).
    """
    use_course_style()
    return plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained", **options)


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write `name`.png and `name`.pdf, the same bytes for the same figure, and close it.

    Raises: UserError where they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for ending, about in (("png", {}), ("pdf", {"CreationDate": None})):
        with atomic_file(folder / f"{name}.{ending}") as file:
            figure.savefig(file, format=ending, dpi=150, metadata=about)
    plt.close(figure)


def markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown; an empty text where it has no rows."""
    if not body:
        return ""
    rows = [head, ["---"] * len(head), *filter(None, body)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def by_variant(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group rows by variant, one row per seed, in the order in which the variants first come."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["variant"], []).append(row)
    return found


def values(rows: Sequence[Row], metric: str) -> np.ndarray:
    """Return one metric of all rows that have it, (rows, ...): a training that diverged has none."""
    return np.array([row["metrics"][metric] for row in rows if metric in row["metrics"]], float)


def draw_intervals(
    ax: Axes, groups: Mapping[str, Sequence[float]], decimals: int = 1, absent: str = "diverged"
) -> None:
    """Draw one line per variant: a small dot per seed, and the mean with its number and 95% interval.

    Args: absent: what to write for a variant without a value: usually, all of its trainings diverged.
    """
    for place, (name, found) in enumerate(groups.items()):
        if not len(found):
            ax.text(0.5, place, absent, transform=ax.get_yaxis_transform(), ha="center", va="center")
            continue
        color, marker = COLORS[place % len(COLORS)], MARKERS[place % len(MARKERS)]
        mean, low, high, _ = interval(found)
        ax.plot(found, np.full(len(found), place + 0.22), ".", color="0.45", markersize=6)
        error = [[mean - low], [high - mean]]
        ax.errorbar(mean, place, xerr=error, fmt=marker, color=color, capsize=6, markersize=9, label=name)
        above = {"textcoords": "offset points", "xytext": (0, 9), "ha": "center", "fontsize": "small"}
        blank = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # for a line that may stand behind
        ax.annotate(f"{mean:.{decimals}f}", (mean, place), bbox=blank, **above)
    ax.set_yticks(range(len(groups)), [_in_short_lines(name) for name in groups])
    ax.set_ylim(len(groups) - 0.5, -0.6)
    ax.grid(axis="y", visible=False)
    ax.margins(x=0.12)


def draw_lines(
    ax: Axes, x: Sequence[float], groups: Mapping[str, np.ndarray], log: bool = False, **style
) -> None:
    """Draw one line per variant, the mean over seeds, in the band of its 95% interval.

    Args:
        x: (N,).
        groups: (seeds, N) each.
        log: take means and intervals of the logarithms, for a logarithmic axis.
    """
    for name, found in groups.items():
        mean, low, high = intervals(np.log(found) if log else found)
        if log:
            mean, low, high = np.exp(mean), np.exp(low), np.exp(high)
        (line,) = ax.plot(x, mean, label=name, **style)
        ax.fill_between(x, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if log:
        ax.set_yscale("log")


def draw_epochs(ax: Axes, variants: Mapping[str, Sequence[Row]], metric: str, title: str, unit: str) -> None:
    """Draw a metric by epoch; a variant of which no training ended has no line."""
    curves = {name: found for name, rows in variants.items() if len(found := values(rows, metric))}
    epochs = max((curve.shape[1] for curve in curves.values()), default=0)
    draw_lines(ax, range(1, epochs + 1), curves)
    ax.set(title=title, xlabel="epoch", ylabel=unit, ylim=(0, None))


def _in_short_lines(name: str, width: int = 18) -> str:
    return "\n".join(part for line in name.splitlines() for part in textwrap.wrap(line, width))

"""Pictures of claims: the readings of one against the range that it allows, and the verdicts of all."""

import math
import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from course.shared.style import COLORS
from figures.claims.tables import kind_of, spread
from figures.claims.verdict import Claim, Ledger, Outcome, Range, Reading

# A sign of its own for each, so that colors are not needed.
SIGNS = {
    Outcome.HOLDS: ("o", COLORS[2]),
    Outcome.FAILS: ("X", COLORS[3]),
    Outcome.OPEN: ("D", COLORS[1]),
    Outcome.UNTESTED: ("s", "0.8"),
}
MEANINGS = {
    Outcome.HOLDS: "inside the claimed range",
    Outcome.FAILS: "outside",
    Outcome.OPEN: f"near the edge: {Outcome.OPEN}",
    Outcome.UNTESTED: f"{Outcome.UNTESTED}",
}
WIDEST = 62  # letters of a claim's text in a line
ROW = 0.42  # inches


def plot_claim(claim: Claim, readings: Sequence[Reading], ax: Axes | None = None) -> Axes:
    """Draw a forest plot: one line per reading with its interval, before a band of the claimed range.

    Args: readings: none draws what is missing.  ax: where to draw; a new figure's by default.
    """
    if ax is None:
        # Margins by hand: finding them takes longer than drawing, and a choice must not wait for it.
        height = 1.7 + ROW * max(len(readings), 1)
        figure = plt.figure(figsize=(11, height), layout="none")
        margins = {"left": 0.24, "right": 0.8, "bottom": 0.75 / height, "top": 1 - 0.6 / height}
        ax = figure.subplots(gridspec_kw=margins)
    ax.set(xlabel=claim.quantity)
    ax.set_title(f"“{claim.text}”", fontsize="medium")
    if not readings:
        ax.text(0.5, 0.5, "not measured yet", transform=ax.transAxes, ha="center", va="center")
        ax.set(yticks=[], xticks=[])
        return ax
    _draw_range(ax, claim.allowed, readings)
    for place, reading in enumerate(readings):
        marker, color = SIGNS[reading.within(claim.allowed)]
        reach = [[reading.estimate - reading.low], [reading.high - reading.estimate]]
        style = {"fmt": marker, "color": color, "capsize": 5, "markersize": 10, "markeredgecolor": "black"}
        ax.errorbar(reading.estimate, place, xerr=reach, ecolor="0.2", linewidth=2, **style)
        ax.annotate(spread(reading), (1.02, place), xycoords=ax.get_yaxis_transform(), va="center", size=11)
    labels = ["\n".join(textwrap.wrap(reading.condition, 28)) for reading in readings]
    ax.set_yticks(range(len(readings)), labels)
    ax.set_ylim(len(readings) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    return ax


def plot_verdicts(found: Ledger, ax: Axes | None = None) -> Axes:
    """Draw all claims in a column: one marker per reading, and the verdict.

    Args: found: the ledger.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(13, 1.2 + 0.46 * len(found)))[1] if ax is None else ax
    widest = max((len(readings) for readings in found.values()), default=1)
    for place, (claim, readings) in enumerate(found.items()):
        for column, reading in enumerate(readings):
            marker, color = SIGNS[reading.within(claim.allowed)]
            ax.plot(column, place, marker, color=color, markersize=12, markeredgecolor="black")
        told = kind_of(claim, readings)
        ax.annotate(told, (1.02, place), xycoords=ax.get_yaxis_transform(), va="center", size=12)
    ax.set_yticks(range(len(found)), [textwrap.shorten(claim.text, WIDEST) for claim in found])
    ax.set(xlim=(-0.5, max(widest, 1) - 0.5), ylim=(len(found) - 0.5, -0.5), xticks=[])
    ax.set_xlabel("one marker per reading: a size, a variant, a layer ...", loc="left")
    signs = [
        Line2D([], [], linestyle="", marker=marker, color=color, markeredgecolor="black", markersize=10)
        for marker, color in SIGNS.values()
    ]
    ax.legend(signs, MEANINGS.values(), loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(signs))
    return ax


def _draw_range(ax: Axes, allowed: Range, readings: Sequence[Reading]) -> None:
    """Draw the band, to the picture's edge where the range has no end, and show all intervals."""
    edges = [edge for edge in (allowed.low, allowed.high) if math.isfinite(edge)]
    shown = [*edges, *(reading.low for reading in readings), *(reading.high for reading in readings)]
    margin = 0.12 * (max(shown) - min(shown)) or 1.0
    left, right = min(shown) - margin, max(shown) + margin
    ax.set_xlim(left, right)
    ax.axvspan(max(allowed.low, left), min(allowed.high, right), color=COLORS[2], alpha=0.15, linewidth=0)
    for edge in edges:
        ax.axvline(edge, color="0.3", linestyle="--", linewidth=1.5)

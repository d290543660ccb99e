"""Figures of attention: pure functions, arrays in, Axes out."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from course.shared.plots import draw_groups
from course.shared.style import COLORS
from lstm_lib.fonts import legible
from lstm_lib.heatmap import attention_heatmap

Links = Collection[tuple[int, int]]  # (source position, target position)


class Gaze(NamedTuple):
    """Where a translator looked."""

    weights: np.ndarray  # (T, S)
    source_pieces: Sequence[str]
    target_pieces: Sequence[str]


def plot_gazes(gazes: Mapping[str, Gaze], gold: Links = ()) -> list[Axes]:
    """Draw a new figure of heat maps side by side, with a frame around every gold link.

    Args: gazes: for each title, weights and words.  gold: links to frame.
    """
    columns = [len(gaze.source_pieces) for gaze in gazes.values()]
    rows = max(len(gaze.target_pieces) for gaze in gazes.values())
    # Margins by hand, in inches: finding them takes longer than drawing, and a slider must not wait for it.
    longest_source, longest_target = (
        max(len(piece) for gaze in gazes.values() for piece in gaze[k]) for k in (1, 2)
    )
    left, top, bottom, cell = 0.3 + 0.11 * longest_target, 0.3 + 0.08 * longest_source, 0.4, (0.52, 0.4)
    width, height = sum(left + cell[0] * n for n in columns) + 0.5, top + bottom + cell[1] * rows
    figure = plt.figure(figsize=(width, height), layout="none")
    axes, x = [], 0.0
    for (title, gaze), number in zip(gazes.items(), columns, strict=True):
        box = (x + left, bottom, cell[0] * number, cell[1] * rows)
        ax = figure.add_axes((box[0] / width, box[1] / height, box[2] / width, box[3] / height))
        attention_heatmap(gaze.weights, gaze.source_pieces, gaze.target_pieces, ax)
        ax.set(xlabel=title, ylabel="")
        _frame(ax, gold)
        axes.append(ax)
        x += left + cell[0] * number
    return axes


def _frame(ax: Axes, links: Links) -> None:
    for source, target in links:
        corner = (source - 0.46, target - 0.46)
        ax.add_patch(Rectangle(corner, 0.92, 0.92, fill=False, edgecolor=COLORS[1], linewidth=2.5))


def plot_weights(weights: Mapping[str, np.ndarray], words: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw distributions over the same words as bars side by side.

    Args: weights: for each label, (S,).  words: S of them.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 3.4))[1] if ax is None else ax
    labels, fonts = legible(words)
    draw_groups(ax, labels, weights, "{:.2f}", parse_math=False, fontfamily=fonts)
    ax.set(ylabel="weight", ylim=(0, 1.12))
    return ax


def plot_attended(counts: np.ndarray, words: Sequence[str], most: float, ax: Axes | None = None) -> Axes:
    """Draw how many words the model looks at, exp(entropy), while it writes each of its own.

    Args: counts (T,); words: T of them; most: the number of words there are to look at.  ax: where to draw; a
        new figure's by default.
    """
    ax = plt.subplots(figsize=(9, 3.4))[1] if ax is None else ax
    bars = ax.bar(range(len(words)), counts, color=COLORS[0], edgecolor="black", width=0.6)
    ax.bar_label(bars, [f"{count:.1f}" for count in counts], padding=2)
    ax.axhline(most, color="0.3", linestyle="--", linewidth=1.5)
    above = {"textcoords": "offset points", "xytext": (0, 4), "ha": "right", "va": "bottom"}
    ax.annotate("everywhere alike", (len(words) - 0.5, most), **above)
    labels, fonts = legible(words)
    ax.set_xticks(range(len(words)), labels, parse_math=False, fontfamily=fonts)
    ax.set(xlabel="word written", ylabel=r"$e^H$: words looked at", ylim=(0, 1.2 * most))
    ax.grid(axis="x", visible=False)
    return ax


def plot_measures(
    measures: Mapping[str, Mapping[str, float]], limits: Sequence[float], formats: Sequence[str]
) -> list[Axes]:
    """Draw a new figure with one panel per measure and one bar per system.

    Args: measures: for each measure its value for each system that has one; limits: the end of each panel's
        axis; formats: how each panel's numbers are written, as in "{:.1f}".
    """
    names = list(dict.fromkeys(name for values in measures.values() for name in values))
    _, axes = plt.subplots(1, len(measures), figsize=(12, 1.2 + 0.55 * len(names)), sharey=True)
    for ax, (measure, values), limit, form in zip(axes, measures.items(), limits, formats, strict=True):
        there = [name for name in names if name in values]
        places = [names.index(name) for name in there]
        bars = ax.barh(places, [values[name] for name in there], edgecolor="black", color=COLORS[0])
        ax.bar_label(bars, [form.format(values[name]) for name in there], padding=4)
        ax.set(xlabel=measure, xlim=(0, limit), ylim=(len(names) - 0.5, -0.5))
        ax.set_yticks(range(len(names)), names)
        ax.grid(axis="y", visible=False)
        for name in set(names) - set(there):
            ax.text(0.02 * limit, names.index(name), "has none", va="center", style="italic", color="0.35")
    return list(axes)

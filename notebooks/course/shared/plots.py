"""Figures of several chapters, arrays in, Axes out: how often answers are right, and one unit's gates."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.style import COLORS, GATE_COLORS, signed

HATCHES = ("", "//", "..", "xx")  # tell bars apart without color


def plot_accuracies(
    classes: Sequence[str], accuracies: Mapping[str, np.ndarray], xlabel: str, ax: Axes | None = None
) -> Axes:
    """Draw the share of right answers of some systems, side by side for each class.

    Args: classes: K names; accuracies: for each system, (K,), 0 to 1; xlabel: what a class is; ax: a new
        figure's by default.
    """
    ax = plt.subplots(figsize=(11, 3.6))[1] if ax is None else ax
    draw_groups(ax, classes, accuracies)
    ax.set(xlabel=xlabel, ylabel="share correct", ylim=(0, 1.05))
    return ax


def draw_groups(
    ax: Axes, labels: Sequence[str], heights: Mapping[str, Sequence[float]], form: str = "", **options
) -> None:
    """Draw bars side by side in a group for each label, with a legend.

    Args: labels: K of them; heights: for each name in the legend, (K,); form: how numbers stand above the
        bars, as in "{:.1f}"; options: of the labels.
    """
    width = 0.8 / len(heights)
    for k, (name, values) in enumerate(heights.items()):
        at = np.arange(len(labels)) + (k - (len(heights) - 1) / 2) * width
        look = {"color": COLORS[k], "hatch": HATCHES[k], "edgecolor": "black"}
        bars = ax.bar(at, values, width, label=name, **look)
        if form:
            ax.bar_label(bars, [form.format(value) for value in values], padding=2, fontsize=10)
    ax.set_xticks(range(len(labels)), labels, **options)
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def plot_accuracy_along(
    x: np.ndarray, accuracies: Mapping[str, np.ndarray], xlabel: str, ax: Axes | None = None
) -> Axes:
    """Draw the share of right answers along something that is counted.

    Args: x (N,), integers; accuracies: for each line's label, (N,), 0 to 1; xlabel: what x counts; ax: a new
        figure's by default.
    """
    ax = plt.subplots(figsize=(10, 3.6))[1] if ax is None else ax
    for label, values in accuracies.items():
        ax.plot(x, values, marker="o", markersize=8, label=label)
    ax.set(xlabel=xlabel, ylabel="share correct", ylim=(-0.03, 1.05))
    ax.set_xticks(x)
    if len(accuracies) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def draw_gates(ax: Axes, gates: np.ndarray, letters: str, blank_zeros: bool = False) -> None:
    """Draw one unit's gates along a sentence as a heat map with numbers.

    Args: gates (T, G); letters: G of them, such as "ifgo"; blank_zeros: leave out what rounds to 0.
    """
    ax.imshow(gates.T, cmap="PuOr_r", vmin=-2.0, vmax=2.0, aspect="auto")
    for (t, row), value in np.ndenumerate(np.round(gates, 1) + 0.0):  # no -0.0
        if value or not blank_zeros:
            ax.text(t, row, signed(value, 1), ha="center", va="center", size=11)
    ax.set_yticks(range(len(letters)), [f"${letter}$" for letter in letters], size=15)
    for label, letter in zip(ax.get_yticklabels(), letters, strict=True):
        label.set(color=GATE_COLORS[letter], fontweight="bold")
    ax.grid(False)


def label_words(ax: Axes, words: Sequence[str]) -> None:
    """Write the words of a sentence below an axis, one for each step."""
    ax.set_xticks(range(len(words)), words, rotation=35, ha="right", rotation_mode="anchor", parse_math=False)

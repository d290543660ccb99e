"""Figures of how often answers are right: arrays in, Axes out."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.style import COLORS

HATCHES = ("", "//", "..", "xx")  # tell bars apart without color


def plot_accuracies(
    classes: Sequence[str], accuracies: Mapping[str, np.ndarray], xlabel: str, ax: Axes | None = None
) -> Axes:
    """For each class, the share of right answers of some systems, side by side.

    Args: classes: K names; accuracies: for each system, (K,), 0 to 1; xlabel: what a class is.  ax: a new
        figure's by default.
    """
    ax = plt.subplots(figsize=(11, 3.6))[1] if ax is None else ax
    width = 0.8 / len(accuracies)
    for k, (system, values) in enumerate(accuracies.items()):
        at = np.arange(len(classes)) + (k - (len(accuracies) - 1) / 2) * width
        look = {"color": COLORS[k], "hatch": HATCHES[k], "edgecolor": "black"}
        ax.bar(at, values, width, label=system, **look)
    ax.set_xticks(range(len(classes)), classes)
    ax.set(xlabel=xlabel, ylabel="share that is right", ylim=(0, 1.05))
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_accuracy_along(
    x: np.ndarray, accuracies: Mapping[str, np.ndarray], xlabel: str, ax: Axes | None = None
) -> Axes:
    """The share of right answers along something that is counted.

    Args: x (N,), integers; accuracies: for each line's label, (N,), 0 to 1; xlabel: what x counts.  ax: a new
        figure's by default.
    """
    ax = plt.subplots(figsize=(10, 3.6))[1] if ax is None else ax
    for label, values in accuracies.items():
        ax.plot(x, values, marker="o", markersize=8, label=label)
    ax.set(xlabel=xlabel, ylabel="share that is right", ylim=(-0.03, 1.05))
    ax.set_xticks(x)
    if len(accuracies) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax

"""Figures of gates, memory and gradients: arrays in, Axes out."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.plots import draw_gates, label_words
from course.shared.style import COLORS, at_once, quick_subplots


def plot_gradient_by_lag(norms: Mapping[str, np.ndarray], ax: Axes | None = None) -> Axes:
    """Draw how strongly the last output depends on the input k steps before, on a logarithmic scale.

    Args: norms: for each line's label, the norms by lag, (T,), lag 0 first; ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4))[1] if ax is None else ax
    for label, values in norms.items():
        ax.semilogy(np.arange(len(values)), values, label=label)
    ax.set(xlabel="lag $k$: steps back from the last", ylabel=r"$\|\partial h_T / \partial x_{T-k}\|$")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_memory(c: np.ndarray, h: np.ndarray, words: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw one unit's memory and output along a sentence.

    Args: c (T,), h (T,): after each step; words: T of them; ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(11, 2.6))[1] if ax is None else ax
    steps = np.arange(len(words))
    ax.axhline(0.0, color="0.4", linewidth=1.0, linestyle="-")
    ax.plot(steps, c, "-o", color=COLORS[0], label="memory $c$")
    ax.bar(steps, h, width=0.5, color=COLORS[1], edgecolor="black", hatch="//", label="output $h$")
    ax.set(ylabel="$c$ and $h$", xlim=(-0.5, len(words) - 0.5), ylim=(-1.6, 1.6))
    label_words(ax, words)
    return ax


@at_once()
def plot_sentence(gates: np.ndarray, c: np.ndarray, h: np.ndarray, words: Sequence[str]) -> tuple[Axes, Axes]:
    """Draw a new figure of one unit's gates above its memory and output, on one axis of words.

    Args: gates (T, 4); c (T,); h (T,); words: T of them.
    """
    grid = {"left": 0.07, "right": 0.99, "top": 0.99, "bottom": 0.17, "hspace": 0.08}
    top, bottom = quick_subplots(2, 1, (11, 5.2), height_ratios=(4, 5), **grid)
    draw_gates(top, gates, "ifgo", blank_zeros=True)
    top.set_xticks(range(len(words)), [])
    plot_memory(c, h, words, bottom)
    bottom.legend(loc="upper right", ncols=2)
    return top, bottom


def plot_errors(errors: Mapping[str, Mapping[str, float]], bound: float, ax: Axes | None = None) -> Axes:
    """Draw relative errors of gradients, array by array, on a logarithmic scale.

    Args: errors: for each label, the error of each array; bound: the largest error that passes; ax: a new
        figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4))[1] if ax is None else ax
    smallest = np.finfo(np.float64).eps  # 0 has no place on a logarithmic scale
    for (label, values), marker in zip(errors.items(), "oXsD", strict=False):
        ax.plot(np.maximum(list(values.values()), smallest), list(values), marker, markersize=11, label=label)
    ax.axvline(bound, color="0.3", linestyle="--", label="passes up to here")
    ax.set(xscale="log", xlabel="relative error")
    ax.invert_yaxis()
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax

"""Figures that compare a GRU with an LSTM: arrays in, Axes out."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.gates import Walk
from course.shared.plots import draw_gates, label_words
from course.shared.style import COLORS, at_once, quick_subplots

ROLE = {"i": "write?", "f": "keep?", "o": "show?", "r": "let the past in?", "u": "keep?"}
VALUES = {"vmin": 0.0, "vmax": 1.0, "cmap": "cividis", "aspect": "auto"}


@at_once()
def plot_unit(
    found: Walk, unit: int, letters: str, words: Sequence[str], free: Walk | None = None
) -> tuple[Axes, Axes]:
    """Draw a new figure of one unit along a sentence: its gates above, its state below.

    Args: found: what to draw; unit; letters: of the gates, "ifgo" or "run"; words: T of them; free: the same
        with all gates free, to compare its state with, where `found` has clamped gates.
    """
    grid = {"left": 0.08, "right": 0.99, "top": 0.98, "bottom": 0.17, "hspace": 0.21}
    top, bottom = quick_subplots(2, 1, (11, 5.4), height_ratios=(len(letters), 5), **grid)
    draw_gates(top, found.gates[:, :, unit], letters)
    top.set_xticks(range(len(words)), [])
    bottom.axhline(0.0, color="0.4", linewidth=1.0, linestyle="-")
    has_memory = letters == "ifgo"
    if has_memory:
        bottom.plot(found.c[:, unit], "-s", color=COLORS[0], label="memory $c$")
        if free:
            bottom.plot(free.c[:, unit], ":", color="0.3", label="all gates free: $c$")
    bottom.plot(found.h[:, unit], "-o", color=COLORS[1], label="output $h$")
    if free:
        bottom.plot(free.h[:, unit], "--", color="0.3", label="all gates free: $h$")
    highest = max(1.15, 1.1 * max(np.abs(drawn.c[:, unit]).max() for drawn in (found, free) if drawn))
    bottom.set(xlim=(-0.5, len(words) - 0.5), ylim=(-highest, highest))
    bottom.set_ylabel("states $c$ and $h$" if has_memory else "state $h$")
    bottom.legend(loc="lower left", bbox_to_anchor=(0.0, 0.98), borderaxespad=0.0, ncols=4)
    label_words(bottom, words)
    return top, bottom


def plot_rasters(gates: Mapping[str, np.ndarray], words: Sequence[str]) -> list[Axes]:
    """Draw a new figure with a panel for each gate: all units along a sentence, the most open on top.

    Args: gates: for each gate's letter, (T, H), 0 to 1; words: T of them.
    """
    figure, axes = plt.subplots(1, len(gates), figsize=(13, 4.4), squeeze=False)
    for ax, (letter, values) in zip(axes[0], gates.items(), strict=True):
        order = np.argsort(-values.mean(axis=0))
        image = ax.imshow(values[:, order].T, **VALUES)
        ax.set(title=f"${letter}$  {ROLE[letter]}", yticks=[])
        ax.grid(False)
        label_words(ax, words)
    axes[0, 0].set_ylabel("units")
    figure.colorbar(image, ax=axes[0].tolist(), label="0 shut, 1 open", shrink=0.9)
    return list(axes[0])


def plot_convergence(
    losses: Mapping[str, Mapping[str, np.ndarray]], guessing: Mapping[str, float]
) -> list[Axes]:
    """Draw a new figure with a panel for each task: losses of several trainings, means of five updates.

    A line is the mean over the seeds; the band around it goes from the best to the worst.

    Args: losses: for each task and label, (seeds, updates); guessing: for each task, the loss of guessing.
    """
    figure, axes = plt.subplots(1, len(losses), figsize=(13, 4.4), squeeze=False)
    for ax, (task, lines) in zip(axes[0], losses.items(), strict=True):
        ax.axhline(guessing[task], color="0.4", linewidth=1.0, linestyle="-")
        for label, found in lines.items():
            means = found.reshape(len(found), -1, 5).mean(axis=2)  # (seeds, updates / 5)
            updates = 5 * np.arange(1, means.shape[1] + 1)
            (line,) = ax.plot(updates, means.mean(axis=0), label=label)
            ax.fill_between(updates, means.min(axis=0), means.max(axis=0), color=line.get_color(), alpha=0.2)
        ax.set(title=task, xlabel="update", ylabel="loss (nats)", ylim=(0, 1.05 * guessing[task]))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right center")
    return list(axes[0])


def plot_saving(
    V: np.ndarray, savings: Mapping[str, np.ndarray], here: Mapping[str, float], ax: Axes | None = None
) -> Axes:
    """Draw the share of its parameters that a translator saves with GRUs against its vocabularies' size.

    Args: V (N,); savings: for each label, (N,), 0 to 1; here: where to draw labeled vertical lines; ax: a new
        figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4))[1] if ax is None else ax
    for label, saving in savings.items():
        ax.semilogx(V, 100 * saving, label=label)
    for label, place in here.items():
        ax.axvline(place, color="0.3", linewidth=1.5, linestyle=":")
        ax.text(place, 29, f" {label}", va="top")
    ax.set(xlabel="words in each vocabulary $V$", ylabel="parameters saved (%)", ylim=(0, 30))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_bars(counts: Mapping[str, Mapping[str, float]]) -> list[Axes]:
    """Draw a new figure with a panel for each quantity, and in it a bar for each cell.

    Args: counts: for each quantity, from each cell's name to a number.
    """
    _, axes = plt.subplots(1, len(counts), figsize=(13, 2.6), squeeze=False)
    for ax, (quantity, numbers) in zip(axes[0], counts.items(), strict=True):
        bars = ax.barh(list(numbers), list(numbers.values()), color=COLORS[: len(numbers)], edgecolor="black")
        for bar, hatch in zip(bars, ("", "//"), strict=False):
            bar.set_hatch(hatch)
        ax.bar_label(bars, [f"{number:,.0f}" for number in numbers.values()], padding=4)
        ax.set(xlabel=quantity, xlim=(0, 1.35 * max(numbers.values())), xticks=[])
        ax.invert_yaxis()
        ax.grid(False)
    return list(axes[0])

"""Figures of trainings epoch by epoch, and of how sure a difference is: arrays in, Axes out."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from course.shared.style import COLORS
from lstm_lib.text.metrics import BootstrapResult

BEST = {"linestyle": "", "markersize": 13, "markeredgecolor": "black", "zorder": 4}


Band = tuple[np.ndarray, np.ndarray, np.ndarray]  # means over seeds, and their intervals' ends, (N,) each


def plot_epochs(
    train_loss: np.ndarray | Band,
    dev_loss: np.ndarray | Band,
    dev_bleu: np.ndarray | Band,
    axes: np.ndarray | None = None,
) -> np.ndarray:
    """Draw losses beside BLEU by epoch; a star marks the lowest development loss and the highest BLEU.

    Args: train_loss, dev_loss, dev_bleu: (N,) of one run, or a band.  axes: (2,); a new figure's by default.
    """
    axes = plt.subplots(1, 2, figsize=(12, 4))[1] if axes is None else axes
    left, right = axes
    epochs = np.arange(1, np.shape(train_loss)[-1] + 1)
    lines = ((left, train_loss, "training"), (left, dev_loss, "development"), (right, dev_bleu, "BLEU"))
    for (ax, values, label), color, style in zip(lines, COLORS, ("-", "--", "-"), strict=False):
        mean, low, high = values if isinstance(values, tuple) else (values,) * 3
        ax.plot(epochs, mean, color=color, linestyle=style, label=label)
        ax.fill_between(epochs, low, high, color=color, alpha=0.2, linewidth=0)
        if label != "training":
            best = int(mean.argmax() if ax is right else mean.argmin())
            ax.plot(epochs[best], mean[best], marker="*", color=color, **BEST)
    left.set(xlabel="epoch", ylabel="loss (nats per token)", ylim=(0, None))
    right.set(xlabel="epoch", ylabel="development BLEU", ylim=(0, None))
    left.legend()
    for ax in axes:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    return axes


def plot_differences(differences: Mapping[str, Band], ylabel: str, ax: Axes | None = None) -> Axes:
    """Draw differences of two systems by epoch: their mean in the band of its interval, around zero.

    Args: differences: for each label; ylabel.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4))[1] if ax is None else ax
    ax.axhline(0.0, color="0.3", linestyle="-", linewidth=1.2)
    for label, (mean, low, high) in differences.items():
        epochs = np.arange(1, len(mean) + 1)
        (line,) = ax.plot(epochs, mean, label=label)
        ax.fill_between(epochs, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    ax.set(xlabel="epoch", ylabel=ylabel)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.legend()
    return ax


def plot_bootstrap(result: BootstrapResult, label: str, ax: Axes | None = None) -> Axes:
    """Draw the differences on all draws, the interval that holds 95% of them, and zero.

    Args: result; label: of the horizontal axis.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 3.8))[1] if ax is None else ax
    _, edges, bars = ax.hist(result.differences, bins=40, color=COLORS[0], edgecolor="white")
    low, high = result.interval
    for edge, bar in zip(edges, bars, strict=False):
        middle = edge + bar.get_width() / 2
        bar.set(alpha=1.0 if low <= middle <= high else 0.35)
    ax.axvline(0.0, color="black", linestyle="-", linewidth=2)
    ax.axvline(result.difference, color=COLORS[1], linestyle="--", linewidth=2.5, label="the test set itself")
    foot = {"color": COLORS[3], "linewidth": 7, "solid_capstyle": "butt", "clip_on": False}
    ax.plot([low, high], [0, 0], label="95% of the draws", **foot)
    ax.set(xlabel=label, ylabel="draws")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_orders(names: list[str], shares: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw how often one run of each would show the opposite of the means, as a table of shares.

    Args: names: K systems; shares (K, K), not a number where there is nothing to compare.
        ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(9, 0.9 + 0.55 * len(names)))[1] if ax is None else ax
    ax.imshow(shares, cmap="Blues", vmin=0.0, vmax=0.7, aspect="auto")
    for (i, j), share in np.ndenumerate(shares):
        if np.isfinite(share):
            ax.text(j, i, f"{share:.0%}", ha="center", va="center", color="white" if share > 0.4 else "black")
    ax.set_xticks(range(len(names)), [name.replace(" + ", " +\n").replace(", ", ",\n") for name in names])
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="x", labelsize="small")
    ax.grid(False)
    return ax

"""Figures of dropout: arrays in, Axes out."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.ticker import MaxNLocator

from course.dropout.noise import Raster, Spread
from course.shared.style import COLORS, at_once, quick_subplots

UNTOUCHED, DISTURBED = "#efe9dc", COLORS[0]  # light and dark: apart on a gray print, too
MARKS = "osD^v"


def plot_survival(shares: Mapping[str, np.ndarray], variances: Mapping[str, np.ndarray]) -> tuple[Axes, Axes]:
    """Draw a new figure of a memory under noise: how many units still hold something, how far they scatter.

    Args: shares, variances: for each label, (T + 1,), before the first step and after each; shares 0 to 1.
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(13, 4.0), sharex=True)
    for mark, (label, share) in zip(MARKS, shares.items(), strict=False):
        left.plot(share, marker=mark, markevery=5, label=label)
        right.plot(variances[label], marker=mark, markevery=5)
    left.set(xlabel="step", ylabel="share of units above 0", ylim=(-0.03, 1.05))
    right.set(xlabel="step", ylabel="variance over the units")
    right.set_yscale("symlog", linthresh=0.1)
    right.set_ylim(-0.02, 3 * max(variance.max() for variance in variances.values()))
    left.figure.legend(*left.get_legend_handles_labels(), loc="outside right center")
    return left, right


def plot_raster(drawn: Raster, ax: Axes | None = None) -> Axes:
    """Draw which units are disturbed at which step, or for weight drop which weights.

    Args: drawn: from `noise.raster`.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(8, 3.6))[1] if ax is None else ax
    colors = ListedColormap([UNTOUCHED, DISTURBED])
    rows, columns = drawn.disturbed.shape
    place = {"extent": (0.5, columns + 0.5, rows + 0.5, 0.5), "aspect": "auto", "interpolation": "nearest"}
    ax.imshow(drawn.disturbed, cmap=colors, vmin=0, vmax=1, **place)
    ax.set(xlabel=drawn.columns, ylabel="unit", title=f"dark: {drawn.means}")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(False)
    return ax


def plot_rasters(rasters: Mapping[str, Raster]) -> list[Axes]:
    """Draw a new figure with a panel for each kind of noise.

    Args: rasters: by the name of the kind, an even number of them.
    """
    _, axes = plt.subplots(2, len(rasters) // 2, figsize=(13, 7.0))
    for ax, (name, drawn) in zip(axes.flat, rasters.items(), strict=True):
        plot_raster(drawn, ax).set_title(f"{name}. Dark: {drawn.means}", size=13)
    return list(axes.flat)


def plot_spreads(variances: Mapping[str, np.ndarray], ax: Axes | None = None) -> Axes:
    """Draw the output's variance over draws of the noise, along a sequence, on a logarithmic scale.

    Args: variances: for each kind, (T,).  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4.2))[1] if ax is None else ax
    for mark, (name, values) in zip(MARKS, variances.items(), strict=False):
        ax.semilogy(np.arange(1, len(values) + 1), values, marker=mark, markevery=4, label=name)
    ax.set(xlabel="step", ylabel="variance of $h$, mean over units")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


@at_once()
def plot_noise(drawn: Raster, states: Spread, unit: int = 0) -> tuple[Axes, Axes, Axes]:
    """Draw a new figure of one kind of noise: its raster, the state's variance, and one unit under it.

    Args: drawn: from `noise.raster`; states: from `noise.spread`; unit: which one to show.
    """
    grid = {"left": 0.06, "right": 0.985, "top": 0.9, "bottom": 0.15, "wspace": 0.24}
    left, middle, right = quick_subplots(1, 3, (13, 4.2), **grid)
    plot_raster(drawn, left)
    left.title.set_size(13)
    steps = np.arange(1, len(states.mean) + 1)
    middle.plot(steps, states.variance.mean(axis=1), color=COLORS[1], linestyle="-")
    middle.set(xlabel="step", title="variance of $h$ over draws", ylim=(0, 0.12))
    mean, deviation = states.mean[:, unit], np.sqrt(states.variance[:, unit])
    right.fill_between(steps, mean - deviation, mean + deviation, color=COLORS[1], alpha=0.3, linewidth=0)
    right.plot(steps, mean, color=COLORS[1], linestyle="-", label="mean ± standard deviation")
    right.plot(steps, states.evaluation[:, unit], color="black", linestyle="--", label="evaluation")
    right.set(xlabel="step", title=f"unit {unit + 1}", ylim=(-1, 1))
    right.legend(loc="lower right", fontsize="small")
    return left, middle, right


def plot_overfitting(
    rates: np.ndarray, accuracies: Mapping[str, np.ndarray], wrong: float, axes=None
) -> tuple[Axes, Axes]:
    """Draw the accuracy on the training sentences and on new ones against the rate of dropout.

    Bars show one standard deviation over the seeds.

    Args: rates (N,); accuracies: for each kind, (N, seeds, 2), the training part first; wrong: the share of
        training answers that are wrong; axes: two, of a new figure by default.
    """
    left, right = plt.subplots(1, 2, figsize=(13, 4.4), sharex=True)[1] if axes is None else axes
    left.axhline(1 - wrong, color="0.4", linewidth=1.0)
    shifts = np.linspace(-0.012, 0.012, len(accuracies))  # so that bars do not hide each other
    for mark, shift, (kind, values) in zip(MARKS, shifts, accuracies.items(), strict=False):
        for part, ax in enumerate((left, right)):
            middle, deviation = values[:, :, part].mean(axis=1), values[:, :, part].std(axis=1, ddof=1)
            ax.errorbar(rates + shift, middle, deviation, marker=mark, capsize=3, linewidth=2, label=kind)
    left.set(xlabel="rate", ylabel="accuracy", title="training sentences, some answers wrong")
    right.set(xlabel="rate", ylabel="accuracy", title="new sentences, all answers right")
    left.figure.legend(*left.get_legend_handles_labels(), loc="outside right center")
    return left, right

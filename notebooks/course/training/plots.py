"""Figures of notebook 10: paths down a loss, learning rates, clipped gradients, curves of trainings."""

from collections.abc import Mapping
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from course.shared.style import COLORS, LINES, at_once
from course.training.loss_surface import Descent, Landscape

MARKERS = "osD^vPX"
DPI = 66  # a notebook with ten figures has to stay small
LEAST = 1e-12  # 0 has no place on a logarithmic scale


@at_once()
def plot_descents(
    land: Landscape, descents: Mapping[str, Descent], clip_norm: float | None = None
) -> tuple[Axes, Axes, Axes]:
    """Draw a new figure of paths over a loss, beside the loss and the gradient's norm by update.

    Args: land; descents: for each label; clip_norm: drawn where there is one.
    """
    # Margins by hand: finding them takes longer than drawing, and a slider must not wait for it.
    margins = {"left": 0.07, "right": 0.985, "top": 0.91, "bottom": 0.22, "wspace": 0.32}
    figure = plt.figure(figsize=(13, 4.5), dpi=DPI, layout="none")
    above, losses, norms = figure.subplots(1, 3, width_ratios=(5, 4, 4), gridspec_kw=margins)
    plot_paths(land, descents, above)
    _plot_updates(losses, {label: descent.losses for label, descent in descents.items()})
    _plot_updates(norms, {label: descent.norms for label, descent in descents.items()})
    if clip_norm is not None:
        norms.axhline(clip_norm, color="0.3", linestyle="--", linewidth=1.5)
        norms.text(1, clip_norm, "clipped to this", va="bottom", size="small")
    of_norms = "gradient norm" if clip_norm is None else "gradient norm, before clipping"
    for ax, title in ((losses, "loss"), (norms, of_norms)):
        ax.set(title=title, xlabel="update")
        _plain_log_axis(ax)
    return above, losses, norms


def plot_paths(land: Landscape, descents: Mapping[str, Descent], ax: Axes | None = None) -> Axes:
    """Draw paths over a loss, seen from above: darker is lower, and a star stands where they begin.

    Args: land; descents: for each label.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(7, 4.5))[1] if ax is None else ax
    heights = np.log10(land.losses + 1e-3 * np.median(land.losses))
    ax.contourf(land.x, land.y, heights, levels=10, cmap="Greys_r", alpha=0.55)
    for (label, descent), marker, style in zip(descents.items(), MARKERS, _styles(), strict=False):
        ax.plot(*descent.points.T, marker=marker, markersize=4, label=label, **{**style, "linewidth": 1.5})
    start = next(iter(descents.values())).points[0]
    ax.plot(*start, "*", color="white", markeredgecolor="black", markersize=16)
    ax.set(xlim=land.x[[0, -1]], ylim=land.y[[0, -1]], xlabel=land.names[0], ylabel=land.names[1])
    # Below the axes: inside, it would lie on a path that leaves the picture.
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "ncols": len(descents)}
    ax.legend(fontsize="small", columnspacing=1.0, handlelength=1.8, **below)
    ax.grid(False)
    return ax


def plot_rates(rates: Mapping[str, np.ndarray], ax: Axes | None = None) -> Axes:
    """Draw learning rates by update.  Args: rates: (N,) for each label.  ax: a new figure's by default."""
    ax = plt.subplots(figsize=(10, 4), dpi=DPI)[1] if ax is None else ax
    for (label, values), style in zip(rates.items(), _styles(), strict=False):
        ax.plot(np.arange(len(values)), values, label=label, **style)
    ax.set(xlabel="update", ylabel="learning rate", ylim=(0, None))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_arrows(arrows: Mapping[str, np.ndarray], limit: float, ax: Axes | None = None) -> Axes:
    """Draw arrows from one point, and the circle around it that clipping lets none of them leave.

    Args: arrows: (2,) for each label; limit: the circle's radius.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(7, 3.2))[1] if ax is None else ax
    ax.add_patch(plt.Circle((0, 0), limit, facecolor="0.92", edgecolor="0.4", linestyle="--"))
    for (label, end), style in zip(arrows.items(), _styles(), strict=False):
        ax.annotate("", end, (0, 0), arrowprops={"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, **style})
        ax.plot([], [], label=label, **style)
    ends = np.array([*arrows.values(), [limit, limit], [-limit, -limit]])
    ax.set(xlim=(ends[:, 0].min() - 0.3, ends[:, 0].max() + 0.3), xlabel="gradient of $W$")
    ax.set(ylim=(ends[:, 1].min() - 0.3, ends[:, 1].max() + 0.3), ylabel="gradient of $b$", aspect="equal")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_trainings(
    losses: Mapping[str, np.ndarray], norms: Mapping[str, np.ndarray], clip_norm: float, guessing: float
) -> tuple[Axes, Axes]:
    """Draw a new figure of losses beside gradient norms before clipping, by update, both logarithmic.

    Args: losses, norms: (N,) for each label; a line that ends early has diverged there; clip_norm; guessing:
        the loss of a model that knows nothing.
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(12, 4), dpi=DPI)
    _plot_updates(left, losses)
    _plot_updates(right, norms)
    left.axhline(guessing, color="0.3", linestyle="--", linewidth=1.5)
    right.axhline(clip_norm, color="0.3", linestyle="--", linewidth=1.5)
    left.set(xlabel="update", ylabel="loss (dashed: guessing)")
    right.set(xlabel="update", ylabel="gradient norm, before clipping\n(dashed: clipped to)")
    left.legend()
    return left, right


def plot_generalization(curves: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Draw a new figure of training and development loss by epoch, with one panel per label.

    Args: curves: for each label (E,) and (E,).  Returns: the panels.
    """
    size = (4.2 * len(curves), 4)
    figure, axes = plt.subplots(1, len(curves), figsize=size, dpi=DPI, sharey=True, squeeze=False)
    figure.set_layout_engine("constrained", w_pad=0.07)  # so few dots an inch need more to keep off the edge
    for ax, (label, (training, development)) in zip(axes[0], curves.items(), strict=True):
        epochs = np.arange(1, len(training) + 1)
        ax.plot(epochs, training, label="training")
        ax.plot(epochs, development, label="development")
        best = int(np.argmin(development))
        ax.plot(epochs[best], development[best], "o", color=COLORS[1], markeredgecolor="black", markersize=10)
        ax.set(title=label, xlabel="epoch", ylim=(0, None))
    axes[0, 0].set(ylabel="loss (nats per token)")
    axes[0, 0].legend()
    return axes[0]


def _plot_updates(ax: Axes, lines: Mapping[str, np.ndarray]) -> None:
    """Lines over the numbers of updates, counted from 1, on a logarithmic scale."""
    for (label, values), style in zip(lines.items(), _styles(), strict=False):
        ax.semilogy(np.arange(1, len(values) + 1), np.maximum(values, LEAST), label=label, **style)


def _plain_log_axis(ax: Axes) -> None:
    """A few labels without formulas: setting those would take half of a slider's time."""
    ax.yaxis.set_major_locator(LogLocator(numticks=6))
    ax.yaxis.set_major_formatter("{x:.0e}")
    ax.yaxis.set_minor_locator(NullLocator())


def _styles():
    return cycle({"color": color, "linestyle": line} for color, line in zip(COLORS, LINES, strict=False))

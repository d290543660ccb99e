"""Figures of activation functions and of what they leave of a gradient: arrays in, Axes out."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.activations.gradient_flow import Flow
from course.shared.style import COLORS, at_once, quick_subplots
from lstm_lib.nn.activations import Activation

BACK = r"steps back $k$"
FLOOR = 1e-35  # the lowest share shown


def plot_activations(z: np.ndarray, activations: Mapping[str, Activation]) -> tuple[Axes, Axes]:
    """Draw a new figure of activation functions, their outputs beside their slopes.

    Args: z (N,): where to draw; activations: by the name to show.
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(11, 4.0), sharex=True)
    for name, activation in activations.items():
        a = activation(z)
        left.plot(z, a, label=name)
        right.plot(z, activation.derivative(z, a))
    left.set(xlabel="$z$", ylabel=r"output $\phi(z)$", ylim=(-1.2, 3))
    right.set(xlabel="$z$", ylabel=r"slope $\phi'(z)$", ylim=(-0.05, 1.15))
    left.figure.legend(*left.get_legend_handles_labels(), loc="outside right center")
    return left, right


def plot_gradients_of_layers(norms: Mapping[str, Mapping[str, np.ndarray]]) -> list[Axes]:
    """Draw what is left of a gradient against the steps back, in a new figure with a panel per kind of layer.

    Args: norms: for each kind of layer and each activation the norms by lag, (T,), lag 0 first.
    """
    figure, axes = plt.subplots(1, len(norms), figsize=(11, 4.2), sharex=True, sharey=True)
    for ax, (layer, lines) in zip(axes, norms.items(), strict=True):
        for name, values in lines.items():
            ax.semilogy(np.arange(len(values)), values / values[0], label=name)
        ax.set(title=layer, xlabel=BACK)
    axes[0].set_ylabel("share of the gradient left")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    return list(axes)


def plot_shares(x: np.ndarray, shares: Mapping[str, np.ndarray], xlabel: str, ax: Axes | None = None) -> Axes:
    """Draw what is left of a gradient in the end against what it depends on; both axes are logarithmic.

    Args: x (N,); shares: for each line's label, (N,); xlabel: what x is.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4.2))[1] if ax is None else ax
    ax.axhline(1.0, color="0.4", linewidth=1.0, linestyle="-")
    for label, values in shares.items():
        ax.loglog(x, values, label=label)
    ax.set(xlabel=xlabel, ylabel="share of the gradient left", ylim=(max(FLOOR, ax.get_ylim()[0]), None))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_losses(losses: Mapping[str, np.ndarray], guessing: float, ax: Axes | None = None) -> Axes:
    """Draw the losses of some trainings as means of ten updates.

    Args: losses: for each label, (updates,); guessing: the loss of guessing; ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4.2))[1] if ax is None else ax
    ax.axhline(guessing, color="0.4", linewidth=1.0, linestyle="-")
    for label, values in losses.items():
        means = np.reshape(values, (-1, 10)).mean(axis=1)
        ax.plot(10 * np.arange(1, len(means) + 1), means, label=label)
    ax.set(xlabel="update", ylabel="loss (nats)", ylim=(-0.02, 1.25 * guessing))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


@at_once()
def plot_flow(activation: Activation, way: Flow) -> tuple[Axes, Axes, Axes]:
    """Draw a new figure of one activation, its slope, and what it leaves of a gradient.

    Each dot stands for a tenth of the z's that occurred on the way, so the dots show where the network works.

    Args: activation; way: from `gradient_flow.flow`.
    """
    grid = {"left": 0.055, "right": 0.985, "top": 0.9, "bottom": 0.15, "wspace": 0.24}
    value, slope, left = quick_subplots(1, 3, (13, 4.2), **grid)
    occurred = np.quantile(way.z, np.linspace(0.05, 0.95, 10))
    reach = max(4.0, 1.1 * np.abs(occurred).max())
    z = np.linspace(-reach, reach, 401)
    dots = {"marker": "o", "linestyle": "none", "markersize": 8, "color": COLORS[1]}
    value.plot(z, activation(z), color=COLORS[0], linestyle="-")
    value.plot(occurred, activation(occurred), **dots)
    value.set(xlabel="$z$", title=r"output $\phi(z)$")
    slope.plot(z, activation.derivative(z, activation(z)), color=COLORS[0], linestyle="-")
    slope.plot(occurred, activation.derivative(occurred, activation(occurred)), **dots)
    slope.set(xlabel="$z$", title=r"slope $\phi'(z)$", ylim=(-0.05, 1.1))
    left.semilogy(way.left, color=COLORS[0], linestyle="-")
    steps, share = len(way.left) - 1, way.left[-1]
    left.set(xlabel=BACK, title=f"left after {steps} steps: {share:.1e}", ylim=(FLOOR, 1e5))
    left.set_yticks([1, 1e-10, 1e-20, 1e-30], ["1", "1e−10", "1e−20", "1e−30"])
    left.minorticks_off()
    return value, slope, left

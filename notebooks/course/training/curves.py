"""The curves of a training, from its history, and a picture of them that any thread may draw."""

import io
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from course.shared.style import COLORS, label_sparsely
from lstm_lib.training import History

BEFORE = "0.6"  # the gray of an earlier run


class Curves(NamedTuple):
    """What a training has shown so far: N updates, K evaluations."""

    losses: np.ndarray  # (N,) training loss, nats per token
    norms: np.ndarray  # (N,) of the gradients, before clipping
    rates: np.ndarray  # (N,) learning rates
    evaluated: np.ndarray  # (K,) the updates after which the model was evaluated
    dev_losses: np.ndarray  # (K,) nats per token
    dev_bleu: np.ndarray  # (K,)


def curves_of(history: History | None) -> Curves:
    """Return the curves of a history; of None, curves without points."""
    steps, evaluations = ([], []) if history is None else (history.steps, history.evaluations)
    of_steps = [[step[name] for step in steps] for name in ("loss", "grad_norm", "learning_rate")]
    metrics = [evaluation["metrics"] for evaluation in evaluations]
    return Curves(
        *(np.array(column, float) for column in of_steps),
        np.array([evaluation["step"] for evaluation in evaluations], int),
        np.log(np.array([found["perplexity"] for found in metrics], float)),
        np.array([found["bleu"] for found in metrics], float),
    )


def plot_run(
    axes: np.ndarray, curves: Curves, before: Curves | None = None, clip_norm: float | None = None
) -> None:
    """Draw loss, gradient norm, learning rate and BLEU of a training, by update.

    Args: axes (4,); curves; before: an earlier run's, in gray; clip_norm: drawn where there is one.
    """
    for ax, title in zip(axes, ("loss", "gradient norm", "learning rate", "development BLEU"), strict=True):
        ax.set(title=title, xlabel="update")
    if before is not None:
        _draw(axes, before, (BEFORE, BEFORE), " before")
    _draw(axes, curves, (COLORS[0], COLORS[1]), "")
    if clip_norm:
        axes[1].axhline(clip_norm, color="0.3", linestyle="--", linewidth=1.5)
    if before is not None or len(curves.losses):
        axes[1].set_yscale("log")
        # No formulas in the labels: they are slow, and drawn in one thread only.
        axes[1].yaxis.set_major_formatter("{x:g}")
        axes[1].yaxis.set_minor_locator(NullLocator())
    axes[0].set(ylabel="nats per token")
    axes[0].set_ylim(bottom=0)
    axes[2].set_ylim(bottom=0)
    axes[3].set_ylim(0, 105)
    axes[0].legend(loc="upper right", fontsize="small")


def run_picture(curves: Curves, before: Curves | None = None, clip_norm: float | None = None) -> bytes:
    """Return what `plot_run` draws as a PNG.  Args: as for `plot_run`."""
    # Not pyplot's: its list of open figures belongs to the main thread.
    figure = Figure(figsize=(14, 3.6), dpi=80, layout="none")
    margins = {"left": 0.05, "right": 0.99, "top": 0.9, "bottom": 0.17, "wspace": 0.28}
    plot_run(figure.subplots(1, 4, gridspec_kw=margins), curves, before, clip_norm)
    label_sparsely(figure)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def _draw(axes: np.ndarray, curves: Curves, colors: tuple[str, str], suffix: str) -> None:
    loss, norm, rate, bleu = axes
    updates = np.arange(1, len(curves.losses) + 1)
    thin, solid = {"color": colors[0], "linewidth": 1.5}, {"linestyle": "-"}
    loss.plot(updates, curves.losses, label="training" + suffix, **thin | solid)
    dots = {"color": colors[1], "marker": "o", "linestyle": "--"}
    loss.plot(curves.evaluated, curves.dev_losses, label="development" + suffix, **dots)
    norm.plot(updates, curves.norms, **thin | solid)
    rate.plot(updates, curves.rates, **thin | solid)
    bleu.plot(curves.evaluated, curves.dev_bleu, **dots)

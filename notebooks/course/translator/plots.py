"""Figures of training and of what came out of it: pure functions, arrays in, Axes out."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.style import COLORS


def plot_learning(
    losses: Sequence[float], steps: Sequence[int], scores: Sequence[float], guessing: float
) -> tuple[Axes, Axes]:
    """A new figure of the loss at every update, beside BLEU on the development part after every epoch.

    Args: losses (N,), nats a token; steps (K,): the updates after which BLEU was measured; scores (K,): BLEU,
        0 to 100; guessing: the loss of a model to which all words are equally probable.
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(12, 4))
    left.plot(np.arange(1, len(losses) + 1), losses, linewidth=1.5)
    left.axhline(guessing, color="0.3", linestyle="--", linewidth=1.5)
    left.text(len(losses), guessing, r"guessing: $\ln V$", ha="right", va="bottom")
    left.set(xlabel="update", ylabel="loss (nats a token)", ylim=(0, 1.15 * guessing))
    right.plot(steps, scores, "o-", color=COLORS[1], markersize=9)
    right.set(xlabel="update", ylabel="BLEU on the development part", ylim=(0, 105), xlim=left.get_xlim())
    return left, right


def plot_candidates(texts: Sequence[str], probabilities: Sequence[float], ax: Axes | None = None) -> Axes:
    """Translations of one sentence and how probable the model finds each, best first.

    Args: texts, probabilities: one each a translation.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(11, 0.8 + 0.45 * len(texts)))[1] if ax is None else ax
    bars = ax.barh(range(len(texts)), probabilities, color=COLORS[0], edgecolor="black")
    ax.bar_label(bars, [f"{p:.3f}" for p in probabilities], padding=4)
    # In letters of one width, words that differ stand below each other.
    width = max(map(len, texts))
    texts = [text.ljust(width) for text in texts]
    ax.set_yticks(range(len(texts)), texts, family="DejaVu Sans Mono", size=11, parse_math=False)
    ax.set(xlabel="probability", xlim=(0, 1.12), ylim=(len(texts) - 0.5, -0.5))
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.grid(axis="y", visible=False)
    return ax


def plot_scores(names: Sequence[str], scores: Sequence[float], ax: Axes | None = None) -> Axes:
    """BLEU of some systems, side by side.

    Args: names, scores: one each a system.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(9, 0.8 + 0.5 * len(names)))[1] if ax is None else ax
    bars = ax.barh(range(len(names)), scores, color=COLORS[: len(names)], edgecolor="black")
    ax.bar_label(bars, [f"{score:.1f}" for score in scores], padding=4)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="BLEU on held-out sentences", xlim=(0, 110), ylim=(len(names) - 0.5, -0.5))
    ax.set_xticks(range(0, 101, 20))
    ax.grid(axis="y", visible=False)
    return ax

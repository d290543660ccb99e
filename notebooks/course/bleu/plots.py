"""Figures of BLEU's parts and of the difference between two systems: pure functions, arrays in, Axes out."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.style import COLORS
from lstm_lib.text.metrics import BleuScore, BootstrapResult

HATCHES = ("", "//", "..", "xx")


def plot_brevity_penalty(lengths: Sequence[tuple[int, int]], ax: Axes | None = None) -> Axes:
    """The factor exp(min(0, 1 - r/h)) against h/r, with some translations on it.

    Args: lengths: (h, r) of each translation.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(9, 3.6))[1] if ax is None else ax
    ratio = np.linspace(0.2, 1.6, 200)
    ax.plot(ratio, np.exp(np.minimum(0, 1 - 1 / ratio)))
    for h, r in lengths:
        factor = np.exp(min(0, 1 - r / h))
        ax.plot(h / r, factor, "o", color=COLORS[1], markeredgecolor="black", markersize=10)
        ax.annotate(f"h = {h}, r = {r}", (h / r, factor), (12, -12), textcoords="offset points")
    ax.set(xlabel="length of the hypothesis over length of the reference, $h/r$", ylabel="brevity penalty")
    ax.set(ylim=(-0.08, 1.1), xlim=(0.2, 1.6))
    return ax


def plot_precisions(scores: Mapping[str, BleuScore], ax: Axes | None = None) -> Axes:
    """The four precisions, the brevity penalty and BLEU of some systems, side by side.

    Args: scores: of each system.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(11, 4))[1] if ax is None else ax
    width = 0.8 / len(scores)
    for number, (name, score) in enumerate(scores.items()):
        heights = [*score.precisions, 100 * score.brevity_penalty, score.score]
        places = np.arange(len(heights)) + (number - (len(scores) - 1) / 2) * width
        look = {"color": COLORS[number], "edgecolor": "black", "hatch": HATCHES[number]}
        bars = ax.bar(places, heights, width, label=name, **look)
        ax.bar_label(bars, [f"{height:.0f}" for height in heights], padding=2, fontsize=10)
    labels = [f"$p_{n}$" for n in range(1, 5)]
    ax.set_xticks(range(6), [*labels, "brevity\npenalty × 100", "BLEU"])
    ax.set(ylim=(0, 112), ylabel="%")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_differences(results: Mapping[str, BootstrapResult]) -> Sequence[Axes]:
    """A new figure: the difference in BLEU on test sets that are drawn again, a panel a comparison.

    Args: results: of each comparison.
    """
    _, panels = plt.subplots(1, len(results), figsize=(12, 3.6), squeeze=False)
    for (title, result), ax in zip(results.items(), panels[0], strict=True):
        ax.hist(result.differences, bins=30, color=COLORS[0], histtype="stepfilled")
        ax.axvline(0, color="black", linewidth=2)
        for end in result.interval:
            ax.axvline(end, color=COLORS[3], linestyle="--")
        ax.set(title=title, xlabel="difference in BLEU", ylabel="number of drawn test sets")
    return panels[0]

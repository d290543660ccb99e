"""Figures of BLEU's parts, of the difference between two systems, and of a class's ratings."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.bleu.ratings import STARS, Results
from course.shared.plots import draw_groups
from course.shared.style import COLORS, at_once, quick_subplots
from lstm_lib.text.metrics import BleuScore, BootstrapResult


def plot_brevity_penalty(lengths: Sequence[tuple[int, int]], ax: Axes | None = None) -> Axes:
    """Draw the factor exp(min(0, 1 - r/h)) against h/r, with some translations on it.

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
    """Draw the four precisions, the brevity penalty and BLEU of some systems, side by side.

    Args: scores: of each system.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(11, 4))[1] if ax is None else ax
    labels = ["$p_1$", "$p_2$", "$p_3$", "$p_4$", "brevity\npenalty × 100", "BLEU"]
    heights = {
        name: [*score.precisions, 100 * score.brevity_penalty, score.score] for name, score in scores.items()
    }
    draw_groups(ax, labels, heights, "{:.0f}")
    ax.set(ylim=(0, 112), ylabel="%")
    return ax


def plot_differences(results: Mapping[str, BootstrapResult]) -> Sequence[Axes]:
    """Draw a new figure of the difference in a score on resampled test sets, one panel per comparison.

    Args: results: of each comparison.
    """
    _, panels = plt.subplots(1, len(results), figsize=(12, 3.6), squeeze=False)
    for (title, result), ax in zip(results.items(), panels[0], strict=True):
        ax.hist(result.differences, bins=30, color=COLORS[0], histtype="stepfilled")
        ax.axvline(0, color="black", linewidth=2)
        for end in result.interval:
            ax.axvline(end, color=COLORS[3], linestyle="--")
        ax.set(title=title, xlabel="difference", ylabel="number of drawn test sets")
    return panels[0]


@at_once()
def plot_results(results: Results) -> tuple[Axes, Axes]:
    """Draw a new figure of the ratings against sentence BLEU, beside the mean of each system."""
    grid = {"left": 0.06, "right": 0.99, "bottom": 0.15, "top": 0.87, "wspace": 0.35}
    left, right = quick_subplots(1, 2, (12, 4.4), width_ratios=(3, 2), **grid)
    left.scatter(results.bleu, results.stars, s=70, alpha=0.6, color=COLORS[0], edgecolor="black")
    left.set(xlabel="sentence BLEU", ylabel="mean rating", xlim=(-3, 103), ylim=(0.7, 5.3), yticks=STARS)
    left.set_title(headline(results), fontsize=12)
    names = [name for name, stars in results.by_system.items() if len(stars)]
    means = [results.by_system[name].mean() for name in names]
    right.plot(means, range(len(names)), "D", color=COLORS[1], markersize=11, markeredgecolor="black")
    for row, mean in enumerate(means):
        right.annotate(f"{mean:.1f}", (mean, row), (12, 0), textcoords="offset points", va="center")
    right.set_yticks(range(len(names)), names)
    right.set(xlabel="mean rating", xlim=(0.7, 5.6), xticks=STARS, ylim=(len(names) - 0.5, -0.5))
    return left, right


def headline(results: Results) -> str:
    """Put the numbers into a line or two."""
    says = f"raters: {results.raters}, translations: {len(results.stars)}; "
    r, (low, high), rho = results.correlation
    if not np.isfinite(r):
        return says + "too few that differ for a correlation"
    says += f"Pearson $r$ = {r:.2f} ({low:.2f} to {high:.2f}), Spearman $\\rho$ = {rho:.2f}"
    if np.isfinite(results.agreement):
        says += f"\nbetween two raters, on average: $r$ = {results.agreement:.2f}"
    return says

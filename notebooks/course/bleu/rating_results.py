"""What ratings say: people beside sentence BLEU, with the correlation and how far to trust it."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from sacrebleu.metrics import BLEU

from course.bleu.ratings import STARS, Item, Ratings
from course.shared.style import COLORS, at_once

FEWEST = 3  # points of which a correlation says anything


class Correlation(NamedTuple):
    """How two measurements of the same things go together; nan where too few differ."""

    pearson: float
    interval: tuple[float, float]  # 95% of Pearson's r, things drawn again with replacement
    spearman: float


class Results(NamedTuple):
    """M rated translations."""

    bleu: np.ndarray  # (M,) sentence BLEU, 0 to 100
    stars: np.ndarray  # (M,) means over the raters, 1 to 5
    by_system: dict[str, np.ndarray]  # the mean stars of each translation that the system wrote
    correlation: Correlation
    raters: int
    agreement: float  # the mean correlation between two raters; nan where there are none to compare


def sentence_bleu(text: str, references: Sequence[str]) -> float:
    """sacreBLEU of one sentence, 0 to 100, without regard to case; only of orders that it is long enough for.

    Source: Papineni et al. (2002); Chen and Cherry (2014) for smoothing.
    """
    return BLEU(lowercase=True, effective_order=True).sentence_score(text, references).score


def summarize(items: Sequence[Item], ratings: Ratings, rng: np.random.Generator) -> Results:
    """Compare ratings with sentence BLEU.

    Args: items: what could be rated; ratings: at least one; rng: draws for the interval.
    """
    of_key: dict[str, list[int]] = {}
    for (_, key), stars in ratings.items():
        of_key.setdefault(key, []).append(stars)
    rated = [item for item in items if item.key in of_key]
    bleu = np.array([sentence_bleu(item.text, item.references) for item in rated])
    stars = np.array([np.mean(of_key[item.key]) for item in rated])
    names = dict.fromkeys(system for item in items for system in item.systems)
    by_system = {
        name: np.array([s for item, s in zip(rated, stars, strict=True) if name in item.systems])
        for name in names
    }
    raters = len({name for name, _ in ratings})
    return Results(bleu, stars, by_system, correlate(bleu, stars, rng), raters, agreement(ratings))


def correlate(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, samples: int = 1000) -> Correlation:
    """Pearson's r with a bootstrap interval, and Spearman's rho.

    Args: x, y (M,); rng; samples: how often the M things are drawn again.
    """
    r = float(pearson(x, y))
    draws = rng.integers(len(x), size=(samples, len(x)))
    low, high = np.nanpercentile(pearson(x[draws], y[draws]), [2.5, 97.5]) if np.isfinite(r) else (r, r)
    return Correlation(r, (float(low), float(high)), float(pearson(ranks(x), ranks(y))))


def pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's correlation along the last axis; nan of fewer than three points, or where one is constant."""
    if x.shape[-1] < FEWEST:
        return np.full(x.shape[:-1], np.nan)
    varies = (np.ptp(x, axis=-1) > 0) & (np.ptp(y, axis=-1) > 0)
    x, y = (a - a.mean(axis=-1, keepdims=True) for a in (x, y))
    scale = np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))
    return np.divide((x * y).sum(axis=-1), scale, out=np.full(scale.shape, np.nan), where=varies)


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def agreement(ratings: Ratings) -> float:
    """The mean, over all pairs of raters, of the correlation on what both rated."""
    of_rater: dict[str, dict[str, int]] = {}
    for (name, key), stars in ratings.items():
        of_rater.setdefault(name, {})[key] = stars
    found = []
    for one, other in combinations(of_rater.values(), 2):
        both = [key for key in one if key in other]
        found.append(pearson(np.array([one[k] for k in both]), np.array([other[k] for k in both])))
    found = [r for r in found if np.isfinite(r)]
    return float(np.mean(found)) if found else float("nan")


@at_once()
def plot_results(results: Results) -> tuple[Axes, Axes]:
    """A new figure: the ratings against sentence BLEU, and beside them the mean of each system."""
    # Margins by hand: finding them takes as long as drawing.
    margins = {"left": 0.06, "right": 0.99, "bottom": 0.15, "top": 0.87, "wspace": 0.35}
    figure = plt.figure(figsize=(12, 4.4), layout="none")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2), gridspec_kw=margins)
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
    """The numbers in a line or two."""
    says = f"raters: {results.raters}, translations: {len(results.stars)}; "
    r, (low, high), rho = results.correlation
    if not np.isfinite(r):
        return says + "too few that differ for a correlation"
    says += f"Pearson $r$ = {r:.2f} ({low:.2f} to {high:.2f}), Spearman $\\rho$ = {rho:.2f}"
    if np.isfinite(results.agreement):
        says += f"\nbetween two raters, on average: $r$ = {results.agreement:.2f}"
    return says

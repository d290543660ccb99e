"""Intervals over seeds, the p values that belong to them, and what they could have found.

An interval and a p value follow one rule: a number lies outside of the 95% interval where its p is below 5%.
"""

import base64
import zlib
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy.optimize
import scipy.stats

from lstm_lib.text.metrics import BootstrapResult, bleu_from_statistics, bootstrap_result

CONFIDENCE = 0.95
DRAWS, BLOCK = 10_000, 500  # of a bootstrap, and as many at once as fit in memory


class Interval(NamedTuple):
    """A mean over seeds, or a share of them, with its 95% confidence interval and the number of seeds."""

    mean: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.mean:z.1f} ({self.low:z.1f} to {self.high:z.1f})"  # z: 0.0, and not -0.0


def interval(values: Sequence[float]) -> Interval:
    """Return Student's t interval: mean +- t s / sqrt(n), s the standard deviation of n values.

    A single value, which says nothing about others, is its own interval.

    Raises: ValueError where there is no value.
    Source: Student (1908).
    """
    values = np.asarray(values, float)
    if not len(values):
        raise ValueError("values: wanted at least one")
    mean, half = float(values.mean()), 0.0
    if len(values) > 1:
        half = t_quantile(len(values) - 1) * float(values.std(ddof=1)) / len(values) ** 0.5
    return Interval(mean, mean - half, mean + half, len(values))


def intervals(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the same for every column.  Args: values: (n, ...).  Returns: means, lows, highs: each (...)."""
    flat = np.reshape(values, (len(values), -1))
    found = np.array([interval(column)[:3] for column in flat.T])
    mean, low, high = (found[:, k].reshape(np.shape(values)[1:]) for k in range(3))
    return mean, low, high


def p_value(values: Sequence[float], number: float) -> float:
    """Return the two-sided p of Student's t test that the mean of all seeds is this number.

    It is below 5% where `interval` of the values leaves the number out.  Args: values: two or more.
    """
    mean, error = float(np.mean(values)), standard_error(values)
    if error == 0:
        return float(mean == number)
    return float(2 * scipy.stats.t.sf(abs(mean - number) / error, len(values) - 1))


def detectable(values: Sequence[float], level: float = 1 - CONFIDENCE, power: float = 0.8) -> float:
    """Return the smallest distance between a number and the true mean that Student's t test would find.

    At this distance p is below the level in the share `power` of all repetitions: the t of the test follows
    the noncentral distribution, with the scatter of the values.

    Args: values: two or more; level: the p below which a difference counts as found.
    """
    degrees = len(values) - 1
    wanted = scipy.stats.t.isf(level / 2, degrees)

    def lacking(center: float) -> float:
        return power - scipy.stats.nct.sf(wanted, degrees, center)

    return float(scipy.optimize.brentq(lacking, 0, 4 * wanted + 4)) * standard_error(values)


def standard_error(values: Sequence[float]) -> float:
    """Return s / sqrt(n).  Args: values: two or more."""
    return float(np.std(values, ddof=1)) / len(values) ** 0.5


def median_interval(values: Sequence[float]) -> Interval:
    """Return the median between two of the values, which hold the true median in at least 95% of all cases.

    The k-th lowest and the k-th highest, with the largest k for which 2 P(fewer than k of n tosses are heads)
    is at most 5%; the lowest and the highest where there is none, as with five values or fewer.

    Source: the sign test's interval (Conover, 1999, section 3.2).
    """
    ordered, count = np.sort(np.asarray(values, float)), len(values)
    k = max(int(scipy.stats.binom.ppf((1 - CONFIDENCE) / 2, count, 0.5)), 1)
    return Interval(float(np.median(ordered)), float(ordered[k - 1]), float(ordered[count - k]), count)


def sign_p_value(values: Sequence[float], number: float) -> float:
    """Return the two-sided p of the sign test that the median is this number."""
    differences = np.subtract(values, number)
    above, count = int(np.sum(differences > 0)), int(np.sum(differences != 0))
    return float(scipy.stats.binomtest(above, count).pvalue) if count else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's p values: of tests without an effect, one or more falls below 5% in 5% of cases at most.

    The k-th lowest of m, counted from 1, is multiplied by m - k + 1, and is no lower than the one before it.

    Source: Holm (1979).
    """
    order, adjusted, highest = np.argsort(p_values), [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


@cache
def t_quantile(degrees: int) -> float:
    """Return the t for which 95% of Student's distribution lie between -t and t."""
    return float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, degrees))


def share_interval(successes: int, count: int) -> Interval:
    """Return the exact interval of a share: what the true one may be, after `successes` of `count` trials.

        P(as many successes, or more | low) = P(as many, or fewer | high) = 2.5%

    Source: Clopper and Pearson (1934).
    """
    found = scipy.stats.binomtest(successes, count).proportion_ci(CONFIDENCE)
    return Interval(successes / count, float(found.low), float(found.high), count)


def block_bootstrap(
    first: np.ndarray, second: np.ndarray, rng: np.random.Generator, samples: int = 1000
) -> BootstrapResult:
    """Tell whether two systems' mean BLEU over seeds differs by more than the luck of sentences and seeds.

    Each sample draws N test sentences with replacement, the same for both systems and all seeds, and it draws
    the seeds as blocks: all sentences of a seed stay together, and a seed of the first system stays paired
    with the same seed of the second.

    Args:
        first, second: (seeds, N, 10), from `bleu_statistics` of the same N sentences, one block per seed.
        rng: random generator.
        samples: the number of samples.

    Raises:
        ValueError: the shapes differ.

    Source: Koehn (2004); Riezler and Maxwell (2005) for the two-sided p value.
    """
    if first.shape != second.shape or first.ndim != 3:
        raise ValueError(f"first, second: wanted one shape (seeds, N, 10), got {first.shape}, {second.shape}")
    seeds, sentences, _ = first.shape
    drawn = rng.multinomial(sentences, np.full(sentences, 1 / sentences), size=samples)  # (samples, N)
    blocks = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=samples) / seeds  # (samples, seeds)

    def resampled(system: np.ndarray) -> np.ndarray:
        scores = np.stack([bleu_from_statistics(drawn @ one_seed) for one_seed in system], axis=1)
        return (scores * blocks).sum(axis=1)

    differences = resampled(first) - resampled(second)
    difference = float(np.mean(bleu_from_statistics(first.sum(1)) - bleu_from_statistics(second.sum(1))))
    return bootstrap_result(difference, differences)


def sentence_interval(statistics: np.ndarray, rng: np.random.Generator) -> Interval:
    """Return BLEU of one system, with what it may be on other sentences like these: 95% of `DRAWS` resamples.

    It says nothing of other seeds.

    Args: statistics: (N, 10), from `bleu_statistics`; rng.
    Source: Koehn (2004).
    """
    count, scores = len(statistics), []
    for _ in range(DRAWS // BLOCK):
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=BLOCK)  # (BLOCK, N)
        scores.append(bleu_from_statistics(drawn @ statistics))
    low, high = np.percentile(np.concatenate(scores), [2.5, 97.5])
    return Interval(float(bleu_from_statistics(statistics.sum(axis=0))), float(low), float(high), 1)


def share_p_value(successes: int, count: int, share: float) -> float:
    """Return the two-sided p of the exact test that the true share is this one; it fits `share_interval`."""
    binomial = scipy.stats.binom(count, share)
    return float(min(1.0, 2 * min(binomial.cdf(successes), binomial.sf(successes - 1))))


def pack(statistics: np.ndarray) -> str:
    """Return sentence statistics (N, 10), counts below 65,536, as a short text for a row."""
    return base64.b64encode(zlib.compress(statistics.astype("<u2").tobytes(), 9)).decode("ascii")


def unpack(text: str) -> np.ndarray:
    """Return what `pack` has packed: (N, 10) int64."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<u2").reshape(-1, 10).astype(np.int64)

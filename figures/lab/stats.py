"""Intervals over seeds, and differences between systems on the same sentences."""

import base64
import zlib
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy.stats

from lstm_lib.text.metrics import BootstrapResult, bleu_from_statistics, bootstrap_result

CONFIDENCE = 0.95


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


def pack(statistics: np.ndarray) -> str:
    """Return sentence statistics (N, 10), counts below 65,536, as a short text for a row."""
    return base64.b64encode(zlib.compress(statistics.astype("<u2").tobytes(), 9)).decode("ascii")


def unpack(text: str) -> np.ndarray:
    """Return what `pack` has packed: (N, 10) int64."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<u2").reshape(-1, 10).astype(np.int64)

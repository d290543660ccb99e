"""Submissions for the exercises on intervals, early stopping and the bootstrap."""

import math
import statistics
from itertools import accumulate

import numpy as np
from scipy import stats

from lstm_lib.text.metrics import bleu_from_statistics

# Half of an interval


def half_by_statistics(values):
    n = len(values)
    return stats.t(n - 1).ppf(0.975) * statistics.stdev(values) / math.sqrt(n)


def half_by_scipy(values):
    low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    return (high - low) / 2


def half_by_a_loop(values):
    n, mean, squares = len(values), sum(values) / len(values), 0.0
    for value in values:
        squares += (value - mean) ** 2
    return -stats.t.ppf(0.025, n - 1) * (squares / (n * (n - 1))) ** 0.5


def half_by_pairs(values):
    """The variance is half the mean square of the differences of all pairs."""
    x = np.array(values)
    n = len(x)
    variance = np.sum((x[:, None] - x) ** 2) / (2 * n * (n - 1))
    return stats.t.isf(0.025, n - 1) * np.sqrt(variance / n)


def half_of(probability=0.975, spread=lambda x: np.std(x, ddof=1)):
    return lambda values: (
        stats.t.ppf(probability, len(values) - 1) * spread(np.array(values)) / len(values) ** 0.5
    )


# Early stopping


def stopping_with_a_count(losses, patience):
    best, lowest, waited = 0, math.inf, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest:
            best, lowest, waited = epoch, loss, 0
            continue
        waited += 1
        if waited >= patience:
            break
    return best


def stopping_by_recursion(losses, patience, best=0, now=0):
    if now == len(losses) or now - best > patience:
        return best
    return stopping_by_recursion(losses, patience, now if losses[now] < losses[best] else best, now + 1)


def stopping_by_windows(losses, patience):
    """The first epoch that none of the next `patience` beats, or the best of all."""
    lowest = list(accumulate(losses, min))
    for epoch in range(len(losses)):
        is_new = epoch == 0 or losses[epoch] < lowest[epoch - 1]
        if is_new and all(loss >= losses[epoch] for loss in losses[epoch + 1 : epoch + 1 + patience]):
            return epoch
    return None


def stopping_by_numpy(losses, patience):
    losses = np.asarray(losses)
    best_before = np.minimum.accumulate(np.r_[np.inf, losses[:-1]])
    records = np.flatnonzero(losses < best_before)
    long_waits = np.diff(np.r_[records, np.inf]) > patience
    return records[np.argmax(long_waits)]


def stopping_where(better):
    """Early stopping by another idea of a new best.  Args: better: of a loss and the best so far."""

    def stop(losses, patience):
        best = 0
        for epoch, loss in enumerate(losses):
            if better(loss, losses[best]):
                best = epoch
            if epoch - best == patience:
                break
        return best

    return stop


def patience_in_all(losses, patience):
    """Counts rises of the loss, wherever they are."""
    rises = 0
    for epoch in range(1, len(losses)):
        rises += losses[epoch] > losses[epoch - 1]
        if rises == patience:
            return int(np.argmin(losses[: epoch + 1]))
    return int(np.argmin(losses))


# The paired bootstrap


def summary(first, second, found):
    whole = bleu_from_statistics(first.sum(axis=0)) - bleu_from_statistics(second.sum(axis=0))
    found = np.asarray(found)
    far = np.sum(np.abs(found - found.mean()) >= abs(whole))
    return *np.percentile(found, [2.5, 97.5]), (far + 1) / (len(found) + 1)


def bootstrap_by_multinomials(first, second, rng, samples):
    drawn = rng.multinomial(len(first), np.ones(len(first)) / len(first), size=samples)
    return summary(first, second, bleu_from_statistics(drawn @ first) - bleu_from_statistics(drawn @ second))


def bootstrap_by_choice(first, second, rng, samples):
    found = []
    for _ in range(samples):
        rows = rng.choice(len(first), len(first))
        found.append(
            bleu_from_statistics(first[rows].sum(axis=0)) - bleu_from_statistics(second[rows].sum(axis=0))
        )
    return summary(first, second, found)


def bootstrap_by_counting(first, second, rng, samples):
    both, found = np.hstack([first, second]), []
    for _ in range(samples):
        times = np.bincount(rng.integers(0, len(both), len(both)), minlength=len(both))
        sums = times @ both
        found.append(bleu_from_statistics(sums[:10]) - bleu_from_statistics(sums[10:]))
    return list(summary(first, second, found))


def bootstrap_in_blocks(first, second, rng, samples):
    found = []
    while len(found) < samples:
        rows = rng.integers(len(first), size=(min(100, samples - len(found)), len(first)))
        found.extend(
            bleu_from_statistics(first[rows].sum(axis=1)) - bleu_from_statistics(second[rows].sum(axis=1))
        )
    return summary(first, second, found)


def bootstrap_of(size=lambda N: N, summary=summary):
    """A wrong bootstrap.  Args: size: how many of N sentences are drawn; summary: of the differences."""

    def function(first, second, rng, samples):
        N = len(first)
        drawn = rng.multinomial(size(N), np.full(N, 1 / N), size=samples)
        one, other = (bleu_from_statistics(drawn @ system) for system in (first, second))
        return summary(first, second, one - other)

    return function


def whole_range(first, second, found):
    return min(found), max(found), summary(first, second, found)[2]


def swapped_ends(first, second, found):
    low, high, p = summary(first, second, found)
    return high, low, p


def one_quarter_each(first, second, found):
    return *np.percentile(found, [25, 75]), summary(first, second, found)[2]


RIGHT = {
    "check_half_width": (half_by_statistics, half_by_scipy, half_by_a_loop, half_by_pairs),
    "check_early_stopping": (
        stopping_with_a_count,
        stopping_by_recursion,
        stopping_by_windows,
        stopping_by_numpy,
    ),
    "check_paired_bootstrap": (
        bootstrap_by_multinomials,
        bootstrap_by_choice,
        bootstrap_by_counting,
        bootstrap_in_blocks,
    ),
}
WRONG = {
    "check_half_width": {
        "an interval of 90%": half_of(0.95),
        "an interval of 99%": half_of(0.995),
        "the mean absolute deviation": half_of(spread=lambda x: np.abs(x - x.mean()).mean()),
        "the spread around the median": half_of(
            spread=lambda x: np.sqrt(np.sum((x - np.median(x)) ** 2) / (len(x) - 1))
        ),
        "in shares of the mean": lambda values: half_by_scipy(values) / np.mean(values),
    },
    "check_early_stopping": {
        "an equal loss counts as better": stopping_where(lambda loss, best: loss <= best),
        "only a clearly lower loss counts": stopping_where(lambda loss, best: loss < best - 0.15),
        "rises are counted wherever they are": patience_in_all,
        "the patience is doubled": lambda losses, patience: stopping_with_a_count(losses, 2 * patience),
        "the last of the best three": lambda losses, patience: int(max(np.argsort(losses)[:3])),
        "losses are averaged in pairs": lambda losses, patience: stopping_with_a_count(
            [(a + b) / 2 for a, b in zip([losses[0], *losses], losses, strict=False)], patience
        ),
    },
    "check_paired_bootstrap": {
        "half as many sentences": bootstrap_of(lambda N: N // 2),
        "four times as many sentences": bootstrap_of(lambda N: 4 * N),
        "the range of all draws": bootstrap_of(summary=whole_range),
        "the ends are swapped": bootstrap_of(summary=swapped_ends),
        "the middle half": bootstrap_of(summary=one_quarter_each),
    },
}

"""Readings from rows: counted numbers, means over seeds, and differences between systems."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from figures.claims.verdict import Reading
from figures.lab.results import Row
from figures.lab.stats import block_bootstrap, interval, share_interval, unpack

COUNTED = "counted"
OVER_SEEDS = "Student's t over seeds"
PAIRED_OVER_SEEDS = "Student's t over seeds, paired"
BOOTSTRAP = "paired bootstrap of sentences, seeds as blocks"
EXACT = "exact binomial interval over seeds"

Difference = Callable[[str, Sequence[Row], Sequence[Row]], list[Reading]]


def counted(condition: str, value: float, seeds: int = 0, test: str = COUNTED) -> Reading:
    """Make a reading without an interval.  Args: seeds: those of the trainings that were counted."""
    return Reading(condition, value, value, value, seeds, test)


def mean(
    condition: str, values: Sequence[float], test: str = OVER_SEEDS, seeds: int | None = None
) -> Reading:
    """Make a reading of values, one per seed.  Args: seeds: where the values come from fewer."""
    found = interval(values)
    return Reading(condition, found.mean, found.low, found.high, seeds or found.count, test)


def share(condition: str, successes: int, count: int) -> Reading:
    """Make a reading of the share, in %, of `count` trainings with a seed each that do what is claimed."""
    found = share_interval(successes, count)
    return Reading(condition, *(100 * number for number in found[:3]), found.count, EXACT)


def paired_difference(
    condition: str, first: Sequence[Row], second: Sequence[Row], number: Callable[[Row], float]
) -> list[Reading]:
    """Read first minus second, of the rows that have the same seed; nothing where no seed has both."""
    pairs = same_seeds(first, second)
    differences = [number(one) - number(other) for one, other in pairs]
    return [mean(condition, differences, PAIRED_OVER_SEEDS)] if pairs else []


def bleu_difference(condition: str, first: Sequence[Row], second: Sequence[Row]) -> list[Reading]:
    """Read the first system's test BLEU minus the second's, of the rows that have the same seed."""
    pairs = same_seeds(first, second)
    if not pairs:
        return []
    systems = [np.stack([unpack(pair[k]["metrics"]["statistics"]) for pair in pairs]) for k in (0, 1)]
    found = block_bootstrap(*systems, np.random.default_rng(0))
    return [Reading(condition, found.difference, *found.interval, len(pairs), BOOTSTRAP, found.p_value)]


def over_others(
    found: Mapping[str, Sequence[Row]], names: Iterable[str], first: str, difference: Difference
) -> list[Reading]:
    """Read how far one variant is ahead of each of the other `names`."""
    return [
        reading
        for name in names
        if name != first
        for reading in difference(f"over {name}", found.get(first, []), found.get(name, []))
    ]


def same_seeds(first: Sequence[Row], second: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Pair the rows of two systems, of the seeds with which neither training diverged."""
    others = {row["seed"]: row for row in second if "diverged" not in row["metrics"]}
    return [
        (row, others[row["seed"]])
        for row in first
        if row["seed"] in others and "diverged" not in row["metrics"]
    ]

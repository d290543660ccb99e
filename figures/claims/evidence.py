"""Readings from rows: counted numbers, means over seeds, and differences between systems."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from figures.claims.verdict import Reading
from figures.lab.results import Row
from figures.lab.stats import (
    detectable,
    interval,
    median_interval,
    p_value,
    share_interval,
    share_p_value,
    sign_p_value,
)

COUNTED = "counted"
OVER_SEEDS = "Student's t over seeds"
PAIRED_OVER_SEEDS = "Student's t over seeds, paired"
MEDIAN = "sign test"
EXACT = "exact binomial test over seeds"
ALONE, IDENTICAL = "a single run", "identical runs"
EARLY = 3  # epochs, after which the faster training is ahead

Difference = Callable[[str, Sequence[Row], Sequence[Row]], list[Reading]]


def counted(condition: str, value: float, seeds: int = 0, untested: str = "") -> Reading:
    """Make a reading without an interval.  Args: seeds: those of the trainings that were counted."""
    return Reading(condition, value, value, value, seeds, COUNTED, untested=untested)


def mean(condition: str, values: Sequence[float], test: str = OVER_SEEDS) -> Reading:
    """Make a reading of values, one per seed.  Args: test: its name, where these are not plain seeds."""
    found = interval(values)
    reading = Reading(condition, found.mean, found.low, found.high, found.count, test)
    if found.count < 2:
        return reading._replace(untested=ALONE)
    return reading._replace(p_of=partial(p_value, values), detectable=partial(detectable, values))


def median(condition: str, values: Sequence[float], of_what: str, seeds: int) -> Reading:
    """Make a reading of repeated measurements of the same trainings.

    Args: of_what: what was repeated, as "turns"; seeds: of the trainings.
    """
    found = median_interval(values)
    p_of = partial(sign_p_value, values)
    return Reading(condition, *found[:3], seeds, f"{MEDIAN} over {found.count} {of_what}", p_of)


def share(condition: str, successes: int, count: int) -> Reading:
    """Make a reading of the share, in %, of `count` trainings with a seed each that do what is claimed."""
    found = share_interval(successes, count)

    def p_of(percent: float) -> float:
        return share_p_value(successes, count, percent / 100)

    return Reading(condition, *(100 * number for number in found[:3]), found.count, EXACT, p_of)


def paired_difference(
    condition: str, first: Sequence[Row], second: Sequence[Row], number: Callable[[Row], float]
) -> list[Reading]:
    """Read first minus second, of the rows that have the same seed; nothing where no seed has both.

    Where they agree to the last digit with every seed, both are the same runs, and nothing is tested.
    """
    pairs = same_seeds(first, second)
    if not pairs:
        return []
    differences = [number(one) - number(other) for one, other in pairs]
    reading = mean(condition, differences, PAIRED_OVER_SEEDS)
    return [reading if any(differences) else reading._replace(untested=IDENTICAL)]


def bleu_difference(condition: str, first: Sequence[Row], second: Sequence[Row]) -> list[Reading]:
    """Read the first system's test BLEU minus the second's, of the rows that have the same seed."""
    return paired_difference(condition, first, second, lambda row: row["metrics"]["bleu"])


def early_bleu(row: Row) -> float:
    """Return the development BLEU after a few epochs, or after the last one of a shorter training."""
    return row["metrics"]["dev_bleu"][:EARLY][-1]


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

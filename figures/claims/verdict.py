"""Claims and verdicts: a claim is a range for a number, and every number that was measured has an interval.

Where the whole interval lies inside the range, the claim holds; where all of it lies outside, it does not;
where it reaches across the edge, it is too close to tell.  A claim with several conditions, such as three
sizes of a model, has the outcome on which all of them agree, or depends on the condition; but one that
something is the best, or the least, fails with the first condition that refutes it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from figures.lab.setting import StudyOptions

HOLDS, FAILS, OPEN = "holds", "does not hold", "too close to tell"
UNKNOWN = "not measured"


class Outcome(StrEnum):
    """What the interval of one condition says of a claim."""

    HOLDS = HOLDS
    FAILS = FAILS
    OPEN = OPEN


class Range(NamedTuple):
    """The numbers that a claim allows: from low to high, with the ends unless it is open."""

    low: float = -math.inf
    high: float = math.inf
    is_open: bool = False

    def __str__(self) -> str:
        if math.isinf(self.low):
            return f"{'below' if self.is_open else 'at most'} {self.high:g}"
        if math.isinf(self.high):
            return f"{'above' if self.is_open else 'at least'} {self.low:g}"
        return f"{self.low:g} to {self.high:g}"

    def holds(self, low: float, high: float) -> bool:
        """Tell whether an interval lies inside."""
        inside = self.low <= low and high <= self.high
        return inside and not (self.is_open and (low == self.low or high == self.high))

    def misses(self, low: float, high: float) -> bool:
        """Tell whether an interval lies outside."""
        outside = high < self.low or self.high < low
        return outside or (self.is_open and (high == self.low or low == self.high))


class Reading(NamedTuple):
    """A number that was measured under one condition, with its 95% interval.

    Args:
        condition: what sets it apart from the claim's other readings.
        estimate, low, high: in the claim's unit; all equal where nothing is random.
        seeds: trainings that it comes from, 0 where something was counted.
        test: how the interval was found.
        p: p value of the difference, if it is one.
    """

    condition: str
    estimate: float
    low: float
    high: float
    seeds: int
    test: str
    p: float | None = None

    def within(self, allowed: Range) -> Outcome:
        """Tell whether the interval lies inside a range, outside, or across its edge."""
        if allowed.holds(self.low, self.high):
            return Outcome.HOLDS
        if allowed.misses(self.low, self.high):
            return Outcome.FAILS
        return Outcome.OPEN


def verdict(readings: Sequence[Reading], allowed: Range, on: str, superlative: bool = False) -> str:
    """Return the outcome on which all conditions agree, or what it depends on.

    Args:
        on: what differs from one condition to the next, as "the size".
        superlative: the claim is about all conditions together, so that one can refute it.
    """
    if not readings:
        return UNKNOWN
    found = {reading.condition: reading.within(allowed) for reading in readings}
    outcomes = set(found.values())
    if superlative and Outcome.FAILS in outcomes:
        return FAILS
    if len(outcomes) == 1:
        return str(outcomes.pop())
    told = [
        f"{outcome}: {', '.join(name for name, of_name in found.items() if of_name is outcome)}"
        for outcome in Outcome
        if outcome in outcomes
    ]
    return f"depends on {on} ({'; '.join(told)})"


@dataclass(frozen=True)
class Claim:
    """One claim of the report.

    Args:
        text: what the report says.
        study: the study that measures it.
        quantity: the number that decides, with its unit.
        allowed: in which range it lies if the claim holds.
        on: what differs between the readings, as "the size".
        read: returns the readings, from the stored rows in the options' folder.
        superlative: it says best, or least, so that one reading can refute it.
    """

    text: str
    study: str
    quantity: str
    allowed: Range
    on: str
    read: Callable[[StudyOptions], list[Reading]]
    superlative: bool = False

    def verdict(self, readings: list[Reading]) -> str:
        """Return the verdict: `verdict` of these readings."""
        return verdict(readings, self.allowed, self.on, self.superlative)

"""From numbers to verdicts: a claim is a range for a number, and every number has an interval.

Where the whole interval lies inside the range, the claim holds; where all of it lies outside, it does not;
where it reaches across the edge, it is too close to tell.  A claim with several conditions, such as three
sizes of a model, has the outcome on which all of them agree, or depends on the condition; but one that
something is the best, or the least, fails with the first condition that refutes it.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

HOLDS, FAILS, OPEN = "holds", "does not hold", "too close to tell"
UNKNOWN = "not measured"


class Outcome(StrEnum):
    """Of one condition."""

    HOLDS = HOLDS
    FAILS = FAILS
    OPEN = OPEN


class Range(NamedTuple):
    """The numbers that a claim allows: from low to high, the ends themselves unless it is open."""

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
        """Whether an interval lies inside."""
        inside = self.low <= low and high <= self.high
        return inside and not (self.is_open and (low == self.low or high == self.high))

    def misses(self, low: float, high: float) -> bool:
        """Whether an interval lies outside."""
        outside = high < self.low or self.high < low
        return outside or (self.is_open and (high == self.low or low == self.high))


class Reading(NamedTuple):
    """A number that was measured under one condition, with its 95% interval.

    Args: condition: what sets it apart from the claim's other readings; estimate, low, high: in the claim's
        unit, low and high equal to the estimate where there is nothing random; seeds: trainings that it comes
        from, 0 where something was counted; test: how the interval was found; p: of the difference, if any.
    """

    condition: str
    estimate: float
    low: float
    high: float
    seeds: int
    test: str
    p: float | None = None

    def within(self, allowed: Range) -> Outcome:
        """Whether the interval lies inside a range."""
        if allowed.holds(self.low, self.high):
            return Outcome.HOLDS
        if allowed.misses(self.low, self.high):
            return Outcome.FAILS
        return Outcome.OPEN


def verdict(readings: Sequence[Reading], allowed: Range, on: str, superlative: bool = False) -> str:
    """Of all conditions together: the outcome on which they agree, or on what it depends.

    Args: on: what differs from one condition to the next, as "the size".  superlative: the claim is about
        all of them together, so that one can refute it.
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

"""Claims and verdicts: a claim is a range for a number, and every number that was measured has an interval.

One rule decides.  A number in which chance has a part is tested against the nearest edge of the range.  Where
p, after Holm's correction over all tests of the ledger, is below 5%, the claim holds if the number lies
inside, and does not hold if it lies outside; else it is too close to tell, and beside it stands the smallest
distance that the design would have found.  What can't come out otherwise is not tested: runs that are
identical, a condition that never occurred, what is true by definition, a single run.

A claim with several conditions, such as three sizes of a model, depends on them only where it holds for one
and not for another: that one reading is clear and another is not shows no difference between them.  A claim
that something is the best, or the least, fails with the first condition that refutes it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from figures.lab.setting import StudyOptions
from figures.lab.stats import holm

HOLDS, FAILS, OPEN, UNTESTED = "holds", "does not hold", "too close to tell", "not tested"
DEPENDS, UNKNOWN = "depends on", "not measured"
LEVEL = 0.05  # of a ledger: the chance of one false verdict or more


class Outcome(StrEnum):
    """What the number of one condition says of a claim."""

    HOLDS = HOLDS
    FAILS = FAILS
    OPEN = OPEN
    UNTESTED = UNTESTED


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

    def nearest_edge(self, number: float) -> float:
        """Return the end of the range that is nearest to a number."""
        return min((self.low, self.high), key=lambda edge: abs(edge - number))


class Reading(NamedTuple):
    """A number that was measured under one condition, with its 95% interval.

    Args:
        condition: what sets it apart from the claim's other readings.
        estimate, low, high: in the claim's unit; all equal where nothing is random.
        seeds: trainings that it comes from, 0 where something was counted.
        test: how interval and p were found.
        p_of: returns the p of the hypothesis that the true number is its argument; None where nothing is
            random.
        detectable: returns the smallest distance from an edge that the test finds at a level, 4 times of 5.
        untested: why the number says nothing of the claim.
        p: p of the claim's nearest edge; p_holm, the same after Holm's correction, and least, the smallest
            distance found at the level that remains: `corrected` sets them.
    """

    condition: str
    estimate: float
    low: float
    high: float
    seeds: int
    test: str
    p_of: Callable[[float], float] | None = None
    detectable: Callable[[float], float] | None = None
    untested: str = ""
    p: float | None = None
    p_holm: float | None = None
    least: float | None = None

    def within(self, allowed: Range) -> Outcome:
        """Tell whether the number is inside a range, outside, or too near to its edge."""
        if self.untested:
            return Outcome.UNTESTED
        if self.p_of is None:
            low, high = self.low, self.high
        elif (self.p_at(allowed) if self.p_holm is None else self.p_holm) < LEVEL:
            low = high = self.estimate
        else:
            return Outcome.OPEN
        if allowed.holds(low, high):
            return Outcome.HOLDS
        return Outcome.FAILS if allowed.misses(low, high) else Outcome.OPEN

    def p_at(self, allowed: Range) -> float:
        """Return the p of the edge of a range that is nearest to the estimate."""
        return self.p_of(allowed.nearest_edge(self.estimate))


def verdict(readings: Sequence[Reading], allowed: Range, on: str, superlative: bool = False) -> str:
    """Return the outcome on which all conditions agree, or what it depends on.

    Args:
        on: what differs from one condition to the next, as "the size".
        superlative: the claim is about all conditions together, so that one can refute it.
    """
    if not readings:
        return UNKNOWN
    named: dict[Outcome, list[str]] = {}
    for reading in readings:
        about = f" ({reading.untested})" if reading.untested else ""
        named.setdefault(reading.within(allowed), []).append(f"{reading.condition}{about}")
    if superlative and Outcome.FAILS in named:
        return FAILS
    outcomes = [outcome for outcome in Outcome if outcome in named]
    told = "; ".join(f"{outcome}: {', '.join(named[outcome])}" for outcome in outcomes)
    if len(outcomes) == 1:
        return str(outcomes[0]) if outcomes[0] is not Outcome.UNTESTED else told
    if Outcome.HOLDS in named and Outcome.FAILS in named:
        return f"{DEPENDS} {on} ({told})"
    whole = next(each for each in (Outcome.OPEN, *outcomes) if each in named)
    return f"{whole} ({'; '.join(part for part in told.split('; ') if not part.startswith(whole))})"


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


Ledger = Mapping[Claim, list[Reading]]


def corrected(ledger: Ledger) -> Ledger:
    """Return the ledger with the p of every test, before and after Holm's correction over all of them."""
    tests = [
        (claim, k, reading.p_at(claim.allowed))
        for claim, readings in ledger.items()
        for k, reading in enumerate(readings)
        if reading.p_of is not None and not reading.untested
    ]
    adjusted = holm([p for *_, p in tests])
    level = LEVEL / max(1, sum(p >= LEVEL for p in adjusted))  # at which Holm's procedure stopped
    found = {claim: list(readings) for claim, readings in ledger.items()}
    for (claim, k, p), p_holm in zip(tests, adjusted, strict=True):
        reading = found[claim][k]
        is_open = p_holm >= LEVEL and reading.detectable is not None
        least = reading.detectable(level) if is_open else None
        found[claim][k] = reading._replace(p=p, p_holm=p_holm, least=least)
    return found

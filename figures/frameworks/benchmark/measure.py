"""What all measures have in common: units of work, who has a row of each, and medians."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from figures.frameworks.benchmark.plan import Plan
from figures.frameworks.benchmark.process import Pool

Unit = dict  # what is measured at once: the configuration of a row, but for the contender
Metrics = dict[str, dict]  # what came out, by contender


class Measure(NamedTuple):
    """One thing to measure.

    Args:
        units: what a plan wants of it.
        perform: measures the units that it is given, and yields each with what came out.
        names: from the contenders that can run to those who have a row of each unit.
    """

    name: str
    units: Callable[[Plan], list[Unit]]
    perform: Callable[[Pool, Sequence[Unit], Plan], Iterator[tuple[Unit, Metrics]]]
    names: Callable[[Sequence[str]], Sequence[str]] = tuple


class Quartiles(NamedTuple):
    """The middle of some numbers, and the middle half of them."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.low)} to {short(self.high)})"


def quartiles(values: Sequence[float]) -> Quartiles:
    """Args: values: at least one."""
    return Quartiles(*(float(value) for value in np.percentile(values, [25, 50, 75])))


def short(value: float) -> str:
    """Three digits, or all of a large number."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

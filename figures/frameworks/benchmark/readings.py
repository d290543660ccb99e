"""What the rows say: numbers measured at the same time side by side, and ratios round by round."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from figures.frameworks.benchmark.benchmarks import PRODUCTS
from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.processors import by_processor
from figures.frameworks.benchmark.store import Metrics, Unit
from figures.lab.results import Row
from figures.lab.setting import completed

Rounds = dict[str, list[float]]  # by contender, one number per round, in seconds or bytes


class Quartiles(NamedTuple):
    """The quartiles of some numbers."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.low)} to {short(self.high)})"


def quartiles(values: Sequence[float]) -> Quartiles:
    """The quartiles of at least one number."""
    return Quartiles(*(float(value) for value in np.percentile(values, [25, 50, 75])))


def short(value: float) -> str:
    """A number with three digits, or with all digits before the point where these are more."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def units_of(rows: Iterable[Row], measure: str, **wanted) -> list[tuple[Unit, Metrics]]:
    """The units of a measure, each with its metrics by contender.

    Where several processors have measured a unit, all of its metrics are those of the one measured on last.

    Args: wanted: what a unit's configuration must have.
    """
    groups = by_processor(row for row in rows if row["measure"] == f"benchmark.{measure}")
    found: list[tuple[Unit, Metrics]] = []
    for group in groups:
        done = len(found)  # units of newer processors
        for row in group:
            unit = completed({k: v for k, v in row["configuration"].items() if k != "contender"})
            if not wanted.items() <= unit.items() or any(known == unit for known, _ in found[:done]):
                continue
            metrics = next((metrics for known, metrics in found if known == unit), None)
            if metrics is None:
                found.append((unit, metrics := {}))
            metrics[row["configuration"]["contender"]] = row["metrics"]
    return found


def metric(metrics: Metrics, name: str) -> dict:
    """One metric of each contender."""
    return {contender: found[name] for contender, found in metrics.items()}


def step_times(rows: Iterable[Row]) -> dict[str, Rounds]:
    """Seconds of a training step, by size and lengths, such as "M ragged"."""
    return {
        f"{unit['size']} {unit['lengths']}": metric(metrics, "seconds")
        for unit, metrics in units_of(rows, "step")
    }


def sentence_times(rows: Iterable[Row]) -> dict[str, Rounds]:
    """Seconds to translate a sentence, by search and batch, such as "beam, 64 at once"."""
    return {
        f"{unit['search']}, {unit['at_once']} at once": {
            name: [each / unit["sentences"] for each in seconds]
            for name, seconds in metric(metrics, "seconds").items()
        }
        for unit, metrics in units_of(rows, "decoding")
    }


def epoch_times(rows: Iterable[Row]) -> Rounds:
    """Seconds of an epoch, extrapolated from each turn, which is a part of one."""
    return {
        name: [seconds * unit["turns_an_epoch"] for seconds in turns]
        for unit, metrics in units_of(rows, "training", goal="epoch")
        for name, turns in metric(metrics, "turns").items()
    }


def training_rounds(rows: Iterable[Row]) -> Rounds:
    """Seconds of each part of one training that all contenders went through in turn, on the same batches.

    The turns of the first epoch, and then what lies between two evaluations.
    """
    found: Rounds = {}
    groups = (group for group in by_processor(rows) if units_of(group, "training", goal="epoch"))
    rows = next(groups, [])  # both parts of one training, on one processor
    for _, metrics in units_of(rows, "training", goal="epoch"):
        found = {name: list(turns) for name, turns in metric(metrics, "turns").items()}
    for unit, metrics in units_of(rows, "training", goal="bleu"):
        later = {
            name: [seconds for seconds, _ in curve[unit["evaluations_an_epoch"] :]]
            for name, curve in metric(metrics, "curve").items()
        }
        length = min(map(len, later.values()))  # some reach the target earlier
        for name in found:
            found[name] += np.diff(later[name][:length]).tolist()
    return found


def peak_memory(rows: Iterable[Row]) -> dict[str, Rounds]:
    """Peak bytes of training, by size and number of NumPy's processes, such as "M, NumPy in one process"."""
    found = {}
    for unit, metrics in units_of(rows, "memory"):
        in_two = metric(metrics, "peak_bytes")
        found[f"{unit['size']}, NumPy in two processes"] = in_two
        found[f"{unit['size']}, NumPy in one process"] = in_two | {NUMPY: metrics[NUMPY]["one_process_bytes"]}
    return found


def unrest(times: Iterable[Rounds]) -> float:
    """How much two turns of the same contender on the same work differ, one right after the other.

    Args: times: of whole measures; the turns of each stand in order.
    Returns: the median of |log(turn / turn before)|; 0.05 is 5%.  0 where nothing was measured twice.
    """
    steps = [np.abs(np.diff(np.log(turns))) for found in times for turns in found.values() if len(turns) > 1]
    return float(np.median(np.concatenate(steps))) if steps else 0.0


def over_others(found: Rounds) -> dict[str, Quartiles]:
    """NumPy's number over that of each other contender: below 1, NumPy is faster or leaner."""
    return {name: ratios(found[NUMPY], found[name]) for name in TITLES if name in found and name != NUMPY}


def product_shares(times: Rounds) -> dict[str, Quartiles]:
    """The time of a step's matrix products alone over each contender's whole step."""
    return {name: ratios(times[PRODUCTS], times[name]) for name in TITLES if name in times}


def ratios(first: Sequence[float], second: Sequence[float]) -> Quartiles:
    """Quartiles of the ratios taken round by round: what slows the machine for a while slows both."""
    return quartiles(np.divide(first, second))

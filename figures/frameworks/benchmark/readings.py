"""What rows say: what was measured at once side by side, and ratios round by round."""

from collections.abc import Iterable, Sequence

import numpy as np

from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.measure import Metrics, Quartiles, Unit, quartiles
from figures.frameworks.benchmark.steps import PRODUCTS
from figures.lab.results import Row

Rounds = dict[str, list[float]]  # by contender, a number a round, in seconds or bytes


def units_of(rows: Iterable[Row], measure: str, **wanted) -> list[tuple[Unit, Metrics]]:
    """The units of a measure whose configuration has what is wanted, each with its metrics by contender."""
    found: list[tuple[Unit, Metrics]] = []
    for row in rows:
        unit = {key: value for key, value in row["configuration"].items() if key != "contender"}
        if row["measure"] != f"benchmark.{measure}" or not wanted.items() <= unit.items():
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
    """Of a training step, by size and lengths, as "M ragged"."""
    return {
        f"{unit['size']} {unit['lengths']}": metric(metrics, "seconds")
        for unit, metrics in units_of(rows, "step")
    }


def sentence_times(rows: Iterable[Row]) -> dict[str, Rounds]:
    """Of translating a sentence, by search and batch, as "beam, 64 at once"."""
    return {
        f"{unit['search']}, {unit['at_once']} at once": {
            name: [each / unit["sentences"] for each in seconds]
            for name, seconds in metric(metrics, "seconds").items()
        }
        for unit, metrics in units_of(rows, "decoding")
    }


def epoch_times(rows: Iterable[Row]) -> Rounds:
    """Of an epoch, as each turn, which is a part of one, would have it."""
    found = units_of(rows, "training", goal="epoch")
    return {
        name: [seconds * unit["turns_an_epoch"] for seconds in turns]
        for unit, metrics in found
        for name, turns in metric(metrics, "turns").items()
    }


def peak_memory(rows: Iterable[Row]) -> dict[str, Rounds]:
    """Of memory while training, by size and by NumPy's processes, as "M, NumPy in one process"."""
    found = {}
    for unit, metrics in units_of(rows, "memory"):
        in_two = metric(metrics, "peak_bytes")
        found[f"{unit['size']}, NumPy in two processes"] = in_two
        found[f"{unit['size']}, NumPy in one process"] = in_two | {NUMPY: metrics[NUMPY]["one_process_bytes"]}
    return found


def over_others(found: Rounds) -> dict[str, Quartiles]:
    """NumPy's number over that of each other contender: below 1, NumPy is faster, or leaner."""
    return {name: ratios(found[NUMPY], found[name]) for name in TITLES if name in found and name != NUMPY}


def product_shares(times: Rounds) -> dict[str, Quartiles]:
    """The time of a step's matrix products alone over each contender's whole step."""
    return {name: ratios(times[PRODUCTS], times[name]) for name in TITLES if name in times}


def ratios(first: Sequence[float], second: Sequence[float]) -> Quartiles:
    """Round by round: what slows the machine for a while slows both."""
    return quartiles(np.divide(first, second))

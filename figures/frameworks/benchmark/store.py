"""Measures and their stored rows: which rows there are, and how the missing ones are measured."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from figures.frameworks.benchmark.contenders import TITLES
from figures.frameworks.benchmark.process import Pool, WorkerError, open_pool
from figures.lab import results
from figures.lab.provenance import provenance
from figures.lab.results import Row
from figures.lab.runner import FailedRunsError

LABELS = ("size", "lengths", "search", "at_once", "goal", "dtype")  # what distinguishes units in the progress
VERSION = 1  # of all measures here; see `results`

Unit = dict  # what is measured at once: the configuration of a row without the contender
Metrics = dict[str, dict]  # the outcome by contender


class Measure(NamedTuple):
    """One thing to measure.

    Args:
        units: lists what a plan wants of it.
        perform: measures the units that it is given, and yields each with its metrics.
        names: maps the contenders that can run to those that have a row of each unit.
    """

    name: str
    units: Callable[[Any], list[Unit]]
    perform: Callable[[Pool, Sequence[Unit], Any], Iterator[tuple[Unit, Metrics]]]
    names: Callable[[Sequence[str]], Sequence[str]] = tuple


def measure(
    study: str, path: Path, measures: Sequence[Measure], plan: Any, names: Sequence[str]
) -> list[Row]:
    """Measure what is missing of a plan, measure by measure in the order given.

    Args: plan: what the measures' `units` want, with `threads`; names: of the contenders that can run.
    Returns: the plan's rows, also those of other contenders that were measured before.
    Raises: FailedRunsError where a contender failed; what was measured until then is stored.
    """
    store, units = Store(path), {each: each.units(plan) for each in measures}
    wanted = {each: found for each in measures if (found := store.missing(each, units[each], names))}
    try:
        if wanted:
            with open_pool(names, plan.threads) as pool:
                for each, found in wanted.items():
                    for line in store.perform(each, found, pool, plan):
                        print(line, flush=True)
    except WorkerError as error:
        print(error, file=sys.stderr)
        raise FailedRunsError(
            f"study {study}: a contender failed, as told above; what was measured is stored: mend the cause "
            "and run the same command again"
        ) from error
    return store.of(units)


class Store:
    """The rows of one file.  What is measured at once is stored at once, one row per contender."""

    def __init__(self, path: Path):
        self.path, self.rows = path, results.by_key(results.read_rows(path))

    def missing(self, measure: Measure, units: Sequence[Unit], names: Sequence[str]) -> list[Unit]:
        """The units that lack the row of any contender: a comparison needs all of them at the same time."""
        return [unit for unit in units if not self._keys(measure, unit, names) <= self.rows.keys()]

    def perform(self, measure: Measure, wanted: Sequence[Unit], pool: Pool, plan: Any) -> Iterator[str]:
        """Measure some units, and store the rows of each as soon as it is done.

        Yields: a line of progress for each unit.
        """
        started = time.perf_counter()
        for unit, metrics in measure.perform(pool, wanted, plan):
            seconds = round(time.perf_counter() - started, 1)
            self._put(measure, unit, metrics, pool, seconds, plan.threads)
            yield f"{measure.name} {label(unit)}: {seconds:.0f} s"
            started = time.perf_counter()

    def of(self, units: dict[Measure, list[Unit]]) -> list[Row]:
        """The rows of some units, of every contender that was ever measured."""
        wanted = {
            key
            for measure, found in units.items()
            for unit in found
            for key in self._keys(measure, unit, tuple(TITLES))
        }
        return [row for key, row in self.rows.items() if key in wanted]

    def _keys(self, measure: Measure, unit: Unit, names: Sequence[str]) -> set[str]:
        return {results.key(**address(measure, unit, name)) for name in measure.names(names)}

    def _put(
        self, measure: Measure, unit: Unit, metrics: Metrics, pool: Pool, seconds: float, threads: int
    ) -> None:
        origin = provenance()
        of_workers = {"blas_threads": threads, "blas_kernel": pool.kernel}  # not of this process
        machine = origin["machine"] | of_workers
        for name, found in metrics.items():
            row = {
                "variant": TITLES.get(name, name),
                **address(measure, unit, name),
                "metrics": found,
                "seconds": seconds,  # of the unit, with all its contenders
                "cpu_seconds": None,
                **origin,
                "versions": origin["versions"] | pool.versions.get(name, {}),
                "machine": machine,
            }
            row = results.as_stored(row)
            results.append_row(self.path, row)
            self.rows |= results.by_key([row])


def address(measure: Measure, unit: Unit, name: str) -> dict[str, Any]:
    """The fields of a row by which it is found."""
    return {
        "measure": f"benchmark.{measure.name}",
        "version": f"{results.NUMBERS}.{VERSION}",
        "configuration": {"contender": name, **unit},
        "seed": 0,
    }


def label(unit: Unit) -> str:
    """A unit's name in the progress."""
    return " ".join(str(unit[key]) for key in LABELS if key in unit)

"""Measures and their stored rows: which rows there are, and how the missing ones are measured."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from figures.frameworks.benchmark.contenders import TITLES
from figures.frameworks.benchmark.process import Pool, WorkerError, open_pool
from figures.frameworks.benchmark.processors import Processor, processor_of
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
    study: str,
    path: Path,
    measures: Sequence[Measure],
    plan: Any,
    names: Sequence[str],
    *,
    here: bool = False,
) -> list[Row]:
    """Measure what is missing of a plan, measure by measure in the order given.

    Args: plan: what the measures' `units` want, with `threads`; names: of the contenders that can run; here:
        whether rows of other processors count as missing (see `here`).
    Returns: the plan's rows, also those of other contenders that were measured before.
    Raises: FailedRunsError where a contender failed; what was measured until then is stored.
    """
    store = Store(path, processor_of(provenance()) if here else None)
    units = {each: each.units(plan) for each in measures}
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
    """The rows of one file.  What is measured at once is stored at once, one row per contender.

    `rows` has them by processor and address; of two with the same ones the later counts.
    """

    def __init__(self, path: Path, processor: Processor | None = None):
        """Args: processor: the only one whose rows count as measured; None counts those of any."""
        self.path, self.processor = path, processor
        self.rows: dict[tuple[Processor, str], Row] = {}
        self._remember(results.read_rows(path))

    def missing(self, measure: Measure, units: Sequence[Unit], names: Sequence[str]) -> list[Unit]:
        """The units of which no processor has the rows of all contenders: a comparison needs all of them,
        measured at the same time.
        """
        known: dict[Processor, set[str]] = {}
        for processor, key in self.rows:
            if self.processor in (None, processor):
                known.setdefault(processor, set()).add(key)
        wanted = [(unit, self._keys(measure, unit, names)) for unit in units]
        return [unit for unit, keys in wanted if keys and not any(keys <= found for found in known.values())]

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
        return [row for (_, key), row in self.rows.items() if key in wanted]

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
            self._remember([row])

    def _remember(self, rows: Iterable[Row]) -> None:
        for row in rows:
            (key,) = results.by_key([row])
            place = processor_of(row), key
            self.rows.pop(place, None)  # the newest stands last
            self.rows[place] = row


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

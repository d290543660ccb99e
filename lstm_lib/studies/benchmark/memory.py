"""Peak resident memory of a training process, in a process that has done nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from lstm_lib.studies.benchmark.footprints import training_memory
from lstm_lib.studies.benchmark.measure import Measure, Metrics, Unit
from lstm_lib.studies.benchmark.plan import Plan
from lstm_lib.studies.benchmark.process import Pool, open_pool


def units(plan: Plan) -> list[Unit]:
    """Each size, with ragged lengths."""
    return [
        {
            "size": name,
            "lengths": "ragged",
            **asdict(plan.sizes[name]),
            "steps_trained": plan.memory_steps,
            "threads": plan.threads,
        }
        for name in plan.memory_sizes
    ]


def perform(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """A fresh process for each contender and size; the pool says only who can run."""
    for unit in wanted:
        found = {}
        for name in pool.workers:
            with open_pool([name], unit["threads"]) as fresh:
                size = plan.sizes[unit["size"]]
                arguments = size, unit["lengths"], unit["steps_trained"], plan.options
                found[name] = fresh.workers[name].ask(training_memory, *arguments)
        yield unit, found


MEASURE = Measure("memory", units, perform)

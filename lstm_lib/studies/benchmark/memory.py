"""Peak resident memory of a training process, in a process that has done nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from lstm_lib.studies.benchmark.contenders import NUMPY
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
    """A fresh process for each contender and size; the pool says only who can run.  NumPy's second figure
    is of a training without a team.
    """
    for unit in wanted:
        found = {name: peaks(name, unit, plan, plan.options) for name in pool.workers}
        found[NUMPY]["one_process_bytes"] = peaks(NUMPY, unit, plan, {})["peak_bytes"]
        yield unit, found


def peaks(name: str, unit: Unit, plan: Plan, options: Mapping[str, dict]) -> dict:
    """What `footprints.training_memory` finds in a fresh process."""
    with open_pool([name], unit["threads"]) as fresh:
        arguments = plan.sizes[unit["size"]], unit["lengths"], unit["steps_trained"], options
        return fresh.workers[name].ask(training_memory, *arguments)


MEASURE = Measure("memory", units, perform)

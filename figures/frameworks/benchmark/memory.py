"""Peak resident memory of a training process, in a process that has done nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from figures.frameworks.benchmark.contenders import NUMPY
from figures.frameworks.benchmark.footprints import training_memory
from figures.frameworks.benchmark.measure import Measure, Metrics, Unit
from figures.frameworks.benchmark.plan import Plan
from figures.frameworks.benchmark.process import Pool, open_pool


def units(plan: Plan) -> list[Unit]:
    """Each size, with ragged lengths."""
    return [
        {
            "size": name,
            "lengths": "ragged",
            **asdict(plan.sizes[name]),
            "steps_trained": plan.memory_steps,
            "rounds": plan.memory_rounds,
            "threads": plan.threads,
        }
        for name in plan.memory_sizes
    ]


def perform(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """A fresh process for each contender, size and round, which has weights and batches of its own; the pool
    says only who can run.

    Yields: with each unit what `footprints.training_memory` returns, a number a round; one_process_bytes is
        NumPy's peak in a training without a team.
    """
    for unit in wanted:
        rounds = [one_round(pool.workers, unit, plan, seed) for seed in range(unit["rounds"])]
        yield (
            unit,
            {
                name: {key: [found[name][key] for found in rounds] for key in rounds[0][name]}
                for name in pool.workers
            },
        )


def one_round(names: Iterable[str], unit: Unit, plan: Plan, seed: int) -> Metrics:
    """Each contender after the other."""
    found = {name: peaks(name, unit, plan, plan.options, seed) for name in names}
    found[NUMPY]["one_process_bytes"] = peaks(NUMPY, unit, plan, {}, seed)["peak_bytes"]
    return found


def peaks(name: str, unit: Unit, plan: Plan, options: Mapping[str, dict], seed: int) -> dict:
    """What `footprints.training_memory` finds in a fresh process."""
    with open_pool([name], unit["threads"]) as fresh:
        arguments = plan.sizes[unit["size"]], unit["lengths"], unit["steps_trained"], options, seed
        return fresh.workers[name].ask(training_memory, *arguments)


MEASURE = Measure("memory", units, perform)

"""Time and memory of NumPy's training steps at many sizes, for the study of scaling."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from figures.frameworks.benchmark.contenders import NUMPY
from figures.frameworks.benchmark.footprints import peak_of_arrays
from figures.frameworks.benchmark.measure import Measure, Metrics, Unit
from figures.frameworks.benchmark.process import Pool, Worker, open_pool
from figures.frameworks.benchmark.sizes import RATE, Size, first_params, model_config, random_batches
from figures.frameworks.benchmark.tasks import hold, train

VISIT = 2  # steps in a row, of which the last counts: before it the caches were another size's


@dataclass(frozen=True)
class GrowthPlan:
    """At which sizes, and how often."""

    sizes: tuple[Size, ...]
    rounds: int
    threads: int = 1


def units(plan: GrowthPlan) -> list[Unit]:
    """A unit a size."""
    common = {"rounds": plan.rounds, "threads": plan.threads}
    return [{"size": str(size), **asdict(size), **common} for size in plan.sizes]


def perform(pool: Pool, wanted: Sequence[Unit], plan: GrowthPlan) -> Iterator[tuple[Unit, Metrics]]:
    """Visit all sizes in each round."""
    worker, sizes = pool.workers[NUMPY], [Size.of(unit) for unit in wanted]
    for size in sizes:
        config = model_config(size)
        worker.ask(hold, size, config, first_params(config), {})
    rounds = [[visit(worker, size) for size in sizes] for _ in range(plan.rounds + 1)]
    for unit, size, seconds in zip(
        wanted, sizes, zip(*rounds[1:], strict=True), strict=True
    ):  # after a warm-up
        with open_pool([NUMPY], plan.threads) as fresh:
            held = fresh.workers[NUMPY].ask(peak_of_arrays, size)
        yield unit, {NUMPY: {"seconds": seconds, "peak_bytes": held}}


def visit(worker: Worker, size: Size) -> float:
    """The seconds of a step."""
    return worker.ask(train, size, random_batches(size, "full", VISIT), [RATE] * VISIT)[-1]


MEASURE = Measure("growth", units, perform)

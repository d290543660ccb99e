"""Whole training steps, forward, backward, clipping, Adam: each contender's, and their products alone."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from figures.frameworks.benchmark.contenders import NUMPY
from figures.frameworks.benchmark.measure import Measure, Metrics, Unit
from figures.frameworks.benchmark.plan import Plan
from figures.frameworks.benchmark.process import Pool
from figures.frameworks.benchmark.products import Shape, products, replay, sgemm_rate
from figures.frameworks.benchmark.sizes import LENGTHS, RATE, first_params, model_config, random_batches
from figures.frameworks.benchmark.tasks import hold, release, train

PRODUCTS = "products"  # beside the contenders: the matrix products of the very same steps, in NumPy
WARM_UP = 2  # steps before the clock runs: the first of a shape compiles, where there is a compiler


def units(plan: Plan) -> list[Unit]:
    """Each size, with full and with ragged lengths."""
    return [
        {
            "size": name,
            "lengths": lengths,
            **asdict(size),
            "turn": plan.turns[name],
            "rounds": plan.rounds,
            "threads": plan.threads,
        }
        for name, size in plan.sizes.items()
        for lengths in LENGTHS
    ]


def perform(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """The contenders take turns of a few steps; each round is a turn of each."""
    for unit in wanted:
        size, turn = plan.sizes[unit["size"]], unit["turn"]
        config, batches = model_config(size), random_batches(size, unit["lengths"], turn)
        alone = [products(config, Shape.of(batch)) for batch in batches]
        pool.together(hold, "step", config, first_params(config), plan.options)
        pool.together(train, "step", batches[:1] * WARM_UP, [RATE] * WARM_UP)
        seconds: dict[str, list[float]] = {name: [] for name in (*pool.workers, PRODUCTS)}
        for _ in range(unit["rounds"]):
            for name, of_steps in pool.in_turn(train, "step", batches, [RATE] * turn).items():
                seconds[name].append(sum(of_steps) / turn)
            seconds[PRODUCTS].append(sum(pool.workers[NUMPY].ask(replay, alone)) / turn)
        pool.together(release, "step")
        yield unit, {name: {"seconds": found} for name, found in seconds.items()}


def sgemm_units(plan: Plan) -> list[Unit]:
    """All shapes at once."""
    return [
        {"shapes": list(map(list, plan.sgemm_shapes)), "repeats": plan.sgemm_repeats, "threads": plan.threads}
    ]


def perform_sgemm(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """How fast this machine multiplies matrices."""
    for unit in wanted:
        worker, repeats = pool.workers[NUMPY], unit["repeats"]
        rates = [worker.ask(sgemm_rate, *shape, repeats) for shape in unit["shapes"]]
        yield unit, {NUMPY: {"operations_per_second": rates}}


STEPS = Measure("step", units, perform, lambda names: (*names, PRODUCTS))
SGEMM = Measure("sgemm", sgemm_units, perform_sgemm, lambda names: (NUMPY,))

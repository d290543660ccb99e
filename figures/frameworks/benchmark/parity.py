"""Is it the same model?  The largest differences between NumPy's numbers and a twin's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from figures.frameworks.benchmark.contenders import NUMPY
from figures.frameworks.benchmark.differences import differences
from figures.frameworks.benchmark.measure import Measure, Metrics, Unit
from figures.frameworks.benchmark.plan import Plan
from figures.frameworks.benchmark.process import Pool

# What may differ: the order of additions.  A training carries that on: where a gradient is next to nothing,
# Adam's step may even change its sign.
BOUNDS = {
    "float64": {"loss": 1e-9, "gradients": 1e-9, "curve": 1e-9},
    "float32": {"loss": 1e-6, "gradients": 1e-6, "curve": 1e-2},
}


def units(plan: Plan) -> list[Unit]:
    """Both precisions."""
    size = {"size": plan.parity_size, **asdict(plan.sizes[plan.parity_size])}
    return [{"dtype": dtype, **size, "steps_trained": plan.parity_steps} for dtype in BOUNDS]


def perform(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """Each twin beside NumPy, in the twin's process."""
    for unit in wanted:
        arguments = plan.sizes[unit["size"]], unit["dtype"], unit["steps_trained"], plan.options
        found = pool.together(differences, *arguments)
        yield unit, {name: metrics for name, metrics in found.items() if name != NUMPY}


def within_bounds(found: Mapping[str, float], dtype: str) -> bool:
    """Whether the differences of one contender are small enough for the same model."""
    return all(found[name] <= bound for name, bound in BOUNDS[dtype].items())


MEASURE = Measure("parity", units, perform, lambda names: [name for name in names if name != NUMPY])

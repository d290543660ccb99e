"""Scaling: how a NumPy training step's time and memory grow with batch, length, width and vocabulary.

One of the four grows at a time, the others stay at size M.  A cost that grows like x^k is a line of slope k
on logarithmic axes.  The fitted k, over the upper half of the points (the constant cost of a step flattens
the lower half), stands beside the k that the equations allow.  Time is a sum of arithmetic and of memory
traffic, memory a sum of weights and of what a batch computes, in proportions that only machine and program
decide.  So their k is at most the largest k of their parts, which are counted at the same points.

Time is that of one thread, in interleaved rounds.  Memory is what `tracemalloc` sees, to which NumPy reports
its arrays: the peak of a training in a process of its own, without the interpreter, which is the same at
every point.  It is deterministic, and so it can be measured beside other work, at sizes whose time nobody
would wait for: the far points show whether the fit of the near ones still holds there.

A step of one process and of two that share it is timed in turn, on two cores.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from figures.frameworks.benchmark.contenders import NUMPY, hold, peak_of_arrays, release, train
from figures.frameworks.benchmark.process import Pool, Worker, open_pool
from figures.frameworks.benchmark.processors import by_processor
from figures.frameworks.benchmark.readings import Quartiles, quartiles, ratios, units_of
from figures.frameworks.benchmark.store import Measure, Metrics, Unit, measure
from figures.frameworks.benchmark.workload import (
    RATE,
    SIZES,
    Shape,
    Size,
    first_params,
    model_config,
    operations,
    random_batches,
    step_numbers,
    weight_numbers,
)
from figures.frameworks.plots import plain_numbers
from figures.lab.drawing import markdown, new_figure, save
from figures.lab.results import Row, path_of
from figures.lab.setting import StudyOptions

TITLES = {  # the quantities that grow, fields of `Size`
    "batch_size": "batch size (sentences)",
    "steps": "length (tokens per sentence)",
    "width": "width (E = H)",
    "vocabulary": "vocabulary (words)",
}
TIME_PARTS = (operations, weight_numbers, step_numbers)
MEMORY_PARTS = (weight_numbers, step_numbers)
VISIT = 2  # steps in a row, of which the last counts: before the first, the caches hold another size's data
NAMES = (NUMPY,)  # of the contenders
PROCESSES = (1, 2)  # that share a step, of one thread each
BUDGET = 8e9  # bytes of arrays: what a laptop of 16 GB leaves to one program, about


@dataclass(frozen=True)
class ScalingPlan:
    """The curves: through `base`, over these values of each quantity."""

    base: Size = SIZES["M"]
    curves: dict[str, tuple[int, ...]] = field(
        default_factory=lambda: {
            "batch_size": (4, 8, 16, 32, 64, 128),
            "steps": (3, 6, 12, 24, 48, 96),
            "width": (16, 32, 64, 128, 256, 512),
            "vocabulary": (500, 1_000, 2_000, 4_000, 8_000, 16_000),
        }
    )
    # of memory alone, beyond the upper ends of the curves
    far: dict[str, tuple[int, ...]] = field(
        default_factory=lambda: {
            "batch_size": (256, 512, 1_024),
            "steps": (192, 384),
            "width": (1_024, 2_048),
            "vocabulary": (32_000, 64_000, 128_000),
        }
    )
    shared: dict[str, Size] = field(default_factory=lambda: SIZES)  # whose steps processes share
    rounds: int = 9
    threads: int = 1

    def sizes(self, quantity: str) -> list[Size]:
        """The points of a curve."""
        return [replace(self.base, **{quantity: value}) for value in self.curves[quantity]]

    def far_sizes(self, quantity: str) -> list[Size]:
        """The points of memory beyond a curve."""
        return [replace(self.base, **{quantity: value}) for value in self.far[quantity]]


FULL = ScalingPlan()
QUICK = ScalingPlan(
    base=Size(vocabulary=32, width=8, batch_size=4, steps=4),
    curves={"batch_size": (2, 4, 8), "steps": (2, 4, 8), "width": (4, 8, 16), "vocabulary": (16, 32, 64)},
    far={"batch_size": (16,), "steps": (16,), "width": (32,), "vocabulary": (128,)},
    shared={"XS": Size(vocabulary=40, width=8, batch_size=8, steps=4)},
    rounds=2,
)


def plan_of(quick: bool) -> ScalingPlan:
    """The plan of a run, or of a quick one."""
    return QUICK if quick else FULL


# Measuring


def _units(plan: ScalingPlan) -> list[Unit]:
    """One unit per size; a size that several curves share is measured once."""
    sizes = dict.fromkeys(size for quantity in plan.curves for size in plan.sizes(quantity))
    common = {"rounds": plan.rounds, "threads": plan.threads}
    return [{"size": str(size), **asdict(size), **common} for size in sizes]


def _perform(pool: Pool, wanted: Sequence[Unit], plan: ScalingPlan) -> Iterator[tuple[Unit, Metrics]]:
    """Visit all sizes in each round, after a round of warm-up."""
    worker, sizes = pool.workers[NUMPY], [Size.of(unit) for unit in wanted]
    for size in sizes:
        config = model_config(size)
        worker.ask(hold, size, config, first_params(config), {})
    rounds = [[_visit(worker, size) for size in sizes] for _ in range(plan.rounds + 1)]
    for unit, size, seconds in zip(wanted, sizes, zip(*rounds[1:], strict=True), strict=True):
        with open_pool([NUMPY], plan.threads) as fresh:
            held = fresh.workers[NUMPY].ask(peak_of_arrays, size)
        yield unit, {NUMPY: {"seconds": seconds, "peak_bytes": held}}


def _visit(worker: Worker, size: Size, role: str | None = None) -> float:
    """The seconds of a step.  Args: role: of the contender, its size where that is all that tells it."""
    return worker.ask(train, role or size, random_batches(size, "full", VISIT), [RATE] * VISIT)[-1]


def _far_units(plan: ScalingPlan) -> list[Unit]:
    sizes = [size for quantity in plan.far for size in plan.far_sizes(quantity)]
    return [{"size": str(size), **asdict(size), "threads": plan.threads} for size in sizes]


def _perform_far(pool: Pool, wanted: Sequence[Unit], plan: ScalingPlan) -> Iterator[tuple[Unit, Metrics]]:
    for unit in wanted:
        with open_pool([NUMPY], plan.threads) as fresh:
            held = fresh.workers[NUMPY].ask(peak_of_arrays, Size.of(unit))
        yield unit, {NUMPY: {"peak_bytes": held}}


def _shared_units(plan: ScalingPlan) -> list[Unit]:
    common = {"processes": list(PROCESSES), "rounds": plan.rounds, "threads": plan.threads}
    return [{"size": name, **asdict(size), **common} for name, size in plan.shared.items()]


def _perform_shared(pool: Pool, wanted: Sequence[Unit], plan: ScalingPlan) -> Iterator[tuple[Unit, Metrics]]:
    """In each round a team of each number takes its turn at the same batches, after a round of warm-up."""
    with open_pool([NUMPY], plan.threads, cores=max(PROCESSES)) as several:
        worker = several.workers[NUMPY]
        for unit in wanted:
            size, found = Size.of(unit), {number: [] for number in PROCESSES}
            config = model_config(size)
            for number in PROCESSES:
                worker.ask(hold, str(number), config, first_params(config), {NUMPY: {"processes": number}})
            for _ in range(plan.rounds + 1):
                for number, seconds in found.items():
                    seconds.append(_visit(worker, size, str(number)))
            for number in PROCESSES:
                worker.ask(release, str(number))
            yield unit, {NUMPY: {"seconds": {str(number): times[1:] for number, times in found.items()}}}


GROWTH = Measure("growth", _units, _perform)
FAR = Measure("far", _far_units, _perform_far)
SHARED = Measure("shared", _shared_units, _perform_shared)
MEASURES = (GROWTH, FAR, SHARED)


def run(options: StudyOptions) -> None:
    """Measure what is missing, print the exponents, and draw; the rows are scaling.jsonl."""
    plan = plan_of(options.quick)
    rows = measure("scaling", path_of("scaling", options.results), MEASURES, plan, NAMES)
    print(tables(rows, plan))
    save(draw(rows, plan), options.figures, "scaling")


# What the rows say


@dataclass(frozen=True)
class Curve:
    """Cost against one quantity."""

    x: tuple[int, ...]  # (P)
    sizes: list[Size]  # (P)
    seconds: np.ndarray  # (rounds, P)
    peak_bytes: np.ndarray  # (P)

    @property
    def time_exponent(self) -> Quartiles:
        """Quartiles of the rounds' exponents."""
        return quartiles([exponent(self.x, seconds) for seconds in self.seconds])

    @property
    def memory_exponent(self) -> float:
        return exponent(self.x, self.peak_bytes)

    def allowed(self, parts: tuple) -> float:
        """The largest exponent of the parts of a cost, counted by their formulas at the same points."""
        return max(exponent(self.x, [part(*formula(size)) for size in self.sizes]) for part in parts)


def exponent(x, y, points: int | None = None) -> float:
    """k of y = c x^k, fitted on logarithmic axes over the upper half of the points, or over so many."""
    upper = slice(len(x) // 2 if points is None else -points, None)
    return float(np.polyfit(np.log(x[upper]), np.log(y[upper]), 1)[0])


def formula(size: Size) -> tuple:
    """The arguments of the formulas of a step's cost."""
    tokens = size.batch_size * size.steps
    return model_config(size), Shape(size.batch_size, size.steps, size.steps, tokens)


def read_curves(rows: list[Row], plan: ScalingPlan) -> dict[str, Curve]:
    """The curves of a plan from its rows."""
    wanted = {size for quantity in plan.curves for size in plan.sizes(quantity)}
    groups = [_costs(group) for group in by_processor(rows)]
    # Of one processor; where none has all points, a curve is of several.
    found = next((costs for costs in groups if wanted <= costs.keys()), _costs(rows))
    curves = {}
    for quantity, x in plan.curves.items():
        sizes = plan.sizes(quantity)
        seconds = np.array([found[size]["seconds"] for size in sizes]).T
        curves[quantity] = Curve(x, sizes, seconds, np.array([found[size]["peak_bytes"] for size in sizes]))
    return curves


def _costs(rows: list[Row]) -> dict[Size, dict]:
    return {Size.of(unit): cost[NUMPY] for unit, cost in units_of(rows, "growth")}


@dataclass(frozen=True)
class Reach:
    """Memory against one quantity, near and far."""

    x: tuple[int, ...]  # (P), the far points last
    sizes: list[Size]  # (P)
    peak_bytes: np.ndarray  # (P)
    near: int  # how many points are near

    @property
    def predicted(self) -> float:
        """What the power fitted to the near points says of the farthest."""
        k, last = exponent(self.x[: self.near], self.peak_bytes[: self.near]), self.near - 1
        return float(self.peak_bytes[last] * (self.x[-1] / self.x[last]) ** k)

    @property
    def far_exponent(self) -> float:
        """The exponent of the two farthest points."""
        return exponent(self.x[-2:], self.peak_bytes[-2:], points=2)

    @property
    def allowed(self) -> float:
        """The largest exponent there of the parts of memory, counted by their formulas."""
        counts = ([part(*formula(size)) for size in self.sizes[-2:]] for part in MEMORY_PARTS)
        return max(exponent(self.x[-2:], count, points=2) for count in counts)

    def end(self, budget: float) -> tuple[float, float]:
        """Where the arrays take the budget, from the farthest point on: by the allowed exponent, by the last.

        The true exponent is between the two: what is constant weighs less and less.
        """
        more = budget / self.peak_bytes[-1]
        return self.x[-1] * more ** (1 / self.allowed), self.x[-1] * more ** (1 / self.far_exponent)


def read_reach(rows: list[Row], plan: ScalingPlan = FULL) -> dict[str, Reach]:
    """Memory near and far; a quantity whose far points are not measured has none."""
    near = read_curves(rows, plan)
    far = {Size.of(unit): cost[NUMPY]["peak_bytes"] for unit, cost in units_of(rows, "far")}
    found = {}
    for quantity, curve in near.items():
        sizes = plan.far_sizes(quantity)
        if far.keys() >= set(sizes):
            peaks = np.array([*curve.peak_bytes, *(far[size] for size in sizes)], float)
            x = (*curve.x, *plan.far[quantity])
            found[quantity] = Reach(x, [*curve.sizes, *sizes], peaks, len(curve.x))
    return found


def far_table(rows: list[Row], plan: ScalingPlan = FULL) -> str:
    """What the near points foretell of the farthest, what was measured, and where memory ends."""
    body = [
        [
            TITLES[quantity],
            f"{reach.x[-1]:,}",
            f"{reach.predicted / 1e6:,.0f}",
            f"{reach.peak_bytes[-1] / 1e6:,.0f}",
            f"{reach.far_exponent:.2f}",
            f"{reach.allowed:.2f}",
            " to ".join(dict.fromkeys(f"{rounded(end):,}" for end in reach.end(BUDGET))),
        ]
        for quantity, reach in read_reach(rows, plan).items()
    ]
    far = ["farthest point", "predicted, MB", "measured, MB", "exponent there", "allowed"]
    return markdown(["growing", *far, f"{BUDGET / 1e9:g} GB are full at"], body)


def shared_table(rows: list[Row]) -> str:
    """Milliseconds of a step in one process and in two, and what the second one brings."""
    body = []
    for unit, cost in units_of(rows, "shared"):
        seconds = cost[NUMPY]["seconds"]
        times = [str(Quartiles(*(1e3 * each for each in quartiles(found)))) for found in seconds.values()]
        body.append([unit["size"], *times, str(ratios(*seconds.values()))])
    heads = [f"{number} process{'es' * (number > 1)}, ms" for number in PROCESSES]
    return markdown(["training step", *heads, "times as fast"], body)


def rounded(value: float) -> int:
    """A number to two digits: an extrapolation has no more."""
    unit = 10 ** max(len(str(int(value))) - 2, 0)
    return round(value / unit) * unit


def tables(rows: list[Row], plan: ScalingPlan = FULL) -> str:
    """All tables of what is measured."""
    return "\n\n".join(filter(None, (table(rows, plan), far_table(rows, plan), shared_table(rows))))


def table(rows: list[Row], plan: ScalingPlan = FULL) -> str:
    """The fitted exponents beside those that the equations allow."""
    body = [
        [
            TITLES[quantity],
            f"{curve.x[0]:,} to {curve.x[-1]:,}",
            str(curve.time_exponent),
            f"{curve.allowed(TIME_PARTS):.3g}",
            f"{curve.memory_exponent:.3g}",
            f"{curve.allowed(MEMORY_PARTS):.3g}",
        ]
        for quantity, curve in read_curves(rows, plan).items()
    ]
    head = ["growing", "from", "exponent of time", "allowed", "exponent of memory", "allowed"]
    return markdown(head, body)


def draw(rows: list[Row], plan: ScalingPlan = FULL) -> Figure:
    """Draw time on the left and memory on the right, one line per quantity."""
    figure, axes = new_figure(len(plan.curves), 2, (11, 3.5 * len(plan.curves)), sharey="col")
    for (quantity, curve), (time, memory) in zip(read_curves(rows, plan).items(), axes, strict=True):
        low, median, high = 1e3 * np.percentile(curve.seconds, [25, 50, 75], axis=0)
        time.errorbar(curve.x, median, [median - low, high - median], fmt="o", capsize=4, label="measured")
        _draw_powers(time, curve.x, median, curve.time_exponent.median, curve.allowed(TIME_PARTS))
        held = curve.peak_bytes / 1e6
        memory.plot(curve.x, held, "o", label="measured")
        _draw_powers(memory, curve.x, held, curve.memory_exponent, curve.allowed(MEMORY_PARTS))
        for ax in (time, memory):
            ax.set_xlabel(TITLES[quantity])
            ax.set_xticks(curve.x, [f"{value:,}" for value in curve.x], fontsize="small")
    axes[0, 0].set_title("time of a step, ms")
    axes[0, 1].set_title("arrays held, MB")
    return figure


def _draw_powers(ax: Axes, x, y: np.ndarray, fitted: float, allowed: float) -> None:
    """Draw the fitted power over the upper half, and the allowed one through the same middle."""
    upper = np.array(x[len(x) // 2 :], float)
    middle = np.exp(np.log(upper).mean()), np.exp(np.log(y[len(x) // 2 :]).mean())
    ax.plot(upper, middle[1] * (upper / middle[0]) ** fitted, "-", label=f"fitted: $x^{{{fitted:.2f}}}$")
    ax.plot(upper, middle[1] * (upper / middle[0]) ** allowed, ":", label=f"allowed: $x^{{{allowed:.2f}}}$")
    ax.set(xscale="log", yscale="log")
    ax.xaxis.set_minor_locator(NullLocator())
    plain_numbers(ax.yaxis)
    ax.legend(loc="upper left", fontsize="small")

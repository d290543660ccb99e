"""Scaling: how a NumPy training step's time and memory grow with batch, length, width and vocabulary.

One of the four grows at a time, the others stay at size M.  A cost that grows like x^k is a line of slope k
on logarithmic axes.  The k is fitted over the upper half of the points, as the fixed cost of a step flattens
the lower half, and stands beside the k that the equations allow.  Time is a sum of arithmetic and of memory
traffic, memory a sum of weights and of what a batch computes, in proportions that depend on machine and
program; so their k is at most the largest k of their parts, which are counted at the same points.

Time is that of one thread, in interleaved rounds.  Memory is what `tracemalloc` sees, to which NumPy reports
its arrays: the peak of a training in a process of its own.  It leaves out the interpreter, which is the same
at every point, and involves no chance.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from figures.frameworks.benchmark.contenders import NUMPY
from figures.frameworks.benchmark.growth import MEASURE, GrowthPlan
from figures.frameworks.benchmark.measure import Quartiles, quartiles
from figures.frameworks.benchmark.picture import plain_numbers
from figures.frameworks.benchmark.products import Shape, operations, step_numbers, weight_numbers
from figures.frameworks.benchmark.readings import units_of
from figures.frameworks.benchmark.sizes import SIZES, Size, model_config
from figures.frameworks.benchmark.store import measure
from figures.lab.drawing import markdown, new_figure, save
from figures.lab.results import Row, path_of
from figures.lab.setting import StudyOptions

TITLES = {  # the quantities that grow, fields of `Size`
    "batch_size": "batch size (sentences)",
    "steps": "length (tokens a sentence)",
    "width": "width (E = H)",
    "vocabulary": "vocabulary (words)",
}
TIME_PARTS = (operations, weight_numbers, step_numbers)
MEMORY_PARTS = (weight_numbers, step_numbers)


@dataclass(frozen=True)
class ScalingPlan:
    """Where the curves run: through `base`, over these values of each quantity."""

    base: Size = SIZES["M"]
    curves: dict[str, tuple[int, ...]] = field(
        default_factory=lambda: {
            "batch_size": (4, 8, 16, 32, 64, 128),
            "steps": (3, 6, 12, 24, 48, 96),
            "width": (16, 32, 64, 128, 256, 512),
            "vocabulary": (500, 1_000, 2_000, 4_000, 8_000, 16_000),
        }
    )
    rounds: int = 9

    def sizes(self, quantity: str) -> list[Size]:
        """Return the points of a curve."""
        return [replace(self.base, **{quantity: value}) for value in self.curves[quantity]]

    @property
    def growth(self) -> GrowthPlan:
        """What is to be measured; a size that several curves share comes once."""
        sizes = dict.fromkeys(size for quantity in self.curves for size in self.sizes(quantity))
        return GrowthPlan(tuple(sizes), self.rounds)


FULL = ScalingPlan()
QUICK = ScalingPlan(
    base=Size(vocabulary=32, width=8, batch_size=4, steps=4),
    curves={"batch_size": (2, 4, 8), "steps": (2, 4, 8), "width": (4, 8, 16), "vocabulary": (16, 32, 64)},
    rounds=2,
)


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
        """Return the largest exponent of a cost's parts, counted by their formulas at the same points."""
        return max(exponent(self.x, [part(*formula(size)) for size in self.sizes]) for part in parts)


def run(options: StudyOptions) -> None:
    """Measure what is missing, print the exponents, and draw; the rows are scaling.jsonl."""
    plan = QUICK if options.quick else FULL
    rows = measure("scaling", path_of("scaling", options.results), [MEASURE], plan.growth, [NUMPY])
    print(table(rows, plan))
    save(draw(rows, plan), options.figures, "scaling")


def exponent(x, y) -> float:
    """Return k of y = c x^k, fitted on logarithmic axes over the upper half of the points."""
    upper = slice(len(x) // 2, None)
    return float(np.polyfit(np.log(x[upper]), np.log(y[upper]), 1)[0])


def formula(size: Size) -> tuple:
    """Return what the formulas of a step's cost take."""
    tokens = size.batch_size * size.steps
    return model_config(size), Shape(size.batch_size, size.steps, size.steps, tokens)


def read_curves(rows: list[Row], plan: ScalingPlan) -> dict[str, Curve]:
    """Return the curves of a plan from its rows."""
    found = {Size.of(unit): cost[NUMPY] for unit, cost in units_of(rows, "growth")}
    curves = {}
    for quantity, x in plan.curves.items():
        costs = [found[size] for size in plan.sizes(quantity)]
        seconds = np.array([cost["seconds"] for cost in costs]).T
        curves[quantity] = Curve(
            x, plan.sizes(quantity), seconds, np.array([cost["peak_bytes"] for cost in costs])
        )
    return curves


def table(rows: list[Row], plan: ScalingPlan = FULL) -> str:
    """Return the fitted exponents beside those that the equations allow, in Markdown."""
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
    """Draw time above and memory below, one column per quantity."""
    figure, axes = new_figure(2, len(plan.curves), (16, 7.5), sharey="row")
    for (quantity, curve), (time, memory) in zip(read_curves(rows, plan).items(), axes.T, strict=True):
        low, median, high = 1e3 * np.percentile(curve.seconds, [25, 50, 75], axis=0)
        time.errorbar(curve.x, median, [median - low, high - median], fmt="o", capsize=4, label="measured")
        lines(time, curve.x, median, curve.time_exponent.median, curve.allowed(TIME_PARTS))
        held = curve.peak_bytes / 1e6
        memory.plot(curve.x, held, "o", label="measured")
        lines(memory, curve.x, held, curve.memory_exponent, curve.allowed(MEMORY_PARTS))
        memory.set_xlabel(TITLES[quantity])
        for ax in (time, memory):
            ax.set_xticks(curve.x, [f"{value:,}" for value in curve.x], fontsize="small")
    axes[0, 0].set_ylabel("time of a step, ms")
    axes[1, 0].set_ylabel("arrays held, MB")
    return figure


def lines(ax: Axes, x, y: np.ndarray, fitted: float, allowed: float) -> None:
    """Draw the fitted power over the upper half, and the allowed one through the same middle."""
    upper = np.array(x[len(x) // 2 :], float)
    middle = np.exp(np.log(upper).mean()), np.exp(np.log(y[len(x) // 2 :]).mean())
    ax.plot(upper, middle[1] * (upper / middle[0]) ** fitted, "-", label=f"fitted: $x^{{{fitted:.2f}}}$")
    ax.plot(upper, middle[1] * (upper / middle[0]) ** allowed, ":", label=f"allowed: $x^{{{allowed:.2f}}}$")
    ax.set(xscale="log", yscale="log")
    ax.xaxis.set_minor_locator(NullLocator())
    plain_numbers(ax.yaxis)
    ax.legend(loc="upper left", fontsize="small")

"""Stages: one LSTM layer's forward and backward pass, from loops in Python to the library's fused pass.

All stages compute the same numbers; each takes one idea further than the one before (see
`course.vectorization.stages.variants`).  They are timed in interleaved rounds, on one thread.  A round runs
each stage's whole pass once and then, alone, the very matrix products of that pass again: same arrays, same
order.  The rest of a pass's time goes to elementwise operations, memory and Python.  Notebook 07 tells the
story.
"""

import copy
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.shared.style import COLORS
from course.vectorization.stages.variants import LOOPS, TITLES, run_pass
from figures.lab.drawing import new_figure, save
from figures.lab.plan import Run, measurement
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions
from figures.stages.recording import Call, recorded, recording
from lstm_lib.nn.lstm import LSTM

NAME = "stages"
TINY = "tiny"
SIZES = {  # batch, steps, width (E = H); rounds
    TINY: (4, 5, 8, 100),
    "S": (32, 10, 64, 100),
    "M": (64, 12, 128, 60),
    "L": (64, 20, 256, 30),
}
QUICK_SIZES = (TINY, "S")
QUICK_ROUNDS = 3
PRODUCTS = {"color": COLORS[0], "edgecolor": "black", "label": "matrix products alone"}
REST = {"color": COLORS[1], "edgecolor": "black", "hatch": "//", "label": "entry by entry, memory, Python"}


def run(options: StudyOptions) -> None:
    """Measure what is missing, one size at a time, and draw."""
    save(draw(perform(NAME, plan(options), options, at_once=1)), options.figures, NAME)


def plan(options: StudyOptions) -> list[Run]:
    """Plan one run per size, with all stages but the loops, which take too long beyond the smallest."""
    runs = []
    for name in QUICK_SIZES if options.quick else SIZES:
        batch, steps, width, rounds = SIZES[name]
        configuration = {
            "stages": [stage for stage in TITLES if stage != LOOPS or name == TINY],
            "batch": batch,
            "steps": steps,
            "width": width,
            "rounds": QUICK_ROUNDS if options.quick else rounds,
        }
        runs.append(Run(name, measure_size, configuration, seed=0))
    return runs


class Problem(NamedTuple):
    """A layer and what goes through it."""

    layer: LSTM
    x: np.ndarray  # (B, T, E)
    dh: np.ndarray  # (B, T, H)


def problem(batch: int, steps: int, width: int, seed: int, dtype=np.float32) -> Problem:
    """Make a layer and its inputs of random numbers, E = H = width."""
    rng = np.random.default_rng(seed)
    layer = LSTM(width, width, rng, dtype=dtype)
    x, dh = rng.standard_normal((2, batch, steps, width)).astype(dtype)
    return Problem(layer, x, dh)


@measurement("vectorization.stages", version=1)
def measure_size(configuration: dict, seed: int) -> dict:
    """Measure the stages of a configuration: stages, batch, steps, width (E = H), rounds.

    Returns: for each stage
        pass_seconds, product_seconds: of the whole pass and of its matrix products alone, for each round;
        calls: of NumPy, all that compute or copy; products: those of them that multiply matrices;
        values: entries that the other calls write or sum up, one by one;
        operations: multiplications and additions of the products;
        operands: entries that the products read and write;
        peak_bytes: of all arrays that are alive at a time.
    """
    sizes = (configuration[name] for name in ("batch", "steps", "width"))
    given = problem(*sizes, seed)
    calls = {stage: record(stage, given) for stage in configuration["stages"]}
    found = time_rounds({stage: jobs(stage, given, calls[stage]) for stage in calls}, configuration["rounds"])
    return {
        stage: {**found[stage], **counts(calls[stage]), "peak_bytes": peak(stage, given)} for stage in calls
    }


def record(stage: str, given: Problem) -> list[Call]:
    """Return the NumPy calls of one pass; the stage in plain Python makes none."""
    calls: list[Call] = []
    layer = copy.copy(given.layer)
    layer.params = {name: recorded(array, calls) for name, array in layer.params.items()}
    with recording(calls):
        run_pass(stage, layer, recorded(given.x, calls), recorded(given.dh, calls))
    return calls


def counts(calls: Sequence[Call]) -> dict:
    """Add up what the calls do, as `measure_size` returns it."""
    products = [call for call in calls if call.product is not None]
    return {
        "calls": len(calls),
        "products": len(products),
        "values": sum(call.values for call in calls if call.product is None),
        "operations": sum(call.operations for call in products),
        "operands": sum(call.operands for call in products),
    }


def jobs(stage: str, given: Problem, calls: Sequence[Call]) -> dict[str, Callable[[], object]]:
    """Return what is timed: the whole pass, and its matrix products alone."""
    products = [call.product for call in calls if call.product is not None]

    def replay() -> None:
        for product in products:
            product()

    return {"pass_seconds": lambda: run_pass(stage, *given), "product_seconds": replay}


def time_rounds(work: dict[str, dict[str, Callable]], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Time every job of every stage in every round; a first round, which warms up, does not count."""
    found = {stage: {name: [] for name in jobs} for stage, jobs in work.items()}
    for _ in range(rounds + 1):
        for stage, jobs in work.items():
            for name, job in jobs.items():
                started = time.perf_counter()
                job()
                found[stage][name].append(round(time.perf_counter() - started, 7))
    return {stage: {name: seconds[1:] for name, seconds in jobs.items()} for stage, jobs in found.items()}


def peak(stage: str, given: Problem) -> int:
    """Return the most bytes that a pass has at a time, its results included and its arguments not."""
    tracemalloc.start()
    try:
        run_pass(stage, *given)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def draw(rows: Sequence[Row]) -> Figure:
    """Draw one panel per size with the time of each stage's pass; then NumPy's calls and the memory.

    Args: rows: of `measure_size`, one per size.
    """
    columns = 2
    lines = -(-(len(rows) + 2) // columns)
    figure, axes = new_figure(lines, columns, (11.5, 4.2 * lines))
    figure.get_layout_engine().set(hspace=0.1)  # titles stand clear of the axis labels above them
    panels = axes.ravel()
    for ax, row in zip(panels, rows, strict=False):
        draw_times(ax, row)
    largest = rows[-1]
    draw_counts(panels[len(rows)], largest, "calls", 1, "NumPy calls per pass")
    draw_counts(panels[len(rows) + 1], largest, "peak_bytes", 1e6, "most memory at a time (MB)")
    for ax in panels[len(rows) + 2 :]:
        ax.remove()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def draw_times(ax: Axes, row: Row) -> None:
    """Draw medians as bars, the middle half of the rounds as a whisker."""
    stages = list(row["metrics"])
    passes, products = (
        1000 * np.array([row["metrics"][stage][name] for stage in stages])
        for name in ("pass_seconds", "product_seconds")
    )
    low, middle, high = np.percentile(passes, [25, 50, 75], axis=1)
    alone, places = np.median(products, axis=1), range(len(stages))
    ax.barh(places, middle, **REST)
    ax.barh(places, alone, **PRODUCTS)
    ax.errorbar(middle, places, xerr=[middle - low, high - middle], fmt="none", ecolor="black", capsize=4)
    for place, told, end in zip(places, _told(middle), high, strict=True):
        ax.annotate(told, (end, place), xytext=(6, 0), textcoords="offset points", va="center")
    size = row["configuration"]
    shape = f"$B$ = {size['batch']}, $T$ = {size['steps']}, $E = H$ = {size['width']}"
    ax.set(title=f"{row['variant']}: {shape}", xlabel="ms per pass, forward and backward")
    ax.set_xlim(0, 1.18 * high.max())
    _name_stages(ax, stages)


def draw_counts(ax: Axes, row: Row, name: str, unit: float, label: str) -> None:
    """Draw one number of each stage as a bar."""
    stages = [stage for stage in row["metrics"] if stage != LOOPS]
    numbers = [row["metrics"][stage][name] / unit for stage in stages]
    bars = ax.barh(range(len(stages)), numbers, color=COLORS[2], edgecolor="black")
    ax.bar_label(bars, _told(numbers), padding=4)
    ax.set(title=f"{row['variant']}: {label}", xlim=(0, 1.18 * max(numbers)))
    _name_stages(ax, stages)


def _told(numbers: Sequence[float]) -> list[str]:
    """Write the numbers of one panel, all with the decimals that give the largest of them three digits."""
    decimals = max(0, 2 - int(np.floor(np.log10(max(numbers)))))
    return [f"{number:,.{decimals}f}" for number in numbers]


def _name_stages(ax: Axes, stages: Sequence[str]) -> None:
    ax.set_yticks(range(len(stages)), [TITLES[stage] for stage in stages])
    ax.set_ylim(len(stages) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)

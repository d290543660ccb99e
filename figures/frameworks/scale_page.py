"""The tables of figures/SCALE.md, from the stored rows; `figures.lab.readmes` writes them into the page.

What is extrapolated is so by the exponents that `figures.scaling` fits; a title says it where it is.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from figures import scaling
from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.processors import by_processor
from figures.frameworks.benchmark.readings import over_others, product_shares, quartiles, step_times, units_of
from figures.frameworks.benchmark.table import NOTHING, OTHERS, described, percent
from figures.frameworks.exchange import worked_example
from figures.lab.drawing import markdown
from figures.lab.results import Row, path_of, read_rows
from figures.lab.setting import RESULTS, StudyOptions

PAIRS = 100_000  # of an epoch: what a small corpus of a language pair has
LIMIT = 60.0  # minutes
PENDING = "not measured yet; `python -m lstm_lib study scaling` does it, on a quiet machine."


def answer(rows: list[Row], plan: scaling.ScalingPlan = scaling.FULL) -> str:
    """From which width and which length on to leave: where time ends, and where memory does."""
    curves, reaches = scaling.read_curves(rows, plan), scaling.read_reach(rows, plan)
    hour, full = {}, {}
    for quantity, name in (("width", "a width of {:,}"), ("steps", "sentences of {:,} tokens")):
        ends = ends_of(quantity, curves[quantity], minutes_of(curves[quantity]))
        hour[quantity] = name.format(scaling.rounded(min(ends)))
        if quantity in reaches:
            full[quantity] = name.format(scaling.rounded(min(reaches[quantity].end(scaling.BUDGET))))
    timed = by_processor(row for row in rows if row["measure"] == "benchmark.growth")
    processor = timed[0][0]["machine"]["processor"]
    time = f"an epoch of {PAIRS:,} pairs takes {LIMIT:g} minutes at {' or '.join(hour.values())}"
    memory = (
        f"; {scaling.BUDGET / 1e9:g} GB of memory are full at {' or '.join(full.values())}" if full else ""
    )
    return f"All else at size M, one core ({processor}): {time}{memory}."


def patience(rows: list[Row], plan: scaling.ScalingPlan = scaling.FULL) -> str:
    """Minutes of an epoch at the end of each curve, and where it takes an hour."""
    body = []
    for quantity, curve in scaling.read_curves(rows, plan).items():
        minutes = minutes_of(curve)
        ends = [f"{scaling.rounded(end):,}" for end in ends_of(quantity, curve, minutes)]
        cells = [f"{curve.x[-1]:,}", f"{minutes:.0f}", " to ".join(ends) or "no size"]
        body.append([scaling.TITLES[quantity], *cells])
    epoch = f"an epoch of {PAIRS:,} pairs there, minutes"
    return markdown(["growing", "measured up to", epoch, f"{LIMIT:g} minutes at (extrapolated)"], body)


def minutes_of(curve: scaling.Curve) -> float:
    """Minutes of an epoch at the end of a curve."""
    return float(np.median(curve.seconds[:, -1])) * PAIRS / curve.sizes[-1].batch_size / 60


def ends_of(quantity: str, curve: scaling.Curve, minutes: float) -> list[float]:
    """Where an epoch takes the limit: by the larger exponent, allowed or fitted, and by the smaller.

    Args: minutes: of an epoch at the end of the curve.
    Returns: none for the batch: twice the sentences are half the steps, and an epoch never takes longer.
    """
    exponents = {curve.allowed(scaling.TIME_PARTS), curve.time_exponent.median}
    if quantity == "batch_size":
        return []
    return [curve.x[-1] * (LIMIT / minutes) ** (1 / k) for k in sorted(exponents, reverse=True)]


def beside_others(rows: list[Row]) -> str:
    """NumPy's time of a step over each framework's, and the share of its matrix products, by size."""
    tables = []
    for group in by_processor(rows):
        body = []
        for name, times in step_times(group).items():
            ratios, share = over_others(times), product_shares(times)[NUMPY]
            cells = [f"{ratios[each].median:.2f}" if each in ratios else NOTHING for each in OTHERS]
            body.append([name, *cells, percent(share)])
        head = ["training step: NumPy's time over theirs", *(TITLES[each] for each in OTHERS)]
        if body:
            where = "; ".join(dict.fromkeys(described(row["machine"]) for row in group))
            tables.append(markdown([*head, "its products' share"], body) + f"\n\nMeasured on {where}.")
    return "\n\n".join(tables)


def processes(grown: list[Row], compared: list[Row]) -> str:
    """What a second process brings and what it costs: time where it is measured, and resident memory."""
    body = []
    for unit, metrics in units_of(compared, "memory"):
        peaks = {name: quartiles(found["peak_bytes"]).median / 1e6 for name, found in metrics.items()}
        one = quartiles(metrics[NUMPY]["one_process_bytes"]).median / 1e6
        leanest = min((peak for name, peak in peaks.items() if name != NUMPY), default=None)
        theirs = NOTHING if leanest is None else f"{leanest:,.0f}"
        body.append([unit["size"], f"{one:,.0f}", f"{peaks[NUMPY]:,.0f}", theirs])
    heads = ["peak memory of training, MB", "NumPy, one process", "NumPy, two", "the leanest framework"]
    times = scaling.shared_table(grown) or f"Time of a step in one process and in two: {PENDING}"
    return f"{times}\n\n{markdown(heads, body)}"


def tables(results: Path = RESULTS) -> Mapping[str, Callable[[], str]]:
    """The tables of the page by their marks."""

    def grown() -> list[Row]:
        return read_rows(path_of("scaling", results))

    def compared() -> list[Row]:
        return read_rows(path_of("frameworks", results))

    return {
        "scale-answer": lambda: answer(grown()),
        "scale-growth": lambda: scaling.table(grown()),
        "scale-patience": lambda: patience(grown()),
        "scale-memory": lambda: scaling.far_table(grown()) or f"Far points: {PENDING}",
        "scale-processes": lambda: processes(grown(), compared()),
        "scale-frameworks": lambda: beside_others(compared()),
        "scale-example": lambda: worked_example.shown(StudyOptions(results=results)),
    }

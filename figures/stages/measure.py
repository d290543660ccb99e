"""Time, NumPy calls and memory of every stage at one size, in interleaved rounds.

A round runs each stage's whole pass once and then, alone, the very matrix products of that pass again: same
arrays, same order.  What a pass takes longer than they do is work entry by entry, memory and Python.
"""

import copy
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from course.vectorization.stages.variants import run_pass
from figures.lab.plan import measurement
from figures.stages.recording import Call, recorded, recording
from lstm_lib.nn.lstm import LSTM


class Problem(NamedTuple):
    """A layer and what goes through it."""

    layer: LSTM
    x: np.ndarray  # (B, T, E)
    dh: np.ndarray  # (B, T, H)


def problem(batch: int, steps: int, width: int, seed: int, dtype=np.float32) -> Problem:
    """Random numbers, E = H = width."""
    rng = np.random.default_rng(seed)
    layer = LSTM(width, width, rng, dtype=dtype)
    x, dh = rng.standard_normal((2, batch, steps, width)).astype(dtype)
    return Problem(layer, x, dh)


@measurement("vectorization.stages", version=1)
def measure_size(configuration: dict, seed: int) -> dict:
    """Measure the stages of a configuration: stages, batch, steps, width (E = H), rounds.

    Returns: for each stage
        pass_seconds, product_seconds: of the whole pass and of its matrix products alone, a value a round;
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
    """The NumPy calls of one pass; the stage in plain Python makes none."""
    calls: list[Call] = []
    layer = copy.copy(given.layer)
    layer.params = {name: recorded(array, calls) for name, array in layer.params.items()}
    with recording(calls):
        run_pass(stage, layer, recorded(given.x, calls), recorded(given.dh, calls))
    return calls


def counts(calls: Sequence[Call]) -> dict:
    """How much the calls do."""
    products = [call for call in calls if call.product is not None]
    return {
        "calls": len(calls),
        "products": len(products),
        "values": sum(call.values for call in calls if call.product is None),
        "operations": sum(call.operations for call in products),
        "operands": sum(call.operands for call in products),
    }


def jobs(stage: str, given: Problem, calls: Sequence[Call]) -> dict[str, Callable[[], object]]:
    """The whole pass, and its matrix products alone."""
    products = [call.product for call in calls if call.product is not None]

    def replay() -> None:
        for product in products:
            product()

    return {"pass_seconds": lambda: run_pass(stage, *given), "product_seconds": replay}


def time_rounds(work: dict[str, dict[str, Callable]], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of every job of every stage in every round; a first round, which warms up, does not count."""
    found = {stage: {name: [] for name in jobs} for stage, jobs in work.items()}
    for _ in range(rounds + 1):
        for stage, jobs in work.items():
            for name, job in jobs.items():
                started = time.perf_counter()
                job()
                found[stage][name].append(round(time.perf_counter() - started, 7))
    return {stage: {name: seconds[1:] for name, seconds in jobs.items()} for stage, jobs in found.items()}


def peak(stage: str, given: Problem) -> int:
    """The most bytes that a pass has at a time, its results included and its arguments not."""
    tracemalloc.start()
    try:
        run_pass(stage, *given)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

"""How often a pass gets fresh memory from the system, and what that costs: measured in a process of its own.

The process of a notebook has freed large arrays before, after which the C library keeps more by itself.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import import_module

import numpy as np

from course.vectorization.costs import Size
from lstm_lib.nn.lstm import LSTM
from lstm_lib.training.step import keep_freed_memory

ROUNDS = 9
WAYS = ("given back", "kept")  # what happens to the memory of an array that is not used any more
Found = dict[str, dict[str, tuple[float, float]]]


def fresh_memory(size: Size, stages: Sequence[str]) -> Found | None:
    """Measure passes of some stages, first with freed memory given back to the system, then with it kept.

    Args: size: of the layer and its batch; stages: names in `STAGES`, not the library's.
    Returns: for each of `WAYS` and each stage, pages of fresh memory in a pass and the median ms of one; None
        where the system does not count pages or cannot start a process.
    """
    path = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-m", __name__, *map(str, size), *stages]
    try:
        done = subprocess.run(
            command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return {
        way: {name: tuple(row) for name, row in rows.items()} for way, rows in json.loads(done.stdout).items()
    }


def pages_and_ms(size: Size, name: str) -> tuple[float, float]:
    """Return how many pages a pass of one stage is given, on average, and its median ms of computing."""
    from resource import RUSAGE_SELF, getrusage  # not on Windows

    stage, rng = import_module(f"course.vectorization.stages.{name}"), np.random.default_rng(0)
    params = LSTM(size.E, size.H, rng).params
    x = rng.standard_normal((size.B, size.T, size.E), np.float32)
    dh = rng.standard_normal((size.B, size.T, size.H), np.float32)

    def run() -> None:
        stage.backward(params, dh, stage.forward(params, x)[1])

    run()
    before, seconds = getrusage(RUSAGE_SELF).ru_minflt, []
    for _ in range(ROUNDS):
        started = time.process_time()
        run()
        seconds.append(time.process_time() - started)
    return (getrusage(RUSAGE_SELF).ru_minflt - before) / ROUNDS, 1000 * float(np.median(seconds))


def main(arguments: Sequence[str]) -> None:
    """Print what `fresh_memory` returns, as JSON.  Args: arguments: B, T, E, H, and names of stages."""
    size, stages, found = Size(*map(int, arguments[:4])), arguments[4:], {}
    for way in WAYS:
        if way == "kept" and not keep_freed_memory():
            break
        found[way] = {name: pages_and_ms(size, name) for name in stages}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])

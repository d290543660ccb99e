"""What a contender's process is asked of its own memory."""

import os
import sys
import tracemalloc
from pathlib import Path

from figures.frameworks.benchmark.sizes import RATE, Size, first_params, model_config, random_batches
from figures.frameworks.benchmark.tasks import hold, train

BATCHES = 4  # different ones, as memory that one batch leaves may not fit the next


def training_memory(
    name: str, size: Size, lengths: str, steps: int, options: dict[str, dict], seed: int
) -> dict:
    """Train a model from its first weights on.  Args: seed: of the weights and of the batches.

    Returns: the peaks up to the first step, with all that is imported and the model, and in all, in bytes.
    """
    config, batches = model_config(size), random_batches(size, lengths, BATCHES, seed)
    hold(name, "memory", config, first_params(config, seed), options)
    before = peak_resident()
    train(name, "memory", [batches[step % BATCHES] for step in range(steps)], [RATE] * steps)
    return {"before_bytes": before, "peak_bytes": peak_resident()}


def peak_resident() -> int:
    """The most that this process ever had resident, in bytes, and on Linux each one that it started: what
    they share counts for each of them.
    """
    if Path("/proc/self/status").exists():
        return sum(map(_peak_of, _family(os.getpid())))
    import resource  # which Windows has not

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _peak_of(process: int) -> int:
    # Linux's getrusage counts what started this process too, which was here until Python took its place.
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _family(process: int) -> list[int]:
    """A process and all that it has started."""
    files = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for file in files for child in file.read_text().split()]
    return [process, *(member for child in children for member in _family(child))]


def peak_of_arrays(name: str, size: Size) -> int:
    """The most bytes that Python and NumPy hold at a time while a model is made and trained a little."""
    tracemalloc.start()
    config = model_config(size)
    hold(name, "growth", config, first_params(config), {})
    train(name, "growth", random_batches(size, "full", BATCHES), [RATE] * BATCHES)
    return tracemalloc.get_traced_memory()[1]

"""Who takes part, and what the process of a contender is asked to do.

A contender is NumPy or one of its twins.  The first argument of each task is the contender's name.
"""

import os
import sys
import time
import tracemalloc
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

from figures.frameworks.benchmark.workload import RATE, Size, first_params, model_config, random_batches
from figures.frameworks.twins import FRAMEWORKS, INSTALL, load_twin
from figures.frameworks.twins.contract import Twin
from figures.frameworks.twins.numpy_twin import NumPyContender
from lstm_lib.nn.layers import Params
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules
from lstm_lib.text.batching import Batch

NUMPY = "numpy"
TITLES = {NUMPY: "NumPy"} | {name: framework.title for name, framework in FRAMEWORKS.items()}
MEMORY_BATCHES = 4  # different ones, as the memory that one batch frees may not fit the next
PARITY_BATCHES = 3  # in turn, ragged
PARITY_RATE = 2.0**-9  # exact in single precision, to which Keras rounds it


def available() -> tuple[str, ...]:
    """The contenders that can run here: NumPy, and each twin whose framework is installed."""
    found = (name for name, framework in FRAMEWORKS.items() if all(map(find_spec, framework.packages)))
    return (NUMPY, *found)


def missing() -> dict[str, str]:
    """For each contender that cannot run, a line that says how to install it."""
    absent = (name for name in TITLES if name not in available())
    return {name: f"{TITLES[name]}: not installed; run {INSTALL}" for name in absent}


def make_contender(name: str, config: ModelConfig, params: Params, **options) -> Twin:
    """A contender with weights of its own.  Args: options: of its class (see `twins.contract.Twin`)."""
    return (NumPyContender if name == NUMPY else load_twin(name))(config, params, **options)


# Tasks

_held: dict[str, Twin] = {}  # by role: a contender stays from one task to the next


def versions(name: str) -> dict[str, str]:
    """The versions of NumPy and of the packages that the contender imports."""
    packages = ("numpy", *(FRAMEWORKS[name].packages if name in FRAMEWORKS else ()))
    return {package: import_module(package).__version__ for package in packages}


def blas_kernel(name: str) -> str | None:
    """NumPy's BLAS in this process, and the kernel that it chose, as "openblas 0.3.29 SkylakeX"."""
    pools = ThreadpoolController().select(user_api="blas").info()
    parts = [(pool["internal_api"], pool["version"], pool.get("architecture")) for pool in pools]
    return " ".join(filter(None, parts[0])) if parts else None


def hold(name: str, role: str, config: ModelConfig, params: Params, options: dict[str, dict]) -> None:
    """Make a contender and keep it.  Args: options: of each contender's class, by name."""
    _held[role] = make_contender(name, config, params, **options.get(name, {}))


def release(name: str, role: str) -> None:
    """Let the contender go, with the processes that it may have started."""
    contender = _held.pop(role)
    if hasattr(contender, "open"):
        contender.open.close()


def train(name: str, role: str, batches: Sequence[Batch], rates: Sequence[float]) -> list[float]:
    """Take training steps.

    Returns: the seconds of each step up to its loss, which a training run would log.
    """
    contender, seconds = _held[role], []
    for batch, rate in zip(batches, rates, strict=True):
        started = time.perf_counter()
        float(contender.train_step(batch, rate))
        seconds.append(time.perf_counter() - started)
    return seconds


def translate(
    name: str, role: str, search: str, sources: Sequence[tuple[np.ndarray, np.ndarray]], rules: Rules
) -> tuple[float, list[list[int]]]:
    """Translate batches.  Args: search: "greedy" or "beam".  Returns: seconds; the ids of each sentence."""
    run, found = getattr(_held[role], search), []
    started = time.perf_counter()
    for source, mask in sources:
        found += run(source, mask, rules)
    return time.perf_counter() - started, found


def weights(name: str, role: str) -> Params:
    """The contender's present weights."""
    return _held[role].to_numpy()


def training_memory(
    name: str, size: Size, lengths: str, steps: int, options: dict[str, dict], seed: int
) -> dict[str, int]:
    """Train a model from its first weights.  Args: seed: of the weights and of the batches.

    Returns: peaks in bytes: before the first step, with all imports and the model, and over the training.
    """
    config, batches = model_config(size), random_batches(size, lengths, MEMORY_BATCHES, seed)
    hold(name, "memory", config, first_params(config, seed), options)
    before = peak_resident()
    train(name, "memory", [batches[step % MEMORY_BATCHES] for step in range(steps)], [RATE] * steps)
    return {"before_bytes": before, "peak_bytes": peak_resident()}


def peak_of_arrays(name: str, size: Size) -> int:
    """The most bytes that Python and NumPy hold at a time while a model is made and trained a little."""
    tracemalloc.start()
    config = model_config(size)
    hold(name, "growth", config, first_params(config), {})
    train(name, "growth", random_batches(size, "full", MEMORY_BATCHES), [RATE] * MEMORY_BATCHES)
    return tracemalloc.get_traced_memory()[1]


def differences(name: str, size: Size, dtype: str, steps: int, options: dict[str, dict]) -> dict | None:
    """Compare a twin with NumPy, from the same weights on the same batches (see `compare`).

    Returns: None for NumPy itself.
    """
    if name == NUMPY:
        return None
    config = model_config(size, dropout=0.0)  # no two contenders draw the same noise
    params = first_params(config, dtype=np.dtype(dtype))
    ours = make_contender(NUMPY, config, params)
    theirs = make_contender(name, config, params, **options.get(name, {}))
    return compare(ours, theirs, random_batches(size, "ragged", PARITY_BATCHES), steps)


# What the tasks compute


def compare(ours: Twin, theirs: Twin, batches: Sequence[Batch], steps: int) -> dict[str, float]:
    """The largest absolute differences of two contenders.

    Returns: those of the loss and of any gradient before training, and of the losses of `steps` updates.
    """
    loss, grads, _ = ours.loss_and_grads(batches[0])
    their_loss, their_grads, _ = theirs.loss_and_grads(batches[0])
    curve = np.subtract(losses(ours, batches, steps), losses(theirs, batches, steps))
    return {
        "loss": abs(loss - their_loss),
        "gradients": max(float(np.abs(grad - their_grads[key]).max()) for key, grad in grads.items()),
        "curve": float(np.abs(curve).max()),
    }


def losses(contender: Twin, batches: Sequence[Batch], steps: int) -> list[float]:
    """The losses of training steps, the batches in turn."""
    return [float(contender.train_step(batches[step % len(batches)], PARITY_RATE)) for step in range(steps)]


def peak_resident() -> int:
    """The peak resident memory of this process in bytes.

    On Linux that of each process that it started is added, and memory that they share counts once; the
    libraries' code, which they share as well, counts for each of them.
    """
    if Path("/proc/self/status").exists():
        family = [_memory(process) for process in _family(os.getpid())]
        shared = [found.get("RssShmem", 0) for found in family]  # all of it stays until they end
        return sum(found["VmHWM"] for found in family) - (sum(shared) - max(shared))
    import resource  # not available on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _memory(process: int) -> dict[str, int]:
    """Bytes that Linux tells of a process: VmHWM is its peak, RssShmem what it shares with others."""
    # Linux's getrusage would count the program that started Python too, as it was in this process before.
    lines = (line.split() for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return {words[0].rstrip(":"): 1024 * int(words[1]) for words in lines if words[2:] == ["kB"]}


def _family(process: int) -> list[int]:
    """A process and all that it has started."""
    files = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for file in files for child in file.read_text().split()]
    return [process, *(member for child in children for member in _family(child))]

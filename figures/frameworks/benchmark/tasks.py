"""What a contender's process is asked to do.  The first argument is its contender's name."""

import time
from collections.abc import Sequence

import numpy as np

from figures.frameworks.benchmark.contenders import make_contender
from figures.frameworks.twins.contract import Twin
from lstm_lib.nn.layers import Params
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules
from lstm_lib.text.batching import Batch

_held: dict[str, Twin] = {}  # by role: a contender stays from one question to the next


def hold(name: str, role: str, config: ModelConfig, params: Params, options: dict[str, dict]) -> None:
    """Make a contender.  Args: options: of each contender's class, by name."""
    _held[role] = make_contender(name, config, params, **options.get(name, {}))


def release(name: str, role: str) -> None:
    """Let it go, and the processes that it may have started."""
    contender = _held.pop(role)
    if hasattr(contender, "open"):
        contender.open.close()


def train(name: str, role: str, batches: Sequence[Batch], rates: Sequence[float]) -> list[float]:
    """Training steps.  Returns: the seconds of each, up to its loss, which a training run would log."""
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
    """The weights as they stand."""
    return _held[role].to_numpy()

"""Who takes part: NumPy and its twins, all behind the twins' interface."""

from contextlib import ExitStack
from functools import cached_property, partial
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from figures.frameworks.twins import FRAMEWORKS, INSTALL, load_twin
from figures.frameworks.twins.contract import Twin
from lstm_lib.nn.layers import Params
from lstm_lib.parallel import ParallelSearch, Team
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import Rules, beam_search, greedy
from lstm_lib.text.batching import Batch
from lstm_lib.training.optimizers import Adam
from lstm_lib.training.step import keep_freed_memory, take_step

NUMPY = "numpy"
TITLES = {NUMPY: "NumPy"} | {name: framework.title for name, framework in FRAMEWORKS.items()}


def available() -> tuple[str, ...]:
    """The contenders that can run here: NumPy, and each twin whose framework is installed."""
    found = (name for name, framework in FRAMEWORKS.items() if all(map(find_spec, framework.packages)))
    return (NUMPY, *found)


def missing() -> dict[str, str]:
    """A line for each contender that cannot run: what to do about it."""
    absent = (name for name in TITLES if name not in available())
    return {name: f"{TITLES[name]}: not installed; run {INSTALL}" for name in absent}


def versions(name: str) -> dict[str, str]:
    """The versions of NumPy and of what a contender imports."""
    packages = ("numpy", *(FRAMEWORKS[name].packages if name in FRAMEWORKS else ()))
    return {package: import_module(package).__version__ for package in packages}


def make_contender(name: str, config: ModelConfig, params: Params, **options) -> Twin:
    """A contender with weights of its own.  Args: options: of its class (see `twins.contract.Twin`)."""
    return (NumPyContender if name == NUMPY else load_twin(name))(config, params, **options)


class NumPyContender:
    """`Seq2Seq` itself, trained and searched as its twins are; see `twins.contract.Twin`.

    `processes`: how many share each training step and each batch to translate, with a thread of matrix
    products each.  Where there is nothing to share, one process has all threads.
    """

    def __init__(
        self,
        config: ModelConfig,
        params: Params,
        *,
        clip_norm: float | None = 1.0,
        seed: int = 0,
        processes: int = 1,
    ):
        keep_freed_memory()  # as the trainer does
        self.config, self.clip_norm, self.processes = config, clip_norm, processes
        self.model = Seq2Seq(config, np.random.default_rng(seed), params["output.b"].dtype)
        for key, array in params.items():
            self.model.params[key][...] = array
        self.optimizer, self.rng = Adam(), np.random.default_rng(seed)
        self.optimizer.state = self.optimizer.initial_state(self.model.params)
        self.open = ExitStack()  # the processes end with the contender

    @cached_property
    def team(self) -> Team:
        return self.open.enter_context(Team(self.model, self.optimizer, self.processes))

    @cached_property
    def search(self) -> ParallelSearch:
        return self.open.enter_context(ParallelSearch(self.model, self.processes))

    def to_numpy(self) -> Params:
        return {key: array.copy() for key, array in self.model.params.items()}

    def loss_and_grads(self, batch: Batch) -> tuple[float, Params, int]:
        return self.model.loss_and_grads(batch)

    def train_step(self, batch: Batch, learning_rate: float) -> float:
        if self.processes > 1:
            return self.team.take_step(batch, self.rng, learning_rate, self.clip_norm).loss
        return take_step(self.model, self.optimizer, batch, self.rng, learning_rate, self.clip_norm).loss

    def greedy(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[list[int]]:
        together = self.search.greedy if len(source) > 1 else partial(greedy, self.model)
        return [found.ids for found in together(source, source_mask, rules)]

    def beam(
        self,
        source: np.ndarray,
        source_mask: np.ndarray,
        rules: Rules,
        *,
        beam_size: int = 5,
        length_penalty_alpha: float = 1.0,
    ) -> list[list[int]]:
        options = {"beam_size": beam_size, "length_penalty_alpha": length_penalty_alpha}
        together = self.search.beam_search if len(source) > 1 else partial(beam_search, self.model)
        return [found[0].ids for found in together(source, source_mask, rules, **options)]

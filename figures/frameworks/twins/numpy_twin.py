"""NumPy's own model behind the twins' interface, so that all contenders are trained and searched alike."""

from contextlib import ExitStack
from functools import cached_property, partial

import numpy as np

from lstm_lib.nn.layers import Params
from lstm_lib.parallel import ParallelSearch, Team
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import Rules, beam_search
from lstm_lib.text.batching import Batch
from lstm_lib.training.optimizers import Adam
from lstm_lib.training.step import keep_freed_memory, take_step


class NumPyContender:
    """`Seq2Seq` itself; see `contract.Twin`.

    `processes` is how many share each training step and each batch to translate, with one thread of matrix
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
        self.rng = np.random.default_rng(seed)
        self.open = ExitStack()  # the processes end with the contender

    @cached_property
    def optimizer(self) -> Adam:
        optimizer = Adam()
        optimizer.state = optimizer.initial_state(self.model.params)
        return optimizer

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
        return self.beam(source, source_mask, rules, beam_size=1, length_penalty_alpha=0.0)

    def beam(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules, **options) -> list[list[int]]:
        search = self.search.beam_search if len(source) > 1 else partial(beam_search, self.model)
        return [found[0].ids for found in search(source, source_mask, rules, **options)]

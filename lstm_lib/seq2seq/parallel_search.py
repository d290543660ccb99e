"""Search by several processes, each with its share of a batch's sentences."""

from typing import Any

import numpy as np

from lstm_lib.nn.layers import check_shape
from lstm_lib.processes import Crew
from lstm_lib.seq2seq.search import Hypothesis, Rules, beam_search, greedy


class ParallelSearch(Crew):
    """`greedy` and `beam_search` of one model.  To be used in a `with` statement."""

    def __init__(self, model, workers: int):
        """Args: model, as search wants it; workers: number of processes."""
        super().__init__(workers, Searcher, model)

    def greedy(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[Hypothesis]:
        """As `search.greedy`."""
        return self._divide("greedy", source, source_mask, rules)

    def beam_search(
        self, source: np.ndarray, source_mask: np.ndarray, rules: Rules, **options: Any
    ) -> list[list[Hypothesis]]:
        """As `search.beam_search`."""
        return self._divide("beam_search", source, source_mask, rules, options)

    def _divide(self, method: str, source: np.ndarray, source_mask: np.ndarray, *rest: Any) -> list:
        check_shape("source", source, None, None)
        check_shape("source_mask", source_mask, *source.shape)
        shares = [(source[k :: self.size], source_mask[k :: self.size], *rest) for k in range(self.size)]
        found: list = [None] * len(source)
        for k, answers in enumerate(self.ask(method, shares)):
            found[k :: self.size] = answers
        return found


class Searcher:
    """What one of the processes does."""

    def __init__(self, model, index: int):
        self.model = model

    def greedy(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[Hypothesis]:
        return greedy(self.model, source, source_mask, rules) if len(source) else []

    def beam_search(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules, options: dict):
        return beam_search(self.model, source, source_mask, rules, **options) if len(source) else []

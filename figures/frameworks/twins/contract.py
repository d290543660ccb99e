"""What the twins share: their interface, and small parts that need no framework."""

from collections.abc import Callable
from typing import Protocol, SupportsFloat

import numpy as np

from lstm_lib.nn.layers import Params
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules, length_limits
from lstm_lib.text.batching import Batch
from lstm_lib.text.vocabulary import PAD

ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}  # of every twin, and of `lstm_lib.training.Adam`


class Twin(Protocol):
    """A `Seq2Seq` in another framework, with its own training step and its own search.

    It is made by `SomeTwin(config, params, clip_norm=1.0, seed=0)` from the weights of a `Seq2Seq`, whose
    dtype it takes over (float32 to train, float64 to compare).  With `clip_norm` None gradients are not
    clipped; `seed` is that of dropout.
    """

    config: ModelConfig
    rows, steps = 1, 1  # shapes are padded to multiples of these, so that few are compiled

    def to_numpy(self) -> Params:
        """The weights as `Seq2Seq.params` has them: same keys, same shapes, fresh arrays."""

    def loss_and_grads(self, batch: Batch) -> tuple[float, Params, int]:
        """Loss per token, gradients and number of tokens, without dropout, as `Seq2Seq.loss_and_grads`."""

    def train_step(self, batch: Batch, learning_rate: float) -> SupportsFloat:
        """Take one step: forward, backward, clipping by global norm, Adam.

        Returns: the loss before the update.  A framework that computes in the background may still be
            running: `float` waits.
        """

    def greedy(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[list[int]]:
        """The ids that `lstm_lib.seq2seq.search.greedy` writes."""
        return self._search(self._greedy, source, source_mask, rules)

    def beam(
        self,
        source: np.ndarray,
        source_mask: np.ndarray,
        rules: Rules,
        *,
        beam_size: int = 5,
        length_penalty_alpha: float = 1.0,
    ) -> list[list[int]]:
        """The ids of the best hypothesis that `lstm_lib.seq2seq.search.beam_search` finds."""
        return self._search(self._beam, source, source_mask, rules, beam_size, length_penalty_alpha)

    # What a twin brings along for its search.  Both return words (B, longest) as an array or a tensor; those
    # after a sentence's end are meaningless.

    def _greedy(self, source, mask, limits, rules: Rules): ...

    def _beam(self, source, mask, limits, rules: Rules, beam_size: int, alpha: float): ...

    def _search(self, search: Callable, source, source_mask, rules: Rules, *options) -> list[list[int]]:
        source, source_mask = (padded(array, 1, self.steps) for array in (source, source_mask))
        limits = length_limits(source_mask, rules)
        return cut(search(source, source_mask, limits, rules, *options), limits, rules.eos)

    def _padded(self, batch: Batch) -> Batch:
        return pad_to_multiples(batch, self.rows, self.steps)


def check_config(config: ModelConfig) -> None:
    """Check that the twins cover a model.  Raises: ValueError naming the option that they lack."""
    wanted = {
        "num_layers": (1,),
        "encoder_size": (None, config.hidden_size),
        "cell": ("lstm", "gru"),
        "bidirectional": (True,),
        "attention": ("bahdanau",),
        "tied_embeddings": (False,),
        "recurrent_dropout": (0.0,),
        "scheduled_sampling": (0.0,),
        "activation": ("tanh",),
        "gate_activation": ("sigmoid",),
    }
    for name, values in wanted.items():
        if getattr(config, name) not in values:
            choices = " or ".join(map(str, values))
            raise ValueError(f"{name} is {getattr(config, name)!r}; the twins have only {choices}")


def blueprint(params: Params) -> Params:
    """Arrays with the keys, shapes and dtypes of `params`, without their memory."""
    return {key: np.broadcast_to(array.dtype.type(0), array.shape) for key, array in params.items()}


def state_parts(config: ModelConfig) -> tuple[str, ...]:
    """The parts of a cell's state: h, and c for an LSTM."""
    return ("h", "c") if config.cell == "lstm" else ("h",)


def word_bias(rules: Rules, size: int, dtype) -> np.ndarray:
    """What to add to log p (V): -inf for words that are never written, else 0."""
    bias = np.zeros(size, dtype)
    bias[list(rules.forbidden)] = -np.inf
    return bias


def longest_translation(rules: Rules, source) -> int:
    """The length that no translation of a batch (B, S) exceeds; it depends on the shape alone."""
    return int(rules.growth * source.shape[1] + rules.margin)


def cut(words: np.ndarray, limits: np.ndarray, eos: int) -> list[list[int]]:
    """Cut each row (B, steps) at its end of sentence, or at its limit."""
    rows = (row[:limit].tolist() for row, limit in zip(np.asarray(words), limits, strict=True))
    return [row[: row.index(eos)] if eos in row else row for row in rows]


def pad_to_multiples(batch: Batch, rows: int, steps: int) -> Batch:
    """Pad a batch to a multiple of `rows` sentences and of `steps` tokens.

    A compiler that generates code for each shape then sees few shapes.
    """
    return Batch(*(padded(array, rows, steps) for array in batch))


def padded(array: np.ndarray, rows: int, steps: int) -> np.ndarray:
    """Pad one array of a batch (B, S or T), ids or mask, to multiples."""
    more = [(0, -size % multiple) for size, multiple in zip(array.shape, (rows, steps), strict=True)]
    return np.pad(array, more, constant_values=False if array.dtype == np.bool_ else PAD)

"""The sizes that training steps are measured at, and random batches for them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from lstm_lib.nn.layers import Params
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import Batch, make_batch
from lstm_lib.text.vocabulary import UNK

LENGTHS = ("full", "ragged")
RATE = 1e-3  # at which steps are taken whose loss does not matter


@dataclass(frozen=True)
class Size:
    """A model and its batches."""

    vocabulary: int  # V, of either language
    width: int  # E = H
    batch_size: int  # B
    steps: int  # S = T, the end of the sentence included

    def __str__(self) -> str:
        return f"V {self.vocabulary}, E {self.width}, B {self.batch_size}, T {self.steps}"

    @classmethod
    def of(cls, configuration: Mapping) -> "Size":
        """The size that a row's configuration tells, among other things."""
        return cls(**{field.name: configuration[field.name] for field in fields(cls)})


SIZES = {"S": Size(1_000, 64, 32, 10), "M": Size(4_000, 128, 64, 12), "L": Size(8_000, 256, 64, 20)}


def model_config(size: Size, **options) -> ModelConfig:
    """The model of a size: trained with dropout 0.2 and label smoothing 0.1."""
    options = {"dropout": 0.2, "label_smoothing": 0.1} | options
    return ModelConfig(size.vocabulary, size.vocabulary, size.width, size.width, **options)


def first_params(config: ModelConfig, seed: int = 0, dtype=np.float32) -> Params:
    """The weights that all contenders begin with."""
    return Seq2Seq(config, np.random.default_rng(seed), dtype).params


def random_batches(size: Size, lengths: str, count: int, seed: int = 0) -> list[Batch]:
    """Batches of random words.

    Args: lengths: "full", or "ragged": uniform from half to full, with one sentence of each language full.
    """
    rng = np.random.default_rng(seed)

    def sentence(full: bool) -> list[int]:
        steps = size.steps if full else rng.integers(size.steps // 2, size.steps + 1)
        return rng.integers(UNK, size.vocabulary, steps - 1).tolist()  # and the end, which make_batch adds

    def batch() -> Batch:
        full = [lengths == "full" or row == 0 for row in range(size.batch_size)]
        return make_batch([(sentence(here), sentence(here)) for here in full])

    return [batch() for _ in range(count)]

"""What one training step has to do: a size with its model and batches, and the matrix products of the step.

A weight matrix W (in, out) takes part in three products with the same number of operations: y = x W in the
forward pass, dx = dy W^T and dW = x^T dy in the backward pass.  x has one row per token.  Where a step needs
the result of the step before, the rows come in as many pieces as there are steps.  No implementation can do
with fewer operations, so the time of these products alone is a lower bound for the time of a training step.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from lstm_lib.nn.layers import Params
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import Batch, make_batch
from lstm_lib.text.vocabulary import UNK

LENGTHS = ("full", "ragged")
RATE = 1e-3  # the learning rate of steps whose loss does not matter


@dataclass(frozen=True)
class Size:
    """The size of a model and of its batches."""

    vocabulary: int  # V, of either language
    width: int  # E = H
    batch_size: int  # B
    steps: int  # S = T, the end of the sentence included

    def __str__(self) -> str:
        return f"V {self.vocabulary}, E {self.width}, B {self.batch_size}, T {self.steps}"

    @classmethod
    def of(cls, configuration: Mapping) -> "Size":
        """Return the size that a row's configuration holds among other things."""
        return cls(**{field.name: configuration[field.name] for field in fields(cls)})


SIZES = {"S": Size(1_000, 64, 32, 10), "M": Size(4_000, 128, 64, 12), "L": Size(8_000, 256, 64, 20)}


def model_config(size: Size, **options) -> ModelConfig:
    """The model of a size: trained with dropout 0.2 and label smoothing 0.1."""
    options = {"dropout": 0.2, "label_smoothing": 0.1} | options
    return ModelConfig(size.vocabulary, size.vocabulary, size.width, size.width, **options)


def first_params(config: ModelConfig, seed: int = 0, dtype=np.float32) -> Params:
    """The weights that all contenders start from."""
    return Seq2Seq(config, np.random.default_rng(seed), dtype).params


def random_batches(size: Size, lengths: str, count: int, seed: int = 0) -> list[Batch]:
    """Draw batches of random words.

    Args: lengths: "full", or "ragged": uniform from half to full, with one sentence of each language full.
    """
    rng = np.random.default_rng(seed)

    def sentence(full: bool) -> list[int]:
        steps = size.steps if full else rng.integers(size.steps // 2, size.steps + 1)
        return rng.integers(UNK, size.vocabulary, steps - 1).tolist()  # make_batch adds the end

    def batch() -> Batch:
        full = [lengths == "full" or row == 0 for row in range(size.batch_size)]
        return make_batch([(sentence(here), sentence(here)) for here in full])

    return [batch() for _ in range(count)]


class Shape(NamedTuple):
    """The numbers of a batch that decide the products."""

    batch: int  # B
    source_steps: int  # S
    target_steps: int  # T
    tokens: int  # N: real target tokens, the only ones that reach the output

    @classmethod
    def of(cls, batch: Batch) -> "Shape":
        return cls(*batch.source.shape, batch.target_in.shape[1], batch.tokens)


class Product(NamedTuple):
    """A product of (rows, inner) and (inner, columns), repeated `times` times."""

    rows: int
    inner: int
    columns: int
    times: int

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        return 2 * self.rows * self.inner * self.columns * self.times


class Use(NamedTuple):
    """How a step uses a weight matrix: x (rows, inputs) W, in so many pieces."""

    inputs: int
    outputs: int
    rows: int
    pieces: int = 1


def uses(config: ModelConfig, shape: Shape) -> dict[str, list[Use]]:
    """The uses of each weight matrix, by its name.

    A matrix has several where its parts are used apart: decoder.rnn.0.W_x reads words, which are known in
    advance, and contexts, which are known only at their step.

    Args: config: LSTM, one layer, bidirectional, Bahdanau attention, as the twins have it.
    """
    E, H, V = config.embedding_size, config.hidden_size, config.target_size
    B, S, T, N = shape
    encoder = {"W_x": [Use(E, 4 * H, B * S)], "W_h": [Use(H, 4 * H, B * S, S)]}
    return {
        **{
            f"encoder.rnn.0.{side}.{name}": encoder[name]
            for side in ("forward", "backward")
            for name in encoder
        },
        "bridge.0.h.W": [Use(2 * H, H, B)],
        "bridge.0.c.W": [Use(2 * H, H, B)],
        "decoder.rnn.0.W_x": [Use(E, 4 * H, B * T), Use(2 * H, 4 * H, B * T, T)],
        "decoder.rnn.0.W_h": [Use(H, 4 * H, B * T, T)],
        "decoder.attention.W_q": [Use(H, H, B * T, T)],
        "decoder.attention.W_k": [Use(2 * H, H, B * S)],
        "decoder.readout.W": [Use(H + 2 * H + E, E, B * T)],
        "output.W": [Use(E, V, N)],
    }


def products(config: ModelConfig, shape: Shape) -> list[Product]:
    """All products with weights of one training step."""
    found = []
    for use in (use for parts in uses(config, shape).values() for use in parts):
        rows = use.rows // use.pieces
        found += [
            Product(rows, use.inputs, use.outputs, use.pieces),
            Product(rows, use.outputs, use.inputs, use.pieces),
            Product(use.inputs, use.rows, use.outputs, 1),
        ]
    return found


def operations(config: ModelConfig, shape: Shape) -> int:
    """Count the operations of all matrix products of a step.

    Attention's own are included: at every step a score and a mean over the source, and their gradients.
    """
    B, S, T, _ = shape
    attended = 3 * 2 * B * T * S * (config.hidden_size + 2 * config.hidden_size)
    return attended + sum(product.operations for product in products(config, shape))


def weight_numbers(config: ModelConfig, shape: Shape) -> int:
    """Count the weights, each with its gradient and Adam's two means."""
    tables = (config.source_size + config.target_size) * config.embedding_size
    matrices = sum(use.inputs * use.outputs for parts in uses(config, shape).values() for use in parts)
    return 4 * (tables + matrices)


def step_numbers(config: ModelConfig, shape: Shape) -> int:
    """Count the numbers that the equations compute of a batch in the forward pass, and their gradients."""
    E, H, V = config.embedding_size, config.hidden_size, config.target_size
    B, S, T, N = shape
    cell = 4 * H + 3 * H  # gates; c, tanh(c), h
    encoder = B * S * (E + 2 * cell + H)  # words, two directions, keys
    decoder = B * T * (E + cell + H + 2 * H + E)  # words, cell, query, context, readout
    attention = B * T * S * (H + 2)  # tanh of the score, score, weight
    return 2 * (encoder + decoder + attention + N * V)


# Tasks of NumPy's process


def replay(name: str, steps: Sequence[Sequence[Product]]) -> list[float]:
    """Do nothing but the products of some steps.  Returns: the seconds of each step."""
    arrays = {product[:3]: operands(*product[:3]) for products in steps for product in products}
    return [time_products(products, arrays) for products in steps]


def sgemm_rate(name: str, rows: int, inner: int, columns: int, repeats: int) -> list[float]:
    """Measure `repeats` times the operations per second of one product in single precision."""
    product = Product(rows, inner, columns, times=max(1, round(2e8 / (rows * inner * columns))))
    arrays = {product[:3]: operands(*product[:3])}
    return [product.operations / time_products([product], arrays) for _ in range(repeats)]


def time_products(products: Sequence[Product], arrays: dict[tuple, tuple]) -> float:
    started = time.perf_counter()
    for product in products:
        a, b, out = arrays[product[:3]]
        for _ in range(product.times):
            np.matmul(a, b, out=out)
    return time.perf_counter() - started


def operands(rows: int, inner: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two matrices and an array for their product, already used once so that its memory is mapped."""
    a, b = np.full((rows, inner), 0.5, np.float32), np.full((inner, columns), 0.5, np.float32)
    return a, b, a @ b

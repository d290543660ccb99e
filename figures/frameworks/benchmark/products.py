"""The matrix products of one training step: how many operations, and how long they take alone.

A weight matrix W (in, out) takes part in three products, of the same number of operations: y = x W on the way
forth, dx = dy W^T and dW = x^T dy on the way back.  What W multiplies has a row for each token; where a token
needs what came out of the one before, the rows come in as many pieces as there are steps.  No implementation
can do with fewer operations, so the time of these products alone is what a step cannot fall below.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.text.batching import Batch


class Shape(NamedTuple):
    """What of a batch decides the products."""

    batch: int  # B
    source_steps: int  # S
    target_steps: int  # T
    tokens: int  # N: real target tokens, which alone reach the output

    @classmethod
    def of(cls, batch: Batch) -> "Shape":
        return cls(*batch.source.shape, batch.target_in.shape[1], batch.tokens)


class Product(NamedTuple):
    """(rows, inner) times (inner, columns), one after the other as often as `times` says."""

    rows: int
    inner: int
    columns: int
    times: int

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        return 2 * self.rows * self.inner * self.columns * self.times


class Use(NamedTuple):
    """How a step uses a weight matrix."""

    inputs: int
    outputs: int
    rows: int
    pieces: int = 1


def uses(config: ModelConfig, shape: Shape) -> dict[str, list[Use]]:
    """Each weight matrix by its name, in parts where parts are used apart: decoder.rnn.0.W_x reads words,
    which are known, and contexts, which are not before their step.

    Args: config: LSTM, one layer, bidirectional, Bahdanau's attention, as the twins have it.
    """
    E, H, V = config.embedding_size, config.hidden_size, config.target_size
    B, S, T, N = shape
    directions = {
        f"encoder.rnn.0.{name}": parts
        for side in ("forward", "backward")
        for name, parts in {
            f"{side}.W_x": [Use(E, 4 * H, B * S)],
            f"{side}.W_h": [Use(H, 4 * H, B * S, S)],
        }.items()
    }
    return directions | {
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
    """Operations of all matrix products of a step, attention's own included: a score and a mean over the
    source at every step, and their gradients.
    """
    B, S, T, _ = shape
    attended = 3 * 2 * B * T * S * (config.hidden_size + 2 * config.hidden_size)
    return attended + sum(product.operations for product in products(config, shape))


def weight_numbers(config: ModelConfig, shape: Shape) -> int:
    """How many weights there are, each with its gradient and Adam's two means."""
    tables = (config.source_size + config.target_size) * config.embedding_size
    matrices = sum(use.inputs * use.outputs for parts in uses(config, shape).values() for use in parts)
    return 4 * (tables + matrices)


def step_numbers(config: ModelConfig, shape: Shape) -> int:
    """How many numbers the equations compute of a batch on the way forth, and their gradients."""
    E, H, V = config.embedding_size, config.hidden_size, config.target_size
    B, S, T, N = shape
    cell = 4 * H + 3 * H  # gates; c, tanh(c), h
    encoder = B * S * (E + 2 * cell + H)  # words, two directions, keys
    decoder = B * T * (E + cell + H + 2 * H + E)  # words, cell, query, context, readout
    attention = B * T * S * (H + 2)  # tanh of the score, score, weight
    return 2 * (encoder + decoder + attention + N * V)


# Asked of NumPy's process


def replay(name: str, steps: Sequence[Sequence[Product]]) -> list[float]:
    """Do nothing but the products of some steps.  Returns: the seconds of each step."""
    arrays = {product[:3]: operands(*product[:3]) for products in steps for product in products}
    return [time_products(products, arrays) for products in steps]


def time_products(products: Sequence[Product], arrays: dict[tuple, tuple]) -> float:
    started = time.perf_counter()
    for product in products:
        a, b, out = arrays[product[:3]]
        for _ in range(product.times):
            np.matmul(a, b, out=out)
    return time.perf_counter() - started


def operands(rows: int, inner: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two matrices and a place for their product, which has been used once: its memory is there."""
    a, b = np.full((rows, inner), 0.5, np.float32), np.full((inner, columns), 0.5, np.float32)
    return a, b, a @ b


def sgemm_rate(name: str, rows: int, inner: int, columns: int, repeats: int) -> list[float]:
    """Operations a second of one product in single precision, `repeats` times."""
    product = Product(rows, inner, columns, times=max(1, round(2e8 / (rows * inner * columns))))
    arrays = {product[:3]: operands(*product[:3])}
    return [product.operations / time_products([product], arrays) for _ in range(repeats)]

"""The two layers without memory: Linear (y = x W + b) and Embedding (a row of a table for each id)."""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.initializers import glorot
from lstm_lib.nn.parameters import Params, check_shape
from lstm_lib.nn.products import bias_gradient, linear_map, weight_gradient


class LinearCache(NamedTuple):
    x: np.ndarray  # (..., input_size)


class Linear:
    """An affine map of the last axis: y = x W + b."""

    def __init__(self, input_size: int, output_size: int, rng: np.random.Generator, dtype=np.float32):
        """Args: input_size, output_size: widths.  rng: draws W (Glorot); b starts at zero."""
        self.params: Params = {
            "W": glorot(rng, input_size, output_size, dtype),
            "b": np.zeros(output_size, dtype),
        }

    def forward(self, x: np.ndarray, rng=None) -> tuple[np.ndarray, LinearCache]:
        """Args: x (..., input_size).  Returns: y (..., output_size), cache.  Raises: ValueError on another
        width.
        """
        W = self.params["W"]
        check_shape("x", x, *x.shape[:-1], len(W))
        y = linear_map(x, W)
        y += self.params["b"]
        return y, LinearCache(x)

    def backward(self, dy: np.ndarray, cache: LinearCache) -> tuple[np.ndarray, Params]:
        """Args: dy (..., output_size), cache.  Returns: dx (..., input_size), grads {W, b}.
        Raises: ValueError on another shape."""
        check_shape("dy", dy, *cache.x.shape[:-1], len(self.params["b"]))
        return linear_map(dy, self.params["W"].T), {"W": weight_gradient(cache.x, dy), "b": bias_gradient(dy)}


class EmbeddingCache(NamedTuple):
    ids: np.ndarray  # (...) integers


class Embedding:
    """A table with one row a type: y = table[ids]."""

    def __init__(self, num_embeddings: int, embedding_size: int, rng: np.random.Generator, dtype=np.float32):
        """Args: num_embeddings: V.  embedding_size: E.  rng: draws rows of unit expected length."""
        table = rng.standard_normal((num_embeddings, embedding_size)) / np.sqrt(embedding_size)
        self.params: Params = {"table": table.astype(dtype)}

    def forward(self, ids: np.ndarray, rng=None) -> tuple[np.ndarray, EmbeddingCache]:
        """Args: ids (...) integers in [0, V).  Returns: y (..., E), cache.  Raises: ValueError on an id
        outside.
        """
        table = self.params["table"]
        if ids.size and not (ids.min() >= 0 and ids.max() < len(table)):
            raise ValueError(f"ids run from {ids.min()} to {ids.max()}; wanted 0 to {len(table) - 1}")
        return table[ids], EmbeddingCache(ids)

    def backward(self, dy: np.ndarray, cache: EmbeddingCache) -> Params:
        """Args: dy (..., E), cache.  Returns: grads {table}; ids have no gradient, so nothing else.
        Raises: ValueError on another shape."""
        table = self.params["table"]
        check_shape("dy", dy, *cache.ids.shape, table.shape[1])
        grad = np.zeros(table.shape, table.dtype)
        ids = cache.ids.ravel()
        if ids.size:
            # Sorted ids put equal rows side by side, so that reduceat sums each run; np.add.at is far slower.
            order = np.argsort(ids, kind="stable")
            sorted_ids = ids[order]
            starts = np.flatnonzero(np.r_[True, sorted_ids[1:] != sorted_ids[:-1]])
            grad[sorted_ids[starts]] = np.add.reduceat(dy.reshape(-1, table.shape[1])[order], starts, axis=0)
        return {"table": grad}

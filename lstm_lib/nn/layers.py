"""Layers: the contract they all keep, the tools they share, and those without memory.

A layer owns its `params` and nothing that changes from call to call.  What the backward pass needs is handed
over in a cache, and the backward pass returns gradients of what `forward` read and of the parameters:

    y, cache           = layer.forward(x, rng=None)                             feed-forward
    dx, grads          = layer.backward(dy, cache)

    h, state_T, cache  = layer.forward(x, state0=None, mask=None, rng=None)     recurrent
    dx, dstate0, grads = layer.backward(dh, dstate_T, cache)

`rng=None` means evaluation.  dx is None where x holds ids, which have no gradient.  `grads` has the keys of
`params`; a layer made of layers joins theirs to one flat dict of dotted names (`encoder.rnn.0.forward.W_x`).
A public method raises a ValueError that names the first argument of a wrong shape or type.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from types import EllipsisType
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from lstm_lib.limits import Count, check, check_rng, shown
from lstm_lib.nn.initializers import glorot

Params = dict[str, np.ndarray]


# Parameters by dotted names, and states


def join(parts: Mapping[str, Mapping[str, np.ndarray]]) -> Params:
    """Flatten {"a": {"W": ...}} to {"a.W": ...}.  The arrays are shared, not copied."""
    return {f"{part}.{key}": array for part, params in parts.items() for key, array in params.items()}


def subset(params: Mapping[str, np.ndarray], part: str) -> Params:
    """Return the entries of one part without its prefix: the inverse of `join`."""
    start = f"{part}."
    return {key.removeprefix(start): array for key, array in params.items() if key.startswith(start)}


class Composite:
    """A layer made of layers, its `parts` by name."""

    parts: Mapping[str, "Composite"]

    @property
    def params(self) -> Params:
        """The parameters of all parts, by dotted names."""
        return join({name: part.params for name, part in self.parts.items()})


def map_state(function: Callable[[np.ndarray], np.ndarray], state):
    """Apply `function` to every array of a state, a nested tuple; return the results in its structure."""
    if isinstance(state, np.ndarray):
        return function(state)
    parts = [map_state(function, part) for part in state]
    return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)


def parts_of(name: str, state, count: int) -> tuple:
    """Return the parts of a composite state, each None without one.  Raises: ValueError on another count."""
    if state is None:
        return (None,) * count
    if len(state) != count:
        raise ValueError(f"{name} has {len(state)} parts; wanted {count}")
    return tuple(state)


# Checks of arguments


def check_shape(name: str, array: np.ndarray, *wanted: int | EllipsisType | None) -> None:
    """Raise a ValueError that names the argument, the shape it has and the one it should have.

    Args: wanted: lengths; None fits any length, and ... at the beginning fits any number of axes.
    """
    shape = np.shape(array)
    if wanted[:1] == (...,):
        wanted = (*shape[: len(shape) - len(wanted) + 1], *wanted[1:])
    if shape == wanted:
        return
    if len(shape) != len(wanted) or any(w not in (None, s) for s, w in zip(shape, wanted, strict=True)):
        text = ", ".join("any" if w is None else str(w) for w in wanted)
        raise ValueError(f"{name} has shape {shape}; wanted ({text})")


def check_kind(name: str, array: np.ndarray, kinds: str, wanted: str) -> None:
    """Raise a ValueError unless an argument is an array of one of NumPy's `kinds` of numbers."""
    kind = getattr(getattr(array, "dtype", None), "kind", None)
    if kind is None:
        raise ValueError(f"{name} is {shown(array)}; wanted an array of {wanted}")
    if kind not in kinds:
        raise ValueError(f"{name} has dtype {array.dtype}; wanted {wanted}")


def check_floats(name: str, x: np.ndarray, *wanted: int | EllipsisType | None) -> None:
    """Raise a ValueError unless x has the wanted shape and holds floats; integers would be cut off."""
    check_kind(name, x, "f", "floating-point numbers")
    check_shape(name, x, *wanted)


def check_mask(name: str, mask: np.ndarray, *wanted: int | None) -> None:
    """Raise a ValueError unless a mask has the wanted shape and is bool.

    `~` would turn an integer 1 into -2, and integers used as an index would pick rows 0 and 1.
    """
    check_shape(name, mask, *wanted)
    check_kind(name, mask, "b", "bool, True = real token")


def check_ids(name: str, ids: np.ndarray, size: float = np.inf) -> None:
    """Raise a ValueError unless ids are integers (bool would pick rows that are True) from 0 to size - 1."""
    check_kind(name, ids, "iu", "integers")
    if size < np.inf and ids.size and not (ids.min() >= 0 and ids.max() < size):
        raise ValueError(f"{name} run from {ids.min()} to {ids.max()}; wanted 0 to {size - 1}")


def check_sentences(ids_name: str, ids: np.ndarray, mask_name: str, mask: np.ndarray) -> None:
    """Raise a ValueError unless these are integers (B, T) and a bool mask, with padding only at the end."""
    check_shape(ids_name, ids, None, None)
    check_ids(ids_name, ids)
    check_mask(mask_name, mask, *ids.shape)
    if (mask[:, 1:] > mask[:, :-1]).any():
        raise ValueError(f"{mask_name} has padding before a real token; wanted it at the end")


def check_layer(rng: np.random.Generator, dtype: DTypeLike, **sizes: int) -> None:
    """Raise a ValueError that names the first argument of a new layer that cannot be."""
    for name, size in sizes.items():
        check(name, size, Count)
    check_rng(rng)
    if np.dtype(dtype).kind != "f":  # integers would round all weights to 0
        raise ValueError(f"dtype is {np.dtype(dtype)}; wanted a floating-point type")


# Linear maps of the last axis.  NumPy takes x (B, T, N) @ W as B small products, one for each sentence.  With
# batch and time side by side in the rows of one matrix it is a single large product, which is several times
# faster; rows may have any order.  Sequences are indexed batch first, (B, T, ...), but a recurrent layer's
# own arrays lie "by step": each x[:, t] is one piece of memory, which halves the time of a pass.  NumPy in a
# browser has no BLAS, and einsum multiplies several times faster than what it has instead.
product = partial(np.einsum, "nk,km->nm") if sys.platform == "emscripten" else np.matmul


def empty_by_step(shape: tuple[int, ...], dtype) -> np.ndarray:
    """Return a new array (B, T, ...) in which every step [:, t] is one piece of memory."""
    batch, steps, *rest = shape
    return np.empty((steps, batch, *rest), dtype).swapaxes(0, 1)


def by_step(x: np.ndarray) -> np.ndarray:
    """Return x (B, T, ...), copied unless every step already is one piece of memory."""
    return np.ascontiguousarray(x.swapaxes(0, 1)).swapaxes(0, 1)


def lies_by_step(x: np.ndarray) -> bool:
    """Return whether the steps of x (B, T, N) are further apart in memory than its sentences are."""
    return x.ndim == 3 and abs(x.strides[1]) > abs(x.strides[0])


def as_rows(x: np.ndarray) -> np.ndarray:
    """Return x (..., N) as one matrix with N columns."""
    return x.reshape(-1, x.shape[-1])


def linear_map(x: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Return x W (..., M) for x (..., N) and W (N, M); it lies by step if x does."""
    if lies_by_step(x):
        return linear_map(x.swapaxes(0, 1), W).swapaxes(0, 1)
    return product(as_rows(x), W).reshape(*x.shape[:-1], W.shape[1])


def weight_gradient(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Return dW (N, M), the sum of x_n^T dy_n over all leading axes of x (..., N) and dy (..., M)."""
    if lies_by_step(dy):
        x, dy = x.swapaxes(0, 1), dy.swapaxes(0, 1)
    return product(as_rows(x).T, as_rows(dy))


def bias_gradient(dy: np.ndarray) -> np.ndarray:
    """Return db (M), the sum of dy_n over all leading axes of dy (..., M)."""
    return as_rows(dy.swapaxes(0, 1) if lies_by_step(dy) else dy).sum(axis=0)


def transposed(W: np.ndarray) -> np.ndarray:
    """Return a copy of W (N, M) as (M, N): a small product with it is up to twice as fast as with W.T."""
    copy = np.empty(W.shape[::-1], W.dtype)
    # A few rows at a time: the columns of a large matrix lie so far apart that a plain copy misses the cache.
    for start in range(0, len(W), 32):
        copy[:, start : start + 32] = W[start : start + 32].T
    return copy


# The two layers without memory


class LinearCache(NamedTuple):
    x: np.ndarray  # (..., input_size)


class Linear:
    """An affine map of the last axis: y = x W + b."""

    def __init__(self, input_size: int, output_size: int, rng: np.random.Generator, dtype=np.float32):
        """Args: input_size, output_size: widths; rng: draws W (Glorot); b starts at zero."""
        check_layer(rng, dtype, input_size=input_size, output_size=output_size)
        W, b = glorot(rng, input_size, output_size, dtype), np.zeros(output_size, dtype)
        self.params: Params = {"W": W, "b": b}

    def forward(self, x: np.ndarray, rng=None) -> tuple[np.ndarray, LinearCache]:
        """Compute y (..., output_size) from x (..., input_size)."""
        W = self.params["W"]
        check_floats("x", x, ..., len(W))
        y = linear_map(x, W)
        y += self.params["b"]
        return y, LinearCache(x)

    def backward(self, dy: np.ndarray, cache: LinearCache) -> tuple[np.ndarray, Params]:
        """Compute dx = dy W^T, dW = x^T dy and db = sum of dy."""
        check_floats("dy", dy, *cache.x.shape[:-1], len(self.params["b"]))
        return linear_map(dy, self.params["W"].T), {"W": weight_gradient(cache.x, dy), "b": bias_gradient(dy)}


class EmbeddingCache(NamedTuple):
    ids: np.ndarray  # (...) integers


class Embedding:
    """A table with one row per word of the vocabulary: y = table[ids]."""

    def __init__(self, num_embeddings: int, embedding_size: int, rng: np.random.Generator, dtype=np.float32):
        """Args: num_embeddings: V; embedding_size: E; rng: draws rows of unit expected length."""
        check_layer(rng, dtype, num_embeddings=num_embeddings, embedding_size=embedding_size)
        table = rng.standard_normal((num_embeddings, embedding_size)) / np.sqrt(embedding_size)
        self.params: Params = {"table": table.astype(dtype)}

    def forward(self, ids: np.ndarray, rng=None) -> tuple[np.ndarray, EmbeddingCache]:
        """Look up y (..., E) for ids (...), integers in [0, V)."""
        table = self.params["table"]
        check_ids("ids", ids, len(table))
        return table[ids], EmbeddingCache(ids)

    def backward(self, dy: np.ndarray, cache: EmbeddingCache) -> tuple[None, Params]:
        """Sum dy (..., E) for each row that was looked up."""
        table = self.params["table"]
        check_floats("dy", dy, *cache.ids.shape, table.shape[1])
        grad, rows = np.zeros(table.shape, table.dtype), as_rows(dy)
        order = np.argsort(cache.ids, axis=None, kind="stable")
        ids = cache.ids.ravel()[order]
        # Sorted ids put equal rows side by side, so that reduceat sums each run; np.add.at is far slower.
        # Most words of a batch occur once, and their rows need no sum.
        first, last = np.ones((2, len(ids)), bool)
        first[1:] = last[:-1] = ids[1:] != ids[:-1]
        once, again = first & last, ~(first & last)
        grad[ids[once]] = rows[order[once]]
        if again.any():
            starts = np.flatnonzero(first[again])
            grad[ids[again][starts]] = np.add.reduceat(rows[order[again]], starts, axis=0)
        return None, {"table": grad}


class TiedLinear:
    """An affine map by the rows of an embedding's table, which it shares: y = x table^T + b.

    A word is read and written by one vector (Press and Wolf, 2017).  `params` is b alone; `backward` returns
    the gradient of the table beside it, to be added to the embedding's own.
    """

    def __init__(self, embedding: Embedding):
        self.embedding = embedding
        table = embedding.params["table"]
        self.params: Params = {"b": np.zeros(len(table), table.dtype)}

    def forward(self, x: np.ndarray, rng=None) -> tuple[np.ndarray, LinearCache]:
        """Compute y (..., V) from x (..., E)."""
        table = self.embedding.params["table"]
        check_floats("x", x, ..., table.shape[1])
        y = linear_map(x, table.T)
        y += self.params["b"]
        return y, LinearCache(x)

    def backward(self, dy: np.ndarray, cache: LinearCache) -> tuple[np.ndarray, Params]:
        """Compute dx = dy table, dtable = dy^T x and db = sum of dy."""
        table = self.embedding.params["table"]
        check_floats("dy", dy, *cache.x.shape[:-1], len(table))
        grads = {"b": bias_gradient(dy), "table": weight_gradient(dy, cache.x)}
        return linear_map(dy, table), grads

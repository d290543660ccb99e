"""Linear maps of the last axis and their gradients, each as one product of two matrices; and how sequences
lie in memory.

NumPy takes x (B, T, N) @ W as B small products, one for each sentence; with batch and time side by side in
the rows of one matrix it is a single large one, which runs several times faster.  The order of these rows is
free, as long as both factors of a gradient have the same.

Sequences are batch-major (B, T, ...) wherever they are indexed.  A recurrent layer, though, works on one step
at a time, so its own arrays keep each step x[:, t] in one piece of memory: a pass over a step then takes half
the time of one over B separate rows.
"""

import numpy as np


def empty_by_step(shape: tuple[int, ...], dtype) -> np.ndarray:
    """A new array (B, T, ...), in which every step [:, t] is one piece of memory."""
    batch, steps, *rest = shape
    return np.empty((steps, batch, *rest), dtype).swapaxes(0, 1)


def by_step(x: np.ndarray) -> np.ndarray:
    """x (B, T, ...), copied unless every step already is one piece of memory."""
    return np.ascontiguousarray(x.swapaxes(0, 1)).swapaxes(0, 1)


def lies_by_step(x: np.ndarray) -> bool:
    """Whether the steps of x (B, T, N) are further apart in memory than its sentences are."""
    return x.ndim == 3 and abs(x.strides[1]) > abs(x.strides[0])


def linear_map(x: np.ndarray, W: np.ndarray) -> np.ndarray:
    """y = x W.  Args: x (..., N); W (N, M).  Returns: y (..., M), by step in memory if x is."""
    if lies_by_step(x):
        return linear_map(x.swapaxes(0, 1), W).swapaxes(0, 1)
    return (as_rows(x) @ W).reshape(*x.shape[:-1], W.shape[1])


def weight_gradient(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """dW = sum of x_n^T dy_n over all leading axes n.  Args: x (..., N); dy (..., M).  Returns: dW (N, M)."""
    if lies_by_step(dy):
        x, dy = x.swapaxes(0, 1), dy.swapaxes(0, 1)
    return as_rows(x).T @ as_rows(dy)


def bias_gradient(dy: np.ndarray) -> np.ndarray:
    """db = sum of dy_n over all leading axes n.  Args: dy (..., M).  Returns: db (M)."""
    return as_rows(dy.swapaxes(0, 1) if lies_by_step(dy) else dy).sum(axis=0)


def transposed(W: np.ndarray) -> np.ndarray:
    """A copy of W (N, M) as (M, N).  A step's small product is up to twice as fast with it as with W.T."""
    copy = np.empty(W.shape[::-1], W.dtype)
    # A few rows at a time: columns of a large matrix lie so far apart that a plain copy misses the cache.
    for start in range(0, len(W), 32):
        copy[:, start : start + 32] = W[start : start + 32].T
    return copy


def as_rows(x: np.ndarray) -> np.ndarray:
    """(..., N) as one matrix with N columns."""
    return x.reshape(-1, x.shape[-1])

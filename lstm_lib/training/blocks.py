"""Walking over large arrays in pieces that stay in the processor's cache."""

from collections.abc import Iterator

import numpy as np

# 32,768 float32 are 128 KB: the five pieces that Adam works on fit together into an L2 cache of 1 MB.
BLOCK_SIZE = 1 << 15


def blocks(size: int) -> Iterator[slice]:
    """Cut `range(size)` into slices of at most `BLOCK_SIZE` elements."""
    return (slice(start, min(start + BLOCK_SIZE, size)) for start in range(0, size, BLOCK_SIZE))


def flat_view(name: str, array: np.ndarray) -> np.ndarray:
    """View an array as one dimension, sharing its memory.

    Args:
        name: what to call the array in an error message.
        array: any shape, C-contiguous.

    Returns:
        A view of shape (array.size,).

    Raises:
        ValueError: the array is not C-contiguous, so that a flat view would silently be a copy.
    """
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} of shape {array.shape} must be C-contiguous to be updated in place")
    return array.reshape(-1)

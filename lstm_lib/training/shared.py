"""Memory that several processes share, for arrays like the parameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lstm_lib.training.optimizers import Arrays

ALIGNMENT = 64  # bytes, a line of the cache: no two arrays share one


class Shared:
    """What the processes of a team exchange, as one of them sees it.

    Attributes:
        params: the parameters, for each process to take the others' updates from.
        grads: the gradients of each process, for the others to take.
        moments: the optimizer's, by slot and parameter as in `Optimizer.state`.
    """

    def __init__(self, params: Arrays, slots: tuple[str, ...], workers: int, memory: Any):
        """Args: params: keys, shapes and dtypes of all arrays.  slots: the optimizer's.  workers: number of
        processes.  memory: a buffer of `size` bytes, the same in every process.
        """
        self._memory, self._used = memory, 0
        self.params = self._take_like(params)
        self.grads = [self._take_like(params) for _ in range(workers)]
        self.moments: Arrays = {
            f"{slot}.{key}": array for slot in slots for key, array in self._take_like(params).items()
        }

    @staticmethod
    def size(params: Arrays, slots: tuple[str, ...], workers: int) -> int:
        """Bytes of memory that the arrays take."""
        return (1 + workers + len(slots)) * sum(_aligned(param.nbytes) for param in params.values())

    def _take_like(self, params: Arrays) -> Arrays:
        return {key: self._take(param.shape, param.dtype) for key, param in params.items()}

    def _take(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """The next array of the memory; all processes take the same ones in the same order."""
        array = np.frombuffer(self._memory, dtype, math.prod(shape), self._used).reshape(shape)
        self._used += _aligned(array.nbytes)
        return array


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT

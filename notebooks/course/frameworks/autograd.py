"""A small automatic differentiation: what a framework does behind a forward pass.

Each operation on `Traced` arrays also records what it read, and how a gradient goes back to that.  `backward`
goes through the records from last to first.  (Reverse mode, Linnainmaa, 1970.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Back = Callable[[np.ndarray], np.ndarray]  # from the gradient of a result to that of what it was made of


class Traced:
    """An array that knows what it was computed from.

    Args: data; made_of: what it was computed from, each with the function that takes a gradient back to it.
    """

    def __init__(self, data: np.ndarray, made_of: Sequence[tuple[Traced, Back]] = ()):
        self.data, self.made_of = np.asarray(data), made_of
        self.grad = np.zeros_like(self.data)

    def __matmul__(self, other: Traced) -> Traced:
        to_self, to_other = (lambda d: d @ other.data.T), (lambda d: self.data.T @ d)
        return Traced(self.data @ other.data, [(self, to_self), (other, to_other)])

    def __add__(self, other: Traced) -> Traced:
        return Traced(self.data + other.data, [(self, lambda d: d), (other, lambda d: d)])

    def __mul__(self, other: Traced) -> Traced:
        to_self, to_other = (lambda d: d * other.data), (lambda d: d * self.data)
        return Traced(self.data * other.data, [(self, to_self), (other, to_other)])

    def tanh(self) -> Traced:
        y = np.tanh(self.data)
        return Traced(y, [(self, lambda d: d * (1 - y**2))])

    def sigmoid(self) -> Traced:
        y = 1 / (1 + np.exp(-self.data))
        return Traced(y, [(self, lambda d: d * y * (1 - y))])

    def split(self, count: int) -> list[Traced]:
        """Return `count` blocks of columns of equal width."""
        width = self.data.shape[1] // count
        return [self._columns(slice(k * width, (k + 1) * width)) for k in range(count)]

    def _columns(self, columns: slice) -> Traced:
        def back(d: np.ndarray) -> np.ndarray:
            all_columns = np.zeros_like(self.data)
            all_columns[:, columns] = d
            return all_columns

        return Traced(self.data[:, columns], [(self, back)])

    def backward(self, gradient: np.ndarray) -> None:
        """Add to the `grad` of everything that this array was made of.  Args: gradient: of its own."""
        self.grad = self.grad + gradient
        for result in reversed(trace(self)):
            for source, back in result.made_of:
                source.grad = source.grad + summed_to(back(result.grad), source.data.shape)


def trace(*last: Traced) -> list[Traced]:
    """Return some arrays and everything they were made of, each array after what it was made of."""
    order: list[Traced] = []
    seen: set[int] = set()
    waiting = [(array, False) for array in reversed(last)]
    while waiting:
        array, is_ready = waiting.pop()
        if is_ready:
            order.append(array)
        elif id(array) not in seen:
            seen.add(id(array))
            waiting.append((array, True))
            waiting += [(source, False) for source, _ in array.made_of]
    return order


def summed_to(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum a gradient over the first axes, along which the forward pass repeated an array."""
    return gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))

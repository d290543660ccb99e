"""What a pass asks of NumPy: each matrix product, and each elementwise operation.

An array of the class `Recorded` notes what is done with it, and so do all arrays computed from it.  Views
(slices, transposes) are free and are not noted; a reshape that has to copy is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import numpy as np


class Call(NamedTuple):
    """One NumPy call that computes or copies."""

    name: str
    values: int  # entries that it writes, or that it sums up
    product: Callable[[], np.ndarray] | None = None  # a matrix product: makes it again, from the same arrays
    operations: int = 0  # of a product: multiplications and additions
    operands: int = 0  # of a product: entries of both factors and of the result


class Recorded(np.ndarray):
    """An array that appends a `Call` to `calls` for each use."""

    calls: list[Call] | None = None

    def __array_finalize__(self, source) -> None:
        self.calls = getattr(source, "calls", None)

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **options):
        plain = [_plain(value) for value in inputs]
        if out:
            options["out"] = tuple(map(_plain, out))
        operation = partial(getattr(ufunc, method), *plain, **options)
        result = operation()
        if ufunc is np.matmul:
            self.calls.append(_product(operation, *plain, result))
        else:
            self.calls.append(Call(ufunc.__name__, max(np.size(value) for value in (*plain, result))))
        return out[0] if out else self._recorded(result)

    def __array_function__(self, function, types, arguments, options):
        result = super().__array_function__(function, types, arguments, options)
        if function is np.concatenate:
            self.calls.append(Call("concatenate", result.size))
        return result

    def __setitem__(self, where, value) -> None:
        target = _plain(self)[where]
        # `a[k] += b` first adds in place and then assigns a[k] to itself, which NumPy sees and skips.
        if not (isinstance(value, np.ndarray) and _address(value) == _address(target)):
            self.calls.append(Call("assign", np.size(target)))
        super().__setitem__(where, value)

    def reshape(self, *shape) -> np.ndarray:
        result = super().reshape(*shape)
        if not np.may_share_memory(_plain(result), _plain(self)):
            self.calls.append(Call("copy", self.size))
        return result

    def _recorded(self, array):
        return recorded(array, self.calls) if isinstance(array, np.ndarray) else array


def recorded(array: np.ndarray, calls: list[Call]) -> Recorded:
    """Return a view of an array that notes its uses in `calls`."""
    view = array.view(Recorded)
    view.calls = calls
    return view


@contextmanager
def recording(calls: list[Call]) -> Iterator[None]:
    """Make arrays that NumPy creates within the block note their uses, too."""
    makers = {name: getattr(np, name) for name in ("empty", "zeros", "ascontiguousarray")}
    for name, maker in makers.items():
        setattr(np, name, partial(_recorded_maker, maker, calls))
    try:
        yield
    finally:
        for name, maker in makers.items():
            setattr(np, name, maker)


def _recorded_maker(maker: Callable, calls: list[Call], *arguments, **options) -> Recorded:
    result = maker(*arguments, **options)
    source = arguments[0]  # a shape, but for ascontiguousarray
    if isinstance(source, Recorded) and not np.may_share_memory(result, _plain(source)):
        calls.append(Call("copy", result.size))
    return recorded(result, calls)


def _product(operation: Callable, a: np.ndarray, b: np.ndarray, result: np.ndarray) -> Call:
    operations = 2 * result.size * a.shape[-1]
    return Call("matmul", result.size, operation, operations, a.size + b.size + result.size)


def _plain(value):
    return value.view(np.ndarray) if isinstance(value, Recorded) else value


def _address(array: np.ndarray) -> tuple:
    return array.__array_interface__["data"][0], array.strides, array.shape

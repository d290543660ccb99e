"""How often a function multiplies matrices or calls `np.tanh`, counted while it runs."""

from collections.abc import Callable
from unittest import mock

import numpy as np

PRODUCTS = {np.matmul, np.dot, np.inner, np.vdot, np.tensordot, np.einsum, np.vecdot, np.matvec, np.vecmat}


class Counted(np.ndarray):
    """An array that notes each product that it, or an array made from it, takes part in."""

    products: list

    def __array_finalize__(self, source) -> None:
        """Hand the list on to views and results."""
        self.products = getattr(source, "products", [])

    def __deepcopy__(self, memo):
        """Copy the numbers; the list stays the one that counts."""
        return counted(np.array(self), self.products)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        """Note `a @ b`, and compute on plain arrays."""
        options = _plain(options if out is None else options | {"out": out})
        return self._noted(ufunc, getattr(ufunc, method), map(_plain, inputs), options)

    def __array_function__(self, function, types, inputs, options):
        """Note `np.dot`, `np.einsum` and the like."""
        inputs, options = _plain(inputs), _plain(options)
        return self._noted(function, function, inputs, options)

    def _noted(self, what, function: Callable, inputs, options: dict):
        if what in PRODUCTS:
            self.products.append(what.__name__)
        return _counted_again(function(*inputs, **options), self.products)


def counted(array: np.ndarray, products: list) -> Counted:
    """Return a view of an array that notes its products in a list."""
    view = array.view(Counted)
    view.products = products
    return view


def _plain(value):
    """Arrays that count as plain ones, also inside of lists, tuples and dictionaries."""
    if isinstance(value, Counted):
        return value.view(np.ndarray)
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def _counted_again(value, products: list):
    if isinstance(value, list | tuple):
        return type(value)(_counted_again(one, products) for one in value)
    return counted(value, products) if isinstance(value, np.ndarray) else value


def products_in(function: Callable, *arrays: np.ndarray) -> tuple[object, int]:
    """Call a function, and return its answer and how many products of its arguments it makes."""
    products = []
    found = function(*(counted(array, products) for array in arrays))
    return _plain(found), len(products)


def tanhs_in(function: Callable, *arrays: np.ndarray) -> tuple[object, list[int]]:
    """Call a function, and return its answer and how many numbers each of its calls of `np.tanh` gets."""
    sizes, tanh = [], np.tanh

    def noting(x, *rest, **options):
        sizes.append(np.size(x))
        return tanh(x, *rest, **options)

    with mock.patch.object(np, "tanh", noting):
        return function(*arrays), sizes

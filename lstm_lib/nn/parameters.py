"""Dotted names: how the parameters of a composite are one flat dict (`encoder.forward.W_x`)."""

from collections.abc import Mapping

import numpy as np

Params = dict[str, np.ndarray]


def join(parts: Mapping[str, Mapping[str, np.ndarray]]) -> Params:
    """{"a": {"W": ...}} becomes {"a.W": ...}.  The arrays are shared, not copied."""
    return {f"{part}.{key}": array for part, params in parts.items() for key, array in params.items()}


def subset(params: Mapping[str, np.ndarray], part: str) -> Params:
    """The entries of one part, without its prefix: the inverse of `join`."""
    start = f"{part}."
    return {key.removeprefix(start): array for key, array in params.items() if key.startswith(start)}


def check_shape(name: str, array: np.ndarray, *wanted: int | None) -> None:
    """One line for a wrong shape: which argument, what it got, what it wants (None: any size).

    Raises:
        ValueError: the shape differs.
    """
    shape = np.shape(array)
    if len(shape) != len(wanted) or any(w is not None and s != w for s, w in zip(shape, wanted, strict=True)):
        text = ", ".join("any" if w is None else str(w) for w in wanted)
        raise ValueError(f"{name} has shape {shape}; wanted ({text})")


def check_mask(name: str, mask: np.ndarray, *wanted: int | None) -> None:
    """A mask must be bool: `~` turns an integer 1 into -2, and as an index it would pick rows 0 and 1.

    Raises:
        ValueError: the shape or the dtype differs.
    """
    check_shape(name, mask, *wanted)
    if mask.dtype != np.bool_:
        raise ValueError(f"{name} has dtype {mask.dtype}; wanted bool, True = real token")

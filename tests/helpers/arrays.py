"""Arrays, and whatever holds arrays: equal, of one dtype, unchanged."""

import copy

import numpy as np

from course.shared.gradcheck import leaves


def assert_close(got, wanted, what: str, tolerance: float = 1e-12) -> None:
    """Equal to rounding, by the largest entry's measure."""
    np.testing.assert_allclose(
        got, wanted, rtol=0, atol=tolerance * (1 + np.abs(wanted).max(initial=0)), err_msg=what
    )


def assert_same_arrays(got, wanted, what: str) -> None:
    for (name, array), (_, other) in zip(leaves(got, what), leaves(wanted, what), strict=True):
        assert_close(array, other, name)


def frozen(value):
    """The same arrays, made read-only: whoever writes into them gets a ValueError."""
    for _, array in leaves(value):
        array.flags.writeable = False
    return value


def snapshot(layer):
    """All that a layer holds, deep down, as a value to compare with."""
    return copy.deepcopy(contents(layer))


def contents(thing):
    if isinstance(thing, np.ndarray):
        return thing.tolist()
    if isinstance(thing, dict):
        return {key: contents(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [contents(value) for value in thing]
    return contents(vars(thing)) if type(thing).__module__.startswith("lstm_lib.") else thing


def assert_all_of_dtype(dtype, *values):
    for value in values:
        for name, array in leaves(tuple(value.values()) if isinstance(value, dict) else value):
            assert array.dtype == dtype, f"{name} is {array.dtype}"

"""States are nested tuples of arrays (an LSTM's h and c, a stack's layers): two ways to go through them."""

from collections.abc import Callable, Iterator

import numpy as np


def leaves(state, name: str = "state") -> Iterator[tuple[str, np.ndarray]]:
    """Every array of a state with a dotted name: `state.0.forward.h`."""
    if isinstance(state, np.ndarray):
        yield name, state
        return
    for field, part in zip(getattr(state, "_fields", range(len(state))), state, strict=True):
        yield from leaves(part, f"{name}.{field}")


def map_state(function: Callable[[np.ndarray], np.ndarray], state):
    """The same structure with `function` applied to every array."""
    if isinstance(state, np.ndarray):
        return function(state)
    parts = [map_state(function, part) for part in state]
    return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)


def parts_of(name: str, state, count: int) -> tuple:
    """The parts of a composite state; None, `count` times, where there is no state.

    Raises:
        ValueError: it has more or fewer parts.
    """
    if state is None:
        return (None,) * count
    if len(state) != count:
        raise ValueError(f"{name} has {len(state)} parts; wanted {count}")
    return tuple(state)

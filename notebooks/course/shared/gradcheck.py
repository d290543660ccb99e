"""Is a gradient right?  Compare it with finite differences.

Any operation can be checked that maps named arrays to one or more outputs.  Its outputs are weighted by
random upstream gradients u, which makes a single number f = sum(u . outputs).  Its gradient, which the
backward pass under test computes, is compared with one of two estimates:

- `numerical_gradients`: central differences, entry by entry: slow, but it says which entry is wrong.
- `projected_difference`: one random direction through all arrays at once: four evaluations, at any size.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lstm_lib.nn.layers import map_state

Arrays = Mapping[str, np.ndarray]
Forward = Callable[[Arrays], Sequence[np.ndarray]]
STEP = 3e-4  # the largest whose own error stays far under that of rounding, eps / STEP


class Comparison(NamedTuple):
    """How one gradient compares with its numerical estimate."""

    name: str
    relative_error: float
    worst_index: tuple[int, ...]  # where the difference is largest
    got: float  # there
    wanted: float  # there


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """Compute max |a - b| / max(|a|, |b|): 0 where both are zero, infinite where either is not finite.

    The scale is the array's largest entry, not each entry's own: a difference quotient knows nothing of
    entries far below its rounding error.
    """
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return float(np.abs(a - b).max(initial=0.0) / scale) if scale > 0 else 0.0


def upstream_gradients(outputs: Sequence[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """Draw weights for each output: gradients of all ones would hide mistakes that cancel in a sum."""
    return [rng.standard_normal(np.shape(y)) for y in outputs]


def weighted_sum(outputs: Sequence[np.ndarray], upstream: Sequence[np.ndarray]) -> float:
    """Compute f = sum(u . outputs)."""
    return float(sum(np.sum(u * y) for u, y in zip(upstream, outputs, strict=True)))


def central_difference(f: Callable[[float], float], step: float) -> float:
    """Estimate f'(0) to fourth order: (8 (f(s) - f(-s)) - (f(2s) - f(-2s))) / 12 s.

    The error falls with step^4, so that a step large enough to drown rounding still gives ten digits.
    """
    return (8.0 * (f(step) - f(-step)) - (f(2 * step) - f(-2 * step))) / (12.0 * step)


def numerical_gradients(
    forward: Forward, arrays: Arrays, upstream: Sequence[np.ndarray], step: float = STEP
) -> dict[str, np.ndarray]:
    """Estimate the gradient of sum(upstream . outputs), entry by entry of every array.

    Args: forward: arrays -> outputs; arrays: float64, left as they are; upstream: weights of the outputs.
    Returns: a gradient for each array.
    """
    arrays = {name: np.array(array, dtype=np.float64) for name, array in arrays.items()}
    gradients = {name: np.zeros_like(array) for name, array in arrays.items()}
    for name, array in arrays.items():
        for index in np.ndindex(array.shape):
            value = array[index]

            def f(change: float, array=array, index=index, value=value) -> float:
                array[index] = value + change
                return weighted_sum(forward(arrays), upstream)

            gradients[name][index] = central_difference(f, step)
            array[index] = value
    return gradients


def compare(gradients: Arrays, wanted: Arrays) -> list[Comparison]:
    """Set each gradient beside its estimate.  Raises: ValueError where names or shapes differ."""
    if set(gradients) != set(wanted):
        raise ValueError(f"gradients are named {sorted(gradients)}; wanted {sorted(wanted)}")
    rows = []
    for name, estimate in wanted.items():
        got = np.asarray(gradients[name])
        if got.shape != estimate.shape:
            raise ValueError(f"the gradient of {name} has shape {got.shape}; wanted {estimate.shape}")
        worst = np.unravel_index(np.argmax(np.abs(got - estimate)), got.shape) if got.size else ()
        where = tuple(int(k) for k in worst)
        values = (float(got[where]), float(estimate[where])) if got.size else (0.0, 0.0)
        rows.append(Comparison(name, relative_error(got, estimate), where, *values))
    return rows


def projected_difference(
    forward: Forward,
    arrays: Arrays,
    gradients: Arrays,
    upstream: Sequence[np.ndarray],
    rng: np.random.Generator,
    step: float = STEP,
) -> float:
    """Check all gradients at once along one random direction d: |<gradients, d> - df/dd|, relative.

    Args: as for `numerical_gradients`; gradients: what the backward pass gave; rng: draws the direction.
    Returns: the difference relative to sum |gradient . d|, which cannot vanish by cancellation.
    """
    direction = {name: rng.standard_normal(array.shape) for name, array in arrays.items()}
    # Of unit length, so that all entries together go as far as one entry alone does in `numerical_gradients`.
    length = np.sqrt(sum(np.sum(part**2) for part in direction.values()))
    direction = {name: part / length for name, part in direction.items()}

    def f(scale: float) -> float:
        moved = {name: arrays[name] + scale * direction[name] for name in arrays}
        return weighted_sum(forward(moved), upstream)

    slope = central_difference(f, step)
    terms = [gradients[name] * direction[name] for name in arrays]
    size = sum(np.abs(term).sum() for term in terms)
    return float(abs(sum(term.sum() for term in terms) - slope) / size) if size > 0 else abs(slope)


class Operation:
    """A layer as a function of named float64 arrays: its inputs and its parameters."""

    def __init__(self, layer, inputs: Arrays, forward: Callable, backward: Callable):
        """Args:
        layer: has `params`; inputs: arrays besides the parameters; forward: inputs -> outputs, cache;
        backward: upstream, cache -> gradients of inputs, and of parameters as "params.NAME".
        """
        self.layer, self._forward, self._backward = layer, forward, backward
        self.arrays = dict(inputs) | {f"params.{name}": array.copy() for name, array in layer.params.items()}

    def run(self, arrays: Arrays) -> Sequence[np.ndarray]:
        """Set the parameters, call `forward`, and return the outputs."""
        return self._call(arrays)[0]

    def gradients(self, arrays: Arrays, upstream: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """Call `forward` and `backward`, and return a gradient for each array."""
        return self._backward(upstream, self._call(arrays)[1])

    def _call(self, arrays: Arrays):
        for name, parameter in self.layer.params.items():
            parameter[...] = arrays[f"params.{name}"]
        return self._forward(arrays)


def randomize(params: Arrays, rng: np.random.Generator, scale: float = 0.5) -> None:
    """Fill parameters with random numbers, in place: zero biases hide wrong gradients."""
    for array in params.values():
        array[...] = scale * rng.standard_normal(array.shape)


def leaves(state, name: str = "state") -> Iterator[tuple[str, np.ndarray]]:
    """Yield every array of a state, which is a nested tuple, with its dotted name: `state.0.forward.h`."""
    if isinstance(state, np.ndarray):
        yield name, state
        return
    for field, part in zip(getattr(state, "_fields", range(len(state))), state, strict=True):
        yield from leaves(part, f"{name}.{field}")


def recurrent_operation(layer, x: np.ndarray, state0, mask: np.ndarray | None, seed: int | None = None):
    """Return a recurrent layer as a function of x, state0 and its parameters, with outputs h and state_T.

    Args: seed: of the noise of dropout, the same at every call; None means evaluation.
    """

    def state_of(arrays: Sequence[np.ndarray]):
        parts = iter(arrays)
        return map_state(lambda _: next(parts), state0)

    def forward(arrays: Arrays):
        rng = None if seed is None else np.random.default_rng(seed)
        first = state_of([arrays[name] for name, _ in leaves(state0, "state0")])
        h, state_T, cache = layer.forward(arrays["x"], first, mask, rng)
        return [h, *(part for _, part in leaves(state_T))], cache

    def backward(upstream, cache):
        dx, dstate0, grads = layer.backward(upstream[0], state_of(upstream[1:]), cache)
        gradients = {f"params.{name}": grad for name, grad in grads.items()}
        return {"x": dx, **dict(leaves(dstate0, "state0")), **gradients}

    return Operation(layer, {"x": x, **dict(leaves(state0, "state0"))}, forward, backward)


def check(operation: Operation, rng: np.random.Generator, step: float = STEP) -> list[Comparison]:
    """Compare every entry of every gradient with central differences, under random upstream gradients."""
    upstream = upstream_gradients(operation.run(operation.arrays), rng)
    estimate = numerical_gradients(operation.run, operation.arrays, upstream, step)
    return compare(operation.gradients(operation.arrays, upstream), estimate)


def check_projection(operation: Operation, rng: np.random.Generator, step: float = STEP) -> float:
    """Check one random direction through all gradients: the quick check for layers of real size."""
    upstream = upstream_gradients(operation.run(operation.arrays), rng)
    gradients = operation.gradients(operation.arrays, upstream)
    return projected_difference(operation.run, operation.arrays, gradients, upstream, rng, step)

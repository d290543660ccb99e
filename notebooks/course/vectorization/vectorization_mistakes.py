"""The steps to a vectorized pass and their known mistakes; see `exercises_vectorization`."""

from collections.abc import Callable
from itertools import permutations
from types import SimpleNamespace

import numpy as np

from course.lstm_cell.lstm_mistakes import ORDER, Equations, block, gates_in

# x W_x + b for all steps at once


def rows(array: np.ndarray) -> np.ndarray:
    """(B, T, N) -> (B T, N), sequence after sequence."""
    return array.reshape(-1, array.shape[-1])


def by_step(array: np.ndarray) -> np.ndarray:
    """(B, T, N) -> (T B, N), step after step."""
    return rows(array.swapaxes(0, 1))


def projected(x: np.ndarray, W_x: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (rows(x) @ W_x + b).reshape(*x.shape[:2], -1)


PROJECTION_MISTAKES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "the bias is missing: z = x W_x + b": lambda x, W, b: projected(x, W, 0 * b),
    "the bias is added twice: once, to all steps together, is enough": lambda x, W, b: projected(x, W, 2 * b),
    "the bias is added T times, once for each step of a loop: once, to all steps together, is enough": (
        lambda x, W, b: projected(x, W, x.shape[1] * b)
    ),
    "the bias is subtracted": lambda x, W, b: projected(x, W, -b),
    "batch and time are mixed: the rows stand sequence after sequence, and are cut as if step after step": (
        lambda x, W, b: (rows(x) @ W + b).reshape(x.shape[1], x.shape[0], -1).swapaxes(0, 1)
    ),
    "batch and time are mixed: the rows stand step after step, and are cut as if sequence after sequence": (
        lambda x, W, b: (by_step(x) @ W + b).reshape(*x.shape[:2], -1)
    ),
    "batch and time are mixed, and stand in each other's place: z is (B, T, 4H), as x is (B, T, E)": (
        lambda x, W, b: (rows(x) @ W + b).reshape(x.shape[1], x.shape[0], -1)
    ),
    "batch and time stand in each other's place: z is (B, T, 4H), as x is (B, T, E)": (
        lambda x, W, b: projected(x, W, b).swapaxes(0, 1)
    ),
    "the rows are not cut into sequences again: reshape (B T, 4H) to (B, T, 4H)": (
        lambda x, W, b: rows(x) @ W + b
    ),
    "the rows stand step after step, and are not cut into sequences again: z is (B, T, 4H)": (
        lambda x, W, b: by_step(x) @ W + b
    ),
    "a row holds numbers of different inputs: reshape (B, T, E) to (B T, E), and transpose nothing": (
        lambda x, W, b: (x.reshape(x.shape[2], -1).T @ W + b).reshape(*x.shape[:2], -1)
    ),
    "only the last step is projected": lambda x, W, b: x[:, -1] @ W + b,
    "only the first step is projected": lambda x, W, b: x[:, 0] @ W + b,
    "all steps are added up: each has a z of its own": lambda x, W, b: projected(x, W, b).sum(axis=1),
}


# The gradients of the weights over all steps


def shifted(h: np.ndarray) -> np.ndarray:
    """What each step read: the output of the step before, and zeros at first."""
    return np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)


def total(a: np.ndarray, dz: np.ndarray) -> np.ndarray:
    """The sum of a_t^T dz_t over all steps of all sequences."""
    return rows(a).T @ rows(dz)


WEIGHT_GRADIENTS: Equations = {
    "h_before": lambda v: shifted(v.h),
    "dW_x": lambda v: total(v.x, v.dz),
    "dW_h": lambda v: total(v.h_before, v.dz),
    "db": lambda v: rows(v.dz).sum(axis=0),
}
WEIGHT_RETURNS = ("dW_x", "dW_h", "db")


def _of_steps(steps: slice) -> Equations:
    """The gradients from some steps alone."""
    return {
        "dW_x": lambda v: total(v.x[:, steps], v.dz[:, steps]),
        "dW_h": lambda v: total(v.h_before[:, steps], v.dz[:, steps]),
        "db": lambda v: rows(v.dz[:, steps]).sum(axis=0),
    }


def _divided(by: Callable[[SimpleNamespace], int], *names: str) -> Equations:
    """Some of the gradients as means."""
    return {name: lambda v, name=name: WEIGHT_GRADIENTS[name](v) / by(v) for name in names}


def _batch(v: SimpleNamespace) -> int:
    return v.dz.shape[0]


def _time(v: SimpleNamespace) -> int:
    return v.dz.shape[1]


def _both(v: SimpleNamespace) -> int:
    return _batch(v) * _time(v)


WEIGHT_MISTAKES: dict[str, Equations] = {
    "dW_h is made with h_t, what the step itself puts out: it read h_(t-1), and zeros at first": {
        "h_before": lambda v: v.h
    },
    "h is shifted the wrong way: step t read h_(t-1), not h_(t+1)": {
        "h_before": lambda v: np.concatenate([v.h[:, 1:], np.zeros_like(v.h[:, :1])], axis=1)
    },
    "np.roll brings the last output round to the first step, which read zeros": {
        "h_before": lambda v: np.roll(v.h, 1, axis=1)
    },
    "h is shifted along the batch, axis 0: time is axis 1": {"h_before": lambda v: np.roll(v.h, 1, axis=0)},
    "the last step is left out, and h_t is paired with dz_t: h_(t-1) belongs to dz_t": {
        "dW_h": lambda v: total(v.h[:, :-1], v.dz[:, :-1])
    },
    "only the last step counts: every step uses the weights, so all their gradients add up": _of_steps(
        slice(-1, None)
    ),
    "only the last step counts in dW_x and dW_h: the gradients of all steps add up": {
        name: equation for name, equation in _of_steps(slice(-1, None)).items() if name != "db"
    },
    "only the first step counts: every step uses the weights, so all their gradients add up": _of_steps(
        slice(0, 1)
    ),
    "the gradients are means over the batch: they are sums": _divided(_batch, *WEIGHT_RETURNS),
    "the gradients are means over the steps: they are sums": _divided(_time, *WEIGHT_RETURNS),
    "the gradients are means over batch and steps: they are sums": _divided(_both, *WEIGHT_RETURNS),
    "db is the mean over batch and steps: it is the sum": _divided(_both, "db"),
    "db is the mean over one of batch and steps: it is the sum over both": _divided(_batch, "db"),
    "db is the sum over the batch and the mean over the steps: it is the sum over both": _divided(
        _time, "db"
    ),
    "db is summed over the batch alone: b is added at every step, too": {"db": lambda v: v.dz.sum(axis=0)},
    "db is summed over the steps alone: b is added for every sequence, too": {
        "db": lambda v: v.dz.sum(axis=1)
    },
    "db is not summed: b is added for every sequence at every step": {"db": lambda v: v.dz},
    "dW_x and dW_h are transposed: dW = x^T dz has the shape of W": {
        "dW_x": lambda v: total(v.dz, v.x),
        "dW_h": lambda v: total(v.dz, v.h_before),
    },
    "dW_x and dW_h are returned in each other's place": {
        "dW_x": lambda v: total(v.h_before, v.dz),
        "dW_h": lambda v: total(v.x, v.dz),
    },
    "the gradients of the sequences stay apart: sum over the batch, too": {
        "dW_x": lambda v: v.x.swapaxes(1, 2) @ v.dz,
        "dW_h": lambda v: v.h_before.swapaxes(1, 2) @ v.dz,
    },
    "batch and time are mixed: rows of x and h stand sequence after sequence, those of dz step after step": {
        "dW_x": lambda v: rows(v.x).T @ by_step(v.dz),
        "dW_h": lambda v: rows(v.h_before).T @ by_step(v.dz),
    },
}


# All gates with one tanh


def _by_tanh(inner=(0.5, 1.0), outer=(0.5, 1.0), shift=(0.5, 0.0), candidate: str = "g") -> Equations:
    """Each gate as outer tanh(inner z) + shift.

    Args: inner, outer, shift: one number for the gates that go through sigma, one for the candidate.
        candidate: the gate to which the second number belongs.
    """

    def gate(name: str):
        kind = int(name == candidate)
        return lambda v: outer[kind] * np.tanh(inner[kind] * block(v.z, ORDER.index(name))) + shift[kind]

    return {name: gate(name) for name in ORDER}


GATES: Equations = gates_in(ORDER)


def _wrong_orders() -> dict[str, Equations]:
    """The gates looked for where others stand."""
    found = {}
    for order in map("".join, permutations(ORDER)):
        moved = [gate for gate, other in zip(ORDER, order, strict=True) if gate != other]
        if len(moved) == 2:
            found[f"gates {moved[0]} and {moved[1]} are swapped: z holds i, f, g, o"] = gates_in(order)
        elif moved:
            found[f"the gates are read in the order {', '.join(order)}: z holds i, f, g, o"] = gates_in(order)
    return found


def _every_fourth(v: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(z=np.concatenate([v.z[:, number::4] for number in range(4)], axis=1))


GATE_MISTAKES: dict[str, Equations] = {
    **_wrong_orders(),
    "z is not halved before the tanh, which gives sigma(2z): sigma(z) = (1 + tanh(z/2)) / 2": _by_tanh(
        inner=(1.0, 1.0)
    ),
    "the tanh is not halved: sigma(z) = (1 + tanh(z/2)) / 2": _by_tanh(outer=(1.0, 1.0)),
    "neither z nor the tanh is halved: sigma(z) = (1 + tanh(z/2)) / 2": _by_tanh((1.0, 1.0), (1.0, 1.0)),
    "the shift by 1/2 is forgotten: sigma(z) = (1 + tanh(z/2)) / 2": _by_tanh(shift=(0.0, 0.0)),
    "scale and shift are forgotten, so that sigma becomes tanh: sigma(z) = (1 + tanh(z/2)) / 2": _by_tanh(
        (1.0, 1.0), (1.0, 1.0), (0.0, 0.0)
    ),
    "z is halved, and the tanh neither halved nor shifted: sigma(z) = (1 + tanh(z/2)) / 2": _by_tanh(
        outer=(1.0, 1.0), shift=(0.0, 0.0)
    ),
    "1/2 is added to the tanh before it is halved: add 1 before, or 1/2 after": _by_tanh(shift=(0.25, 0.0)),
    "the candidate went through sigma, too: g = tanh(z_g)": _by_tanh((0.5, 0.5), (0.5, 0.5), (0.5, 0.5)),
    "the candidate's z is halved, too: g = tanh(z_g)": _by_tanh(inner=(0.5, 0.5)),
    "the candidate is halved, too: g = tanh(z_g)": _by_tanh(outer=(0.5, 0.5)),
    "the candidate is shifted, too: g = tanh(z_g)": _by_tanh(shift=(0.5, 0.5)),
    "o is taken for the candidate: g is the third block, and tanh's": _by_tanh(candidate="o"),
    "each gate gets every fourth column: its columns stand together, a block of H": {
        name: lambda v, gate=gate: gate(_every_fourth(v)) for name, gate in GATES.items()
    },
}

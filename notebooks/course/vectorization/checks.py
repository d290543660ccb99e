"""Checks of the exercises on vectorized passes: all inputs, all weight gradients and all gates at once."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import (
    LSTM_ORDER,
    Equations,
    Values,
    block,
    function_of,
    mistakes_of,
    wrong_orders,
)
from course.shared.student import Student
from course.vectorization.counting import products_in, tanhs_in
from lstm_lib.nn.activations import sigmoid

SIZES = ((3, 4, 5, 2), (2, 5, 3, 4), (1, 3, 2, 3))  # B, T, E, H: all different, so that a wrong axis shows
Problems = list[tuple[np.ndarray, ...]]


# x W_x + b for all steps at once


def rows(array: np.ndarray) -> np.ndarray:
    """Return (B, T, N) as (B T, N), sequence after sequence."""
    return array.reshape(-1, array.shape[-1])


def by_step(array: np.ndarray) -> np.ndarray:
    """Return (B, T, N) as (T B, N), step after step."""
    return rows(array.swapaxes(0, 1))


def projected(x: np.ndarray, W_x: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return x W_x + b, (B, T, 4H), as one product."""
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


def _counted(most: int, what: str) -> Callable:
    """Return how to call a function of which more than `most` products of matrices are too many."""

    def call(function: Callable, *arrays: np.ndarray):
        if not isinstance(function, Student):
            return function(*arrays)
        found, number = products_in(function, *arrays)
        if number > most:
            function.asides.append(f"it makes {number} products of matrices: {what}")
        return found

    return call


def _inputs(rng: np.random.Generator) -> Problems:
    return [tuple(map(rng.standard_normal, ((B, T, E), (E, 4 * H), 4 * H))) for B, T, E, H in SIZES]


PROJECT_ALL = Exercise(
    ("x", "W_x", "b"),
    ("z",),
    _inputs,
    projected,
    PROJECTION_MISTAKES,
    _counted(1, "one does it, of all steps of all sequences"),
)


def check_project_all(student: Callable) -> Verdict:
    """Check the projection of all inputs, project_all(x, W_x, b) -> z.

    Args: student: takes x (B, T, E), W_x (E, 4H) and b (4H,), and returns z = x W_x + b, (B, T, 4H), made
        with one product.
    """
    return judge(student, PROJECT_ALL)


# The gradients of the weights over all steps


def total(a: np.ndarray, dz: np.ndarray) -> np.ndarray:
    """Return the sum of a_t^T dz_t over all steps of all sequences."""
    return rows(a).T @ rows(dz)


WEIGHT_GRADIENTS: Equations = {
    "h_before": lambda v: np.concatenate([np.zeros_like(v.h[:, :1]), v.h[:, :-1]], axis=1),
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


def _mean_over(axes: tuple[int, ...], *names: str) -> Equations:
    """Some of the gradients as means over batch, axis 0, time, axis 1, or both."""

    def mean(v: Values, name: str) -> np.ndarray:
        return WEIGHT_GRADIENTS[name](v) / np.prod([v.dz.shape[axis] for axis in axes])

    return {name: partial(mean, name=name) for name in names}


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
        **_of_steps(slice(-1, None)),
        "db": WEIGHT_GRADIENTS["db"],
    },
    "only the first step counts: every step uses the weights, so all their gradients add up": _of_steps(
        slice(0, 1)
    ),
    "the gradients are means over the batch: they are sums": _mean_over((0,), *WEIGHT_RETURNS),
    "the gradients are means over the steps: they are sums": _mean_over((1,), *WEIGHT_RETURNS),
    "the gradients are means over batch and steps: they are sums": _mean_over((0, 1), *WEIGHT_RETURNS),
    "db is the mean over batch and steps: it is the sum": _mean_over((0, 1), "db"),
    "db is the mean over one of batch and steps: it is the sum over both": _mean_over((0,), "db"),
    "db is the sum over the batch and the mean over the steps: it is the sum over both": _mean_over(
        (1,), "db"
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


WEIGHT_ARGUMENTS = ("x", "h", "dz")


def _passes(rng: np.random.Generator) -> Problems:
    return [tuple(rng.standard_normal((B, T, width)) for width in (E, H, 4 * H)) for B, T, E, H in SIZES]


ALL_WEIGHT_GRADIENTS = Exercise(
    WEIGHT_ARGUMENTS,
    WEIGHT_RETURNS,
    _passes,
    function_of(WEIGHT_GRADIENTS, WEIGHT_ARGUMENTS, WEIGHT_RETURNS),
    mistakes_of(WEIGHT_GRADIENTS, WEIGHT_MISTAKES, WEIGHT_ARGUMENTS, WEIGHT_RETURNS),
    _counted(3, "one for each gradient does it, over all steps"),
)


def check_weight_gradients(student: Callable) -> Verdict:
    """Check the gradients of the weights, weight_gradients(x, h, dz) -> (dW_x, dW_h, db).

    Args: student: takes x (B, T, E), h (B, T, H), what each step put out, from a state of zeros, and dz
        (B, T, 4H), and returns dW_x (E, 4H), dW_h (H, 4H) and db (4H,), made with a product each.
    """
    return judge(student, ALL_WEIGHT_GRADIENTS)


# All gates with one tanh


def gates_of(
    order: str = LSTM_ORDER, inner=(0.5, 1.0), outer=(0.5, 1.0), shift=(0.5, 0.0), candidate: str = "g"
) -> Equations:
    """Return the gates i, f, g, o, each as outer tanh(inner z) + shift.

    Args: order: in which they are read from z; inner, outer, shift: one number for the gates that go through
        sigma, one for the candidate; candidate: the gate to which the second number belongs.
    """

    def gate(name: str) -> Callable[[Values], np.ndarray]:
        a, b, c = (pair[int(name == candidate)] for pair in (inner, outer, shift))
        return lambda v: b * np.tanh(a * block(v.z, name, order)) + c

    return {name: gate(name) for name in LSTM_ORDER}


GATES = gates_of()


GATE_MISTAKES: dict[str, Equations] = {
    **wrong_orders(
        LSTM_ORDER,
        gates_of,
        "gates {} and {} are swapped: z holds i, f, g, o",
        "the gates are read in the order {}: z holds i, f, g, o",
    ),
    "z is not halved before the tanh, which gives sigma(2z): sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        inner=(1.0, 1.0)
    ),
    "the tanh is not halved: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(outer=(1.0, 1.0)),
    "neither z nor the tanh is halved: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        LSTM_ORDER, (1.0, 1.0), (1.0, 1.0)
    ),
    "the shift by 1/2 is forgotten: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(shift=(0.0, 0.0)),
    "scale and shift are forgotten, so that sigma becomes tanh: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        LSTM_ORDER, (1.0, 1.0), (1.0, 1.0), (0.0, 0.0)
    ),
    "z is halved, and the tanh neither halved nor shifted: sigma(z) = (1 + tanh(z/2)) / 2": gates_of(
        outer=(1.0, 1.0), shift=(0.0, 0.0)
    ),
    "1/2 is added to the tanh before it is halved: add 1 before, or 1/2 after": gates_of(shift=(0.25, 0.0)),
    "the candidate went through sigma, too: g = tanh(z_g)": gates_of(
        LSTM_ORDER, (0.5, 0.5), (0.5, 0.5), (0.5, 0.5)
    ),
    "the candidate's z is halved, too: g = tanh(z_g)": gates_of(inner=(0.5, 0.5)),
    "the candidate is halved, too: g = tanh(z_g)": gates_of(outer=(0.5, 0.5)),
    "the candidate is shifted, too: g = tanh(z_g)": gates_of(shift=(0.5, 0.5)),
    "o is taken for the candidate: g is the third block, and tanh's": gates_of(candidate="o"),
    "each gate gets every fourth column: its columns stand together, a block of H": {
        name: lambda v, k=k: (np.tanh if k == 2 else sigmoid)(v.z[:, k::4])
        for k, name in enumerate(LSTM_ORDER)
    },
}


def _with_one_tanh(function: Callable, z: np.ndarray):
    """Call a function that may use `np.tanh` once, on all of z."""
    if not isinstance(function, Student):
        return function(z)
    found, sizes = tanhs_in(function, z)
    if sizes != [z.size]:
        calls = (
            f"{len(sizes)} calls of np.tanh"
            if len(sizes) != 1
            else "one call of np.tanh, but not on all of z"
        )
        function.asides.append(f"it makes {calls}: one call, on z of all gates, does it")
    return found


FUSED_GATES = Exercise(
    ("z",),
    tuple(LSTM_ORDER),
    lambda rng: [(rng.standard_normal((B, 4 * H)),) for B, _, _, H in SIZES],
    function_of(GATES, ("z",), tuple(LSTM_ORDER)),
    mistakes_of(GATES, GATE_MISTAKES, ("z",), tuple(LSTM_ORDER)),
    _with_one_tanh,
)


def check_fused_gates(student: Callable) -> Verdict:
    """Check the activation of all gates, fused_gates(z) -> (i, f, g, o).

    Args: student: takes z (B, 4H), and returns i, f, g and o, each (B, H), made with one call of `np.tanh`.
    """
    return judge(student, FUSED_GATES)


# Back through x W_x + b, for all real steps at once

BACK_ARGUMENTS, BACK_RETURNS = ("x", "mask", "dz", "W_x"), ("dx", "dW_x", "db")
PROJECTION_BACKWARD: Equations = {
    "real": lambda v: v.mask[:, :, np.newaxis],
    "dz_real": lambda v: np.where(v.real, v.dz, 0.0),
    "of_dx": lambda v: v.dz_real,
    "of_dW": lambda v: v.dz_real,
    "of_db": lambda v: v.dz_real,
    "dx": lambda v: v.of_dx @ v.W_x.T,
    "dW_x": lambda v: total(v.x, v.of_dW),
    "db": lambda v: rows(v.of_db).sum(axis=0),
}


def _unmasked(*names: str) -> Equations:
    return {name: lambda v: v.dz for name in names}


BACK_MISTAKES: dict[str, Equations] = {
    "the mask is ignored: what dz holds at padding belongs to no step": _unmasked("dz_real"),
    "the mask is ignored in dx: padding has no gradient": _unmasked("of_dx"),
    "the mask is ignored in dW_x: padding used no weights": _unmasked("of_dW"),
    "the mask is ignored in db: padding used no bias": _unmasked("of_db"),
    "the mask is ignored in dW_x and db: padding used neither": _unmasked("of_dW", "of_db"),
    "the mask is ignored in dx and db": _unmasked("of_dx", "of_db"),
    "the mask is ignored in dx and dW_x": _unmasked("of_dx", "of_dW"),
    "the mask is inverted: True marks real steps": {"real": lambda v: ~v.mask[:, :, np.newaxis]},
    "only the last column counts: every real step used the weights": {
        "dW_x": lambda v: v.x[:, -1].T @ v.dz_real[:, -1],
        "db": lambda v: v.dz_real[:, -1].sum(axis=0),
    },
    "dW_x and db are means over the real steps: they are sums": {
        "dW_x": lambda v: total(v.x, v.dz_real) / v.mask.sum(),
        "db": lambda v: rows(v.dz_real).sum(axis=0) / v.mask.sum(),
    },
    "db is the mean over the real steps: it is the sum": {
        "db": lambda v: rows(v.dz_real).sum(axis=0) / v.mask.sum()
    },
    "dW_x and db are means over the batch: they are sums": {
        "dW_x": lambda v: total(v.x, v.dz_real) / len(v.x),
        "db": lambda v: rows(v.dz_real).sum(axis=0) / len(v.x),
    },
    "db is summed over the batch alone: b is added at every step, too": {
        "db": lambda v: v.dz_real.sum(axis=0)
    },
    "db is summed over the steps alone: b is added for every sequence, too": {
        "db": lambda v: v.dz_real.sum(axis=1)
    },
    "dW_x is transposed: dW_x = x^T dz has the shape of W_x": {"dW_x": lambda v: total(v.dz_real, v.x)},
    "the gradients of the sequences stay apart in dW_x: sum over the batch, too": {
        "dW_x": lambda v: v.x.swapaxes(1, 2) @ v.dz_real
    },
    "batch and time are mixed: rows of x stand sequence after sequence, those of dz step after step": {
        "dW_x": lambda v: rows(v.x).T @ by_step(v.dz_real)
    },
    "dx is not cut into sequences again: reshape (B T, E) to (B, T, E)": {
        "dx": lambda v: rows(v.dz_real) @ v.W_x.T
    },
    "dx has a row for each real step alone: it has x's shape, with zeros at padding": {
        "dx": lambda v: v.dz[v.mask] @ v.W_x.T
    },
}


def _masked_passes(rng: np.random.Generator) -> Problems:
    """Ragged batches, then a full one; dz holds numbers at padding, too."""
    problems = []
    for B, T, E, H in SIZES:
        lengths = rng.integers(1, T, size=B) if B > 1 else np.array([T])
        x, dz, W_x = map(rng.standard_normal, ((B, T, E), (B, T, 4 * H), (E, 4 * H)))
        problems.append((x, np.arange(T) < lengths[:, np.newaxis], dz, W_x))
    return problems


PROJECT_BACK = Exercise(
    BACK_ARGUMENTS,
    BACK_RETURNS,
    _masked_passes,
    function_of(PROJECTION_BACKWARD, BACK_ARGUMENTS, BACK_RETURNS),
    mistakes_of(PROJECTION_BACKWARD, BACK_MISTAKES, BACK_ARGUMENTS, BACK_RETURNS),
    _counted(2, "two do it, one for dx and one for dW_x"),
)


def check_projection_backward(student: Callable) -> Verdict:
    """Check the backward pass of the projection, projection_backward(x, mask, dz, W_x) -> (dx, dW_x, db).

    Args: student: takes x (B, T, E), mask (B, T), True = real, dz (B, T, 4H), whatever it holds at padding,
        and W_x (E, 4H); returns dx (B, T, E), 0 at padding, dW_x (E, 4H) and db (4H,), with two products.
    """
    return judge(student, PROJECT_BACK)


# The gradient of an embedding table


def table_gradient(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
    """Add up the gradients of each word's uses."""
    table = np.zeros((V, dx.shape[-1]))
    np.add.at(table, ids, dx)
    return table


def _buffered(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
    """`table[ids] += dx`: of a word that comes several times, one use counts, the last."""
    table = np.zeros((V, dx.shape[-1]))
    table[ids] += dx
    return table


def _in_parts(axis: int) -> Callable:
    """`table[ids] += dx` for each sequence, axis 0, or for each step, axis 1."""

    def gradient(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
        parts = zip(np.moveaxis(ids, axis, 0), np.moveaxis(dx, axis, 0), strict=True)
        return sum(_buffered(*part, V) for part in parts)

    return gradient


def _by_count(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
    uses = np.bincount(ids.ravel(), minlength=V)[:, np.newaxis]
    return table_gradient(ids, dx, V) / np.maximum(uses, 1)


def _first_use(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
    return _buffered(ids[::-1, ::-1], dx[::-1, ::-1], V)


TABLE_MISTAKES: dict[str, Callable] = {
    "table[ids] += dx counts one use of a word that comes several times: all its uses add up": _buffered,
    "the first use of a word is the only one that counts: all its uses add up": _first_use,
    "a word that comes twice in a sequence counts once there: all its uses add up": _in_parts(0),
    "a word that comes twice at a step counts once there: all its uses add up": _in_parts(1),
    "each row is the mean over the word's uses: it is the sum": _by_count,
    "the gradient is divided by the number of sequences: it is the sum": (
        lambda ids, dx, V: table_gradient(ids, dx, V) / len(ids)
    ),
    "the gradient is divided by the number of words read: it is the sum": (
        lambda ids, dx, V: table_gradient(ids, dx, V) / ids.size
    ),
    "the table is transposed: it is (V, E)": lambda ids, dx, V: table_gradient(ids, dx, V).T,
    "the table has a row for each word that occurs: it has one for every word, with zeros for the others": (
        lambda ids, dx, V: table_gradient(ids, dx, V)[np.unique(ids)]
    ),
    "the table ends at the largest id that occurs: it has V rows": (
        lambda ids, dx, V: table_gradient(ids, dx, V)[: ids.max() + 1]
    ),
    "batch and time are mixed: ids stand sequence after sequence, and rows of dx step after step": (
        lambda ids, dx, V: table_gradient(ids.ravel(), by_step(dx), V)
    ),
    "only the last step counts: every step looked a row up": (
        lambda ids, dx, V: table_gradient(ids[:, -1:], dx[:, -1:], V)
    ),
    "only the first sequence counts": lambda ids, dx, V: table_gradient(ids[:1], dx[:1], V),
    "the gradient has the wrong sign": lambda ids, dx, V: -table_gradient(ids, dx, V),
    "every row gets the sum of all gradients: a row gets those of its own word": (
        lambda ids, dx, V: np.tile(rows(dx).sum(axis=0), (V, 1))
    ),
}


def _looked_up(rng: np.random.Generator) -> Problems:
    """Words that come again within a sequence and at a step, and words that never come."""
    found = []
    for B, T, E, V in ((3, 5, 4, 6), (2, 6, 3, 5), (4, 3, 2, 9)):
        ids = rng.integers(V - 1, size=(B, T))
        ids[0, 1] = ids[0, -1]
        ids[-1, 0] = ids[0, 0]
        found.append((ids, rng.standard_normal((B, T, E)), V))
    return found


TABLE_GRADIENT = Exercise(("ids", "dx", "V"), ("dtable",), _looked_up, table_gradient, TABLE_MISTAKES)


def check_table_gradient(student: Callable) -> Verdict:
    """Check the gradient of an embedding table, table_gradient(ids, dx, V) -> dtable.

    Args: student: takes ids (B, T), whole numbers below V, and dx (B, T, E), the gradient of table[ids];
        returns the gradient of the table, (V, E).
    """
    return judge(student, TABLE_GRADIENT)

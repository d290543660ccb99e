"""Checks of the vectorized backward pass: gradients of the weights from all steps at once."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, function_of, mistakes_of
from course.vectorization.checks import SIZES, Problems, by_step, counted, rows

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
    "dW_h uses h_t, the step's own output: step t read h_(t-1), and the first step zeros": {
        "h_before": lambda v: v.h
    },
    "h is shifted the wrong way: step t read h_(t-1), not h_(t+1)": {
        "h_before": lambda v: np.concatenate([v.h[:, 1:], np.zeros_like(v.h[:, :1])], axis=1)
    },
    "np.roll moves the last output to the first step, which read zeros": {
        "h_before": lambda v: np.roll(v.h, 1, axis=1)
    },
    "h is shifted along the batch, axis 0: time is axis 1": {"h_before": lambda v: np.roll(v.h, 1, axis=0)},
    "the last step is left out, and h_t is paired with dz_t: h_(t-1) belongs to dz_t": {
        "dW_h": lambda v: total(v.h[:, :-1], v.dz[:, :-1])
    },
    "only the last step is used: every step uses the weights, so sum the gradients of all steps": _of_steps(
        slice(-1, None)
    ),
    "only the last step is used in dW_x and dW_h: sum the gradients of all steps": {
        **_of_steps(slice(-1, None)),
        "db": WEIGHT_GRADIENTS["db"],
    },
    "only the first step is used: every step uses the weights, so sum the gradients of all steps": _of_steps(
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
    "db is summed over the batch alone: b is added at every step, so sum over the steps as well": {
        "db": lambda v: v.dz.sum(axis=0)
    },
    "db is summed over the steps alone: b is added for every sequence, so sum over the batch as well": {
        "db": lambda v: v.dz.sum(axis=1)
    },
    "db is not summed: b is added for every sequence at every step, so sum over both": {"db": lambda v: v.dz},
    "dW_x and dW_h are transposed: dW = x^T dz has the shape of W": {
        "dW_x": lambda v: total(v.dz, v.x),
        "dW_h": lambda v: total(v.dz, v.h_before),
    },
    "dW_x and dW_h are returned in the wrong order: dW_x comes first": {
        "dW_x": lambda v: total(v.h_before, v.dz),
        "dW_h": lambda v: total(v.x, v.dz),
    },
    "there is one gradient for each sequence: sum over the batch as well": {
        "dW_x": lambda v: v.x.swapaxes(1, 2) @ v.dz,
        "dW_h": lambda v: v.h_before.swapaxes(1, 2) @ v.dz,
    },
    "batch and time are mixed up: the rows of x and h go sequence by sequence, those of dz step by step": {
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
    counted(3, "one for each gradient does it, over all steps"),
)


def check_weight_gradients(student: Callable) -> Verdict:
    """Check the gradients of the weights, weight_gradients(x, h, dz) -> (dW_x, dW_h, db).

    Args: student: takes x (B, T, E), h (B, T, H), what each step put out, from a state of zeros, and dz
        (B, T, 4H), and returns dW_x (E, 4H), dW_h (H, 4H) and db (4H,), made with a product each.
    """
    return judge(student, ALL_WEIGHT_GRADIENTS)


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
    "the mask is ignored: whatever dz holds at padding is not a gradient": _unmasked("dz_real"),
    "the mask is ignored in dx: padding has no gradient": _unmasked("of_dx"),
    "the mask is ignored in dW_x: padding never used the weights": _unmasked("of_dW"),
    "the mask is ignored in db: padding never used the bias": _unmasked("of_db"),
    "the mask is ignored in dW_x and db: padding used neither": _unmasked("of_dW", "of_db"),
    "the mask is ignored in dx and db": _unmasked("of_dx", "of_db"),
    "the mask is ignored in dx and dW_x": _unmasked("of_dx", "of_dW"),
    "the mask is inverted: True marks real steps": {"real": lambda v: ~v.mask[:, :, np.newaxis]},
    "only the last step is used: every real step used the weights": {
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
    "db is summed over the batch alone: b is added at every step, so sum over the steps as well": {
        "db": lambda v: v.dz_real.sum(axis=0)
    },
    "db is summed over the steps alone: b is added for every sequence, so sum over the batch as well": {
        "db": lambda v: v.dz_real.sum(axis=1)
    },
    "dW_x is transposed: dW_x = x^T dz has the shape of W_x": {"dW_x": lambda v: total(v.dz_real, v.x)},
    "dW_x has one gradient for each sequence: sum over the batch as well": {
        "dW_x": lambda v: v.x.swapaxes(1, 2) @ v.dz_real
    },
    "batch and time are mixed up: the rows of x go sequence by sequence, those of dz step by step": {
        "dW_x": lambda v: rows(v.x).T @ by_step(v.dz_real)
    },
    "dx is not split into sequences again: reshape (B T, E) to (B, T, E)": {
        "dx": lambda v: rows(v.dz_real) @ v.W_x.T
    },
    "dx has rows for real steps only: it should have x's shape, with zeros at padding": {
        "dx": lambda v: v.dz[v.mask] @ v.W_x.T
    },
}


LENGTHS = ((4, 1, 3), (2, 4), (4,))  # of the rows of each batch


def _masked_passes(rng: np.random.Generator) -> Problems:
    """Return batches with full and ragged rows, with no full one and with no other; dz is never 0."""
    problems = []
    for (B, T, E, H), of_rows in zip(SIZES, LENGTHS, strict=True):
        lengths = np.array(of_rows)
        x, dz, W_x = map(rng.standard_normal, ((B, T, E), (B, T, 4 * H), (E, 4 * H)))
        problems.append((x, np.arange(T) < lengths[:, np.newaxis], dz, W_x))
    return problems


PROJECT_BACK = Exercise(
    BACK_ARGUMENTS,
    BACK_RETURNS,
    _masked_passes,
    function_of(PROJECTION_BACKWARD, BACK_ARGUMENTS, BACK_RETURNS),
    mistakes_of(PROJECTION_BACKWARD, BACK_MISTAKES, BACK_ARGUMENTS, BACK_RETURNS),
    counted(2, "two do it, one for dx and one for dW_x"),
)


def check_projection_backward(student: Callable) -> Verdict:
    """Check the backward pass of the projection, projection_backward(x, mask, dz, W_x) -> (dx, dW_x, db).

    Args: student: takes x (B, T, E), mask (B, T), True = real, dz (B, T, 4H), whatever it holds at padding,
        and W_x (E, 4H); returns dx (B, T, E), 0 at padding, dW_x (E, 4H) and db (4H,), with two products.
    """
    return judge(student, PROJECT_BACK)

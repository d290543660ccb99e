"""Dropout, variational dropout and zoneout as functions of arrays, and what students take for them.

Each right function stands above its catalogue; a mistake is a function with the same arguments.
"""

from collections.abc import Callable

import numpy as np

Generator = np.random.Generator


def factors(rng: Generator, shape: tuple[int, ...], p: float, scale: float | None = None) -> np.ndarray:
    """0 with probability p, else `scale`, by default 1 / (1 - p)."""
    return (rng.random(shape) >= p) * (1 / (1 - p) if scale is None else scale)


def dropout(x: np.ndarray, dy: np.ndarray, p: float, rng: Generator | None) -> tuple[np.ndarray, np.ndarray]:
    """y = x m and dx = dy m, one m for both; nothing happens in evaluation."""
    if rng is None:
        return x, dy
    mask = factors(rng, x.shape, p)
    return x * mask, dy * mask


def dropping(mask: Callable, back: Callable = lambda rng, shape, p, m: m) -> Callable:
    """A dropout with masks from elsewhere.

    Args: mask: takes rng, the shape and p; back: takes the mask of the way forward, too.
    """

    def function(x, dy, p, rng):
        if rng is None:
            return x, dy
        m = mask(rng, x.shape, p)
        return x * m, dy * back(rng, x.shape, p, m)

    return function


def _dropped_in_place(x, dy, p, rng):
    if rng is not None:
        mask = factors(rng, x.shape, p)
        x *= mask
        dy *= mask
    return x, dy


def _scaled_in_evaluation(x, dy, p, rng):
    return ((1 - p) * x, (1 - p) * dy) if rng is None else dropout(x, dy, p, rng)


def _classic(x, dy, p, rng):
    return ((1 - p) * x, (1 - p) * dy) if rng is None else UNSCALED(x, dy, p, rng)


def _always(function: Callable) -> Callable:
    """The function with noise even in evaluation."""
    return lambda *arguments: function(*arguments[:-1], arguments[-1] or np.random.default_rng())


UNSCALED = dropping(lambda rng, shape, p: factors(rng, shape, p, 1.0))
DROPOUT_MISTAKES: dict[str, Callable] = {
    "nothing makes up for what is dropped: divide by 1 - p what is kept": UNSCALED,
    "what is kept is multiplied by 1 - p: divide by it": (
        dropping(lambda rng, shape, p: factors(rng, shape, p, 1 - p))
    ),
    "what is kept is divided by p: divide by 1 - p, the probability to be kept": (
        dropping(lambda rng, shape, p: factors(rng, shape, p, 1 / p))
    ),
    "entries are dropped with probability 1 - p: p is the probability to be dropped": (
        dropping(lambda rng, shape, p: factors(rng, shape, 1 - p, 1 / (1 - p)))
    ),
    "p is taken for the probability to be kept: it is the one to be dropped": (
        dropping(lambda rng, shape, p: factors(rng, shape, 1 - p))
    ),
    "all sentences share a mask: draw one of the shape of x": (
        dropping(lambda rng, shape, p: factors(rng, shape[1:], p) * np.ones(shape))
    ),
    "a sentence is dropped as a whole: each entry has its own chance": (
        dropping(lambda rng, shape, p: factors(rng, (shape[0], 1), p) * np.ones(shape))
    ),
    "entries are dropped in evaluation, too: rng is None means that nothing is": _always(dropout),
    "evaluation is scaled by 1 - p: what is kept in training has been divided already": _scaled_in_evaluation,
    "it is evaluation that is scaled, by 1 - p: inverted dropout divides in training": _classic,
    "the way back draws a mask of its own: the gradient passes where the value passed": (
        dropping(factors, back=lambda rng, shape, p, m: factors(rng, shape, p))
    ),
    "the gradient of what was dropped passes, too: multiply dy by the mask": (
        dropping(factors, back=lambda rng, shape, p, m: np.ones(shape))
    ),
    "the gradient is not scaled: multiply dy by the whole mask, 1 / (1 - p) included": (
        dropping(factors, back=lambda rng, shape, p, m: (m > 0) * 1.0)
    ),
    "the mask is the same at every call: draw from rng, not from a generator with a seed of your own": (
        dropping(lambda rng, shape, p: factors(np.random.default_rng(0), shape, p))
    ),
    "the arguments are changed in place: work on copies": _dropped_in_place,
}


def variational(h: np.ndarray, p: float, rng: Generator | None) -> np.ndarray:
    """h (B, T, H) times one mask for all steps of a sentence (Gal and Ghahramani, 2016)."""
    return h if rng is None else h * factors(rng, (h.shape[0], 1, h.shape[2]), p)


def hiding(
    shape: Callable, scale: Callable = lambda p: 1 / (1 - p), rate: Callable = lambda p: p
) -> Callable:
    """A dropout of states whose mask has a shape, factor or rate of its own."""

    def function(h, p, rng):
        return h if rng is None else h * factors(rng, shape(*h.shape), rate(p), scale(p))

    return function


def _a_sentence(B: int, T: int, H: int) -> tuple[int, int, int]:
    return B, 1, H


def _hidden_in_place(h, p, rng):
    if rng is not None:
        h *= factors(rng, (h.shape[0], 1, h.shape[2]), p)
    return h


VARIATIONAL_MISTAKES: dict[str, Callable] = {
    "each step has a fresh mask: one serves all steps of a sentence": hiding(lambda B, T, H: (B, T, H)),
    "the mask lies along time, and whole states are dropped at some steps: it is a choice of units": (
        hiding(lambda B, T, H: (B, T, 1))
    ),
    "one mask serves the whole batch: each sentence has its own": hiding(lambda B, T, H: (1, 1, H)),
    "one mask serves the whole batch, and each step has a fresh one: it is the other way round": (
        hiding(lambda B, T, H: (1, T, H))
    ),
    "a sentence is dropped as a whole: each unit has its own chance": hiding(lambda B, T, H: (B, 1, 1)),
    "nothing makes up for what is dropped: divide by 1 - p what is kept": (
        hiding(_a_sentence, scale=lambda p: 1.0)
    ),
    "what is kept is multiplied by 1 - p: divide by it": hiding(_a_sentence, scale=lambda p: 1 - p),
    "units are dropped with probability 1 - p: p is the probability to be dropped": (
        hiding(_a_sentence, rate=lambda p: 1 - p)
    ),
    "p is taken for the probability to be kept: it is the one to be dropped": (
        hiding(_a_sentence, rate=lambda p: 1 - p, scale=lambda p: 1 / p)
    ),
    "units are dropped in evaluation, too: rng is None means that nothing is": _always(variational),
    "h is changed in place: work on a copy": _hidden_in_place,
}


def zoneout(new: np.ndarray, old: np.ndarray, p: float, rng: Generator | None) -> np.ndarray:
    """The old value with probability p, else the new one; in evaluation a mixture (Krueger et al., 2017)."""
    if rng is None:
        return p * old + (1 - p) * new
    return np.where(rng.random(new.shape) < p, old, new)


def zoning(
    train: Callable[..., np.ndarray] = lambda new, old, p, rng: zoneout(new, old, p, rng),
    evaluate: Callable[..., np.ndarray] = lambda new, old, p: zoneout(new, old, p, None),
) -> Callable:
    """A zoneout with a training or an evaluation of its own."""
    return lambda new, old, p, rng: evaluate(new, old, p) if rng is None else train(new, old, p, rng)


def _zoned_in_place(new, old, p, rng):
    new[...] = zoneout(new, old, p, rng)
    return new


ZONEOUT_MISTAKES: dict[str, Callable] = {
    "the mixture is inverted: in evaluation, p is the share of the old value": (
        zoning(evaluate=lambda new, old, p: (1 - p) * old + p * new)
    ),
    "the mixture is half and half: in evaluation, p is the share of the old value": (
        zoning(evaluate=lambda new, old, p: (old + new) / 2)
    ),
    "the old value is kept with probability 1 - p: in training, it is kept with probability p": (
        zoning(train=lambda new, old, p, rng: zoneout(new, old, 1 - p, rng))
    ),
    "old and new are swapped, in training and in evaluation: p is the share of the old value": (
        lambda new, old, p, rng: zoneout(old, new, p, rng)
    ),
    "the result is divided by 1 - p in training: nothing is lost that this would make up for": (
        zoning(train=lambda new, old, p, rng: zoneout(new, old, p, rng) / (1 - p))
    ),
    "the new value is divided by 1 - p in training: nothing is lost that this would make up for": (
        zoning(train=lambda new, old, p, rng: zoneout(new / (1 - p), old, p, rng))
    ),
    "the result is divided by 1 - p, in evaluation, too: nothing is lost that this would make up for": (
        lambda new, old, p, rng: zoneout(new, old, p, rng) / (1 - p)
    ),
    "a choice is drawn in evaluation, too: there the two values are mixed": _always(zoneout),
    "evaluation takes the new value alone: there the two values are mixed": (
        zoning(evaluate=lambda new, old, p: new)
    ),
    "the two values are mixed in training, too: there each unit keeps the one or the other": (
        zoning(train=lambda new, old, p, rng: zoneout(new, old, p, None))
    ),
    "a unit is set to 0 where it should keep its old value: that is dropout": (
        zoning(train=lambda new, old, p, rng: zoneout(new, 0 * old, p, rng))
    ),
    "all sentences share a choice: draw one of the shape of the state": (
        zoning(train=lambda new, old, p, rng: np.where(rng.random(new.shape[1:]) < p, old, new))
    ),
    "a sentence keeps its old state as a whole: each unit has its own chance": (
        zoning(train=lambda new, old, p, rng: np.where(rng.random((len(new), 1)) < p, old, new))
    ),
    "an argument is changed in place: work on a copy": _zoned_in_place,
}

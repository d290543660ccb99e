"""Checks of dropout, variational dropout and zoneout, and the mistakes that they know.

A right answer with noise depends on which random numbers are drawn, and in which order.  So checks compare
not the answer but its traits.  Each known mistake is a function that makes it, looked at in the same way.
"""

from collections.abc import Callable, Mapping

import numpy as np

from course.dropout.traits import (
    ENTRIES,
    FACTORS,
    TRAITS,
    Reading,
    factors,
    factors_of_both,
    shares_of_old,
    traits_of,
)
from course.shared.diagnosis import Exercise, Verdict, judge

# Rates and shapes.  So many entries that chance moves no share by much, and makes no two masks the same
RATES = (0.25, 0.6, 0.4)
SHAPES = ((80, 6, 60), (90, 5, 70), (70, 1, 90))
Generator = np.random.Generator


def mask_of(
    shape: Callable = lambda *full: full,
    scale: Callable = lambda p: 1 / (1 - p),
    rate: Callable = lambda p: p,
) -> Callable[[Generator, tuple[int, ...], float], np.ndarray]:
    """Return what draws a mask: 0 with probability rate, else scale, in a shape made from the full one."""
    return lambda rng, full, p: (rng.random(shape(*full)) >= rate(p)) * scale(p)


def always(function: Callable) -> Callable:
    """The function with noise even in evaluation."""
    return lambda *arguments: function(*arguments[:-1], arguments[-1] or np.random.default_rng())


# Inverted dropout


def dropping(back: Callable = lambda rng, full, p, mask: mask, **mask: Callable) -> Callable:
    """y = x m and dx = dy m, one m for both; nothing happens in evaluation.

    Args: back: takes the mask of the forward pass and gives that of the backward pass; mask: see `mask_of`.
    """
    draw = mask_of(**mask)

    def function(x, dy, p, rng):
        if rng is None:
            return x, dy
        m = draw(rng, x.shape, p)
        return x * m, dy * back(rng, x.shape, p, m)

    return function


dropout, unscaled = dropping(), dropping(scale=lambda p: 1.0)


DROPOUT_MISTAKES: dict[str, Callable] = {
    "the kept entries are not scaled: divide them by 1 - p": unscaled,
    "the kept entries are multiplied by 1 - p: divide by it": dropping(scale=lambda p: 1 - p),
    "the kept entries are divided by p: divide by 1 - p, the probability of keeping": (
        dropping(scale=lambda p: 1 / p)
    ),
    "entries are dropped with probability 1 - p: p is the probability of dropping": (
        dropping(rate=lambda p: 1 - p)
    ),
    "p is used as the probability of keeping: it is the probability of dropping": (
        dropping(rate=lambda p: 1 - p, scale=lambda p: 1 / p)
    ),
    "all sentences share one mask: draw a mask of the shape of x": dropping(shape=lambda B, N: (1, N)),
    "whole sentences are dropped: draw for each entry": dropping(shape=lambda B, N: (B, 1)),
    "entries are dropped in evaluation as well: drop nothing if rng is None": always(dropout),
    "the output is scaled by 1 - p in evaluation: inverted dropout already divides in training": (
        lambda x, dy, p, rng: ((1 - p) * x, (1 - p) * dy) if rng is None else dropout(x, dy, p, rng)
    ),
    "the output is scaled by 1 - p in evaluation and not in training: inverted dropout divides in training": (
        lambda x, dy, p, rng: ((1 - p) * x, (1 - p) * dy) if rng is None else unscaled(x, dy, p, rng)
    ),
    "the backward pass draws a new mask: reuse the mask of the forward pass": (
        dropping(back=lambda rng, full, p, mask: mask_of()(rng, full, p))
    ),
    "dropped entries get a gradient: multiply dy by the mask": (
        dropping(back=lambda rng, full, p, mask: 1.0)
    ),
    "the gradient is not scaled: multiply dy by the whole mask, 1 / (1 - p) included": (
        dropping(back=lambda rng, full, p, mask: mask > 0)
    ),
    "the mask comes from np.random: draw it from rng, so that a seed reproduces it": (
        lambda x, dy, p, rng: dropout(x, dy, p, rng and np.random.default_rng())
    ),
    "the mask is the same at every call: draw from rng, not from a generator with a seed of your own": (
        lambda x, dy, p, rng: dropout(x, dy, p, rng and np.random.default_rng(0))
    ),
}


def check_dropout(student: Callable) -> Verdict:
    """Check inverted dropout and its gradient, dropout(x, dy, p, rng) -> (y, dx).

    Args: student: takes x and dy (B, N), the rate p and a generator, or None for evaluation, and returns y
        and dx of the same shape.
    """
    return judge(student, DROPOUT)


# Variational dropout


def hiding(shape: Callable = lambda B, T, H: (B, 1, H), **mask: Callable) -> Callable:
    """h (B, T, H) times one mask for all steps of a sentence (Gal and Ghahramani, 2016).

    Args: shape, mask: see `mask_of`.
    """
    draw = mask_of(shape, **mask)
    return lambda h, p, rng: h if rng is None else h * draw(rng, h.shape, p)


variational = hiding()


VARIATIONAL_MISTAKES: dict[str, Callable] = {
    "each step draws a new mask: all steps of a sentence share one": hiding(lambda B, T, H: (B, T, H)),
    "the mask is drawn along time, so whole states are dropped at some steps: draw it over units": (
        hiding(lambda B, T, H: (B, T, 1))
    ),
    "the whole batch shares one mask: draw one for each sentence": hiding(lambda B, T, H: (1, 1, H)),
    "each step draws a new mask that the whole batch shares: draw one for each sentence, shared by "
    "its steps": (hiding(lambda B, T, H: (1, T, H))),
    "whole sentences are dropped: draw for each unit": hiding(lambda B, T, H: (B, 1, 1)),
    "the kept entries are not scaled: divide them by 1 - p": hiding(scale=lambda p: 1.0),
    "the kept entries are multiplied by 1 - p: divide by it": hiding(scale=lambda p: 1 - p),
    "units are dropped with probability 1 - p: p is the probability of dropping": (
        hiding(rate=lambda p: 1 - p)
    ),
    "p is used as the probability of keeping: it is the probability of dropping": (
        hiding(rate=lambda p: 1 - p, scale=lambda p: 1 / p)
    ),
    "units are dropped in evaluation as well: drop nothing if rng is None": always(variational),
}


def check_variational(student: Callable) -> Verdict:
    """Check variational dropout of the states of all steps, variational(h, p, rng) -> h as the gates see it.

    Args: student: takes h (B, T, H), the rate p and a generator, or None for evaluation, and returns an array
        like h.
    """
    return judge(student, VARIATIONAL)


# Zoneout


def zoneout(new: np.ndarray, old: np.ndarray, p: float, rng: Generator | None) -> np.ndarray:
    """The old value with probability p, else the new one; in evaluation a mixture (Krueger et al., 2017)."""
    if rng is None:
        return p * old + (1 - p) * new
    return np.where(rng.random(new.shape) < p, old, new)


def zoning(
    train: Callable[..., np.ndarray] = zoneout,
    evaluate: Callable[..., np.ndarray] = lambda new, old, p: zoneout(new, old, p, None),
) -> Callable:
    """A zoneout with a training or an evaluation of its own."""
    return lambda new, old, p, rng: evaluate(new, old, p) if rng is None else train(new, old, p, rng)


ZONEOUT_MISTAKES: dict[str, Callable] = {
    "the mixture is inverted: in evaluation, the old value has weight p": (
        zoning(evaluate=lambda new, old, p: (1 - p) * old + p * new)
    ),
    "old and new have equal weights: in evaluation, the old value has weight p": (
        zoning(evaluate=lambda new, old, p: (old + new) / 2)
    ),
    "in training, the old value is kept with probability 1 - p: keep it with probability p": (
        zoning(train=lambda new, old, p, rng: zoneout(new, old, 1 - p, rng))
    ),
    "old and new are swapped in training and in evaluation: p belongs to the old value": (
        lambda new, old, p, rng: zoneout(old, new, p, rng)
    ),
    "the result is divided by 1 - p in training: zoneout needs no rescaling": (
        zoning(train=lambda new, old, p, rng: zoneout(new, old, p, rng) / (1 - p))
    ),
    "the new value is divided by 1 - p in training: zoneout needs no rescaling": (
        zoning(train=lambda new, old, p, rng: zoneout(new / (1 - p), old, p, rng))
    ),
    "the result is divided by 1 - p in training and in evaluation: zoneout needs no rescaling": (
        lambda new, old, p, rng: zoneout(new, old, p, rng) / (1 - p)
    ),
    "units are drawn in evaluation as well: mix the two values there": always(zoneout),
    "evaluation returns the new value alone: mix the two values there": (
        zoning(evaluate=lambda new, old, p: new)
    ),
    "the two values are mixed in training as well: there, each unit takes either the old or the new one": (
        lambda new, old, p, rng: zoneout(new, old, p, None)
    ),
    "units are set to 0 instead of keeping their old value: that is dropout": (
        zoning(train=lambda new, old, p, rng: zoneout(new, 0 * old, p, rng))
    ),
    "all sentences share one draw: draw for each unit of each sentence": (
        zoning(train=lambda new, old, p, rng: np.where(rng.random(new.shape[1:]) < p, old, new))
    ),
    "whole sentences keep their old state: draw for each unit": (
        zoning(train=lambda new, old, p, rng: np.where(rng.random((len(new), 1)) < p, old, new))
    ),
}


def check_zoneout(student: Callable) -> Verdict:
    """Check a step of zoneout, zoneout(new, old, p, rng) -> the state that goes on.

    Args: student: takes the states after and before the step, (B, H), the rate p and a generator, or None for
        evaluation, and returns an array like these.
    """
    return judge(student, ZONEOUT)


# How they are checked


def _exercise(
    right: Callable, wrong: Mapping[str, Callable], read: Reading, axes: int, **values: tuple[int, ...]
) -> Exercise:
    """An exercise on arrays of a few values, none of them 0, so that a factor can be read off by division.

    Args: right, wrong; read: see `traits_of`; axes: of the arrays; values: of each array, by its name.
    """

    def problems(rng: Generator) -> list[tuple]:
        shapes = [(*shape[: axes - 1], int(np.prod(shape[axes - 1 :]))) for shape in SHAPES]
        drawn = [[rng.choice(some, shape).astype(float) for some in values.values()] for shape in shapes]
        return [(*arrays, p) for arrays, p in zip(drawn, RATES, strict=True)]

    def look_at(function: Callable, *arguments) -> tuple[np.ndarray, ...]:
        *arrays, p = arguments
        return tuple(traits_of(function, tuple(arrays), p, read).values())

    both = read is factors_of_both
    arrays = (" of y", " of dx") if both else ("",)
    of_arrays = {name: [f"the {entry}{of}" for of in arrays for entry in FACTORS] for name in TRAITS[:2]}
    returns = TRAITS if both else TRAITS[:-1]
    return Exercise((*values, "p", "rng"), returns, problems, right, wrong, look_at, ENTRIES | of_arrays)


DROPOUT = _exercise(dropout, DROPOUT_MISTAKES, factors_of_both, 2, x=(-2, -1, 1, 2), dy=(-3, -1, 1, 3))
VARIATIONAL = _exercise(variational, VARIATIONAL_MISTAKES, factors, 3, h=(-2, -1, 1, 2))
ZONEOUT = _exercise(zoneout, ZONEOUT_MISTAKES, shares_of_old, 2, new=(1, 2), old=(-1, -3))

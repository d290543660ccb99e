"""Checks of dropout, variational dropout, zoneout and a masked memory, and the mistakes that they know.

A right answer with noise depends on which random numbers are drawn, and in which order.  So the first three
checks compare not the answer but its traits.  Each known mistake is a function that makes it, looked at in
the same way.
"""

from collections.abc import Callable, Mapping

import numpy as np

from course.dropout.traits import TRAITS, Reading, factors, factors_of_both, shares_of_old, traits_of
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
    "nothing makes up for what is dropped: divide by 1 - p what is kept": unscaled,
    "what is kept is multiplied by 1 - p: divide by it": dropping(scale=lambda p: 1 - p),
    "what is kept is divided by p: divide by 1 - p, the probability to be kept": (
        dropping(scale=lambda p: 1 / p)
    ),
    "entries are dropped with probability 1 - p: p is the probability to be dropped": (
        dropping(rate=lambda p: 1 - p)
    ),
    "p is taken for the probability to be kept: it is the one to be dropped": (
        dropping(rate=lambda p: 1 - p, scale=lambda p: 1 / p)
    ),
    "all sentences share a mask: draw one of the shape of x": dropping(shape=lambda B, N: (1, N)),
    "a sentence is dropped as a whole: each entry has its own chance": dropping(shape=lambda B, N: (B, 1)),
    "entries are dropped in evaluation, too: rng is None means that nothing is": always(dropout),
    "evaluation is scaled by 1 - p: what is kept in training has been divided already": (
        lambda x, dy, p, rng: ((1 - p) * x, (1 - p) * dy) if rng is None else dropout(x, dy, p, rng)
    ),
    "it is evaluation that is scaled, by 1 - p: inverted dropout divides in training": (
        lambda x, dy, p, rng: ((1 - p) * x, (1 - p) * dy) if rng is None else unscaled(x, dy, p, rng)
    ),
    "the backward pass draws a mask of its own: the gradient passes where the value passed": (
        dropping(back=lambda rng, full, p, mask: mask_of()(rng, full, p))
    ),
    "the gradient of what was dropped passes, too: multiply dy by the mask": (
        dropping(back=lambda rng, full, p, mask: 1.0)
    ),
    "the gradient is not scaled: multiply dy by the whole mask, 1 / (1 - p) included": (
        dropping(back=lambda rng, full, p, mask: mask > 0)
    ),
    "the mask comes from np.random: draw it from rng, so that a seed repeats it": (
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
    "each step has a fresh mask: one serves all steps of a sentence": hiding(lambda B, T, H: (B, T, H)),
    "the mask lies along time, and whole states are dropped at some steps: it is a choice of units": (
        hiding(lambda B, T, H: (B, T, 1))
    ),
    "one mask serves the whole batch: each sentence has its own": hiding(lambda B, T, H: (1, 1, H)),
    "one mask serves the whole batch, and each step has a fresh one: it is the other way round": (
        hiding(lambda B, T, H: (1, T, H))
    ),
    "a sentence is dropped as a whole: each unit has its own chance": hiding(lambda B, T, H: (B, 1, 1)),
    "nothing makes up for what is dropped: divide by 1 - p what is kept": hiding(scale=lambda p: 1.0),
    "what is kept is multiplied by 1 - p: divide by it": hiding(scale=lambda p: 1 - p),
    "units are dropped with probability 1 - p: p is the probability to be dropped": (
        hiding(rate=lambda p: 1 - p)
    ),
    "p is taken for the probability to be kept: it is the one to be dropped": (
        hiding(rate=lambda p: 1 - p, scale=lambda p: 1 / p)
    ),
    "units are dropped in evaluation, too: rng is None means that nothing is": always(variational),
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
    "a choice is drawn in evaluation, too: there the two values are mixed": always(zoneout),
    "evaluation takes the new value alone: there the two values are mixed": (
        zoning(evaluate=lambda new, old, p: new)
    ),
    "the two values are mixed in training, too: there each unit keeps the one or the other": (
        lambda new, old, p, rng: zoneout(new, old, p, None)
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
}


def check_zoneout(student: Callable) -> Verdict:
    """Check a step of zoneout, zoneout(new, old, p, rng) -> the state that goes on.

    Args: student: takes the states after and before the step, (B, H), the rate p and a generator, or None for
        evaluation, and returns an array like these.
    """
    return judge(student, ZONEOUT)


# A memory under fresh masks


def masked_memory(c0: np.ndarray, f: np.ndarray, a: np.ndarray, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of c_T, where c_t = f_t c_{t-1} m_t + a_t with a fresh mask at every step.

    E[c_t] = f_t E[c_{t-1}] + a_t, and the mean square goes the same way with E[m^2] = 1 / (1 - p).

    Args: c0 (H,); f, a (T, H); p.
    """
    mean, mean_square = c0, c0**2
    for f_t, a_t in zip(f, a, strict=True):
        mean_square = f_t**2 * mean_square / (1 - p) + 2 * a_t * f_t * mean + a_t**2
        mean = f_t * mean + a_t
    return mean, mean_square - mean**2


def remembering(
    variance: Callable = lambda f, a, mean, variance, p: f**2 * (variance + p * mean**2) / (1 - p),
    mean: Callable = lambda f, a, mean, p: f * mean + a,
    answer: Callable = lambda mean, variance: (mean, variance),
) -> Callable:
    """A walk of mean and variance through all steps, with one of its lines changed."""

    def function(c0, f, a, p):
        mu, var = c0, np.zeros_like(c0)
        for f_t, a_t in zip(f, a, strict=True):
            mu, var = mean(f_t, a_t, mu, p), variance(f_t, a_t, mu, var, p)
        return answer(mu, var)

    return function


def _one_mask(c0, f, a, p):
    """Mean and variance where one mask serves all steps: c_T is one of two values."""
    lost = kept = c0
    for f_t, a_t in zip(f, a, strict=True):
        lost, kept = a_t, f_t * kept / (1 - p) + a_t
    return p * lost + (1 - p) * kept, p * (1 - p) * (kept - lost) ** 2


MEMORY_MISTAKES: dict[str, Callable | tuple[Callable, ...]] = {
    "what is kept is not divided by 1 - p: the mask is 0 or 1 / (1 - p)": remembering(
        lambda f, a, mean, variance, p: f**2 * (1 - p) * (variance + p * mean**2),
        lambda f, a, mean, p: f * (1 - p) * mean + a,
    ),
    "the mean is multiplied by 1 - p: the mask has mean 1": remembering(
        mean=lambda f, a, mean, p: f * (1 - p) * mean + a
    ),
    "the mask's variance is taken for p (1 - p): it is p / (1 - p)": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance / (1 - p) + p * (1 - p) * mean**2)),
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * (1 - p) * mean**2)),
    ),
    "the variance that is there already is not multiplied: E[m^2] = 1 / (1 - p) multiplies it, too": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p / (1 - p) * mean**2))
    ),
    "E[m^2] multiplies the mean as well: the mask adds p / (1 - p) of the mean's square": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + mean**2) / (1 - p))
    ),
    "the mask adds nothing where the variance is 0: it adds p / (1 - p) of the mean's square": (
        remembering(lambda f, a, mean, variance, p: f**2 * variance / (1 - p))
    ),
    "the mean enters the variance without its square": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * np.abs(mean)) / (1 - p)),
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * mean) / (1 - p)),
    ),
    "f is not squared: a factor goes into a variance by its square": (
        remembering(lambda f, a, mean, variance, p: f * (variance + p * mean**2) / (1 - p))
    ),
    "f is left out of the variance": (
        remembering(lambda f, a, mean, variance, p: (variance + p * mean**2) / (1 - p))
    ),
    "f is left out of the mean": remembering(mean=lambda f, a, mean, p: mean + a),
    "a is left out of the mean": remembering(mean=lambda f, a, mean, p: f * mean),
    "a adds to the variance: it is no random number": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * mean**2) / (1 - p) + a**2)
    ),
    "what is added is masked at once: the mask stands before the step": (
        remembering(lambda f, a, mean, variance, p: (f**2 * variance + p * (f * mean + a) ** 2) / (1 - p))
    ),
    "the variance is computed from the mean after the step: the mask multiplies the one before": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * (f * mean + a) ** 2) / (1 - p))
    ),
    "one mask serves all steps: each has a fresh one": _one_mask,
    "the steps are taken from the last to the first": lambda c0, f, a, p: masked_memory(
        c0, f[::-1], a[::-1], p
    ),
    "p is taken for the probability to be kept: it is the one to be dropped": (
        lambda c0, f, a, p: masked_memory(c0, f, a, 1 - p)
    ),
    "the mean square is returned: subtract the square of the mean": (
        remembering(answer=lambda mean, variance: (mean, variance + mean**2))
    ),
    "the standard deviation is returned: its square is asked for": (
        remembering(answer=lambda mean, variance: (mean, np.sqrt(variance)))
    ),
    "variance and mean are returned in the wrong order: mean, variance": (
        remembering(answer=lambda mean, variance: (variance, mean))
    ),
}


def _memories(rng: np.random.Generator) -> list[tuple]:
    """Memories of several sizes, gates between 0 and 1, and what is added; one never forgets."""
    drawn = [
        (rng.uniform(0.5, 2, H) * rng.choice([-1, 1], H), *rng.uniform(0.3, 0.95, (2, T, H)), p)
        for (T, H), p in zip(((4, 3), (3, 5), (1, 4)), RATES, strict=True)
    ]
    c0, f, a, p = drawn[1]
    return [*drawn, (c0, np.ones_like(f), 0 * a, p)]


MEMORY = Exercise(("c0", "f", "a", "p"), ("mean", "variance"), _memories, masked_memory, MEMORY_MISTAKES)


def check_masked_memory(student: Callable) -> Verdict:
    """Check mean and variance of a memory under fresh masks, masked_memory(c0, f, a, p) -> (mean, variance).

    Args: student: takes the memory before the first step (H,), forget gates and what is added at each step,
        both (T, H), and the rate p; returns two arrays (H,).
    """
    return judge(student, MEMORY)


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

    returns = TRAITS if read is factors_of_both else TRAITS[:-1]
    return Exercise((*values, "p", "rng"), returns, problems, right, wrong, look_at)


DROPOUT = _exercise(dropout, DROPOUT_MISTAKES, factors_of_both, 2, x=(-2, -1, 1, 2), dy=(-3, -1, 1, 3))
VARIATIONAL = _exercise(variational, VARIATIONAL_MISTAKES, factors, 3, h=(-2, -1, 1, 2))
ZONEOUT = _exercise(zoneout, ZONEOUT_MISTAKES, shares_of_old, 2, new=(1, 2), old=(-1, -3))

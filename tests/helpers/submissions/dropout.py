"""Submissions for the exercises on noise: all draw at random, and each in a way of its own."""

import numpy as np

# Inverted dropout, forward and backward


def by_binomials(x, dy, p, rng):
    if rng is None:
        return x.copy(), dy.copy()
    mask = rng.binomial(1, 1 - p, size=x.shape) / (1 - p)
    return x * mask, dy * mask


def by_choice(x, dy, p, rng):
    mask = 1.0 if rng is None else rng.choice([0.0, 1 / (1 - p)], size=x.shape, p=[p, 1 - p])
    return mask * x, mask * dy


def by_deleting(x, dy, p, rng):
    y, dx = np.array(x, float), np.array(dy, float)
    if rng is not None:
        dropped = rng.uniform(0, 1, x.shape) <= p
        y[dropped] = dx[dropped] = 0
        y, dx = y / (1 - p), dx / (1 - p)
    return y, dx


def row_by_row(x, dy, p, rng):
    if rng is None:
        return x, dy
    keeps = [[rng.random() > p for _ in row] for row in x]
    return [np.where(keeps, a, 0) * (1 / (1 - p)) for a in (x, dy)]


def noise_of(mask):
    """Wrong dropout.  Args: mask: takes a generator, the shape and p."""

    def function(x, dy, p, rng):
        m = 1.0 if rng is None else mask(rng, x.shape, p)
        return x * m, dy * m

    return function


def in_pairs(rng, shape, p):
    return np.repeat(rng.random((shape[0], -(-shape[1] // 2))) >= p, 2, axis=1)[:, : shape[1]] / (1 - p)


def dropped_twice(rng, shape, p):
    return (rng.random(shape) >= p) * (rng.random(shape) >= p) / (1 - p) ** 2


def gaussian(rng, shape, p):
    return rng.normal(1.0, np.sqrt(p / (1 - p)), shape)


# Variational dropout


def repeated(h, p, rng):
    if rng is None:
        return h
    B, T, H = h.shape
    return h * np.repeat(rng.binomial(1, 1 - p, (B, 1, H)), T, axis=1) / (1 - p)


def sentence_by_sentence(h, p, rng):
    if rng is None:
        return list(h)
    return np.array([states * ((rng.random(states.shape[1]) > p) / (1 - p)) for states in h])


def with_einsum(h, p, rng):
    mask = np.ones((len(h), h.shape[2])) if rng is None else (rng.uniform(size=(len(h), h.shape[2])) >= p)
    return np.einsum("bth,bh->bth", h, mask) / (1 - p * (rng is not None))


def step_by_step(h, p, rng):
    if rng is not None:
        hidden = rng.choice([True, False], size=h[:, 0].shape, p=[p, 1 - p])
        h = np.stack([np.where(hidden, 0.0, state / (1 - p)) for state in h.swapaxes(0, 1)], axis=1)
    return h


def hiding(mask):
    """Wrong variational dropout.  Args: mask: takes a generator, the shape and p."""
    return lambda h, p, rng: h if rng is None else h * mask(rng, h.shape, p)


def of_the_last_half(rng, shape, p):
    mask = (rng.random((shape[0], 1, shape[2])) >= p) / (1 - p)
    return np.where(np.arange(shape[1])[:, None] < shape[1] // 2, 1.0, mask)


def in_pairs_of_units(rng, shape, p):
    half = rng.random((shape[0], 1, -(-shape[2] // 2))) >= p
    return np.repeat(half, 2, axis=2)[:, :, : shape[2]] / (1 - p)


def in_pairs_of_steps(rng, shape, p):
    half = rng.random((shape[0], -(-shape[1] // 2), shape[2])) >= p
    return np.repeat(half, 2, axis=1)[:, : shape[1]] / (1 - p)


# Zoneout


def by_a_mixture(new, old, p, rng):
    k = p if rng is None else rng.binomial(1, p, new.shape)
    return k * old + (1 - k) * new


def by_a_difference(new, old, p, rng):
    step = new - old
    return old + ((1 - p) * step if rng is None else (rng.random(step.shape) >= p) * step)


def by_assignment(new, old, p, rng):
    if rng is None:
        return np.average([old, new], axis=0, weights=[p, 1 - p])
    state, keeps = new.copy(), rng.random(new.shape) < p
    state[keeps] = old[keeps]
    return state


def by_choosing(new, old, p, rng):
    if rng is None:
        return new - p * (new - old)
    return np.choose(rng.choice(2, size=new.shape, p=[1 - p, p]), [new, old])


def zoning(train=by_a_mixture, evaluate=lambda new, old, p: by_a_mixture(new, old, p, None)):
    return lambda new, old, p, rng: evaluate(new, old, p) if rng is None else train(new, old, p, rng)


def kept_in_pairs(new, old, p, rng):
    half = rng.random((len(new), -(-new.shape[1] // 2))) < p
    return np.where(np.repeat(half, 2, axis=1)[:, : new.shape[1]], old, new)


def mean_where_kept(new, old, p, rng):
    return np.where(rng.random(new.shape) < p, (old + new) / 2, new)


RIGHT = {
    "check_dropout": (by_binomials, by_choice, by_deleting, row_by_row),
    "check_variational": (repeated, sentence_by_sentence, with_einsum, step_by_step),
    "check_zoneout": (by_a_mixture, by_a_difference, by_assignment, by_choosing),
}
WRONG = {
    "check_dropout": {
        "entries are dropped in pairs": noise_of(in_pairs),
        "entries are dropped twice": noise_of(dropped_twice),
        "normal factors in place of a mask": noise_of(gaussian),
        "divided by the square root": noise_of(
            lambda rng, shape, p: (rng.random(shape) >= p) / np.sqrt(1 - p)
        ),
        "half the rate": noise_of(lambda rng, shape, p: (rng.random(shape) >= p / 2) / (1 - p / 2)),
    },
    "check_variational": {
        "only the second half of the steps": hiding(of_the_last_half),
        "units are hidden in pairs": hiding(in_pairs_of_units),
        "a new mask every two steps": hiding(in_pairs_of_steps),
        "divided by the square root": hiding(
            lambda rng, shape, p: (rng.random((shape[0], 1, shape[2])) >= p) / np.sqrt(1 - p)
        ),
        "half the rate": hiding(
            lambda rng, shape, p: (rng.random((shape[0], 1, shape[2])) >= p / 2) / (1 - p / 2)
        ),
    },
    "check_zoneout": {
        "units are kept in pairs": zoning(kept_in_pairs),
        "the mean where a unit is kept": zoning(mean_where_kept),
        "evaluation keeps the old state": zoning(evaluate=lambda new, old, p: old),
        "evaluation squares the rate": zoning(evaluate=lambda new, old, p: p**2 * old + (1 - p**2) * new),
        "evaluation adds both": zoning(evaluate=lambda new, old, p: old + new),
    },
}

"""The checks of noise judge alike whatever random numbers are drawn; that of a memory knows its moments."""

import numpy as np
import pytest

from course.dropout.checks import (
    check_dropout,
    check_masked_memory,
    check_variational,
    check_zoneout,
    dropout,
    masked_memory,
    variational,
    zoneout,
)
from lstm_lib.nn.dropout import Dropout, RecurrentDropout
from lstm_lib.nn.recurrent import mix


def dropout_of_library(x, dy, p, rng):
    layer = Dropout(p)
    y, mask = layer.forward(x, rng)
    return [y, layer.backward(dy, mask)[0]]


def dropout_by_choice(x, dy, p, rng):
    """Right, but with other random numbers: strings of coins, in single precision."""
    if rng is None:
        return x, dy
    keep = rng.binomial(1, 1 - p, size=x.shape).astype(np.float32)
    return keep * x / (1 - p), keep * dy / (1 - p)


def dropout_row_by_row(x, dy, p, rng):
    if rng is None:
        return x.copy(), dy.copy()
    y, dx = np.zeros_like(x), np.zeros_like(dy)
    for row in range(len(x)):
        kept = rng.random(x.shape[1]) < 1 - p
        y[row, kept] = x[row, kept] / (1 - p)
        dx[row, kept] = dy[row, kept] / (1 - p)
    return y, dx


def variational_of_library(h, p, rng):
    batch, steps, units = h.shape
    W_h = np.ones((units, units))
    mask = RecurrentDropout("variational", p).sample(rng, batch, steps, W_h, 1).state
    return h if mask is None else h * mask[:, np.newaxis]


def variational_in_a_loop(h, p, rng):
    if rng is None:
        return h
    result, keep = np.empty_like(h), rng.choice([0.0, 1.0], size=(len(h), h.shape[2]), p=[p, 1 - p])
    for t in range(h.shape[1]):
        result[:, t] = h[:, t] * keep / (1 - p)
    return result


def zoneout_of_library(new, old, p, rng):
    noise = RecurrentDropout("zoneout", p).sample(rng, len(new), 1, np.ones((new.shape[1], 1)), 1)
    return mix(new, old, noise.zone[0][:, 0])


def zoneout_by_arithmetic(new, old, p, rng):
    keep = np.full(new.shape, p) if rng is None else 1 - (rng.random(new.shape) >= p)
    return new + keep * (old - new)


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_dropout, dropout),
        (check_dropout, dropout_of_library),
        (check_dropout, dropout_by_choice),
        (check_dropout, dropout_row_by_row),
        (check_variational, variational),
        (check_variational, variational_of_library),
        (check_variational, variational_in_a_loop),
        (check_zoneout, zoneout),
        (check_zoneout, zoneout_of_library),
        (check_zoneout, zoneout_by_arithmetic),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: evaluation, factors, ")


def test_mistakes_are_named_whatever_random_numbers_are_drawn(says):
    def shared_by_choice(x, dy, p, rng):
        if rng is None:
            return x, dy
        keep = rng.choice([False, True], size=x.shape[1], p=[p, 1 - p])
        return np.where(keep, x, 0) / (1 - p), np.where(keep, dy, 0) / (1 - p)

    def fresh_in_the_loop(h, p, rng):
        if rng is None:
            return h
        steps = [h[:, t] * rng.binomial(1, 1 - p, h[:, t].shape) / (1 - p) for t in range(h.shape[1])]
        return np.stack(steps, axis=1)

    def scaled_zoneout(new, old, p, rng):
        if rng is None:
            return p * old + (1 - p) * new
        return np.where(rng.binomial(1, p, new.shape), old, new) / (1 - p)

    assert "all sentences share a mask" in says(check_dropout, shared_by_choice)
    assert "each step has a fresh mask" in says(check_variational, fresh_in_the_loop)
    assert "the result is divided by 1 - p in training" in says(check_zoneout, scaled_zoneout)


def without_a_case_for_evaluation(*arguments):
    return arguments[-1].random(3)


@pytest.mark.parametrize("check", [check_dropout, check_variational, check_zoneout])
@pytest.mark.parametrize(
    ("student", "told"),
    [
        (without_a_case_for_evaluation, "It happened at: return arguments[-1].random(3)"),
        (lambda *arguments: ("dropped", "dropped"), "another form than was asked for"),
        (lambda *arguments: [arguments[0][..., 1:]] * 2, " shape"),
    ],
)
def test_any_other_answer_gets_a_plain_line(says, check, student, told):
    assert told in says(check, student)


def test_an_unknown_mistake_gets_the_first_difference(says):
    told = says(check_variational, lambda h, p, rng: 7 * variational(h, p, rng))
    assert told == "Not yet. Right so far: share of zeros, sharing of masks, use of rng. " + (
        "evaluation is the first that differs: evaluation[0] is 7, the library says 1.\n"
    )


# The memory under fresh masks: right answers in several styles


def memory_step_by_step(c0, f, a, p):
    mean, variance = c0.copy(), np.zeros(len(c0))
    for t in range(len(f)):
        before = mean
        mean = f[t] * before + a[t]
        variance = f[t] ** 2 * (variance / (1 - p) + before**2 * p / (1 - p))
    return mean, variance


def memory_unit_by_unit(c0, f, a, p):
    means, variances = [], []
    for unit in range(len(c0)):
        mean, square = float(c0[unit]), float(c0[unit]) ** 2
        for gate, new in zip(f[:, unit], a[:, unit], strict=True):
            square = gate**2 * square / (1 - p) + 2 * new * gate * mean + new**2
            mean = gate * mean + new
        means.append(mean)
        variances.append(square - mean**2)
    return means, variances


def memory_in_closed_form(c0, f, a, p):
    """Each step's mask adds its own share, and all later steps multiply it."""
    means = [c0]
    for f_t, a_t in zip(f, a, strict=True):
        means.append(f_t * means[-1] + a_t)
    factors = f**2 / (1 - p)
    parts = [p * means[t] ** 2 * np.prod(factors[t:], axis=0) for t in range(len(f))]
    return np.stack([means[-1], np.sum(parts, axis=0)])


def memory_by_all_masks(c0, f, a, p):
    """Every choice of kept and dropped, weighted by its probability."""
    mean = square = 0
    for kept in np.ndindex(*[2] * len(f)):
        c, probability = c0, 1.0
        for keep, f_t, a_t in zip(kept, f, a, strict=True):
            c, probability = f_t * c * keep / (1 - p) + a_t, probability * ((1 - p) if keep else p)
        mean, square = mean + probability * c, square + probability * c**2
    return [mean, square - mean**2]


def memory_recursively(c0, f, a, p):
    if len(f) == 0:
        return c0, 0 * c0
    mean, variance = memory_recursively(c0, f[:-1], a[:-1], p)
    return f[-1] * mean + a[-1], np.square(f[-1]) / (1 - p) * (variance + p * mean * mean)


@pytest.mark.parametrize(
    "student",
    [
        masked_memory,
        memory_step_by_step,
        memory_unit_by_unit,
        memory_in_closed_form,
        memory_by_all_masks,
        memory_recursively,
    ],
)
def test_a_right_memory_passes(says, student):
    assert says(check_masked_memory, student) == "Right: mean and variance agree with the library.\n"


def memory_with(step):
    """A memory whose step is another.  Args: step: (f, a, p, mean, variance) -> (mean, variance)."""

    def student(c0, f, a, p):
        mean, variance = c0, np.zeros_like(c0)
        for f_t, a_t in zip(f, a, strict=True):
            mean, variance = step(f_t, a_t, p, mean, variance)
        return mean, variance

    return student


def memory_in_place(c0, f, a, p):
    c0[...] = masked_memory(c0, f, a, p)[0]
    return c0, masked_memory(c0, f, a, p)[1]


@pytest.mark.parametrize(
    ("student", "told"),
    [
        # in the catalogue, written otherwise
        (
            memory_with(lambda f, a, p, mean, var: (f * mean + a, f * (var + p * mean**2) / (1 - p))),
            "f is not squared",
        ),
        (
            memory_with(lambda f, a, p, mean, var: (f * mean + a, f**2 * var / (1 - p))),
            "the mask adds nothing where the variance is 0",
        ),
        (
            lambda c0, f, a, p: (masked_memory(c0, f, a, p)[0], masked_memory(c0, f, a, p)[1] ** 0.5),
            "the standard deviation is returned",
        ),
        (lambda c0, f, a, p: masked_memory(c0, f, a, p)[::-1], "returned in the wrong order"),
        # outside of it
        (
            memory_with(lambda f, a, p, mean, var: (f * mean + a, f**2 * (var + mean**2) / (1 - p) - mean)),
            "Not yet. Right so far: mean. variance is the first that differs",
        ),
        (
            lambda c0, f, a, p: masked_memory(c0, f[1:], a[1:], p),
            "Not yet. mean is the first that differs",
        ),
        (
            lambda c0, f, a, p: (masked_memory(c0, f, a, p)[0], c0**2 * ((1 - p) ** -len(f) - 1)),
            "Right so far: mean. variance is the first that differs",
        ),
        (lambda c0, f, a, p: masked_memory(c0, f, a, 0.25), "with c0 (5,), f (3, 5), a (3, 5), p = 0.6"),
        (lambda c0, f, a, p: masked_memory(c0[:3], f[:, :3], a[:, :3], p), "has shape (3,); wanted (5,)"),
        (memory_in_place, "Not yet"),
        (lambda c0, f, a, p: masked_memory(c0, f, a, p)[0], "should return mean, variance"),
    ],
)
def test_a_wrong_memory_does_not_pass(says, student, told):
    found = says(check_masked_memory, student)
    assert told in found
    assert not found.startswith("Right")
    assert ("It looks as if" in found) == (told in MEMORY_NAMED)


MEMORY_NAMED = {
    "f is not squared",
    "the mask adds nothing where the variance is 0",
    "the standard deviation is returned",
    "returned in the wrong order",
}


def test_the_moments_of_a_memory_are_those_of_drawn_masks():
    c0, f, a, p = np.array([1.0, -0.5]), np.full((4, 2), 0.9), np.full((4, 2), 0.3), 0.3
    rng = np.random.default_rng(0)
    c = np.broadcast_to(c0, (200_000, 2))
    for f_t, a_t in zip(f, a, strict=True):
        c = f_t * c * (rng.random(c.shape) >= p) / (1 - p) + a_t
    mean, variance = masked_memory(c0, f, a, p)
    np.testing.assert_allclose(c.mean(axis=0), mean, atol=0.01)
    np.testing.assert_allclose(c.var(axis=0), variance, rtol=0.03)

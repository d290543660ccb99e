"""The checks of noise judge alike whatever random numbers are drawn."""

import numpy as np
import pytest

from course.dropout.checks import (
    check_dropout,
    check_variational,
    check_zoneout,
    dropout,
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

    assert "all sentences share one mask" in says(check_dropout, shared_by_choice)
    assert "each step draws a new mask" in says(check_variational, fresh_in_the_loop)
    assert "the result is divided by 1 - p in training" in says(check_zoneout, scaled_zoneout)


def without_a_case_for_evaluation(*arguments):
    return arguments[-1].random(3)


@pytest.mark.parametrize("check", [check_dropout, check_variational, check_zoneout])
@pytest.mark.parametrize(
    ("student", "told"),
    [
        (without_a_case_for_evaluation, "It happened at: return arguments[-1].random(3)"),
        (lambda *arguments: ("dropped", "dropped"), "does not have the form asked for"),
        (lambda *arguments: [arguments[0][..., 1:]] * 2, " shape"),
    ],
)
def test_any_other_answer_gets_a_plain_line(says, check, student, told):
    assert told in says(check, student)


def test_an_unknown_mistake_gets_the_first_difference(says):
    told = says(check_variational, lambda h, p, rng: 7 * variational(h, p, rng))
    assert told == "Not yet. Right so far: share of zeros, sharing of masks, use of rng. " + (
        "evaluation is the first that differs: the lowest factor is 7; it should be 1.\n"
    )

"""The bug hunt for padding: every bug shows, right functions pass, and what is left is told."""

import numpy as np
import pytest

from course.architectures.padding_hunt import (
    PADDING_HUNT,
    SUMMARIES,
    broken_features,
    check_padding_hunt,
    features,
)

RIGHT = "Right: last, mean, highest and attended agree with the library.\n"


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def states_of(x, mask, W_x, W_h, b):
    """The state after every step, carried over padding."""
    h, states = np.zeros((len(x), len(b))), np.empty((*mask.shape, len(b)))
    for t in range(mask.shape[1]):
        h = np.where(mask[:, [t]], np.tanh(x[:, t] @ W_x + h @ W_h + b), h)
        states[:, t] = h
    return states


def one_sentence_at_a_time(x, mask, W_x, W_h, b, v):
    found = []
    for sentence, length in zip(x, mask.sum(axis=1), strict=True):
        h, states = np.zeros(len(b)), []
        for x_t in sentence[:length]:
            h = np.tanh(x_t @ W_x + h @ W_h + b)
            states.append(h)
        states = np.array(states)
        weights = softmax((states @ v)[None])[0]
        found.append((h, states.mean(axis=0), states.max(axis=0), weights @ states))
    return tuple(np.array(part) for part in zip(*found, strict=True))


def with_masked_arrays(x, mask, W_x, W_h, b, v):
    states = states_of(x, mask, W_x, W_h, b)
    hidden = np.ma.array(states, mask=np.broadcast_to(~mask[:, :, None], states.shape))
    weights = softmax(np.where(mask, states @ v, -np.inf))
    attended = (weights[:, :, None] * states).sum(axis=1)
    return states[:, -1], hidden.mean(axis=1).filled(), hidden.max(axis=1).filled(), attended


def with_nan(x, mask, W_x, W_h, b, v):
    states = states_of(x, mask, W_x, W_h, b)
    real = np.where(mask[:, :, None], states, np.nan)
    weights = softmax(np.where(mask, states @ v, -1e9))
    mean, highest = np.nanmean(real, axis=1), np.nanmax(real, axis=1)
    return [states[:, -1], mean, highest, np.einsum("bt,bth->bh", weights, states)]


def by_arithmetic(x, mask, W_x, W_h, b, v):
    m, h, total, top = mask.astype(float)[:, :, None], np.zeros((len(x), len(b))), 0, -2.0
    weighted, weights = 0, 0
    for t in range(x.shape[1]):
        h = m[:, t] * np.tanh(x[:, t] @ W_x + h @ W_h + b) + (1 - m[:, t]) * h
        weight = m[:, t] * np.exp(h @ v)[:, None]
        total, top = total + m[:, t] * h, np.maximum(top, m[:, t] * h - 2 * (1 - m[:, t]))
        weighted, weights = weighted + weight * h, weights + weight
    return h, total / m.sum(axis=1), top, weighted / weights


def with_reduceat(x, mask, W_x, W_h, b, v):
    """Real steps of all sentences, one after the other."""
    states, lengths = states_of(x, mask, W_x, W_h, b), mask.sum(axis=1)
    flat, starts = states[mask], np.concatenate([[0], np.cumsum(lengths)[:-1]])
    weights = np.exp(flat @ v)[:, None]
    attended = np.add.reduceat(weights * flat, starts) / np.add.reduceat(weights, starts)
    mean = np.add.reduceat(flat, starts) / lengths[:, None]
    return flat[starts + lengths - 1], mean, np.maximum.reduceat(flat, starts), attended


@pytest.mark.parametrize(
    "student",
    [features, one_sentence_at_a_time, with_masked_arrays, with_nan, by_arithmetic, with_reduceat],
)
def test_right_functions_pass(says, student):
    assert says(check_padding_hunt, student) == RIGHT


def test_all_four_bugs_of_the_broken_function_are_found(says):
    told = says(check_padding_hunt, broken_features)
    assert told.startswith(
        "Not yet. It looks as if padding still leaks into last, mean, highest and attended"
    )


@pytest.mark.parametrize("name", SUMMARIES)
def test_each_bug_moves_its_summary_alone_and_only_where_there_is_padding(name):
    for problem in PADDING_HUNT.problems(np.random.default_rng(0)):
        right, broken = features(*problem), features(*problem, broken=[name])
        padded = ~problem[1].all(axis=1)
        for summary, a, b in zip(SUMMARIES, right, broken, strict=True):
            moved = np.abs(a - b).max(axis=1) > 1e-6
            assert not moved[~padded].any()
            if name != "last":  # a wrong state at padding may be counted in what is broken with it
                assert not moved.any() or summary == name


def shortest_for_all(x, mask, *weights):
    """Wrong: every sentence is cut to the shortest."""
    short = mask.sum(axis=1).min()
    return features(x[:, :short], mask[:, :short], *weights)


def one_step_too_many(x, mask, *weights):
    lengths = mask.sum(axis=1, keepdims=True)
    return features(x, np.arange(mask.shape[1]) <= lengths, *weights)


def unweighted(x, mask, *weights):
    last, mean, highest, _ = features(x, mask, *weights)
    return last, mean, highest, mean


def lowest(x, mask, W_x, W_h, b, v):
    states = states_of(x, mask, W_x, W_h, b)
    last, mean, _, attended = features(x, mask, W_x, W_h, b, v)
    return last, mean, np.where(mask[:, :, None], states, np.inf).min(axis=1), attended


def without_bias(x, mask, W_x, W_h, b, v):
    return features(x, mask, W_x, W_h, 0 * b, v)


@pytest.mark.parametrize("student", [shortest_for_all, one_step_too_many, unweighted, lowest, without_bias])
def test_an_unknown_mistake_is_told_by_what_differs(says, student):
    told = says(check_padding_hunt, student)
    assert told.startswith("Not yet.") and "looks as if" not in told


@pytest.mark.parametrize(
    ("names", "told"),
    [(["mean"], "into mean."), (["last", "attended"], "into last and attended.")],
)
def test_bugs_that_are_left_are_named_by_their_summaries(says, names, told):
    assert told in says(check_padding_hunt, lambda *arguments: features(*arguments, broken=names))

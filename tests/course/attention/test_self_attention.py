"""The check of self-attention passes right functions of several styles, and turns wrong ones away."""

import numpy as np
import pytest

from course.attention.self_attention import SELF_ATTENTION, check_self_attention, self_attention
from lstm_lib.nn.attention import DotAttention


def softmax(e):
    exponentials = np.exp(e - e.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def filled(x, W_q, W_k, W_v, mask, causal):
    e = np.einsum("btd,bsd->bts", x @ W_q, x @ W_k) / W_q.shape[1] ** 0.5
    e = np.where(mask[:, None], e, -np.inf)
    if causal:
        e = np.where(np.triu(np.ones(e.shape[1:]), 1) > 0, -np.inf, e)
    return softmax(e) @ (x @ W_v) * mask[..., None]


def very_small(x, W_q, W_k, W_v, mask, causal):
    e = (x @ W_q) @ (x @ W_k).swapaxes(1, 2) / np.sqrt(W_k.shape[1]) - 1e9 * ~mask[:, None]
    e = e - 1e9 * np.triu(np.ones(e.shape[1:]), 1) if causal else e
    return np.where(mask[..., None], softmax(e) @ (x @ W_v), 0.0)


def sentence_by_sentence(x, W_q, W_k, W_v, mask, causal):
    y = np.zeros((*x.shape[:2], W_v.shape[1]))
    for row, real in enumerate(mask):
        words = x[row, real]
        e = words @ W_q @ W_k.T @ words.T / np.sqrt(W_q.shape[1])
        if causal:
            e[np.arange(len(e)) > np.arange(len(e))[:, None]] = -np.inf
        y[row, real] = softmax(e) @ words @ W_v
    return y


def position_by_position(x, W_q, W_k, W_v, mask, causal):
    y = np.zeros((*x.shape[:2], W_v.shape[1]), np.float32)
    for row, length in enumerate(mask.sum(axis=1)):
        for t in range(length):
            seen = x[row, : t + 1 if causal else length]
            w = softmax(x[row, t] @ W_q @ (seen @ W_k).T / np.sqrt(W_q.shape[1]))
            y[row, t] = w @ (seen @ W_v)
    return y


def with_the_library(x, W_q, W_k, W_v, mask, causal):
    layer, y = DotAttention(W_q.shape[1], W_k.shape[1], scaled=True), np.zeros((*x.shape[:2], W_v.shape[1]))
    for t in range(x.shape[1]):
        seen = mask & (np.arange(x.shape[1]) <= t) if causal else mask
        _, cache = layer.forward((x @ W_q)[:, [t]], x @ W_k, seen)
        y[:, t] = (cache.weights @ (x @ W_v))[:, 0] * mask[:, [t]]
    return y.tolist()


RIGHT = [self_attention, filled, very_small, sentence_by_sentence, position_by_position, with_the_library]


@pytest.mark.parametrize("student", RIGHT)
def test_right_functions_pass(says, student):
    assert says(check_self_attention, student) == "Right: Y agrees with the library.\n"


def softmaxed_scores(x, W_q, W_k, W_v, mask, causal):
    e = softmax((x @ W_q) @ (x @ W_k).swapaxes(1, 2) / np.sqrt(W_q.shape[1])) @ (x @ W_v)
    return e * mask[..., None]


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda *a: filled(*a) * a[0].shape[1], "Y differs"),
        (lambda *a: filled(*a) + a[0] @ a[3], "Y differs"),
        (lambda *a: filled(*a[:4], a[4][::-1], a[5]), "differs"),
        (lambda x, q, k, v, m, c: filled(x, q, k, v / np.sqrt(v.shape[1]), m, c), "differs"),
        (lambda x, q, k, v, m, c: filled(x, q, q, v, m, c), "differs"),
        (softmaxed_scores, "differs"),
        (lambda x, q, k, v, m, c: filled(x, q, k, v, m, False), "attend to the future"),
        (lambda x, q, k, v, m, c: filled(x, q * np.sqrt(q.shape[1]), k, v, m, c), "are not scaled"),
        (lambda x, q, k, v, m, c: filled(x, k, q, v, m, c), "queries and keys are swapped"),
    ],
)
def test_wrong_functions_are_told(says, student, told):
    assert told in says(check_self_attention, student)


def test_the_padding_holds_numbers_and_half_of_the_problems_are_causal():
    problems = SELF_ATTENTION.problems(np.random.default_rng(0))
    assert [causal for *_, causal in problems] == [False, True] * 3
    assert all(not mask.all() and np.abs(x[~mask]).min() > 0 for x, _, _, _, mask, _ in problems)

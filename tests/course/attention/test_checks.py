"""The checks of the exercises on attention pass right answers, and name mistakes written by hand."""

import numpy as np
import pytest

from course.attention.checks import (
    additive_scores,
    check_additive_scores,
    check_context,
    check_masked_softmax,
    check_softmax_backward,
)
from lstm_lib.nn import attention

CHECKS = (check_masked_softmax, check_additive_scores, check_context, check_softmax_backward)


def softmax_row_by_row(scores, mask):
    """Right, but unlike the library's: a loop over sentences that leaves the padding out."""
    weights = np.zeros_like(scores)
    for row, real in enumerate(mask):
        exponentials = np.exp(scores[row][:, real])
        weights[row][:, real] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return weights.astype(np.float32)


def score_by_score(q, values, W_q, W_k, v):
    """Right, but unlike the library's: a loop over queries."""
    return np.stack([np.tanh(q[:, [t]] @ W_q + values @ W_k) @ v for t in range(q.shape[1])], axis=1)


def backward_by_jacobian(dw, w):
    """Right, but unlike the library's: diag(w) - w w^T, row by row."""
    jacobian = np.eye(w.shape[-1]) * w[..., np.newaxis] - w[..., np.newaxis] * w[:, :, np.newaxis]
    return np.einsum("bts,btsk->btk", dw, jacobian)


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_masked_softmax, softmax_row_by_row),
        (check_masked_softmax, lambda scores, mask: attention.masked_softmax(scores, mask[:, np.newaxis])),
        (check_additive_scores, additive_scores()),
        (check_additive_scores, score_by_score),
        (check_context, np.matmul),
        (check_context, lambda w, values: (w[..., np.newaxis] * values[:, np.newaxis]).sum(axis=2)),
        (check_softmax_backward, attention.softmax_backward),
        (check_softmax_backward, backward_by_jacobian),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: ")


def softmax(scores):
    """A student's, along the last axis."""
    exponentials = np.exp(scores - scores.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda scores, mask: softmax(scores) * mask[:, None, :], "no longer sum to 1"),
        (lambda scores, mask: softmax(np.where(mask[:, None], scores, -np.inf)), "is nan"),
        (lambda scores, mask: softmax(np.where(mask[:, None], scores, -1e30)), "gets equal weights"),
        (lambda scores, mask: softmax(np.where(mask[:, None], -np.inf, scores)), "the mask is inverted"),
        (lambda scores, mask: softmax(np.where(mask[:, None], scores, 0)), "a score of 0 still gets weight"),
    ],
)
def test_a_mistake_written_by_hand_is_named(says, student, told):
    assert told in says(check_masked_softmax, student)


def test_the_score_of_the_exercise_is_that_of_the_library():
    rng = np.random.default_rng(5)
    layer = attention.AdditiveAttention(4, 3, 6, rng, dtype=np.float64)
    q, values = rng.standard_normal((2, 5, 4)), rng.standard_normal((2, 7, 3))
    scores = additive_scores()(q, values, *(layer.params[name] for name in ("W_q", "W_k", "v")))
    weights = attention.masked_softmax(scores, None)
    assert np.allclose(weights, layer.forward(q, values)[1].weights, rtol=1e-12)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda *arguments: arguments[-1][0], "has shape"),
        (lambda *arguments: "everywhere", "should be an array of numbers"),
    ],
)
def test_any_other_answer_gets_a_plain_line(says, check, student, told):
    assert told in says(check, student)


def test_weights_changed_in_place_are_told(says):
    def student(dw, w):
        dw -= np.sum(w * dw, axis=-1, keepdims=True)
        return w * dw

    assert "changes its argument dw in place" in says(check_softmax_backward, student)

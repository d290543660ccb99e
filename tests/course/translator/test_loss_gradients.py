"""The checks of the loss' and the embeddings' gradients pass right answers, and tell others apart."""

import numpy as np
import pytest

from course.shared.equations import function_of
from course.translator.loss_gradients import (
    LOSS,
    LOSS_ARGUMENTS,
    check_embedding_gradient,
    check_softmax_loss,
    embedding_gradient,
)
from lstm_lib.nn.layers import Embedding

by_equations = function_of(LOSS, LOSS_ARGUMENTS, ("loss", "dlogits"))


def token_by_token(logits, target, mask):
    loss, gradient = 0.0, np.zeros(logits.shape)
    for place in zip(*np.nonzero(mask), strict=True):
        e = np.exp(logits[place] - max(logits[place]))
        loss += np.log(sum(e)) - (logits[place][target[place]] - max(logits[place]))
        gradient[place] = e / sum(e)
        gradient[place][target[place]] -= 1
    return [loss / mask.sum(), gradient / np.count_nonzero(mask)]


def with_overflow(logits, target, mask):
    e = np.exp(logits)
    p = e / e.sum(-1, keepdims=True)
    ones = np.eye(p.shape[-1])[target]
    return -np.log((p * ones).sum(-1))[mask].mean(), (p - ones) * mask[..., None] / mask.sum()


def test_the_loss(says):
    for student in (by_equations, token_by_token):
        assert says(check_softmax_loss, student) == "Right: loss and dlogits agree with the library.\n"
    told = says(check_softmax_loss, with_overflow)
    assert "Not yet. loss is the first that differs with logits (1, 2, 3)" in told and "is nan" in told


def with_a_product(ids, dx, mask, V):
    return np.tensordot(np.eye(V)[ids] * mask[..., None], dx, ([0, 1], [0, 1]))


def word_by_word(ids, dx, mask, V):
    return [dx[(ids == word) & mask].sum(axis=0) for word in range(V)]


def of_the_library(ids, dx, mask, V):
    layer = Embedding(V, dx.shape[2], np.random.default_rng(0), dtype=np.float64)
    _, cache = layer.forward(ids)
    return layer.backward(np.where(mask[..., None], dx, 0.0), cache)[1]["table"]


def padding_by_its_id(ids, dx, mask, V):
    gradient = embedding_gradient(ids, dx, mask | True, V)
    gradient[0] = 0
    return gradient


@pytest.mark.parametrize(
    "student", [embedding_gradient, with_a_product, word_by_word, of_the_library, padding_by_its_id]
)
def test_right_gradients_of_embeddings_pass(says, student):
    assert says(check_embedding_gradient, student) == "Right: dE agrees with the library.\n"


def test_a_gradient_of_words_that_occur_twice_at_most_is_told(says):
    def student(ids, dx, mask, V):
        gradient = np.zeros((V, dx.shape[2]))
        for row, of_row, real in zip(ids, dx, mask, strict=True):
            gradient[row[real]] += of_row[real]
        return gradient

    told = says(check_embedding_gradient, student)
    assert told.startswith("Not yet. dE differs") or "Other arguments" in told

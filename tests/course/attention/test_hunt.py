"""The bug hunt of attention: all four bugs are in what students see, and each is told when it is the last."""

import numpy as np
import pytest

from course.attention.hunt import BUGS, HUNT, attention, broken_attention, check_attention_hunt
from lstm_lib.nn.attention import GeneralAttention

PROBLEMS = HUNT.problems(np.random.default_rng(3))


def library(q, values, W, mask, dcontext):
    layer = GeneralAttention(q.shape[2], values.shape[2], np.random.default_rng(0), np.float64, scaled=True)
    layer.params["W"][...] = W
    context, cache = layer.forward(q, values, mask)
    dq, dvalues, grads = layer.backward(dcontext, cache)
    return context, dq, dvalues, grads["W"]


def sentence_by_sentence(q, values, W, mask, dcontext):
    found = [np.zeros(dcontext.shape), np.zeros(q.shape), np.zeros(values.shape), np.zeros(W.shape)]
    for b, real in enumerate(mask):
        v = values[b, real]
        e = q[b] @ (v @ W).T / np.sqrt(q.shape[2])
        w = np.exp(e) / np.exp(e).sum(axis=1, keepdims=True)
        dw = dcontext[b] @ v.T
        de = w * (dw - (w * dw).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[2])
        found[0][b], found[1][b] = w @ v, de @ v @ W
        found[2][b, real] = w.T @ dcontext[b] + de.T @ q[b] @ W.T
        found[3] += v.T @ de.T @ q[b]
    return found


def mended(q, values, W, mask, dcontext):
    scale, keys, real = q.shape[2] ** -0.5, values @ W, mask[:, np.newaxis]
    e = np.where(real, scale * (q @ keys.swapaxes(1, 2)), -np.inf)
    w = np.exp(e - e.max(axis=2, keepdims=True))
    w /= w.sum(axis=2, keepdims=True)
    dw = dcontext @ values.swapaxes(1, 2)
    de = scale * (w * dw - w * np.sum(w * dw, axis=2)[..., None])
    dkeys = np.einsum("bts,btq->bsq", de, q)
    dvalues = np.einsum("bts,btd->bsd", w, dcontext) + np.einsum("bsq,dq->bsd", dkeys, W)
    return (
        np.einsum("bts,bsd->btd", w, values),
        de @ keys,
        dvalues,
        np.tensordot(values, dkeys, ((0, 1), (0, 1))),
    )


STYLES = [attention, library, sentence_by_sentence, mended]
STYLES += [lambda *a: [array.tolist() for array in mended(*a)], lambda *a: iter(library(*a))]


@pytest.mark.parametrize("student", STYLES)
def test_right_functions_pass(says, student):
    assert says(check_attention_hunt, student) == (
        "Right: context, dq, dvalues and dW agree with the library.\n"
    )


def test_what_students_see_holds_all_bugs(says):
    for problem in PROBLEMS:
        for found, wanted in zip(broken_attention(*problem), attention(*problem, broken=BUGS), strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-12)
    assert "all four bugs are still there" in says(check_attention_hunt, broken_attention)


@pytest.mark.parametrize("bug", BUGS)
def test_the_last_bug_is_told_by_what_it_does(says, bug):
    told = says(check_attention_hunt, lambda *a: attention(*a, broken=(bug,)))
    assert told == f"Not yet. It looks as if one bug is still there: {BUGS[bug]}.\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda context, dq, dvalues, dW: (context, dq, dvalues, dW / 2),
        lambda context, dq, dvalues, dW: (context, -dq, dvalues, dW),
        lambda context, dq, dvalues, dW: (context, dq, dvalues * 1.01, dW),
        lambda context, dq, dvalues, dW: (context[:, ::-1], dq, dvalues, dW),
    ],
)
def test_other_mistakes_are_not_called_bugs(says, change):
    told = says(check_attention_hunt, lambda *a: change(*attention(*a)))
    assert "is the first that differs" in told


def test_the_right_lines_are_the_librarys():
    for problem in PROBLEMS:
        for found, wanted in zip(attention(*problem), library(*problem), strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-10)

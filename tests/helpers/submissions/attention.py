"""Submissions for the exercises on attention."""

import numpy as np
from scipy.special import softmax

# The weights


def softmax_by_sentence(scores, mask):
    w = np.zeros_like(scores)
    for one, row, real in zip(w, scores, mask, strict=True):
        if real.any():
            e = np.exp(row[:, real] - row[:, real].max(axis=1, keepdims=True))
            one[:, real] = e / e.sum(axis=1, keepdims=True)
    return w


def softmax_by_scipy(scores, mask):
    """A row without a real word is put right afterwards."""
    with np.errstate(invalid="ignore"):
        w = softmax(np.where(mask[:, None], scores, -np.inf), axis=2)
    return np.nan_to_num(w)


def softmax_by_logarithms(scores, mask):
    masked = np.where(mask[:, None, :], scores, -1e30)
    log_sum = np.logaddexp.reduce(masked, axis=-1, keepdims=True)
    return np.exp(masked - log_sum) * mask[:, None, :]


def softmax_by_pairs(scores, mask):
    """Each weight by its distances from all others: 1 / sum exp(e_k - e_j)."""
    apart = np.exp(scores[..., None, :] - scores[..., None]) * mask[:, None, None]  # (B, T, S, S)
    sums = apart.sum(axis=-1)
    return np.divide(1.0, sums, out=np.zeros_like(sums), where=mask[:, None] & (sums > 0))


def softmax_changed(change):
    return lambda scores, mask: change(softmax_by_sentence(scores, mask))


# The additive score


def scores_by_a_loop(q, values, W_q, W_k, v):
    B, T, S = len(q), q.shape[1], values.shape[1]
    return [
        [[v @ np.tanh(q[n, t] @ W_q + values[n, s] @ W_k) for s in range(S)] for t in range(T)]
        for n in range(B)
    ]


def scores_by_einsum(q, values, W_q, W_k, v):
    queries, keys = np.einsum("btq,qa->bta", q, W_q), np.einsum("bsd,da->bsa", values, W_k)
    return np.einsum("btsa,a->bts", np.tanh(queries[:, :, None] + keys[:, None]), v)


def scores_of_joined_vectors(q, values, W_q, W_k, v):
    """One matrix for query and value side by side, as Luong et al. write it."""
    T, S = q.shape[1], values.shape[1]
    pairs = np.concatenate(
        [np.repeat(q[:, :, None], S, axis=2), np.repeat(values[:, None], T, axis=1)], axis=3
    )
    return np.tanh(pairs @ np.concatenate([W_q, W_k])) @ v


def scores_by_hidden_unit(q, values, W_q, W_k, v):
    total = 0.0
    for a in range(len(v)):
        total = total + v[a] * np.tanh((q @ W_q[:, a])[:, :, None] + (values @ W_k[:, a])[:, None])
    return total


def scores_by_addition_theorem(q, values, W_q, W_k, v):
    """Wrong: lacks the denominator of tanh(a + b) = (tanh a + tanh b) / (1 + tanh a tanh b)."""
    a, b = np.tanh(q @ W_q)[:, :, None], np.tanh(values @ W_k)[:, None]
    return (a + b - a * b * b) @ v


# The context


def context_by_a_loop(weights, values):
    context = np.zeros((*weights.shape[:2], values.shape[2]))
    for n, t, s in np.ndindex(weights.shape):
        context[n, t] += weights[n, t, s] * values[n, s]
    return context


def context_by_einsum(weights, values):
    return np.einsum("bts,bsd->btd", weights, values)


def context_by_broadcasting(weights, values):
    return (weights[..., None] * values[:, None]).sum(axis=2)


def context_by_columns(weights, values):
    return np.stack([(weights * column[:, None]).sum(axis=2) for column in np.moveaxis(values, 2, 0)], axis=2)


# The softmax's gradient


def gradient_by_jacobians(dw, w):
    jacobians = np.eye(w.shape[-1]) * w[..., None] - w[..., None] * w[..., None, :]
    return np.einsum("btij,bti->btj", jacobians, dw)


def gradient_by_a_loop(dw, w):
    de = np.zeros_like(w)
    for n, t, i in np.ndindex(w.shape):
        for j in range(w.shape[2]):
            de[n, t, j] += dw[n, t, i] * w[n, t, i] * ((i == j) - w[n, t, j])
    return de


def gradient_of_centered(dw, w):
    """A constant in dw changes nothing: move it so that the weighted mean is 0."""
    moved = dw - dw[..., :1]
    return w * moved - w * np.einsum("bts,bts->bt", w, moved)[..., None]


def gradient_by_pairs(dw, w):
    apart = dw[..., None] - dw[..., None, :]
    return w * np.sum(apart * w[..., None, :], axis=-1)


# The whole backward pass of the additive score


def backward_by_einsum(dcontext, w, q, values, W_q, W_k, v):
    hidden = np.tanh(np.einsum("btq,qa->bta", q, W_q)[:, :, None] + (values @ W_k)[:, None])
    dw = np.einsum("btd,bsd->bts", dcontext, values)
    de = gradient_by_pairs(dw, w)
    dsum = np.einsum("bts,a,btsa->btsa", de, v, 1 - hidden**2)
    dvalues = np.einsum("bts,btd->bsd", w, dcontext) + np.einsum("btsa,da->bsd", dsum, W_k)
    dq = np.einsum("btsa,qa->btq", dsum, W_q)
    dW_q, dW_k = np.einsum("btq,btsa->qa", q, dsum), np.einsum("bsd,btsa->da", values, dsum)
    return dq, dvalues, dW_q, dW_k, np.einsum("bts,btsa->a", de, hidden)


def backward_by_sentence(dcontext, w, q, values, W_q, W_k, v):
    found = [[], [], 0.0, 0.0, 0.0]
    for one, weights, query, value in zip(dcontext, w, q, values, strict=True):
        hidden = np.tanh((query @ W_q)[:, None] + value @ W_k)  # (T, S, A)
        dw = one @ value.T
        de = weights * (dw - (weights * dw).sum(axis=1, keepdims=True))
        dsum = de[..., None] * v * (1 - hidden * hidden)
        found[0].append(dsum.sum(axis=1) @ W_q.T)
        found[1].append(weights.T @ one + dsum.sum(axis=0) @ W_k.T)
        found[2] = found[2] + query.T @ dsum.sum(axis=1)
        found[3] = found[3] + value.T @ dsum.sum(axis=0)
        found[4] = found[4] + np.tensordot(de, hidden, axes=2)
    return found


def backward_pair_by_pair(dcontext, w, q, values, W_q, W_k, v):
    dq, dvalues = np.zeros(q.shape), np.zeros(values.shape)
    dW_q, dW_k, dv = np.zeros(W_q.shape), np.zeros(W_k.shape), np.zeros(v.shape)
    for n, t, s in np.ndindex(w.shape):
        mean = w[n, t] @ (values[n] @ dcontext[n, t])
        de = w[n, t, s] * (values[n, s] @ dcontext[n, t] - mean)
        a = np.tanh(q[n, t] @ W_q + values[n, s] @ W_k)
        da = de * v * (1 - a**2)
        dq[n, t] += W_q @ da
        dvalues[n, s] += w[n, t, s] * dcontext[n, t] + W_k @ da
        dW_q += np.outer(q[n, t], da)
        dW_k += np.outer(values[n, s], da)
        dv += de * a
    return dq, dvalues, dW_q, dW_k, dv


def backward_of_joined_vectors(dcontext, w, q, values, W_q, W_k, v):
    (T, Q), S = q.shape[1:], values.shape[1]
    pairs = np.concatenate(
        [np.repeat(q[:, :, None], S, axis=2), np.repeat(values[:, None], T, axis=1)], axis=3
    )
    W = np.vstack([W_q, W_k])
    hidden = np.tanh(pairs @ W)
    de = gradient_of_centered(dcontext @ values.swapaxes(1, 2), w)
    dsum = de[..., None] * (1 - hidden**2) * v
    dpairs, dW = dsum @ W.T, np.tensordot(pairs, dsum, axes=([0, 1, 2], [0, 1, 2]))
    dvalues = dpairs[..., Q:].sum(axis=1) + w.swapaxes(1, 2) @ dcontext
    return dpairs[..., :Q].sum(axis=2), dvalues, dW[:Q], dW[Q:], np.tensordot(de, hidden, axes=3)


def backward_with(de_of):
    """A wrong pass.  Args: de_of: takes dw and w, gives the gradient of the scores."""

    def function(dcontext, w, q, values, W_q, W_k, v):
        hidden = np.tanh((q @ W_q)[:, :, None] + (values @ W_k)[:, None])
        de = de_of(dcontext @ values.swapaxes(1, 2), w)
        dsum = de[..., None] * v * (1 - hidden**2)
        dvalues = w.swapaxes(1, 2) @ dcontext + dsum.sum(axis=1) @ W_k.T
        dW_q = np.einsum("btq,btsa->qa", q, dsum)
        dW_k = np.einsum("bsd,btsa->da", values, dsum)
        return dsum.sum(axis=2) @ W_q.T, dvalues, dW_q, dW_k, np.einsum("bts,btsa->a", de, hidden)

    return function


# The bug hunt: the general score, scaled and masked


def hunt_by_einsum(q, values, W, mask, dcontext):
    scale, keys = 1 / np.sqrt(q.shape[2]), np.einsum("bsd,dq->bsq", values, W)
    w = softmax_by_sentence(scale * np.einsum("btq,bsq->bts", q, keys), mask)
    de = scale * gradient_by_pairs(np.einsum("btd,bsd->bts", dcontext, values), w)
    dkeys = np.einsum("bts,btq->bsq", de, q)
    dvalues = np.einsum("bts,btd->bsd", w, dcontext) + np.einsum("bsq,dq->bsd", dkeys, W)
    dq, dW = np.einsum("bts,bsq->btq", de, keys), np.einsum("bsd,bsq->dq", values, dkeys)
    return np.einsum("bts,bsd->btd", w, values), dq, dvalues, dW


def hunt_query_by_query(q, values, W, mask, dcontext):
    context, dq, dvalues = np.zeros(dcontext.shape), np.zeros(q.shape), np.zeros(values.shape)
    dW, root = np.zeros(W.shape), q.shape[2] ** 0.5
    for n, t in np.ndindex(q.shape[:2]):
        real = np.flatnonzero(mask[n])
        seen, dc = values[n, real], dcontext[n, t]
        e = seen @ W @ q[n, t] / root
        w = np.exp(e - e.max()) / np.exp(e - e.max()).sum()
        context[n, t] = w @ seen
        de = w * (seen @ dc - context[n, t] @ dc) / root
        dq[n, t] = de @ seen @ W
        dvalues[n, real] += np.outer(w, dc) + np.outer(de, W @ q[n, t])
        dW += np.outer(de @ seen, q[n, t])
    return context, dq, dvalues, dW


RIGHT = {
    "check_attention_hunt": (hunt_by_einsum, hunt_query_by_query),
    "check_masked_softmax": (softmax_by_sentence, softmax_by_scipy, softmax_by_logarithms, softmax_by_pairs),
    "check_additive_scores": (
        scores_by_a_loop,
        scores_by_einsum,
        scores_of_joined_vectors,
        scores_by_hidden_unit,
    ),
    "check_context": (context_by_a_loop, context_by_einsum, context_by_broadcasting, context_by_columns),
    "check_softmax_backward": (
        gradient_by_jacobians,
        gradient_by_a_loop,
        gradient_of_centered,
        gradient_by_pairs,
    ),
    "check_attention_backward": (
        backward_by_einsum,
        backward_by_sentence,
        backward_pair_by_pair,
        backward_of_joined_vectors,
    ),
}
WRONG = {
    "check_masked_softmax": {
        "powers of 2": lambda scores, mask: softmax_by_sentence(np.log(2) * scores, mask),
        "a hard choice": softmax_changed(lambda w: (w == w.max(axis=2, keepdims=True)) & (w > 0)),
        "one more in the denominator": lambda scores, mask: (
            (e := np.exp(scores) * mask[:, None]) / (1 + e.sum(axis=2, keepdims=True))
        ),
        "small weights are dropped": softmax_changed(lambda w: np.where(w < 0.1, 0, w)),
        "weights have length 1": softmax_changed(
            lambda w: w / np.maximum(np.linalg.norm(w, axis=2, keepdims=True), 1e-9)
        ),
    },
    "check_additive_scores": {
        "a wrong sum of two tanh": scores_by_addition_theorem,
        "every query meets its own value alone": lambda q, values, W_q, W_k, v: (
            scores_by_einsum(q[:, :1], values, W_q, W_k, v) + np.zeros((1, q.shape[1], 1))
        ),
        "divided by the root of the width": lambda q, values, W_q, W_k, v: (
            scores_by_einsum(q, values, W_q, W_k, v) / np.sqrt(len(v))
        ),
        "all sentences have the first one's values": lambda q, values, *W: scores_by_einsum(
            q, np.broadcast_to(values[:1], values.shape), *W
        ),
        "v passes through a tanh": lambda q, values, W_q, W_k, v: scores_by_einsum(
            q, values, W_q, W_k, np.tanh(v)
        ),
    },
    "check_context": {
        "values are scaled to length 1": lambda w, values: (
            w @ (values / np.linalg.norm(values, axis=2, keepdims=True))
        ),
        "the last word is left out": lambda w, values: w[..., :-1] @ values[:, :-1],
        "weights are squared": lambda w, values: w**2 @ values,
        "the context of the step before": lambda w, values: np.roll(w, 1, axis=1) @ values,
        "a running sum over the queries": lambda w, values: np.cumsum(w @ values, axis=1),
    },
    "check_softmax_backward": {
        "the sum is counted twice": lambda dw, w: w * (dw - 2 * np.sum(w * dw, axis=-1, keepdims=True)),
        "the weights are squared in the sum": lambda dw, w: (
            w * (dw - np.sum(w**2 * dw, axis=-1, keepdims=True))
        ),
        "dw and w are swapped": lambda dw, w: dw * (w - np.sum(w * dw, axis=-1, keepdims=True)),
        "the largest is subtracted": lambda dw, w: w * (dw - dw.max(axis=-1, keepdims=True)),
        "the slope of sigma": lambda dw, w: dw * w * (1 - w) - np.sum(dw * w * (1 - w), -1, keepdims=True),
    },
    "check_attention_backward": {
        "only the best word's score gets a gradient": backward_with(
            lambda dw, w: gradient_by_pairs(dw, w) * (w == w.max(axis=2, keepdims=True))
        ),
        "the scores' gradient is clipped": backward_with(
            lambda dw, w: np.clip(gradient_by_pairs(dw, w), -0.05, 0.05)
        ),
        "the scores are divided by a root": backward_with(
            lambda dw, w: gradient_by_pairs(dw, w) / np.sqrt(w.shape[2])
        ),
        "the sum is counted twice": backward_with(
            lambda dw, w: w * (dw - 2 * np.sum(w * dw, axis=-1, keepdims=True))
        ),
    },
}

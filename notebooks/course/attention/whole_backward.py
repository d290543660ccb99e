"""The check of attention's whole backward pass: from the context to queries, values and weights."""

from collections.abc import Callable

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, mistakes_of
from lstm_lib.nn.attention import AdditiveAttention, masked_softmax

# B, T, S, Q, D, A and the sentences' lengths: all different, so that a wrong axis shows
SIZES = ((3, 2, 4, 5, 6, 7, (4, 1, 3)), (2, 3, 5, 4, 3, 2, (2, 4)), (1, 4, 2, 3, 5, 6, (2,)))
ARGUMENTS = ("dcontext", "w", "q", "values", "W_q", "W_k", "v")
RETURNS = ("dq", "dvalues", "dW_q", "dW_k", "dv")


def summed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the sum of a^T b over all rows of all sentences."""
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def _dvalues(v: Values) -> np.ndarray:
    return v.by_context + v.by_keys


BACKWARD: Equations = {
    "hidden": lambda v: np.tanh((v.q @ v.W_q)[:, :, np.newaxis] + (v.values @ v.W_k)[:, np.newaxis]),
    "dw": lambda v: v.dcontext @ v.values.swapaxes(1, 2),  # (B, T, S)
    "de": lambda v: v.w * (v.dw - (v.w * v.dw).sum(axis=-1, keepdims=True)),
    "slope": lambda v: 1 - v.hidden**2,
    "dhidden": lambda v: v.de[..., np.newaxis] * v.v,  # (B, T, S, A)
    "dsum": lambda v: v.dhidden * v.slope,
    "dquery": lambda v: v.dsum.sum(axis=2),  # (B, T, A): of the projected queries
    "dkey": lambda v: v.dsum.sum(axis=1),  # (B, S, A): of the keys
    "by_context": lambda v: v.w.swapaxes(1, 2) @ v.dcontext,
    "by_keys": lambda v: v.dkey @ v.W_k.T,
    "dq": lambda v: v.dquery @ v.W_q.T,
    "dvalues": _dvalues,
    "dW_q": lambda v: summed(v.q, v.dquery),
    "dW_k": lambda v: summed(v.values, v.dkey),
    "dv": lambda v: summed(v.hidden, v.de[..., np.newaxis])[:, 0],
}
MISTAKES: dict[str, Equations] = {
    "dvalues holds only what comes from the context: the keys are made from the values as well, which "
    "adds dkey W_k^T": {"dvalues": lambda v: v.by_context},
    "dvalues holds only what comes from the keys: the context is made from the values as well, which "
    "adds w^T dcontext": {"dvalues": lambda v: v.by_keys},
    "the sum is missing in the softmax's gradient: de = w (dw - sum(w dw))": {"de": lambda v: v.w * v.dw},
    "the softmax is left out of the backward pass: de = w (dw - sum(w dw))": {"de": lambda v: v.dw},
    "the softmax's gradient is w (1 - w) dw: every score moves all weights of its row": {
        "de": lambda v: v.w * (1 - v.w) * v.dw
    },
    "the softmax's sum runs over the queries: it should run over the source, the last axis": {
        "de": lambda v: v.w * (v.dw - (v.w * v.dw).sum(axis=1, keepdims=True))
    },
    "the slope of tanh is left out: it is 1 - hidden^2": {"slope": lambda v: 1.0},
    "tanh' is computed from hidden as if it were the pre-activation: it is 1 - hidden^2": {
        "slope": lambda v: 1 - np.tanh(v.hidden) ** 2
    },
    "the slope is that of sigma: it is 1 - hidden^2": {"slope": lambda v: v.hidden * (1 - v.hidden)},
    "v is left out of the backward pass: the scores are hidden v": {
        "dhidden": lambda v: v.de[..., np.newaxis] * np.ones_like(v.v)
    },
    "a query's gradient is averaged over the source: sum over the source positions": {
        "dquery": lambda v: v.dsum.mean(axis=2)
    },
    "a key's gradient is averaged over the queries: sum over the queries": {
        "dkey": lambda v: v.dsum.mean(axis=1)
    },
    "dv is computed without the tanh: it is the sum of de hidden": {
        "dv": lambda v: summed(np.arctanh(v.hidden), v.de[..., np.newaxis])[:, 0]
    },
    "dv is computed from dw, the gradient of the weights: use de, that of the scores": {
        "dv": lambda v: summed(v.hidden, v.dw[..., np.newaxis])[:, 0]
    },
    "the gradients of the weights are means over the batch: they are sums": {
        name: lambda v, name=name: BACKWARD[name](v) / len(v.q) for name in ("dW_q", "dW_k", "dv")
    },
    "dW_q and dW_k are transposed: a gradient has its matrix's shape": {
        "dW_q": lambda v: summed(v.dquery, v.q),
        "dW_k": lambda v: summed(v.dkey, v.values),
    },
}


def library_backward(dcontext, w, q, values, W_q, W_k, v) -> tuple[np.ndarray, ...]:
    """Return the gradients by the library's layer."""
    sizes = q.shape[2], values.shape[2], len(v)
    layer = AdditiveAttention(*sizes, np.random.default_rng(0), dtype=np.float64)
    for name, array in {"W_q": W_q, "W_k": W_k, "v": v}.items():
        layer.params[name][...] = array
    _, cache = layer.forward(q, values, (w > 0).any(axis=1))
    dq, dvalues, grads = layer.backward(dcontext, cache)
    return dq, dvalues, *(grads[name] for name in ("W_q", "W_k", "v"))


def _passes(rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
    """Return passes with padding, to which w gives nothing."""
    problems = []
    for B, T, S, Q, D, A, lengths in SIZES:
        q, values, W_q, W_k, v = map(rng.standard_normal, ((B, T, Q), (B, S, D), (Q, A), (D, A), A))
        mask = np.arange(S) < np.array(lengths)[:, np.newaxis]
        hidden = np.tanh((q @ W_q)[:, :, np.newaxis] + (values @ W_k)[:, np.newaxis])
        w = masked_softmax(hidden @ v, mask[:, np.newaxis])
        problems.append((rng.standard_normal((B, T, D)), w, q, values, W_q, W_k, v))
    return problems


ATTENTION_BACKWARD = Exercise(
    ARGUMENTS, RETURNS, _passes, library_backward, mistakes_of(BACKWARD, MISTAKES, ARGUMENTS, RETURNS)
)


def check_attention_backward(student: Callable) -> Verdict:
    """Check attention's whole backward pass, attention_backward(dcontext, w, q, values, W_q, W_k, v).

    Args: student: takes the gradient dcontext (B, T, D), the weights w (B, T, S), 0 at padding, and what made
        them: q (B, T, Q), values (B, S, D), W_q (Q, A), W_k (D, A) and v (A,); returns dq, dvalues, dW_q,
        dW_k and dv.
    """
    return judge(student, ATTENTION_BACKWARD)

"""Attention: which source positions matter now?

A query (the decoder's state) is scored against every source position, a masked softmax makes weights of the
scores, and the context is the weighted mean of the source's values:

    e_ts = score(q_t, v_s),    w_ts = exp(e_ts) / sum_s' exp(e_ts'),    context_t = sum_s w_ts v_s

There are three scores:

    additive   v^T tanh(q W_q + v_s W_k)      (Bahdanau et al., 2015; Luong et al., 2015, call it concat)
    dot        q . v_s                        (Luong et al., 2015; over sqrt(d): Vaswani et al., 2017)
    general    q . (v_s W)                    (Luong et al., 2015; over sqrt(d), the width of q, as well)

A source is prepared once (`prepare`).  Queries attend to it one step at a time or all at once (`attend`,
`attend_backward`), and what sums over steps waits until all are done (`finish_backward`).
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.initializers import glorot
from lstm_lib.nn.layers import (
    Params,
    as_rows,
    check_floats,
    check_layer,
    check_mask,
    empty_by_step,
    linear_map,
    transposed,
    weight_gradient,
)

LARGEST = 20.0  # e^(2 * 20) times itself is still a float32


class Memory(NamedTuple):
    """A source, prepared for attention."""

    values: np.ndarray  # (B, S, D)
    keys: np.ndarray  # (B, S, K): projected once per sentence
    mask: np.ndarray | None  # (B, S) bool, True = real token; None where all are
    exp_keys: np.ndarray | None = None  # (B, S, K): exp(2 keys), of additive scores; None where too large


class AttentionCache(NamedTuple):
    memory: Memory
    queries: np.ndarray  # (B, T, Q)
    weights: np.ndarray  # (B, T, S)
    context: np.ndarray  # (B, T, D)


class AttentionGradients(NamedTuple):
    dcontext: np.ndarray  # (B, T, D)
    dscores: np.ndarray  # (B, T, S)
    dkeys: np.ndarray  # (B, S, K): for the additive score, still without its factor 4 v
    dprojected: np.ndarray | None = None  # (B, T, A): of the additive score's projected queries
    dv: np.ndarray | None = None  # (A): of the additive score's v
    W_q_T: np.ndarray | None = None  # (A, Q): a transposed copy of the additive score's W_q


def masked_softmax(scores: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Softmax over the last axis: exactly 0 where mask is False, even in a row without a real position.

    Args: scores (..., S); mask, bool, broadcastable to scores, or None.  Returns: weights (..., S).
    """
    if mask is not None:
        scores = np.where(mask, scores, np.finfo(scores.dtype).min)
    weights = scores - scores.max(axis=-1, keepdims=True)
    np.exp(weights, out=weights)
    if mask is not None:
        weights *= mask
    weights /= np.maximum(weights.sum(axis=-1, keepdims=True), np.finfo(weights.dtype).tiny)
    return weights


def softmax_backward(dweights: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the gradient of the scores, w (dw - sum(w dw)) over the last axis."""
    return weights * (dweights - np.sum(weights * dweights, axis=-1, keepdims=True))


class Attention:
    """Base of all scores.  A subclass says how keys are made and how a query is scored against them."""

    query_size: int
    value_size: int
    params: Params

    # Whole sequences of queries

    def forward(self, queries: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None, rng=None):
        """Attend with all queries at once.

        Args: queries (B, T, Q); values (B, S, D); mask (B, S) bool, True = real token.
        Returns: context (B, T, D); cache, whose `weights` (B, T, S) are the attention weights.
        """
        check_floats("queries", queries, len(values), None, self.query_size)
        cache = self.start(self.prepare(values, mask), queries.shape[1])
        self.attend(cache, slice(None), queries)
        return cache.context, cache

    def backward(self, dcontext: np.ndarray, cache: AttentionCache):
        """Compute the gradient of `forward`.

        Args: dcontext (B, T, D); cache.  Returns: dqueries (B, T, Q); dvalues (B, S, D); grads.
        """
        check_floats("dcontext", dcontext, *cache.context.shape)
        dcache = self.start_backward(cache)
        dqueries = self.attend_backward(cache, dcache, slice(None), dcontext)
        return dqueries, *self.finish_backward(cache, dcache)

    # Its pieces, for decoders

    def prepare(self, values: np.ndarray, mask: np.ndarray | None = None) -> Memory:
        """Compute the keys of values (B, S, D); mask (B, S) bool."""
        check_floats("values", values, None, None, self.value_size)
        if mask is not None:
            check_mask("mask", mask, *values.shape[:2])
            mask = None if mask.all() else mask
        return Memory(values, self._keys(values), mask)

    def start(self, memory: Memory, steps: int) -> AttentionCache:
        """Return a cache for `steps` queries to one source."""
        (batch, size, _), dtype = memory.values.shape, memory.values.dtype
        queries = empty_by_step((batch, steps, self.query_size), dtype)
        context = empty_by_step((batch, steps, self.value_size), dtype)
        return AttentionCache(memory, queries, np.empty((batch, steps, size), dtype), context)

    def attend(self, cache: AttentionCache, steps: slice, queries: np.ndarray) -> np.ndarray:
        """Attend with queries (B, t, Q) at `steps`.  Returns: context (B, t, D), a view of the cache's."""
        memory = cache.memory
        mask = None if memory.mask is None else memory.mask[:, None]
        cache.queries[:, steps] = queries
        cache.weights[:, steps] = masked_softmax(self._scores(queries, memory), mask)
        np.matmul(cache.weights[:, steps], memory.values, out=cache.context[:, steps])
        return cache.context[:, steps]

    def start_backward(self, cache: AttentionCache) -> AttentionGradients:
        """Return arrays for the gradients of all steps."""
        return AttentionGradients(
            np.empty_like(cache.context), np.empty_like(cache.weights), np.zeros_like(cache.memory.keys)
        )

    def attend_backward(self, cache: AttentionCache, dcache: AttentionGradients, steps: slice, dcontext):
        """Compute dqueries (B, t, Q) from dcontext (B, t, D) at `steps`; set aside what sums over steps."""
        dcache.dcontext[:, steps] = dcontext
        dweights = dcontext @ cache.memory.values.swapaxes(1, 2)
        dcache.dscores[:, steps] = softmax_backward(dweights, cache.weights[:, steps])
        return self._scores_backward(cache, dcache, steps)

    def finish_backward(self, cache: AttentionCache, dcache: AttentionGradients) -> tuple[np.ndarray, Params]:
        """Compute what sums over steps, after `attend_backward` of all: dvalues (B, S, D) and grads."""
        dvalues = cache.weights.swapaxes(1, 2) @ dcache.dcontext
        dvalues_by_keys, grads = self._key_gradients(cache, dcache)
        dvalues += dvalues_by_keys
        return dvalues, grads


class DotAttention(Attention):
    """Score q . v_s: no parameters, so query and value have one width."""

    def __init__(self, query_size: int, value_size: int, scaled: bool = False):
        """Args: scaled: by 1 / sqrt(Q), against saturation.  Raises: ValueError where the widths differ."""
        if query_size != value_size:
            widths = f"queries {query_size} wide and values {value_size} wide"
            raise ValueError(f"dot attention got {widths}; wanted one width")
        self.query_size, self.value_size, self.params = query_size, value_size, {}
        self.scale = query_size**-0.5 if scaled else 1.0

    def _keys(self, values):
        return values

    def _scores(self, queries, memory):
        return (self.scale * queries) @ memory.keys.swapaxes(1, 2)

    def _scores_backward(self, cache, dcache, steps):
        dproducts = dcache.dscores[:, steps]
        dproducts *= self.scale  # in place, for _key_gradients
        return dproducts @ cache.memory.keys

    def _key_gradients(self, cache, dcache):
        dcache.dkeys[...] = dcache.dscores.swapaxes(1, 2) @ cache.queries
        return dcache.dkeys, {}


class GeneralAttention(DotAttention):
    """Score q . (v_s W): a dot product after a learned map.  `params`: W (D, Q)."""

    def __init__(
        self, query_size: int, value_size: int, rng: np.random.Generator, dtype=np.float32, scaled=False
    ):
        """Args: query_size: Q; value_size: D; rng: draws W (Glorot); scaled: by 1 / sqrt(Q)."""
        check_layer(rng, dtype, query_size=query_size, value_size=value_size)
        super().__init__(query_size, query_size, scaled)
        self.value_size = value_size
        self.params = {"W": glorot(rng, value_size, query_size, dtype)}

    def _keys(self, values):
        return linear_map(values, self.params["W"])

    def _key_gradients(self, cache, dcache):
        dkeys, _ = super()._key_gradients(cache, dcache)
        return linear_map(dkeys, self.params["W"].T), {"W": weight_gradient(cache.memory.values, dkeys)}


class AdditiveAttention(Attention):
    """Score v^T tanh(q W_q + v_s W_k).  `params`: W_q (Q, A), W_k (D, A), v (A).

    Since tanh(z) = 1 - 2 r with r = sigma(-2 z) = 1 / (1 + e^(2 q W_q) e^(2 v_s W_k)), one exponential per
    query and one per key do for all their pairs, and a division takes a fraction of the time of a tanh.
    """

    def __init__(
        self,
        query_size: int,
        value_size: int,
        attention_size: int,
        rng: np.random.Generator,
        dtype=np.float32,
    ):
        """Args: query_size: Q; value_size: D; attention_size: A, the width of the hidden layer; rng."""
        sizes = {"query_size": query_size, "value_size": value_size, "attention_size": attention_size}
        check_layer(rng, dtype, **sizes)
        self.query_size, self.value_size = query_size, value_size
        self.params = {
            "W_q": glorot(rng, query_size, attention_size, dtype),
            "W_k": glorot(rng, value_size, attention_size, dtype),
            "v": glorot(rng, attention_size, 1, dtype)[:, 0],
        }

    def prepare(self, values, mask=None):
        memory = super().prepare(values, mask)
        return memory._replace(exp_keys=exp_of_twice(memory.keys))

    def _keys(self, values):
        return linear_map(values, self.params["W_k"])

    def _sigmoids(self, queries, memory):
        """r = sigma(-2 (q W_q + v_s W_k)): (B, t, S, A), the largest array of all were it kept for all steps.

        To compute it again on the way back, in the cache, takes less time than to fetch it.
        """
        projected = linear_map(queries, self.params["W_q"])
        exp_queries = None if memory.exp_keys is None else exp_of_twice(projected)
        if exp_queries is None:
            return 0.5 - 0.5 * np.tanh(projected[:, :, None] + memory.keys[:, None])
        r = exp_queries[:, :, None] * memory.exp_keys[:, None]
        r += 1
        return np.divide(1, r, out=r)

    def _scores(self, queries, memory):
        """v . (1 - 2 r) without the sum of v: a softmax doesn't see what is the same at all positions."""
        return self._sigmoids(queries, memory) @ (-2 * self.params["v"])

    def start_backward(self, cache):
        dprojected = empty_by_step((*cache.queries.shape[:2], len(self.params["v"])), cache.queries.dtype)
        dv, W_q_T = np.zeros_like(self.params["v"]), transposed(self.params["W_q"])
        return super().start_backward(cache)._replace(dprojected=dprojected, dv=dv, W_q_T=W_q_T)

    def _scores_backward(self, cache, dcache, steps):
        dscores = dcache.dscores[:, steps]  # (B, t, S)
        r = self._sigmoids(cache.queries[:, steps], cache.memory)
        np.add(dcache.dv, -2 * (dscores.ravel() @ as_rows(r)), out=dcache.dv)
        # tanh' = 1 - (1 - 2 r)^2 = 4 (r - r^2).  The factor 4 v is common to the two sums that follow, so it
        # multiplies what they come to.
        slope = np.subtract(r, np.square(r), out=r)
        dprojected = (dscores[:, :, None] @ slope)[:, :, 0] * (4 * self.params["v"])
        slope *= dscores[..., None]
        for step in range(slope.shape[1]):
            np.add(dcache.dkeys, slope[:, step], out=dcache.dkeys)
        dcache.dprojected[:, steps] = dprojected
        return linear_map(dprojected, dcache.W_q_T)

    def _key_gradients(self, cache, dcache):
        dkeys = dcache.dkeys * (4 * self.params["v"])
        W_q = weight_gradient(cache.queries, dcache.dprojected)
        W_k = weight_gradient(cache.memory.values, dkeys)
        return linear_map(dkeys, self.params["W_k"].T), {"W_q": W_q, "W_k": W_k, "v": dcache.dv}


def exp_of_twice(x: np.ndarray) -> np.ndarray | None:
    """Return e^2x, or None where a product of two of these could overflow."""
    if np.abs(x).max(initial=0) > LARGEST:
        return None
    twice = 2 * x
    return np.exp(twice, out=twice)

"""Attention: which source positions matter now?

A query (the decoder's state) is scored against every source position, a masked softmax makes weights of the
scores, and the context is the weighted mean of the source's values:

    e_ts = score(q_t, v_s),    w_ts = exp(e_ts) / sum_s' exp(e_ts'),    context_t = sum_s w_ts v_s

    additive   v^T tanh(q W_q + v_s W_k)      (Bahdanau et al., 2015; Luong et al., 2015, call it concat)
    dot        q . v_s                        (Luong et al., 2015)
    general    q . (v_s W)                    (Luong et al., 2015)

A source is prepared once (`remember`), steps are attended one at a time or all at once (`attend`, `retreat`),
and what sums over steps waits until all are done (`gradients`).
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.initializers import glorot
from lstm_lib.nn.parameters import Params, check_mask, check_shape
from lstm_lib.nn.products import as_rows, empty_by_step, linear_map, transposed, weight_gradient


class Memory(NamedTuple):
    """A source, prepared for attention."""

    values: np.ndarray  # (B, S, D)
    keys: np.ndarray  # (B, S, K): projected once a sentence
    mask: np.ndarray | None  # (B, S) bool, True = real token; None where all are


class AttentionTape(NamedTuple):
    memory: Memory
    queries: np.ndarray  # (B, T, Q)
    weights: np.ndarray  # (B, T, S)
    context: np.ndarray  # (B, T, D)


class AttentionGradientTape(NamedTuple):
    dcontext: np.ndarray  # (B, T, D)
    dscores: np.ndarray  # (B, T, S)
    dkeys: np.ndarray  # (B, S, K): for the additive score, still without its factor v
    dprojected: np.ndarray | None = None  # (B, T, A): of the additive score's projected queries
    dv: np.ndarray | None = None  # (A): of the additive score's v
    W_q_T: np.ndarray | None = None  # (A, Q): a transposed copy of the additive score's W_q


def masked_softmax(scores: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Softmax over the last axis; exactly 0 where mask is False, and everywhere in a row without a real
    position.

    Args: scores (..., S); mask, bool, broadcastable to scores, or None.
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
    """w (dw - sum(w dw)) over the last axis."""
    return weights * (dweights - np.sum(weights * dweights, axis=-1, keepdims=True))


class Attention:
    """Base of all scores.  A subclass says how keys are made and how a query is scored against them."""

    query_size: int
    value_size: int
    params: Params

    # Whole sequences of queries

    def forward(self, queries: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None, rng=None):
        """Args: queries (B, T, Q); values (B, S, D); mask (B, S) bool, True = real token.
        Returns: context (B, T, D); tape, whose `weights` (B, T, S) are the attention weights.
        Raises: ValueError on a wrong shape."""
        check_shape("queries", queries, len(values), None, self.query_size)
        tape = self.start(self.remember(values, mask), queries.shape[1])
        self.attend(tape, slice(None), queries)
        return tape.context, tape

    def backward(self, dcontext: np.ndarray, tape: AttentionTape):
        """Args: dcontext (B, T, D); tape.  Returns: dqueries (B, T, Q); dvalues (B, S, D); grads.
        Raises: ValueError on a wrong shape."""
        check_shape("dcontext", dcontext, *tape.context.shape)
        dtape = self.start_backward(tape)
        dqueries = self.retreat(tape, dtape, slice(None), dcontext)
        dvalues, grads = self.gradients(tape, dtape)
        return dqueries, dvalues, grads

    # Its pieces

    def remember(self, values: np.ndarray, mask: np.ndarray | None = None) -> Memory:
        """Prepare a source.  Args: values (B, S, D); mask (B, S) bool.  Raises: ValueError on a wrong
        shape.
        """
        check_shape("values", values, None, None, self.value_size)
        if mask is not None:
            check_mask("mask", mask, *values.shape[:2])
            mask = None if mask.all() else mask
        return Memory(values, self._keys(values), mask)

    def start(self, memory: Memory, steps: int) -> AttentionTape:
        """A tape for `steps` queries to one source."""
        (batch, size, _), dtype = memory.values.shape, memory.values.dtype
        return AttentionTape(
            memory=memory,
            queries=empty_by_step((batch, steps, self.query_size), dtype),
            weights=np.empty((batch, steps, size), dtype),
            context=empty_by_step((batch, steps, self.value_size), dtype),
        )

    def attend(self, tape: AttentionTape, steps: slice, queries: np.ndarray) -> np.ndarray:
        """Args: queries (B, t, Q) at `steps`.  Returns: context (B, t, D), which the tape keeps too."""
        memory = tape.memory
        tape.queries[:, steps] = queries
        scores = self._scores(queries, memory)
        tape.weights[:, steps] = masked_softmax(scores, None if memory.mask is None else memory.mask[:, None])
        np.matmul(tape.weights[:, steps], memory.values, out=tape.context[:, steps])
        return tape.context[:, steps]

    def start_backward(self, tape: AttentionTape) -> AttentionGradientTape:
        return AttentionGradientTape(
            np.empty_like(tape.context), np.empty_like(tape.weights), np.zeros_like(tape.memory.keys)
        )

    def retreat(self, tape: AttentionTape, dtape: AttentionGradientTape, steps: slice, dcontext: np.ndarray):
        """Args: dcontext (B, t, D) at `steps`.  Returns: dqueries (B, t, Q)."""
        dtape.dcontext[:, steps] = dcontext
        dweights = dcontext @ tape.memory.values.swapaxes(1, 2)
        dtape.dscores[:, steps] = softmax_backward(dweights, tape.weights[:, steps])
        return self._scores_backward(tape, dtape, steps)

    def gradients(self, tape: AttentionTape, dtape: AttentionGradientTape) -> tuple[np.ndarray, Params]:
        """After `retreat` of all steps.  Returns: dvalues (B, S, D); grads with the keys of `params`."""
        dvalues = tape.weights.swapaxes(1, 2) @ dtape.dcontext
        dvalues_by_keys, grads = self._key_gradients(tape, dtape)
        dvalues += dvalues_by_keys
        return dvalues, grads


class AdditiveAttention(Attention):
    """Score v^T tanh(q W_q + v_s W_k).  `params`: W_q (Q, A), W_k (D, A), v (A)."""

    def __init__(
        self,
        query_size: int,
        value_size: int,
        attention_size: int,
        rng: np.random.Generator,
        dtype=np.float32,
    ):
        """Args: query_size Q; value_size D; attention_size A, the width of the score's hidden layer; rng."""
        self.query_size, self.value_size = query_size, value_size
        self.params = {
            "W_q": glorot(rng, query_size, attention_size, dtype),
            "W_k": glorot(rng, value_size, attention_size, dtype),
            "v": glorot(rng, attention_size, 1, dtype)[:, 0],
        }

    def _keys(self, values):
        return linear_map(values, self.params["W_k"])

    def _hidden(self, queries, memory):
        """tanh(q W_q + v_s W_k): (B, t, S, A), the largest array of all were it kept for all steps.  To
        compute it again on the way back, in the cache, takes less time than to fetch it from memory.
        """
        hidden = linear_map(queries, self.params["W_q"])[:, :, None] + memory.keys[:, None]
        return np.tanh(hidden, out=hidden)

    def _scores(self, queries, memory):
        return self._hidden(queries, memory) @ self.params["v"]

    def start_backward(self, tape):
        dprojected = empty_by_step((*tape.queries.shape[:2], len(self.params["v"])), tape.queries.dtype)
        dv, W_q_T = np.zeros_like(self.params["v"]), transposed(self.params["W_q"])
        return super().start_backward(tape)._replace(dprojected=dprojected, dv=dv, W_q_T=W_q_T)

    def _scores_backward(self, tape, dtape, steps):
        dscores = dtape.dscores[:, steps]  # (B, t, S)
        hidden = self._hidden(tape.queries[:, steps], tape.memory)
        np.add(dtape.dv, dscores.ravel() @ as_rows(hidden), out=dtape.dv)
        slope = np.subtract(1, np.square(hidden, out=hidden), out=hidden)
        # The factor v is common to the two sums that follow, so it multiplies what they come to.
        dprojected = (dscores[:, :, None] @ slope)[:, :, 0] * self.params["v"]
        slope *= dscores[..., None]
        for step in range(slope.shape[1]):
            np.add(dtape.dkeys, slope[:, step], out=dtape.dkeys)
        dtape.dprojected[:, steps] = dprojected
        return linear_map(dprojected, dtape.W_q_T)

    def _key_gradients(self, tape, dtape):
        dkeys = dtape.dkeys * self.params["v"]
        grads = {
            "W_q": weight_gradient(tape.queries, dtape.dprojected),
            "W_k": weight_gradient(tape.memory.values, dkeys),
            "v": dtape.dv,
        }
        return linear_map(dkeys, self.params["W_k"].T), grads


class DotAttention(Attention):
    """Score q . v_s: no parameters, so query and value have one width."""

    def __init__(self, query_size: int, value_size: int):
        """Raises: ValueError where the widths differ."""
        if query_size != value_size:
            raise ValueError(
                f"dot attention got queries {query_size} wide and values {value_size} wide; wanted one width"
            )
        self.query_size, self.value_size, self.params = query_size, value_size, {}

    def _keys(self, values):
        return values

    def _scores(self, queries, memory):
        return queries @ memory.keys.swapaxes(1, 2)

    def _scores_backward(self, tape, dtape, steps):
        return dtape.dscores[:, steps] @ tape.memory.keys

    def _key_gradients(self, tape, dtape):
        dtape.dkeys[...] = dtape.dscores.swapaxes(1, 2) @ tape.queries
        return dtape.dkeys, {}


class GeneralAttention(DotAttention):
    """Score q . (v_s W): a dot product after a learned map.  `params`: W (D, Q)."""

    def __init__(self, query_size: int, value_size: int, rng: np.random.Generator, dtype=np.float32):
        self.query_size, self.value_size = query_size, value_size
        self.params = {"W": glorot(rng, value_size, query_size, dtype)}

    def _keys(self, values):
        return linear_map(values, self.params["W"])

    def _key_gradients(self, tape, dtape):
        dkeys, _ = super()._key_gradients(tape, dtape)
        return linear_map(dkeys, self.params["W"].T), {"W": weight_gradient(tape.memory.values, dkeys)}

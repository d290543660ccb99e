"""Attention: which source positions matter now?

A query (the decoder's state) is scored against every source position, a masked softmax makes weights of the
scores, and the context is the weighted mean of the source's values:

    e_ts = score(q_t, v_s),    w_ts = exp(e_ts) / sum_s' exp(e_ts'),    context_t = sum_s w_ts v_s

A source is prepared once (`remember`), steps are attended one at a time or all at once (`attend`, `retreat`),
and what sums over steps waits until all are done (`gradients`).  The scores stand in `attention_scores`.
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.parameters import Params, check_mask, check_shape
from lstm_lib.nn.products import empty_by_step


class Memory(NamedTuple):
    """A source, prepared for attention."""

    values: np.ndarray  # (B, S, D)
    keys: np.ndarray  # (B, S, K): projected once a sentence
    mask: np.ndarray | None  # (B, S) bool, True = real token; None where all are
    exp_keys: np.ndarray | None = None  # (B, S, K): exp(2 keys), of additive scores; None where too large


class AttentionTape(NamedTuple):
    memory: Memory
    queries: np.ndarray  # (B, T, Q)
    weights: np.ndarray  # (B, T, S)
    context: np.ndarray  # (B, T, D)


class AttentionGradientTape(NamedTuple):
    dcontext: np.ndarray  # (B, T, D)
    dscores: np.ndarray  # (B, T, S)
    dkeys: np.ndarray  # (B, S, K): for the additive score, still without its factor 4 v
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

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
from lstm_lib.nn.recurrence import over_steps


class Memory(NamedTuple):
    """A source, prepared for attention."""

    values: np.ndarray  # (B, S, D)
    keys: np.ndarray  # (B, S, K): projected once a sentence
    mask: np.ndarray | None  # (B, S) bool, True = real token


class AttentionTape(NamedTuple):
    memory: Memory
    queries: np.ndarray  # (B, T, Q)
    weights: np.ndarray  # (B, T, S)
    context: np.ndarray  # (B, T, D)
    hidden: np.ndarray | None  # (B, T, S, A): tanh of the additive score


class AttentionGradientTape(NamedTuple):
    dcontext: np.ndarray  # (B, T, D)
    dscores: np.ndarray  # (B, T, S)
    dprojected: np.ndarray | None  # (B, T, A): of the projected query of the additive score
    dkeys: np.ndarray  # (B, S, K)


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
        return Memory(values, self._keys(values), mask)

    def start(self, memory: Memory, steps: int) -> AttentionTape:
        """A tape for `steps` queries to one source."""
        (batch, size, _), dtype = memory.values.shape, memory.values.dtype
        return AttentionTape(
            memory=memory,
            queries=np.empty((batch, steps, self.query_size), dtype),
            weights=np.empty((batch, steps, size), dtype),
            context=np.empty((batch, steps, self.value_size), dtype),
            hidden=self._hidden(batch, steps, memory),
        )

    def attend(self, tape: AttentionTape, steps: slice, queries: np.ndarray) -> np.ndarray:
        """Args: queries (B, t, Q) at `steps`.  Returns: context (B, t, D), which the tape keeps too."""
        memory = tape.memory
        tape.queries[:, steps] = queries
        scores = self._scores(queries, memory, None if tape.hidden is None else tape.hidden[:, steps])
        tape.weights[:, steps] = masked_softmax(scores, None if memory.mask is None else memory.mask[:, None])
        np.matmul(tape.weights[:, steps], memory.values, out=tape.context[:, steps])
        return tape.context[:, steps]

    def start_backward(self, tape: AttentionTape) -> AttentionGradientTape:
        projected = None if tape.hidden is None else np.empty_like(tape.hidden[:, :, 0])
        return AttentionGradientTape(
            np.empty_like(tape.context),
            np.empty_like(tape.weights),
            projected,
            np.zeros_like(tape.memory.keys),
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

    def _hidden(self, batch: int, steps: int, memory: Memory) -> np.ndarray | None:
        return None


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
        return values @ self.params["W_k"]

    def _hidden(self, batch, steps, memory):
        return np.empty((batch, steps, *memory.keys.shape[1:]), memory.keys.dtype)

    def _scores(self, queries, memory, hidden):
        np.add((queries @ self.params["W_q"])[:, :, None], memory.keys[:, None], out=hidden)
        np.tanh(hidden, out=hidden)
        return hidden @ self.params["v"]

    def _scores_backward(self, tape, dtape, steps):
        hidden = tape.hidden[:, steps]  # (B, t, S, A)
        dhidden = 1 - hidden * hidden
        dhidden *= self.params["v"]
        dhidden *= dtape.dscores[:, steps, :, None]
        dtape.dkeys[...] += dhidden.sum(axis=1)
        dtape.dprojected[:, steps] = dhidden.sum(axis=2)
        return dtape.dprojected[:, steps] @ self.params["W_q"].T

    def _key_gradients(self, tape, dtape):
        hidden, dkeys = tape.hidden, dtape.dkeys
        grads = {
            "W_q": over_steps(tape.queries, dtape.dprojected),
            "W_k": over_steps(tape.memory.values, dkeys),
            "v": dtape.dscores.ravel() @ hidden.reshape(-1, hidden.shape[-1]),
        }
        return dkeys @ self.params["W_k"].T, grads


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

    def _scores(self, queries, memory, hidden):
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
        return values @ self.params["W"]

    def _key_gradients(self, tape, dtape):
        dkeys, _ = super()._key_gradients(tape, dtape)
        return dkeys @ self.params["W"].T, {"W": over_steps(tape.memory.values, dkeys)}

"""The decoder: a recurrent stack that may look back at the source, and a readout layer above it.

    h_t = rnn([embedding of the word before; fed_t], h_{t-1})
    r_t = tanh([h_t; context_t; embedding_t] W + b)          readout, on which the words are scored

There is one class for each place where attention may stand, and for what is fed to the cell:

    class                 attends                                  feeds
    Decoder               never                                    nothing
    BahdanauDecoder       before the cell, with query h_{t-1}      the context
    LuongDecoder          after the cell, with query h_t           nothing, so all steps attend at once
    InputFeedingDecoder   after the cell, with query h_t           the readout of the step before

(Bahdanau et al., 2015; Luong et al., 2015, whose h~ is our readout, except that ours sees the embedding too.)

Each class goes through time in `_forward_steps`, back in `_backward_steps`, and one word at a time, for
search, in `step`.  What can be done for all steps at once stands in the base class.
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.attention import Attention, AttentionCache, AttentionGradients, Memory
from lstm_lib.nn.dropout import Dropout
from lstm_lib.nn.layers import (
    Composite,
    Embedding,
    EmbeddingCache,
    Linear,
    bias_gradient,
    by_step,
    check_floats,
    check_shape,
    join,
    linear_map,
    transposed,
    weight_gradient,
)
from lstm_lib.nn.recurrent import RecurrentGradients
from lstm_lib.nn.stacked import Stacked, StackedCache

ALL = slice(None)  # all steps


def at(t: int) -> slice:
    """Step t alone, without losing its axis."""
    return slice(t, t + 1)


class DecoderState(NamedTuple):
    """Where a decoder stands between two words."""

    rnn: tuple  # a state for each layer
    readout: np.ndarray  # (B, R): of the step before, for input feeding


class DecoderCache(NamedTuple):
    embedding: EmbeddingCache
    drop: np.ndarray | None
    embedded: np.ndarray  # (B, T, E), after dropout
    rnn: StackedCache
    attention: AttentionCache | None
    readout: np.ndarray  # (B, T, R): the embedding's part of the sum at first, the readout once it is read

    @property
    def h(self) -> np.ndarray:
        """The top layer's output at all steps: (B, T, H)."""
        return self.rnn.layers[-1].state.h[:, 1:]


class DecoderGradients(NamedTuple):
    dsum: np.ndarray  # (B, T, R): tanh' of the readout at first, then the gradient of the sum inside its tanh
    dh: np.ndarray  # (B, T, H): of the top layer's output
    rnn: list[RecurrentGradients]
    attention: AttentionGradients | None


class Decoder(Composite):
    """A decoder without attention, and the base of those with it.  See the module's docstring."""

    def __init__(
        self, embedding: Embedding, rnn: Stacked, attention: Attention | None, readout: Linear, dropout=0.0
    ):
        """Args: embedding: V by E; rnn: reads E numbers and what is fed; attention: queries H wide, values D
        wide; readout: from H + D + E (H + E without attention) to R; dropout: rate on the embeddings.
        """
        self.embedding, self.rnn, self.attention, self.readout = embedding, rnn, attention, readout
        looks = {"attention": attention} if attention else {}
        self.parts = {"embedding": embedding, "rnn": rnn, **looks, "readout": readout}
        self.dropout = Dropout(dropout)
        self.embedding_size = embedding.params["table"].shape[1]
        self.readout_size = len(readout.params["b"])

    # Teacher forcing: the whole target is known

    def forward(self, ids: np.ndarray, memory: Memory | None, state0: tuple, rng=None):
        """Read a whole target, each word of which is known before it is predicted.

        Args: ids (B, T), the words before; memory, of `attention.prepare`; state0, one per layer; rng.
        Returns: readout (B, T, R); cache, whose `attention.weights` are (B, T, S).
        """
        check_shape("ids", ids, None, None)
        if self.attention and memory is None:
            raise ValueError("memory is None; wanted what attention.prepare returns")
        embedded, embedding_cache = self.embedding.forward(ids)
        embedded, drop = self.dropout.forward(by_step(embedded), rng)
        W_x, _, b = self._cell_weights()
        *_, W_embedding = self._readout_weights()
        cache = DecoderCache(
            embedding=embedding_cache,
            drop=drop,
            embedded=embedded,
            rnn=self.rnn.start(linear_map(embedded, W_x) + b, state0, rng),
            attention=self.attention.start(memory, ids.shape[1]) if self.attention else None,
            readout=linear_map(embedded, W_embedding) + self.readout.params["b"],
        )
        self._forward_steps(cache, cache.rnn.layers[-1].state.h[:, 0])
        return cache.readout, cache

    def backward(self, dreadout: np.ndarray, cache: DecoderCache):
        """Compute the gradient of `forward`.

        Args: dreadout (B, T, R); cache.
        Returns: dvalues (B, S, D), of the memory (None without attention); dstate0; grads.
        """
        check_floats("dreadout", dreadout, *cache.readout.shape)
        dcache = DecoderGradients(
            dsum=1 - cache.readout**2,
            dh=np.empty_like(cache.h),
            rnn=self.rnn.start_backward(cache.rnn),
            attention=self.attention.start_backward(cache.attention) if self.attention else None,
        )
        dstates = tuple(layer.zero_state(len(dreadout)) for layer in self.rnn.layers)
        dstate0 = self._backward_steps(dreadout, cache, dcache, dstates)

        W_x, _, _ = self._cell_weights()
        *_, W_embedding = self._readout_weights()
        dembedded = linear_map(dcache.rnn[0].dz, W_x.T)
        dembedded += linear_map(dcache.dsum, W_embedding.T)
        dembedded, _ = self.dropout.backward(dembedded, cache.drop)
        _, embedding_grads = self.embedding.backward(dembedded, cache.embedding)
        inputs = side_by_side(cache.embedded, self._fed(cache))
        read = side_by_side(cache.h, cache.attention.context if self.attention else None, cache.embedded)
        grads = {
            "embedding": embedding_grads,
            "rnn": self.rnn.weight_gradients(inputs, cache.rnn, dcache.rnn),
            "readout": {"W": weight_gradient(read, dcache.dsum), "b": bias_gradient(dcache.dsum)},
        }
        dvalues = None
        if self.attention:
            dvalues, grads["attention"] = self.attention.finish_backward(cache.attention, dcache.attention)
        return dvalues, dstate0, join(grads)

    def _forward_steps(self, cache: DecoderCache, h: np.ndarray) -> None:
        """Fill the cache.  Args: cache, with what the embeddings alone decide; h (B, H), before step 0."""
        for t in range(cache.readout.shape[1]):
            self.rnn.forward_step(cache.rnn, t)
        self._read_steps(cache, ALL)

    def _backward_steps(self, dreadout, cache: DecoderCache, dcache: DecoderGradients, dstates) -> tuple:
        """Fill dcache.  Args: dreadout (B, T, R); dstates, zeros of each layer.  Returns: dstate0."""
        self._read_steps_backward(cache, dcache, ALL, dreadout)
        for t in reversed(range(dreadout.shape[1])):
            dstates = self.rnn.backward_step(cache.rnn, dcache.rnn, t, dcache.dh[:, t], dstates)
        return dstates

    def _fed(self, cache: DecoderCache) -> np.ndarray | None:
        """What the cell read beside the embedding: (B, T, F), or None where there is nothing."""
        return None

    # One word at a time, for search

    def step(self, ids: np.ndarray, state: DecoderState, memory: Memory | None):
        """Read one word.

        Args: ids (N), the word before; state; memory of B sentences, each for N / B rows side by side.
        Returns: readout (N, R); the new state; attention weights (N, S), or None without attention.
        """
        embedded, _ = self.embedding.forward(ids)
        h, rnn = self._cell(state, embedded)
        readout = self._read(h, embedded)
        return readout, DecoderState(rnn, readout), None

    def first_state(self, rnn_state: tuple) -> DecoderState:
        """Return the state before the first word."""
        top = rnn_state[-1].h
        return DecoderState(rnn_state, np.zeros((len(top), self.readout_size), top.dtype))

    def _cell(self, state: DecoderState, *inputs: np.ndarray) -> tuple[np.ndarray, tuple]:
        """One step of the recurrent stack.  Returns: h of its top layer (N, H); its new state."""
        h, states = side_by_side(*inputs), []
        for layer, before in zip(self.rnn.layers, state.rnn, strict=True):
            h, new, _ = layer.step(h, before)
            states.append(new)
        return h, tuple(states)

    def _attend(self, h: np.ndarray, memory: Memory) -> tuple[np.ndarray, np.ndarray]:
        """Args: h (N, H), the queries; memory.  Returns: context (N, D); weights (N, S)."""
        queries = h.reshape(len(memory.values), -1, h.shape[1])
        cache = self.attention.start(memory, queries.shape[1])
        context = self.attention.attend(cache, ALL, queries)
        return context.reshape(len(h), -1), cache.weights.reshape(len(h), -1)

    def _read(self, *parts: np.ndarray) -> np.ndarray:
        """The readout of one step (N, R), from [h; context; embedding]."""
        return np.tanh(side_by_side(*parts) @ self.readout.params["W"] + self.readout.params["b"])

    # The readout of some steps: its matrix, for [h; context; embedding], is applied part by part

    def _read_steps(self, cache: DecoderCache, steps: slice) -> None:
        """Turn what the readout holds, the embedding's part of the sum, to tanh of the whole sum."""
        W_h, W_context, _ = self._readout_weights()
        r = cache.readout[:, steps]
        r += linear_map(cache.h[:, steps], W_h)
        if self.attention:
            r += linear_map(cache.attention.context[:, steps], W_context)
        np.tanh(r, out=r)

    def _read_steps_backward(self, cache: DecoderCache, dcache: DecoderGradients, steps: slice, dreadout):
        """Fill dsum and dh at `steps`.  Returns: dcontext (B, t, D), or None without attention."""
        W_h, W_context, _ = self._readout_weights()
        dcache.dsum[:, steps] *= dreadout
        dcache.dh[:, steps] = linear_map(dcache.dsum[:, steps], W_h.T)
        return linear_map(dcache.dsum[:, steps], W_context.T) if self.attention else None

    def _readout_weights(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The rows of the readout's W that h, the context and the embedding meet."""
        W, hidden_size = self.readout.params["W"], self.rnn.layers[-1].hidden_size
        return W[:hidden_size], W[hidden_size : -self.embedding_size], W[-self.embedding_size :]

    def _cell_weights(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The rows of the cell's W_x that the embedding and what is fed meet; its bias."""
        params = self.rnn.layers[0].params
        return params["W_x"][: self.embedding_size], params["W_x"][self.embedding_size :], params["b"]


class BahdanauDecoder(Decoder):
    """Attend before the cell, with the state before as the query, and feed the context to the cell."""

    def _forward_steps(self, cache, h):
        z, (_, W_context, _) = cache.rnn.layers[0].gates, self._cell_weights()
        for t in range(cache.readout.shape[1]):  # z[:, t] holds the embedding's part of the cell's input
            context = self.attention.attend(cache.attention, at(t), h[:, None])[:, 0]
            z[:, t] += context @ W_context
            h = self.rnn.forward_step(cache.rnn, t)
        self._read_steps(cache, ALL)

    def _backward_steps(self, dreadout, cache, dcache, dstates):
        attend_backward, dz = self.attention.attend_backward, dcache.rnn[0].dz
        W_context_T = transposed(self._cell_weights()[1])
        dcontext = self._read_steps_backward(cache, dcache, ALL, dreadout)
        for t in reversed(range(dreadout.shape[1])):
            dstates = self.rnn.backward_step(cache.rnn, dcache.rnn, t, dcache.dh[:, t], dstates)
            dcontext[:, t] += dz[:, t] @ W_context_T  # to what the readout gave, add what the cell gives
            dquery = attend_backward(cache.attention, dcache.attention, at(t), dcontext[:, at(t)])
            *below, top = dstates
            dstates = (*below, top._replace(h=top.h + dquery[:, 0]))
        return dstates

    def _fed(self, cache):
        return cache.attention.context

    def step(self, ids, state, memory):
        embedded, _ = self.embedding.forward(ids)
        context, weights = self._attend(state.rnn[-1].h, memory)
        h, rnn = self._cell(state, embedded, context)
        readout = self._read(h, context, embedded)
        return readout, DecoderState(rnn, readout), weights


class LuongDecoder(Decoder):
    """Attend after the cell, with its new state as the query: no step waits for the attention of another."""

    def _forward_steps(self, cache, h):
        for t in range(cache.readout.shape[1]):
            self.rnn.forward_step(cache.rnn, t)
        self.attention.attend(cache.attention, ALL, cache.h)
        self._read_steps(cache, ALL)

    def _backward_steps(self, dreadout, cache, dcache, dstates):
        dcontext = self._read_steps_backward(cache, dcache, ALL, dreadout)
        dh = dcache.dh
        dh += self.attention.attend_backward(cache.attention, dcache.attention, ALL, dcontext)
        for t in reversed(range(dreadout.shape[1])):
            dstates = self.rnn.backward_step(cache.rnn, dcache.rnn, t, dh[:, t], dstates)
        return dstates

    def step(self, ids, state, memory):
        embedded, _ = self.embedding.forward(ids)
        h, rnn = self._cell(state, embedded)
        context, weights = self._attend(h, memory)
        readout = self._read(h, context, embedded)
        return readout, DecoderState(rnn, readout), weights


class InputFeedingDecoder(Decoder):
    """Attend after the cell, and feed the readout of the step before to the cell."""

    def _forward_steps(self, cache, h):
        z, (_, W_readout, _) = cache.rnn.layers[0].gates, self._cell_weights()
        for t in range(cache.readout.shape[1]):
            if t > 0:
                z[:, t] += cache.readout[:, t - 1] @ W_readout
            h = self.rnn.forward_step(cache.rnn, t)
            self.attention.attend(cache.attention, at(t), h[:, None])
            self._read_steps(cache, at(t))

    def _backward_steps(self, dreadout, cache, dcache, dstates):
        dz, dh, W_readout_T = dcache.rnn[0].dz, dcache.dh, transposed(self._cell_weights()[1])
        dfed = np.zeros_like(dreadout[:, 0])  # of the readout, by way of the step after
        for t in reversed(range(dreadout.shape[1])):
            dcontext = self._read_steps_backward(cache, dcache, at(t), dreadout[:, at(t)] + dfed[:, None])
            dh[:, at(t)] += self.attention.attend_backward(cache.attention, dcache.attention, at(t), dcontext)
            dstates = self.rnn.backward_step(cache.rnn, dcache.rnn, t, dh[:, t], dstates)
            dfed = dz[:, t] @ W_readout_T
        return dstates

    def _fed(self, cache):
        fed = np.zeros_like(cache.readout)
        fed[:, 1:] = cache.readout[:, :-1]
        return fed

    def step(self, ids, state, memory):
        embedded, _ = self.embedding.forward(ids)
        h, rnn = self._cell(state, embedded, state.readout)
        context, weights = self._attend(h, memory)
        readout = self._read(h, context, embedded)
        return readout, DecoderState(rnn, readout), weights


def side_by_side(*parts: np.ndarray | None) -> np.ndarray:
    """Return the parts that there are, joined along the last axis."""
    present = [part for part in parts if part is not None]
    return present[0] if len(present) == 1 else np.concatenate(present, axis=-1)

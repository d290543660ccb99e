"""The decoder: a recurrent stack that may look back at the source, and a readout layer above it.

    x_t = [embedding of the word before; fed_t]
    h_t = rnn(x_t, h_{t-1})
    r_t = tanh([h_t; context_t; embedding_t] W + b)          readout, on which the words are scored

Where attention stands is what sets the two schools apart:

- Bahdanau et al. (2015) attend *before* the cell: the query is h_{t-1}, and the context is fed to the cell.
- Luong et al. (2015) attend *after* it: the query is h_t.  With input feeding the readout of the step before
is fed
  to the cell (their h~, which here sees the embedding as well); without it, all steps attend at once.
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.attention import Attention, AttentionTape, Memory
from lstm_lib.nn.dropout import Dropout
from lstm_lib.nn.linear import Embedding, EmbeddingCache, Linear
from lstm_lib.nn.parameters import Params, check_shape, join
from lstm_lib.nn.products import bias_gradient, by_step, linear_map, transposed, weight_gradient
from lstm_lib.nn.recurrent import Stacked, StackedTape


class DecoderState(NamedTuple):
    """Where a decoder stands between two words."""

    rnn: tuple  # a state for each layer
    readout: np.ndarray  # (B, R): of the step before, for input feeding


class DecoderCache(NamedTuple):
    embedding: EmbeddingCache
    drop: np.ndarray | None
    embedded: np.ndarray  # (B, T, E), after dropout
    fed: np.ndarray | None  # (B, T, F): what is fed to the cell beside the embedding
    rnn: StackedTape
    attention: AttentionTape | None
    readout: np.ndarray  # (B, T, R)


class Decoder:
    """See the module's docstring.  `readout` is a Linear from H + D + E (H + E without attention) to R."""

    def __init__(
        self,
        embedding: Embedding,
        rnn: Stacked,
        attention: Attention | None,
        readout: Linear,
        *,
        attend_before: bool = True,
        input_feeding: bool = False,
        dropout: float = 0.0,
    ):
        """Args: attend_before: Bahdanau's place, before the cell.  input_feeding: Luong's, so after the cell
        only.
        """
        if input_feeding and (attention is None or attend_before):
            raise ValueError("input_feeding needs attention after the cell (Luong's)")
        self.embedding, self.rnn, self.attention, self.readout = embedding, rnn, attention, readout
        self.dropout, self.input_feeding = Dropout(dropout), input_feeding
        self.attend_before = attention is not None and attend_before
        self.attend_after = attention is not None and not attend_before
        self.embedding_size = embedding.params["table"].shape[1]
        self.readout_size = len(readout.params["b"])

    @property
    def params(self) -> Params:
        parts = {
            "embedding": self.embedding,
            "rnn": self.rnn,
            "attention": self.attention,
            "readout": self.readout,
        }
        return join({name: part.params for name, part in parts.items() if part is not None})

    # Teacher forcing: the whole target is known

    def forward(self, ids: np.ndarray, memory: Memory | None, state0: tuple, rng=None):
        """Args: ids (B, T), the words before; memory, of `attention.remember`; state0, a state for each
        layer; rng.
        Returns: readout (B, T, R); cache, whose `attention.weights` are (B, T, S)."""
        check_shape("ids", ids, None, None)
        batch, steps = ids.shape
        embedded, embedding_cache = self.embedding.forward(ids)
        embedded, drop = self.dropout.forward(by_step(embedded), rng)
        W_x, b = self._cell_weights()
        tape = self.rnn.start(linear_map(embedded, W_x[: self.embedding_size]) + b, state0, rng)
        attention = self.attention.start(memory, steps) if self.attention else None
        fed = None
        if self.attend_before:
            fed = attention.context
        elif self.input_feeding:
            fed = np.zeros((batch, steps, self.readout_size), b.dtype)
        readout = self._readout_from_embedding(embedded)
        cache = DecoderCache(embedding_cache, drop, embedded, fed, tape, attention, readout)
        self._run(cache, state0[-1].h, W_x[self.embedding_size :])
        return cache.readout, cache

    def _run(self, cache: DecoderCache, h: np.ndarray, W_fed: np.ndarray) -> None:
        """Fill the cache's tapes, step by step where a step needs the one before."""
        steps = cache.readout.shape[1]
        for t in range(steps):
            now = slice(t, t + 1)
            if self.attend_before:
                self.attention.attend(cache.attention, now, h[:, None])
            elif self.input_feeding and t > 0:
                cache.fed[:, t] = cache.readout[:, t - 1]
            if cache.fed is not None:
                z = cache.rnn.layers[0].gates[:, t]
                z += cache.fed[:, t] @ W_fed
            h = self.rnn.advance(cache.rnn, t)
            if self.input_feeding:
                self.attention.attend(cache.attention, now, h[:, None])
                self._read_out(cache, now)
        if not self.input_feeding:
            everything = slice(0, steps)
            if self.attend_after:
                self.attention.attend(cache.attention, everything, self._top(cache)[:, everything])
            self._read_out(cache, everything)

    def backward(self, dreadout: np.ndarray, cache: DecoderCache):
        """Args: dreadout (B, T, R); cache.
        Returns: dvalues (B, S, D), of the memory (None without attention); dstate0; grads."""
        everything = slice(0, dreadout.shape[1])
        W_x, _ = self._cell_weights()
        # dsum: gradient of the sum inside the readout's tanh; dh: of the top layer's output
        dsum, dh = 1 - cache.readout**2, np.empty_like(self._top(cache))
        dattention = self.attention.start_backward(cache.attention) if self.attention else None
        if not self.input_feeding:
            self._readout_backward(everything, dreadout, dsum, dh, cache, dattention)
        drnn, dstate0 = self._run_backward(dreadout, dsum, dh, cache, dattention, W_x[self.embedding_size :])

        inputs = cache.embedded if cache.fed is None else np.concatenate([cache.embedded, cache.fed], axis=2)
        dembedded = linear_map(drnn[0].dz, W_x[: self.embedding_size].T)
        dembedded += linear_map(dsum, self.readout.params["W"][-self.embedding_size :].T)
        dembedded, _ = self.dropout.backward(dembedded, cache.drop)
        grads = {
            "embedding": self.embedding.backward(dembedded, cache.embedding),
            "rnn": self.rnn.weight_gradients(inputs, cache.rnn, drnn),
            "readout": {"W": weight_gradient(self._readout_inputs(cache), dsum), "b": bias_gradient(dsum)},
        }
        dvalues = None
        if self.attention:
            dvalues, grads["attention"] = self.attention.gradients(cache.attention, dattention)
        return dvalues, dstate0, join(grads)

    def _run_backward(self, dreadout, dsum, dh, cache: DecoderCache, dattention, W_fed: np.ndarray):
        """The steps from last to first.  Returns: the gradient tapes of the stack; dstate0."""
        drnn = self.rnn.start_backward(cache.rnn)
        dstates = tuple(layer.zero_state(len(dh)) for layer in self.rnn.layers)
        dcontext = self._dcontext(dsum) if self.attend_before else None
        dfed, W_fed_T = None, transposed(W_fed)
        for t in reversed(range(dh.shape[1])):
            now = slice(t, t + 1)
            if self.input_feeding:
                from_next = dreadout[:, now] if dfed is None else dreadout[:, now] + dfed[:, None]
                self._readout_backward(now, from_next, dsum, dh, cache, dattention)
            dstates = self.rnn.retreat(cache.rnn, drnn, t, dh[:, t], dstates)
            if cache.fed is None:
                continue
            dfed = drnn[0].dz[:, t] @ W_fed_T
            if self.attend_before:
                dcontext[:, t] += dfed
                dquery = self.attention.retreat(cache.attention, dattention, now, dcontext[:, now])[:, 0]
                dstates = (*dstates[:-1], dstates[-1]._replace(h=dstates[-1].h + dquery))
        return drnn, dstates

    # The readout layer: one matrix for [h; context; embedding], applied part by part

    def _readout_from_embedding(self, embedded: np.ndarray) -> np.ndarray:
        W, b = self.readout.params["W"], self.readout.params["b"]
        return linear_map(embedded, W[-self.embedding_size :]) + b

    def _read_out(self, cache: DecoderCache, steps: slice) -> None:
        """tanh of the three parts, in place: the readout held the embedding's part."""
        W, h = self.readout.params["W"], self._top(cache)[:, steps]
        r = cache.readout[:, steps]
        r += linear_map(h, W[: h.shape[2]])
        if self.attention:
            r += linear_map(cache.attention.context[:, steps], W[h.shape[2] : -self.embedding_size])
        np.tanh(r, out=r)

    def _readout_backward(self, steps: slice, dreadout, dsum, dh, cache: DecoderCache, dattention) -> None:
        """Fill dsum and dh at `steps`; attention after the cell gets its gradient here too."""
        dsum[:, steps] *= dreadout
        dh[:, steps] = linear_map(dsum[:, steps], self.readout.params["W"][: dh.shape[2]].T)
        if self.attend_after:
            dcontext = self._dcontext(dsum[:, steps])
            dh[:, steps] += self.attention.retreat(cache.attention, dattention, steps, dcontext)

    def _dcontext(self, dsum: np.ndarray) -> np.ndarray:
        W = self.readout.params["W"]
        return linear_map(dsum, W[self.rnn.layers[-1].hidden_size : -self.embedding_size].T)

    def _readout_inputs(self, cache: DecoderCache) -> np.ndarray:
        parts = [self._top(cache), cache.attention.context if self.attention else None, cache.embedded]
        return np.concatenate([part for part in parts if part is not None], axis=2)

    # One word at a time, for search

    def step(self, ids: np.ndarray, state: DecoderState, memory: Memory | None):
        """Args: ids (N), the word before; state; memory of B sentences, each for N / B rows side by side.
        Returns: readout (N, R); the new state; attention weights (N, S), or None without attention."""
        embedded, _ = self.embedding.forward(ids)
        h, context, weights = state.rnn[-1].h, None, None
        if self.attend_before:
            context, weights = self._attend_once(h, memory)
        fed = context if self.attend_before else state.readout if self.input_feeding else None
        W_x, b = self._cell_weights()
        x = embedded if fed is None else np.concatenate([embedded, fed], axis=1)
        tape = self.rnn.start((x @ W_x + b)[:, None], state.rnn)
        h = self.rnn.advance(tape, 0)
        if self.attend_after:
            context, weights = self._attend_once(h, memory)
        parts = [h, context, embedded] if self.attention else [h, embedded]
        readout = np.tanh(self.readout.forward(np.concatenate(parts, axis=1))[0])
        return readout, DecoderState(self.rnn.final_state(tape), readout), weights

    def _attend_once(self, h: np.ndarray, memory: Memory):
        """Args: h (N, H), the queries.  Returns: context (N, D); weights (N, S)."""
        queries = h.reshape(len(memory.values), -1, h.shape[1])
        tape = self.attention.start(memory, queries.shape[1])
        context = self.attention.attend(tape, slice(None), queries)
        return context.reshape(len(h), -1), tape.weights.reshape(len(h), -1)

    def first_state(self, rnn_state: tuple) -> DecoderState:
        """Before the first word."""
        top = rnn_state[-1].h
        return DecoderState(rnn_state, np.zeros((len(top), self.readout_size), top.dtype))

    # Small parts

    def _cell_weights(self) -> tuple[np.ndarray, np.ndarray]:
        params = self.rnn.layers[0].params
        return params["W_x"], params["b"]

    def _top(self, cache: DecoderCache) -> np.ndarray:
        """The top layer's output at all steps: (B, T, H)."""
        return cache.rnn.layers[-1].state.h[:, 1:]

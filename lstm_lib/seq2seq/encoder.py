"""The encoder, from word ids to states, and the bridge from its last states to the decoder's first."""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.dropout import Dropout
from lstm_lib.nn.layers import (
    Composite,
    Embedding,
    EmbeddingCache,
    Linear,
    LinearCache,
    check_sentences,
    join,
    parts_of,
)
from lstm_lib.nn.stacked import BidirectionalState, Stacked, StackedCache


class EncoderCache(NamedTuple):
    embedding: EmbeddingCache
    drop: np.ndarray | None
    rnn: StackedCache


class Encoder(Composite):
    """An embedding, dropout, and recurrent layers."""

    def __init__(self, embedding: Embedding, rnn: Stacked, dropout: float = 0.0):
        """Args: embedding: of V words in E numbers; rnn: reads E; dropout: rate on the embeddings."""
        self.embedding, self.rnn, self.dropout = embedding, rnn, Dropout(dropout)
        self.parts = {"embedding": embedding, "rnn": rnn}

    def forward(self, ids: np.ndarray, mask: np.ndarray, rng=None):
        """Read a batch of sentences.

        Args: ids (B, S) integers; mask (B, S) bool, True = real token; rng: None means evaluation.
        Returns: outputs (B, S, D); final states, one for each layer; cache.
        """
        check_sentences("ids", ids, "mask", mask)
        x, embedding_cache = self.embedding.forward(ids)
        x, drop = self.dropout.forward(x, rng)
        outputs, states, rnn_cache = self.rnn.forward(x, mask=mask, rng=rng)
        return outputs, states, EncoderCache(embedding_cache, drop, rnn_cache)

    def backward(self, doutputs: np.ndarray, dstates, cache: EncoderCache):
        """Compute the gradient of `forward`.

        Args: doutputs (B, S, D); dstates, of the final states; cache.
        Returns: None, for ids have no gradient; dstate0, of the zeros that reading begins with; grads.
        """
        dx, dstate0, rnn_grads = self.rnn.backward(doutputs, dstates, cache.rnn)
        dx, _ = self.dropout.backward(dx, cache.drop)
        _, embedding_grads = self.embedding.backward(dx, cache.embedding)
        return None, dstate0, join({"embedding": embedding_grads, "rnn": rnn_grads})


class BridgeCache(NamedTuple):
    linears: dict[str, LinearCache]
    states: tuple  # the encoder's final states
    first: tuple  # the decoder's first states


class Bridge(Composite):
    """From what the encoder's layers ended with to what the decoder's begin with.

        h_0 = tanh(h_S W_1 + b_1),    c_0 = c_S W_2 + b_2

    Both directions of a bidirectional layer are read (Bahdanau et al., 2015, read the backward one).  The
    memory of an LSTM is not squashed, since it has no bounds of its own.
    """

    def __init__(self, encoder: Stacked, decoder: Stacked, rng: np.random.Generator, dtype=np.float32):
        """Args: encoder, decoder: stacks of one depth; rng.  Raises: ValueError where the depths differ."""
        depths = len(encoder.layers), len(decoder.layers)
        if depths[0] != depths[1]:
            raise ValueError(f"encoder has {depths[0]} layers, decoder {depths[1]}; wanted as many")
        self.decoder = decoder
        self.linears = self.parts = {
            f"{k}.{part}": Linear(below.output_size, above.hidden_size, rng, dtype)
            for k, (below, above) in enumerate(zip(encoder.layers, decoder.layers, strict=True))
            for part in above.State._fields
        }

    def forward(self, states, rng=None):
        """Map the encoder's final states to the decoder's first, one per layer.  Returns: these; cache."""
        states = parts_of("states", states, len(self.decoder.layers))
        first, caches = [], {}
        for k, (state, layer) in enumerate(zip(states, self.decoder.layers, strict=True)):
            parts = {}
            for part in layer.State._fields:
                y, caches[f"{k}.{part}"] = self.linears[f"{k}.{part}"].forward(both_directions(state, part))
                parts[part] = np.tanh(y) if part == "h" else y
            first.append(layer.State(**parts))
        return tuple(first), BridgeCache(caches, states, tuple(first))

    def backward(self, dfirst, cache: BridgeCache):
        """Map dfirst, of the decoder's first states, to dstates, of the encoder's.  Returns: these; grads."""
        dstates, grads = [], {}
        for k, (dstate, first, state) in enumerate(zip(dfirst, cache.first, cache.states, strict=True)):
            parts = {}
            for part, dy in dstate._asdict().items():
                dy = dy * (1 - first.h**2) if part == "h" else dy
                name = f"{k}.{part}"
                parts[part], grads[name] = self.linears[name].backward(dy, cache.linears[name])
            dstates.append(split_directions(parts, state))
        return tuple(dstates), join(grads)


def both_directions(state, part: str) -> np.ndarray:
    """Return one part of a final state, (B, H) or, bidirectional, (B, H + H)."""
    if isinstance(state, BidirectionalState):
        return np.concatenate([getattr(state.forward, part), getattr(state.backward, part)], axis=1)
    return getattr(state, part)


def split_directions(parts: dict[str, np.ndarray], state):
    """Undo `both_directions`.  Args: parts by name; state, whose structure is wanted."""
    if not isinstance(state, BidirectionalState):
        return type(state)(**parts)
    width = state.forward.h.shape[1]
    forward = type(state.forward)(**{name: array[:, :width] for name, array in parts.items()})
    backward = type(state.backward)(**{name: array[:, width:] for name, array in parts.items()})
    return BidirectionalState(forward, backward)

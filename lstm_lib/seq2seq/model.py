"""Sequence to sequence: the encoder-decoder as one function of a batch, its loss and its gradients.

(Sutskever et al., 2014; Cho et al., 2014; with attention Bahdanau et al., 2015, and Luong et al., 2015.)
"""

from dataclasses import dataclass

import numpy as np

from lstm_lib.limits import ATTENTIONS, Count, Rate, Share, check_fields, memory_size, one_of
from lstm_lib.nn.activations import ACTIVATIONS
from lstm_lib.nn.attention import AdditiveAttention, Attention, DotAttention, GeneralAttention
from lstm_lib.nn.dropout import RECURRENT_KINDS, Dropout, RecurrentDropout
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.layers import (
    Embedding,
    Linear,
    Params,
    TiedLinear,
    check_ids,
    check_sentences,
    check_shape,
    join,
)
from lstm_lib.nn.losses import cross_entropy, log_softmax
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.rnn import RNN
from lstm_lib.nn.stacked import Bidirectional, Stacked
from lstm_lib.seq2seq.decoder import BahdanauDecoder, Decoder, InputFeedingDecoder, LuongDecoder
from lstm_lib.seq2seq.encoder import Bridge, Encoder

CELLS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
PARTS = ("encoder", "bridge", "decoder", "output")


@dataclass(frozen=True)
class ModelConfig:
    """All that decides how a model is built; with a seed, it decides the first parameters too."""

    source_size: Count  # V of the source
    target_size: Count  # V of the target
    embedding_size: Count = 128
    hidden_size: Count = 128  # of the decoder, and of each direction of the encoder
    encoder_size: Count | None = None  # of each direction of the encoder, if it isn't hidden_size
    num_layers: Count = 1
    cell: one_of(CELLS) = "lstm"
    bidirectional: bool = True
    attention: one_of(ATTENTIONS) = "bahdanau"
    input_feeding: bool = False
    tied_embeddings: bool = False  # score words by the rows of the target's embedding table
    dropout: Rate = 0.0  # on embeddings, between layers and on the readout
    recurrent_dropout: Rate = 0.0
    recurrent_dropout_kind: one_of(RECURRENT_KINDS) = "variational"
    activation: one_of(ACTIVATIONS) = "tanh"
    gate_activation: one_of(ACTIVATIONS) = "sigmoid"
    label_smoothing: Rate = 0.0
    scheduled_sampling: Share = 0.0  # how often training reads the model's own word

    def __post_init__(self):
        check_fields(self)
        width = (self.encoder_size or self.hidden_size) * (1 + self.bidirectional)
        if "dot" in self.attention and width != self.hidden_size:
            message = f"attention {self.attention} needs encoder and decoder of one width: halve encoder_size"
            raise ValueError(f"{message} (--encoder-size), or turn off bidirectional (--no-bidirectional)")
        if self.input_feeding and not self.attention.startswith("luong"):
            raise ValueError(f"input_feeding goes with Luong's attention; attention is {self.attention!r}")
        if self.cell == "rnn" and self.recurrent_dropout and self.recurrent_dropout_kind == "candidate":
            raise ValueError("recurrent_dropout_kind candidate needs a cell with gates; cell is 'rnn'")

    def check_memory(self, copies: int = 1) -> None:
        """Raise a ValueError if so many copies of all parameters, in float32, are more than the memory.

        Counted roughly, before any of them is made: those of the embeddings, the output and the cells.
        """
        tables = self.source_size + (1 if self.tied_embeddings else 2) * self.target_size
        embedding = self.embedding_size * tables
        encoders = [self.encoder_size or self.hidden_size] * (2 if self.bidirectional else 1)
        gates = self.num_layers * len(CELLS[self.cell].gate_order)
        parameters = embedding + gates * sum(
            size * (size + self.embedding_size) for size in (*encoders, self.hidden_size)
        )
        needed, size = 4 * copies * parameters / 1e9, memory_size() / 1e9
        if needed > size:
            text = f"{parameters:,} parameters needs {needed:,.1f} GB of memory, this machine has {size:,.1f}"
            raise ValueError(
                f"a model of {text}: choose a smaller hidden_size, encoder_size, embedding_size or vocabulary"
            )


class Seq2Seq:
    """Encoder, bridge, decoder and the projection to words; `params` is one flat dict of dotted names."""

    def __init__(self, config: ModelConfig, rng: np.random.Generator, dtype=np.float32):
        """Args: config; rng: draws the first parameters; dtype: float32 to train, float64 to check."""
        config.check_memory()
        self.config = config
        embedding_size, hidden_size = config.embedding_size, config.hidden_size
        encoder_size = config.encoder_size or hidden_size
        encoder_rnn = self._stack(embedding_size, encoder_size, rng, dtype, config.bidirectional)
        value_size = encoder_rnn.layers[-1].output_size
        attention = self._attention(value_size, rng, dtype)
        decoder, fed_size = self._decoder_class(value_size)
        decoder_rnn = self._stack(embedding_size + fed_size, hidden_size, rng, dtype, bidirectional=False)
        source = Embedding(config.source_size, embedding_size, rng, dtype)
        self.encoder = Encoder(source, encoder_rnn, config.dropout)
        self.bridge = Bridge(encoder_rnn, decoder_rnn, rng, dtype)
        target = Embedding(config.target_size, embedding_size, rng, dtype)
        read_size = hidden_size + (value_size if attention else 0) + embedding_size
        readout = Linear(read_size, embedding_size, rng, dtype)
        self.decoder = decoder(target, decoder_rnn, attention, readout, config.dropout)
        self.dropout = Dropout(config.dropout)
        if config.tied_embeddings:
            self.output = TiedLinear(target)
        else:
            self.output = Linear(embedding_size, config.target_size, rng, dtype)
        self.params: Params = join({name: getattr(self, name).params for name in PARTS})

    def _stack(self, input_size: int, hidden_size: int, rng, dtype, bidirectional: bool) -> Stacked:
        config, layers = self.config, []
        options = {"activation": config.activation, "gate_activation": config.gate_activation, "dtype": dtype}
        if config.recurrent_dropout > 0:
            noise = RecurrentDropout(config.recurrent_dropout_kind, config.recurrent_dropout)
            options["recurrent_dropout"] = noise
        for _ in range(config.num_layers):
            directions = 2 if bidirectional else 1
            cells = [CELLS[config.cell](input_size, hidden_size, rng, **options) for _ in range(directions)]
            layers.append(Bidirectional(*cells) if bidirectional else cells[0])
            input_size = layers[-1].output_size
        return Stacked(layers, config.dropout)

    def _attention(self, value_size: int, rng, dtype) -> Attention | None:
        hidden_size, name = self.config.hidden_size, self.config.attention
        if name in ("bahdanau", "luong-concat"):
            return AdditiveAttention(hidden_size, value_size, hidden_size, rng, dtype)
        if "general" in name:
            return GeneralAttention(hidden_size, value_size, rng, dtype, "scaled" in name)
        return DotAttention(hidden_size, value_size, "scaled" in name) if "dot" in name else None

    def _decoder_class(self, value_size: int) -> tuple[type[Decoder], int]:
        """The class, and the width of what it feeds to the cell beside the embedding."""
        if self.config.attention == "none":
            return Decoder, 0
        if self.config.attention.startswith("bahdanau"):
            return BahdanauDecoder, value_size
        if self.config.input_feeding:
            return InputFeedingDecoder, self.config.embedding_size
        return LuongDecoder, 0

    # Training

    def loss_and_grads(self, batch, rng: np.random.Generator | None = None) -> tuple[float, Params, int]:
        """Run one forward and one backward pass with teacher forcing.

        Args: batch: what `text.batching.Batch` has; rng: draws the noise of dropout, None means evaluation.
        Returns: loss in nats per token; grads with the keys of `params`; the number of real target tokens.
        """
        check_batch(batch)
        encoded, states, encoder_cache = self.encoder.forward(batch.source, batch.source_mask, rng)
        first, bridge_cache = self.bridge.forward(states)
        memory = self._memory(encoded, batch.source_mask)
        target_in = batch.target_in if rng is None else self._scheduled(batch.target_in, memory, first, rng)
        readout, decoder_cache = self.decoder.forward(target_in, memory, first, rng)
        # Only real tokens reach the projection, the largest product of all.
        rows, drop = self.dropout.forward(readout[batch.target_mask], rng)
        logits, output_cache = self.output.forward(rows)
        targets, smoothing = batch.target_out[batch.target_mask], self.config.label_smoothing
        loss, _, dlogits = cross_entropy(logits, targets, label_smoothing=smoothing, overwrite=True)

        grads: dict[str, Params] = {}
        drows, grads["output"] = self.output.backward(dlogits, output_cache)
        del logits, dlogits  # the largest array of all leaves its room to the rest
        dreadout = np.zeros_like(readout)
        dreadout[batch.target_mask], _ = self.dropout.backward(drows, drop)
        dvalues, dfirst, grads["decoder"] = self.decoder.backward(dreadout, decoder_cache)
        if self.config.tied_embeddings:
            grads["decoder"]["embedding.table"] += grads["output"].pop("table")
        dstates, grads["bridge"] = self.bridge.backward(dfirst, bridge_cache)
        dencoded = np.zeros_like(encoded) if dvalues is None else dvalues
        _, _, grads["encoder"] = self.encoder.backward(dencoded, dstates, encoder_cache)
        return loss, join({name: grads[name] for name in PARTS}), len(targets)

    def loss(self, batch) -> tuple[float, int]:
        """Evaluate the loss, without noise and without label smoothing.

        Args: as for `loss_and_grads`.
        Returns: summed negative log-likelihood in nats, and the number of tokens; a corpus sums both first.
        """
        check_batch(batch)
        memory, state = self.begin(batch.source, batch.source_mask)
        readout, _ = self.decoder.forward(batch.target_in, memory, state.rnn)
        logits, _ = self.output.forward(readout[batch.target_mask])
        targets = batch.target_out[batch.target_mask]
        _, nll, _ = cross_entropy(logits, targets, overwrite=True)
        return nll * len(targets), len(targets)

    def attention_weights(self, batch) -> np.ndarray | None:
        """Return the attention weights (B, T, S) while the targets are read, or None without attention."""
        check_batch(batch)
        if self.decoder.attention is None:
            return None
        memory, state = self.begin(batch.source, batch.source_mask)
        _, cache = self.decoder.forward(batch.target_in, memory, state.rnn)
        return cache.attention.weights

    def _scheduled(self, target_in: np.ndarray, memory, first: tuple, rng: np.random.Generator) -> np.ndarray:
        """Replace some of the words before by the model's own best guesses (Bengio et al., 2015).

        A pass without gradient goes through the target, and at each step keeps the word given or takes the
        one just guessed.
        """
        if self.config.scheduled_sampling == 0.0:
            return target_in
        mixed, own = target_in.copy(), rng.random(target_in.shape) < self.config.scheduled_sampling
        state = self.decoder.first_state(first)
        for t in range(target_in.shape[1] - 1):
            readout, state, _ = self.decoder.step(mixed[:, t], state, memory)
            guesses = self.output.forward(readout)[0].argmax(axis=1)
            mixed[:, t + 1] = np.where(own[:, t + 1], guesses, target_in[:, t + 1])
        return mixed

    def _memory(self, encoded: np.ndarray, mask: np.ndarray):
        return self.decoder.attention.prepare(encoded, mask) if self.decoder.attention else None

    # Search

    def begin(self, source: np.ndarray, source_mask: np.ndarray):
        """Read a batch of sources.

        Args: source (B, S) integers; source_mask (B, S) bool.
        Returns: memory (None without attention); the decoder's first state.
        """
        encoded, states, _ = self.encoder.forward(source, source_mask)
        first, _ = self.bridge.forward(states)
        return self._memory(encoded, source_mask), self.decoder.first_state(first)

    def next_log_probabilities(self, ids: np.ndarray, state, memory):
        """Score the next word.

        Args: ids (N), the word before; state; memory of B sentences, each for N / B rows side by side.
        Returns: log p (N, V); the new state; attention weights (N, S) or None.
        """
        readout, state, weights = self.decoder.step(ids, state, memory)
        return log_softmax(self.output.forward(readout)[0], overwrite=True), state, weights

    @property
    def num_parameters(self) -> int:
        """The number of entries of all parameters."""
        return sum(array.size for array in self.params.values())


def check_batch(batch) -> None:
    """Raise a ValueError that names the first array of a batch that does not fit the others."""
    check_sentences("source", batch.source, "source_mask", batch.source_mask)
    check_shape("target_in", batch.target_in, len(batch.source), None)
    check_sentences("target_in", batch.target_in, "target_mask", batch.target_mask)
    check_shape("target_out", batch.target_out, *batch.target_in.shape)
    check_ids("target_out", batch.target_out)

"""Recurrent architectures as descriptions, built from the library's layers: arrays' shapes and parameters."""

from typing import NamedTuple

import numpy as np

from course.shared.readers import ManyToMany, ManyToOne, Reader
from lstm_lib.nn.layers import Embedding
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.stacked import Bidirectional, Stacked
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq

MANY_TO_ONE, MANY_TO_MANY, SEQ2SEQ = KINDS = ("many-to-one", "many-to-many", "sequence to sequence")
# Sizes that can be told apart where a shape is shown.
BATCH, WORDS, EMBEDDING, HIDDEN, CLASSES = 32, 1000, 16, 24, 5


class Architecture(NamedTuple):
    """What is read, what is answered, and by how many layers in which directions."""

    kind: str  # one of KINDS
    steps: int  # T, or S where a sequence is answered with a sequence
    num_layers: int = 1
    bidirectional: bool = False  # of the encoder alone, where there is one
    target_steps: int = 3  # T of what is written, for sequence to sequence


def stack(input_size: int, hidden_size: int, num_layers: int, bidirectional: bool, rng) -> Stacked:
    """LSTMs on top of each other, each of them in one direction or in both."""
    layers = []
    for _ in range(num_layers):
        cells = [LSTM(input_size, hidden_size, rng) for _ in range(2 if bidirectional else 1)]
        layers.append(Bidirectional(*cells) if bidirectional else cells[0])
        input_size = layers[-1].output_size
    return Stacked(layers)


def array_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """The shape of every array on the way from words to answers, measured on a batch of random words."""
    rng = np.random.default_rng(0)
    ids = rng.integers(WORDS, size=(BATCH, architecture.steps))
    if architecture.kind == SEQ2SEQ:
        return _translator_shapes(translator_of(architecture), ids, architecture.target_steps)
    return _reader_shapes(reader_of(architecture), ids)


def parameter_counts(architecture: Architecture) -> dict[str, int]:
    """The number of parameters of each part."""
    model = translator_of(architecture) if architecture.kind == SEQ2SEQ else reader_of(architecture)
    counts: dict[str, int] = {}
    for name, array in model.params.items():
        part = name.partition(".")[0]
        counts[part] = counts.get(part, 0) + array.size
    return counts


def reader_of(architecture: Architecture) -> Reader:
    """An untrained reader of that architecture."""
    rng = np.random.default_rng(0)
    layers = stack(EMBEDDING, HIDDEN, architecture.num_layers, architecture.bidirectional, rng)
    reader_class = ManyToOne if architecture.kind == MANY_TO_ONE else ManyToMany
    return reader_class(layers, CLASSES, rng, Embedding(WORDS, EMBEDDING, rng))


def translator_of(architecture: Architecture) -> Seq2Seq:
    """An untrained encoder and decoder of that architecture, without attention."""
    config = ModelConfig(
        source_size=WORDS,
        target_size=WORDS,
        embedding_size=EMBEDDING,
        hidden_size=HIDDEN,
        num_layers=architecture.num_layers,
        bidirectional=architecture.bidirectional,
        attention="none",
    )
    return Seq2Seq(config, np.random.default_rng(0))


def _reader_shapes(reader: Reader, ids: np.ndarray) -> dict[str, tuple[int, ...]]:
    mask = np.ones(ids.shape, bool)
    x, _ = reader.embedding.forward(ids)
    shapes = {"words": ids.shape, "embedded": x.shape}
    for number, layer in enumerate(reader.layer.layers, start=1):
        x, _, _ = layer.forward(x, mask=mask)
        shapes[f"layer {number}"] = x.shape
    states = reader.read(x, mask)
    return shapes | {"read": states.shape, "logits": reader.readout.forward(states)[0].shape}


def _translator_shapes(model: Seq2Seq, ids: np.ndarray, steps: int) -> dict[str, tuple[int, ...]]:
    encoded, states, _ = model.encoder.forward(ids, np.ones(ids.shape, bool))
    first, _ = model.bridge.forward(states)
    _, state = model.begin(ids, np.ones(ids.shape, bool))
    log_p, _, _ = model.next_log_probabilities(ids[:, 0], state, None)
    return {
        "source words": ids.shape,
        "encoder outputs": encoded.shape,
        "bridge, each h and c": first[-1].h.shape,
        "target words": (len(ids), steps),
        "log p, each step": log_p.shape,
    }

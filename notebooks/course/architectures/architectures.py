"""Recurrent architectures, built from the library's layers: the shapes of their arrays, their parameters."""

from typing import NamedTuple

import numpy as np

from course.shared.readers import ManyToMany, ManyToOne, Reader
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq

MANY_TO_ONE, MANY_TO_MANY, SEQ2SEQ = KINDS = ("many-to-one", "many-to-many", "sequence to sequence")
# Sizes that can be told apart where a shape is shown.
BATCH, WORDS, EMBEDDING, HIDDEN, CLASSES = 32, 1000, 16, 24, 5


class Architecture(NamedTuple):
    """A network's task, its length, and the number and direction of its layers."""

    kind: str  # one of KINDS
    steps: int  # T, or S where a sequence is answered with a sequence
    num_layers: int = 1
    bidirectional: bool = False  # of the encoder alone, where there is one
    target_steps: int = 3  # T of what is written, for sequence to sequence


def array_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Measure the shape of every array on the way from words to answers, on a batch of random words."""
    rng = np.random.default_rng(0)
    ids = rng.integers(WORDS, size=(BATCH, architecture.steps))
    if architecture.kind == SEQ2SEQ:
        return _translator_shapes(translator_of(architecture), ids, architecture.target_steps)
    return _reader_shapes(reader_of(architecture), ids)


def parameter_counts(architecture: Architecture) -> dict[str, int]:
    """Count the parameters of each part."""
    model = translator_of(architecture) if architecture.kind == SEQ2SEQ else reader_of(architecture)
    counts: dict[str, int] = {}
    for name, array in model.params.items():
        part = name.partition(".")[0]
        counts[part] = counts.get(part, 0) + array.size
    return counts


def reader_of(architecture: Architecture) -> Reader:
    """Build an untrained reader of that architecture; its layers are a translator's encoder."""
    encoder = translator_of(architecture).encoder
    reader_class = ManyToOne if architecture.kind == MANY_TO_ONE else ManyToMany
    return reader_class(encoder.rnn, CLASSES, np.random.default_rng(0), encoder.embedding)


def translator_of(architecture: Architecture) -> Seq2Seq:
    """Build an untrained encoder and decoder of that architecture, without attention."""
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

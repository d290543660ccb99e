"""A small task that invites overfitting: few sentences, some of them with flipped labels.

The question is which of two words comes first, number 0 or number 1.  All other words mean nothing.
"""

from typing import NamedTuple

import numpy as np

from course.shared.readers import ManyToOne, Task, shuffled_batches, train_reader
from lstm_lib.nn.dropout import Dropout, RecurrentDropout
from lstm_lib.nn.layers import Embedding
from lstm_lib.nn.lstm import LSTM

WORDS, STEPS = 20, 10
EMBEDDING_SIZE, HIDDEN_SIZE = 12, 24
BATCH, EPOCHS, LEARNING_RATE = 75, 20, 0.03


class NoisyInputs:
    """A recurrent layer with dropout on what it reads: a fresh mask at every step (Zaremba et al., 2014)."""

    def __init__(self, layer: LSTM, rate: float):
        self.layer, self.dropout = layer, Dropout(rate)
        self.params, self.hidden_size, self.output_size = layer.params, layer.hidden_size, layer.output_size

    def forward(self, x: np.ndarray, state0=None, mask=None, rng=None):
        """Run forward as the layer itself does."""
        x, drop = self.dropout.forward(x, rng)
        h, state_T, cache = self.layer.forward(x, state0, mask, rng)
        return h, state_T, (cache, drop)

    def backward(self, dh: np.ndarray, dstate_T, cache):
        """Run backward as the layer itself does."""
        dx, dstate0, grads = self.layer.backward(dh, dstate_T, cache[0])
        return self.dropout.backward(dx, cache[1])[0], dstate0, grads


class Accuracy(NamedTuple):
    """Shares of answers that agree with the labels, 0 to 1."""

    training: float  # where some labels are flipped
    new: float  # where none are


def order_task(rng: np.random.Generator, count: int, wrong: float = 0.0) -> Task:
    """Draw sentences of ids (B, T) of one length; the class is 1 where word 1 comes before word 0.

    Args: rng; count: B; wrong: the share of labels that are flipped, drawn at random.
    """
    ids = rng.integers(2, WORDS, (count, STEPS))
    places = np.sort(rng.permuted(np.tile(np.arange(STEPS), (count, 1)), axis=1)[:, :2], axis=1)
    classes = rng.integers(2, size=count)
    np.put_along_axis(ids, places, np.stack([classes, 1 - classes], axis=1), axis=1)
    turned = rng.random(count) < wrong
    return Task(ids, np.ones((count, STEPS), bool), np.where(turned, 1 - classes, classes))


def noisy_reader(kind: str, rate: float, rng: np.random.Generator) -> ManyToOne:
    """Build a reader with one kind of dropout.

    Args: kind: "inputs", or one of `RECURRENT_KINDS`; rate: 0 for none; rng: draws the weights.
    """
    noise = None if kind == "inputs" else RecurrentDropout(kind, rate)
    # In double precision, so that accuracies are the same whatever order a machine adds up in.
    lstm = LSTM(EMBEDDING_SIZE, HIDDEN_SIZE, rng, recurrent_dropout=noise, dtype=np.float64)
    layer = NoisyInputs(lstm, rate) if kind == "inputs" else lstm
    return ManyToOne(layer, 2, rng, Embedding(WORDS, EMBEDDING_SIZE, rng, np.float64))


def train_noisy(kind: str, rate: float, seed: int, count: int = 300, wrong: float = 0.15) -> Accuracy:
    """Train on a few sentences, and test the reader on them and on a thousand new ones.

    Args: kind, rate: as for `noisy_reader`; seed: of sentences, weights, order and noise; count: of sentences
        to train on; wrong: the share of their labels that are flipped.
    """
    rng = np.random.default_rng(seed)
    training, new = order_task(rng, count, wrong), order_task(rng, 1000)
    reader = noisy_reader(kind, rate, rng)
    train_reader(reader, shuffled_batches(training, BATCH, EPOCHS, rng), LEARNING_RATE)
    return Accuracy(*(float(np.mean(reader.predict(task) == task.classes)) for task in (training, new)))

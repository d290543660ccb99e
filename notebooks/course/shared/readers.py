"""Small networks that read a sequence and answer with classes: once at its end, or at every step.

Both are trained by `lstm_lib.training.Trainer`, as the translator is.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lstm_lib.nn.layers import Embedding, Linear, Params, join
from lstm_lib.nn.losses import cross_entropy
from lstm_lib.nn.stacked import Bidirectional, Stacked
from lstm_lib.training import Adam, Trainer
from lstm_lib.training.schedules import Constant


class Task(NamedTuple):
    """Sequences side by side, and the classes that they should be answered with."""

    x: np.ndarray  # (B, T) ids, or (B, T, input_size) numbers
    mask: np.ndarray  # (B, T) bool, True = real step
    classes: np.ndarray  # (B,) for a whole sequence, or (B, T) for each step; integers

    def part(self, rows: np.ndarray) -> "Task":
        """Return some of the sequences, without the steps at which all of them are padding."""
        steps = self.mask[rows].any(axis=0).nonzero()[0][-1] + 1
        classes = self.classes[rows] if self.classes.ndim == 1 else self.classes[rows, :steps]
        return Task(self.x[rows, :steps], self.mask[rows, :steps], classes)


class Reader(ABC):
    """An embedding, a recurrent layer, and a readout to classes.

    Args: layer: recurrent; num_classes; rng: draws the readout; embedding: of ids; None to read numbers.
    """

    def __init__(self, layer, num_classes: int, rng: np.random.Generator, embedding: Embedding | None = None):
        self.embedding, self.layer = embedding, layer
        dtype = next(iter(layer.params.values())).dtype
        self.readout = Linear(top(layer).output_size, num_classes, rng, dtype)
        parts = {"layer": layer.params, "readout": self.readout.params}
        self.params: Params = join(parts if embedding is None else parts | {"embedding": embedding.params})

    def loss_and_grads(self, batch: Task, rng: np.random.Generator | None):
        """Return the mean loss of an answer, its gradients, and the number of answers, for `Trainer`."""
        x, looked_up = (batch.x, None) if self.embedding is None else self.embedding.forward(batch.x)
        h, _, cache = self.layer.forward(x, mask=batch.mask, rng=rng)  # (B, T, D)
        logits, readout_cache = self.readout.forward(self.read(h, batch.mask))
        classes = batch.classes if batch.classes.ndim == 1 else batch.classes[batch.mask]
        loss, _, dlogits = cross_entropy(logits, classes)
        dstates, readout = self.readout.backward(dlogits, readout_cache)
        dx, _, layer = self.layer.backward(self.read_backward(dstates, batch.mask), None, cache)
        grads = {"layer": layer, "readout": readout}
        if self.embedding is not None:
            _, grads["embedding"] = self.embedding.backward(dx, looked_up)
        return loss, join(grads), len(classes)

    def predict(self, task: Task) -> np.ndarray:
        """Return each answer's most probable class: (B,), or (real steps,) in the order of `task.mask`."""
        x = task.x if self.embedding is None else self.embedding.forward(task.x)[0]
        h, _, _ = self.layer.forward(x, mask=task.mask)
        return self.readout.forward(self.read(h, task.mask))[0].argmax(axis=1)

    @abstractmethod
    def read(self, h: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Return the states to answer from, one row per answer.  Args: h (B, T, D); mask (B, T)."""

    @abstractmethod
    def read_backward(self, dstates: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Return the gradient of what `read` was given, (B, T, D)."""


class ManyToMany(Reader):
    """An answer at every real step."""

    def read(self, h: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return h[mask]

    def read_backward(self, dstates: np.ndarray, mask: np.ndarray) -> np.ndarray:
        dh = np.zeros((*mask.shape, dstates.shape[1]), dstates.dtype)
        dh[mask] = dstates
        return dh


class ManyToOne(Reader):
    """One answer for a whole sequence, from the state in which each direction has read all of it.

    Since the state is carried over the padding, that is the last column, and for the direction that reads
    from the right the first.
    """

    def read(self, h: np.ndarray, mask: np.ndarray) -> np.ndarray:
        left = forward_size(self.layer)
        return np.concatenate([h[:, -1, :left], h[:, 0, left:]], axis=1)

    def read_backward(self, dstates: np.ndarray, mask: np.ndarray) -> np.ndarray:
        left = forward_size(self.layer)
        dh = np.zeros((*mask.shape, dstates.shape[1]), dstates.dtype)
        dh[:, -1, :left] = dstates[:, :left]
        dh[:, 0, left:] = dstates[:, left:]
        return dh


def train_reader(reader: Reader, batches: Sequence[Task], learning_rate: float = 0.01) -> np.ndarray:
    """Train on each batch once, with Adam and clipping.  Returns: the loss of every update."""
    trainer = Trainer(reader, Adam(), Constant(learning_rate), clip_norm=1.0, progress_bar=False)
    history = trainer.fit(lambda epoch: batches, epochs=1)
    return np.array([record["loss"] for record in history.steps])


def shuffled_batches(task: Task, size: int, epochs: int, rng: np.random.Generator) -> list[Task]:
    """Return batches that hold all sequences once per epoch, in random order.

    Args: task; size: the most sequences of a batch; epochs; rng: draws the order.
    """
    count = len(task.x)
    orders = (rng.permutation(count) for _ in range(epochs))
    return [task.part(rows) for order in orders for rows in np.array_split(order, -(-count // size))]


def top(layer):
    """Return the layer whose output a stack returns, or a single layer itself."""
    return layer.layers[-1] if isinstance(layer, Stacked) else layer


def forward_size(layer) -> int:
    """Return how many of a layer's outputs come from the direction that reads from the left."""
    layer = top(layer)
    return layer.directions["forward"].hidden_size if isinstance(layer, Bidirectional) else layer.hidden_size

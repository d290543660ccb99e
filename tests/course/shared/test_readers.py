"""Readers: their gradients, what padding must not change, and that they learn."""

import numpy as np
import pytest

from course.shared.gradcheck import relative_error
from course.shared.readers import ManyToMany, ManyToOne, Task, shuffled_batches, train_reader
from course.shared.tasks import recall_batches, recall_task
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.layers import Embedding
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.rnn import RNN
from lstm_lib.nn.stacked import Bidirectional, Stacked

LENGTHS, CLASSES, E, H = np.array([4, 1, 3]), 3, 2, 2
KINDS = ("one way", "both ways", "stacked")


def make_reader(reader_class, kind: str, embedding: bool = True):
    rng = np.random.default_rng(0)
    options = {"rng": rng, "dtype": np.float64}
    layer = {
        "one way": lambda: LSTM(E, H, **options),
        "both ways": lambda: Bidirectional(GRU(E, H, **options), RNN(E, H + 1, **options)),
        "stacked": lambda: Stacked(
            [Bidirectional(RNN(E, H, **options), RNN(E, H, **options)), LSTM(2 * H, H, **options)]
        ),
    }[kind]()
    return reader_class(layer, CLASSES, rng, Embedding(5, E, **options) if embedding else None)


def make_task(reader_class, extra: int = 0) -> Task:
    rng, steps = np.random.default_rng(1), LENGTHS.max()
    mask = np.arange(steps + extra) < LENGTHS[:, None]
    shape = (3, steps) if reader_class is ManyToMany else (3,)
    ids, classes = rng.integers(5, size=(3, steps)), rng.integers(CLASSES, size=shape)
    pad = [(0, 0), (0, extra)]
    return Task(np.pad(ids, pad), mask, np.pad(classes, pad) if classes.ndim == 2 else classes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader_class", [ManyToOne, ManyToMany])
def test_gradients_are_those_of_difference_quotients(reader_class, kind):
    reader, task = make_reader(reader_class, kind), make_task(reader_class)
    _, grads, count = reader.loss_and_grads(task, None)
    assert count == (LENGTHS.sum() if reader_class is ManyToMany else len(LENGTHS))
    assert grads.keys() == reader.params.keys()
    for name, param in reader.params.items():
        wanted = np.zeros_like(param)
        for index in np.ndindex(param.shape):
            before = param[index]
            losses = []
            for nudge in (1e-5, -1e-5):
                param[index] = before + nudge
                losses.append(reader.loss_and_grads(task, None)[0])
            param[index] = before
            wanted[index] = (losses[0] - losses[1]) / 2e-5
        assert relative_error(grads[name], wanted) < 1e-6, name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader_class", [ManyToOne, ManyToMany])
def test_padding_changes_nothing(reader_class, kind):
    reader = make_reader(reader_class, kind)
    short, long = make_task(reader_class), make_task(reader_class, extra=3)
    loss, grads, _ = reader.loss_and_grads(short, None)
    loss_padded, grads_padded, _ = reader.loss_and_grads(long, None)
    assert loss == pytest.approx(loss_padded, rel=1e-12)
    for name in grads:
        np.testing.assert_allclose(grads[name], grads_padded[name], rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(reader.predict(short), reader.predict(long))


def test_a_part_has_no_step_that_is_padding_throughout():
    part = make_task(ManyToMany, extra=2).part(np.array([1, 2]))
    assert part.x.shape == part.mask.shape == part.classes.shape == (2, 3)
    assert make_task(ManyToOne).part(np.array([1])).x.shape == (1, 1)


def test_batches_hold_each_sequence_once_an_epoch():
    count = 10
    task = Task(np.arange(count)[:, None], np.ones((count, 1), bool), np.arange(count))
    batches = shuffled_batches(task, size=4, epochs=2, rng=np.random.default_rng(0))
    assert [len(batch.x) for batch in batches] == [4, 3, 3] * 2
    for epoch in (batches[:3], batches[3:]):
        seen = np.concatenate([batch.classes for batch in epoch])
        assert sorted(seen) == list(range(count)) and list(seen) != list(range(count))


def test_recall_begins_with_its_answer():
    task = recall_task(np.random.default_rng(0), batch=50, steps=4, noise=0.2)
    assert task.x.shape == (50, 4, 1) and task.mask.all()
    np.testing.assert_array_equal(task.x[:, 0, 0], np.where(task.classes == 1, 1, -1))
    assert 0.1 < task.x[:, 1:].std() < 0.3
    first, second = (list(recall_batches(1, 2, 3, 4)) for _ in range(2))
    np.testing.assert_array_equal(first[1].x, second[1].x)
    assert not np.array_equal(first[0].x, first[1].x)


def test_a_reader_learns_to_recall():
    rng = np.random.default_rng(0)
    reader = ManyToOne(LSTM(1, 8, rng), 2, rng)
    losses = train_reader(reader, list(recall_batches(0, updates=80, batch=16, steps=6)), 0.03)
    assert len(losses) == 80 and losses[:5].mean() > 0.5 and losses[-5:].mean() < 0.1
    test = recall_task(np.random.default_rng(9), batch=50, steps=6)
    assert (reader.predict(test) == test.classes).mean() > 0.95

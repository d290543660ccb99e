"""The task that invites learning by heart, and a reader with noise on its inputs."""

import numpy as np
import pytest

from course.dropout import overfitting
from course.dropout.overfitting import NoisyInputs, noisy_reader, order_task, train_noisy
from course.shared.gradcheck import check, randomize, recurrent_operation
from lstm_lib.nn.dropout import RECURRENT_KINDS
from lstm_lib.nn.lstm import LSTM, LSTMState


def first_of_the_two(words: np.ndarray) -> int:
    return next(int(word) for word in words if word in (0, 1))


def test_the_class_is_the_word_that_comes_first():
    task = order_task(np.random.default_rng(0), 200)
    assert [first_of_the_two(words) for words in task.x] == list(task.classes)
    assert ((task.x == 0).sum(axis=1) == 1).all() and ((task.x == 1).sum(axis=1) == 1).all()
    assert task.mask.all() and 0.4 < task.classes.mean() < 0.6
    places = np.sort(np.argwhere(task.x < 2)[:, 1])
    assert places[0] == 0 and places[-1] == task.x.shape[1] - 1  # the two may stand anywhere


def test_wrong_answers_are_turned_round():
    right, wrong = (order_task(np.random.default_rng(0), 2000, share) for share in (0.0, 0.15))
    np.testing.assert_array_equal(right.x, wrong.x)
    assert np.mean(right.classes != wrong.classes) == pytest.approx(0.15, abs=0.03)


def test_noise_on_the_inputs_has_the_right_gradient():
    rng = np.random.default_rng(0)
    layer = NoisyInputs(LSTM(3, 2, rng, dtype=np.float64), 0.4)
    randomize(layer.params, rng)
    first = LSTMState(*rng.standard_normal((2, 2, 2)))
    operation = recurrent_operation(layer, rng.standard_normal((2, 4, 3)), first, None, seed=5)
    assert max(row.relative_error for row in check(operation, rng)) < 1e-7


def test_noise_on_the_inputs_ends_with_training():
    layer = NoisyInputs(LSTM(3, 2, np.random.default_rng(0)), 0.4)
    x = np.random.default_rng(1).standard_normal((2, 4, 3), np.float32)
    plain = layer.layer.forward(x)[0]
    np.testing.assert_array_equal(layer.forward(x)[0], plain)
    assert not np.allclose(layer.forward(x, rng=np.random.default_rng(2))[0], plain)


@pytest.mark.parametrize("kind", ["inputs", *RECURRENT_KINDS])
def test_each_kind_of_reader_has_the_same_parameters_and_a_noise(kind):
    plain, noisy = (noisy_reader(kind, rate, np.random.default_rng(0)) for rate in (0.0, 0.5))
    for name, array in plain.params.items():
        np.testing.assert_array_equal(array, noisy.params[name])
    task = order_task(np.random.default_rng(1), 50)
    losses = [reader.loss_and_grads(task, np.random.default_rng(2))[0] for reader in (plain, noisy)]
    assert losses[0] != losses[1]


def test_a_reader_without_noise_learns_wrong_answers_by_heart(monkeypatch):
    monkeypatch.setattr(overfitting, "EPOCHS", 60)
    learned = train_noisy("inputs", 0.0, seed=0, count=60)
    assert learned.training > 0.95
    assert learned.new < 0.9


def test_the_same_seed_gives_the_same_accuracies(monkeypatch):
    monkeypatch.setattr(overfitting, "EPOCHS", 2)
    assert train_noisy("zoneout", 0.5, seed=1) == train_noisy("zoneout", 0.5, seed=1)

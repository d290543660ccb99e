import math

import numpy as np
import pytest

from helpers import toy
from lstm_lib.training import OPTIMIZERS, SCHEDULES, load_checkpoint, read_history


def scripted(scores):
    """An evaluation that returns the given scores, one after the other."""
    scores = iter(scores)
    return lambda: {"bleu": next(scores)}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_learns(optimizer):
    rate = 2.0 if optimizer == "sgd" else 0.1
    trainer = toy.make_trainer(optimizer=optimizer, schedule="constant", learning_rate=rate)
    history = toy.train(trainer)
    losses = [record["loss"] for record in history.steps]
    assert np.mean(losses[-10:]) < 0.6 * losses[0]
    assert history.evaluations[-1]["metrics"]["bleu"] > 93


def test_same_seed_same_run_and_another_seed_another(tmp_path):
    results = []
    for seed, run_dir in ((1, None), (1, tmp_path / "run"), (2, None)):
        trainer = toy.make_trainer(run_dir, seed=seed)
        history = toy.train(trainer)
        results.append((toy.weights(trainer), [record["loss"] for record in history.steps]))
    toy.assert_equal(results[0][0], results[1][0])
    assert results[0][1] == results[1][1]
    assert results[0][1] != results[2][1]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_resumed_after_an_epoch_it_is_the_same_run(tmp_path, optimizer, schedule):
    options = {"optimizer": optimizer, "schedule": schedule}
    whole = toy.make_trainer(**options)
    toy.train(whole)
    toy.train(toy.make_trainer(tmp_path, **options), epochs=2)
    resumed = toy.make_trainer(tmp_path, **options)
    toy.train(resumed, resume=True)
    toy.assert_equal(toy.weights(resumed), toy.weights(whole))
    assert resumed.run.progress.step == 48


def test_the_history_tells_each_update(tmp_path):
    trainer = toy.make_trainer(tmp_path, clip_norm=0.01, schedule="exponential")
    toy.train(trainer)
    history = read_history(tmp_path / "history.jsonl")
    assert history.header["config"] == {"optimizer": "adam", "schedule": "exponential"}
    assert [record["step"] for record in history.steps] == list(range(1, 49))
    assert [record["epoch"] for record in history.steps] == sorted([1, 2, 3, 4] * 12)
    assert [record["learning_rate"] for record in history.steps] == [trainer.schedule(i) for i in range(48)]
    assert all(record["grad_norm"] > 0.01 for record in history.steps)  # measured before clipping
    assert all(record["tokens_per_second"] > 0 for record in history.steps)
    seconds = [record["seconds"] for record in history.records]
    assert seconds == sorted(seconds)
    evaluated = [(record["step"], record["epoch"]) for record in history.evaluations]
    assert evaluated == [(12, 1), (24, 2), (36, 3), (48, 4)]
    assert set(history.evaluations[0]["metrics"]) == {"bleu", "rows"}


def test_clipping_bounds_the_step():
    trainer = toy.make_trainer(optimizer="sgd", schedule="constant", learning_rate=1.0, clip_norm=0.001)
    trainer.fit(toy.batches_of_epoch, 1)
    moved = math.sqrt(sum(np.sum(value**2) for value in trainer.model.params.values()))
    assert 0 < moved <= 12 * 0.001 * (1 + 1e-9)


def test_the_best_parameters_come_back(tmp_path):
    trainer = toy.make_trainer(tmp_path)
    seen = []

    def evaluate():
        seen.append(toy.weights(trainer))
        return {"bleu": [10, 30, 20, 30][len(seen) - 1]}

    trainer.fit(toy.batches_of_epoch, 4, evaluate)
    assert trainer.run.progress.best_epoch == 2
    toy.assert_equal(toy.weights(trainer), seen[1])
    toy.assert_equal(load_checkpoint(tmp_path / "best.npz").params, seen[1])
    toy.assert_equal(load_checkpoint(tmp_path / "last.npz").params, seen[3])


@pytest.mark.parametrize(
    ("options", "scores"),
    [({"metric": "loss", "higher_is_better": False}, [3.0, 1.0, 2.0]), ({}, [math.nan, 1.0, math.nan])],
)
def test_lower_may_be_better_and_nan_is_never_the_best(options, scores):
    trainer, scores = toy.make_trainer(**options), iter(scores)
    trainer.fit(toy.batches_of_epoch, 3, lambda: {trainer.metric: next(scores)})
    assert trainer.run.progress.best_epoch == 2


def test_patience_stops_early_and_stays_stopped(tmp_path):
    trainer = toy.make_trainer(tmp_path, patience=2)
    history = trainer.fit(toy.batches_of_epoch, 9, scripted([5, 6, 6, 5]))
    assert len(history.evaluations) == 4
    before = toy.weights(trainer)
    resumed = toy.make_trainer(tmp_path, patience=2)
    resumed.fit(toy.batches_of_epoch, 9, scripted([]), resume=True)
    toy.assert_equal(toy.weights(resumed), before)


def test_the_plateau_schedule_hears_every_score():
    trainer = toy.make_trainer(schedule="plateau", learning_rate=0.1)
    history = trainer.fit(toy.batches_of_epoch, 3, scripted([5, 4, 6]))
    assert [record["learning_rate"] for record in history.steps] == [0.1] * 24 + [0.05] * 12


def test_evaluations_every_second_epoch_and_at_the_end():
    history = toy.train(toy.make_trainer(evaluate_every=2), epochs=3)
    assert [record["epoch"] for record in history.evaluations] == [2, 3]


def test_without_evaluation_the_newest_are_the_best(tmp_path):
    trainer = toy.make_trainer(tmp_path)
    trainer.fit(toy.batches_of_epoch, 2)
    for name in ("best.npz", "last.npz"):
        toy.assert_equal(load_checkpoint(tmp_path / name).params, toy.weights(trainer))


def test_an_evaluation_without_the_metric_is_refused():
    with pytest.raises(ValueError, match=r"must return the metric 'bleu', got only \['chrf'\]"):
        toy.make_trainer().fit(toy.batches_of_epoch, 1, lambda: {"chrf": 1.0})


@pytest.mark.parametrize(("wanted", "shown"), [(True, True), (False, False), (None, False)])
def test_the_progress_bar_shows_when_asked_and_not_outside_a_terminal(capsys, wanted, shown):
    toy.train(toy.make_trainer(progress_bar=wanted), epochs=1)
    assert ("epoch 1" in capsys.readouterr().err) == shown

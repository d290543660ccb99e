import math

import numpy as np
import pytest

from helpers import toy
from lstm_lib.training import OPTIMIZERS, SCHEDULES, load_checkpoint, read_history, save_checkpoint


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


TIES = [  # (BLEU, perplexity) of each epoch, and the one that is best
    ([(0, 9), (0, 7), (0, 8)], 2),
    ([(0, 233), (0, 100), (0, 65)], 3),
    ([(5, 9), (7, 8), (7, 8), (5, 1)], 2),  # equal in both: the first
    ([(5, 1), (7, 8), (7, 6), (6, 2)], 3),  # perplexity never beats BLEU
    ([(0, math.nan), (0, 9), (0, math.nan)], 2),
    ([(math.nan, 1), (0, 9)], 2),
]


@pytest.mark.parametrize(("scores", "best"), TIES)
def test_equal_scores_are_told_apart_by_perplexity(tmp_path, scores, best):
    evaluations = iter([dict(zip(("bleu", "perplexity"), each, strict=True)) for each in scores])
    trainer = toy.make_trainer(tmp_path, tie_metric="perplexity")
    trainer.fit(toy.batches_of_epoch, len(scores), lambda: next(evaluations))
    assert trainer.run.progress.best_epoch == best
    assert load_checkpoint(tmp_path / "best.npz").progress.epoch == best


def falling(perplexities):
    perplexities = iter(perplexities)
    return lambda: {"bleu": 0.0, "perplexity": next(perplexities)}


def test_patience_and_plateau_hear_a_perplexity_that_falls_while_bleu_is_0():
    trainer = toy.make_trainer(patience=2, learning_rate=0.1, tie_metric="perplexity")
    history = trainer.fit(toy.batches_of_epoch, 9, falling([9, 8, 7, 6, 6.5, 6.5, 1]))
    assert len(history.evaluations) == 6
    rates = [record["learning_rate"] for record in history.steps]
    assert rates == [0.1] * 60 + [0.05] * 12


def test_without_a_second_metric_the_first_of_equals_stays_the_best():
    trainer = toy.make_trainer()
    trainer.fit(toy.batches_of_epoch, 3, falling([9, 8, 7]))
    assert trainer.run.progress.best_epoch == 1


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_a_resumed_run_still_knows_how_far_the_perplexity_had_fallen(tmp_path, stop):
    perplexities = [9.0, 7.1, 8.0, 7.0]
    whole = toy.make_trainer(tie_metric="perplexity")
    whole.fit(toy.batches_of_epoch, 4, falling(perplexities))
    first = toy.make_trainer(tmp_path, tie_metric="perplexity")
    first.fit(toy.batches_of_epoch, stop, falling(perplexities))
    resumed = toy.make_trainer(tmp_path, tie_metric="perplexity")
    resumed.fit(toy.batches_of_epoch, 4, falling(perplexities[stop:]), resume=True)
    toy.assert_equal(toy.weights(resumed), toy.weights(whole))
    assert resumed.schedule.state == whole.schedule.state
    assert resumed.run.progress.best_score == whole.run.progress.best_score == [0.0, -7.0]
    assert resumed.run.progress.stale == whole.run.progress.stale == 0


@pytest.mark.parametrize(
    ("after", "best"), [([(6, 9), (6, 8)], 1), ([(7, 9), (7, 8)], 3), ([(8, 9), (7, 1)], 2)]
)
@pytest.mark.parametrize("schedule", ["plateau", "cosine"])
def test_a_checkpoint_from_before_ties_were_decided_goes_on(tmp_path, schedule, after, best):
    """Such a checkpoint holds a bare number where a list is now; an equal score counts as better once."""
    toy.make_trainer(tmp_path, schedule=schedule).fit(toy.batches_of_epoch, 1, scripted([7]))
    for name in ("last.npz", "best.npz"):
        saved = load_checkpoint(tmp_path / name)
        saved.progress.best_score = 7.0 if name == "last.npz" else None
        saved.schedule = {key: 7.0 if key == "best" else value for key, value in saved.schedule.items()}
        save_checkpoint(tmp_path / name, saved)
    trainer = toy.make_trainer(tmp_path, schedule=schedule, tie_metric="perplexity")
    evaluations = iter([{"bleu": bleu, "perplexity": perplexity} for bleu, perplexity in after])
    trainer.fit(toy.batches_of_epoch, 3, lambda: next(evaluations), resume=True)
    assert trainer.run.progress.best_epoch == best


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


def test_an_evaluation_without_the_metric_for_ties_is_refused():
    trainer = toy.make_trainer(tie_metric="perplexity")
    with pytest.raises(ValueError, match=r"must return the metric 'perplexity', got only \['bleu'\]"):
        trainer.fit(toy.batches_of_epoch, 1, scripted([1]))


@pytest.mark.parametrize("name", ["workers", "patience", "evaluate_every", "checkpoint_every"])
@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_counts_that_cannot_be_are_refused_before_training(name, value):
    with pytest.raises(ValueError, match=f"^{name} is {value}; wanted .*at least 1(, or None)?$"):
        toy.make_trainer(**{name: value})


def test_only_patience_may_be_none():
    assert toy.make_trainer(patience=None).patience is None
    with pytest.raises(ValueError, match="checkpoint_every is None"):
        toy.make_trainer(checkpoint_every=None)


@pytest.mark.parametrize("value", [0, -1.0, -math.inf, math.nan])
def test_a_norm_that_would_turn_gradients_round_is_refused_before_training(value):
    with pytest.raises(ValueError, match=f"^clip_norm is {value}; wanted .*more than 0, or None$"):
        toy.make_trainer(clip_norm=value)


@pytest.mark.parametrize(("wanted", "shown"), [(True, True), (False, False), (None, False)])
def test_the_progress_bar_shows_when_asked_and_not_outside_a_terminal(capsys, wanted, shown):
    toy.train(toy.make_trainer(progress_bar=wanted), epochs=1)
    assert ("epoch 1" in capsys.readouterr().err) == shown

"""The study of optimization: its rates, its plan, what it measures, and its three figures."""

import dataclasses
import json

import numpy as np
import pytest

from figures import fig8_optimization as optimization
from figures.fig8_clipping import draw_clipping, early_bleu, is_sound, train_watched, watch_updates
from figures.fig8_optimization import OPTIMIZERS, RECIPE, collect, draw_dropout, draw_optimization, plan
from figures.lab.measures import best_rates, rate_grid, token_accuracy, train_and_count, train_only
from figures.lab.runner import stored
from figures.lab.setting import QUICK, StudyOptions, read_corpus, recipe_fields
from helpers.evaluation import make_corpus, make_translator
from lstm_lib import runs
from lstm_lib.text.batching import encode_pairs, make_batch

RATES = {name: contender.rates[2] for name, contender in OPTIMIZERS.items()}
TINY = dataclasses.replace(
    QUICK, train_pairs=64, held_out_pairs=8, hidden_size=8, embedding_size=8, epochs=2, batch_size=16, seed=3
)
EXPLOSIVE = dataclasses.replace(TINY, optimizer="sgd", learning_rate=1e38, warmup_steps=0, clip_norm=0.0)

# Measures


def test_accuracy_counts_words_one_by_one():
    corpus = make_corpus()
    translator = make_translator(corpus)
    right = count = 0
    for pair in encode_pairs(corpus.train, translator.source_codec, translator.target_codec):
        batch = make_batch([pair])
        memory, state = translator.model.begin(batch.source, batch.source_mask)
        for given, wanted in zip(batch.target_in[0], batch.target_out[0], strict=True):
            log_p, state, _ = translator.model.next_log_probabilities(np.array([given]), state, memory)
            right, count = right + int(log_p[0].argmax() == wanted), count + 1
    assert 0 < right < count
    assert token_accuracy(translator, corpus.train) == right / count


def test_watched_updates_are_those_of_a_training():
    recipe = dataclasses.replace(TINY, clip_norm=1.0, schedule="step", decay_steps=3)
    corpus = read_corpus(recipe)
    updates, diverged = train_watched(runs.new_translator(recipe, corpus), recipe, corpus.train)
    _, history = runs.train(recipe, corpus, progress_bar=False)
    assert not diverged
    assert [each.loss for each in updates] == [step["loss"] for step in history.steps]
    assert [each.before for each in updates] == [step["grad_norm"] for step in history.steps]


def test_what_reaches_the_optimizer_is_measured():
    limit = 0.28  # which some updates pass and others do not
    clipped, free = (
        watch_updates({"recipe": recipe_fields(dataclasses.replace(TINY, clip_norm=norm))}, seed=3)
        for norm in (limit, 0.0)
    )
    assert free["after"] == free["before"] and free["clipped"] == 0
    assert clipped["after"] == pytest.approx(np.minimum(clipped["before"], limit), rel=1e-4)
    assert 0 < clipped["clipped"] == sum(np.array(clipped["before"]) > limit) < len(clipped["before"])
    assert clipped["longest_after"] == pytest.approx(limit, rel=1e-6)


def test_a_training_that_diverges_keeps_what_it_was():
    found = watch_updates({"recipe": recipe_fields(EXPLOSIVE)}, seed=3)
    assert found["diverged"] and found["dev_loss"] is None
    assert 0 < len(found["loss"]) == len(found["after"]) < 2 * 4
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("measure", [train_only, train_and_count])
def test_a_training_that_diverges_says_so(measure):
    found = measure({"recipe": recipe_fields(EXPLOSIVE)}, seed=3)
    assert list(found) == ["diverged"] and "diverged" in found["diverged"]


def test_a_training_is_counted_and_tested():
    found = train_and_count({"recipe": recipe_fields(TINY)}, seed=3)
    assert len(found["dev_bleu"]) == len(found["dev_loss"]) == TINY.epochs
    assert 0 < found["train_accuracy"] < 1 and 0 < found["dev_accuracy"] < 1
    assert found["sentences"] > 0 and found["statistics"]


# The plan


def grid_row(name, rate, *dev_loss):
    metrics = {"dev_loss": list(dev_loss)} if dev_loss else {"diverged": "at once"}
    recipe = {"learning_rate": rate, "epochs": len(dev_loss)}
    return {"variant": name, "configuration": {"recipe": recipe}, "metrics": metrics}


def test_the_rate_with_the_lowest_loss_in_the_end_is_chosen():
    rows = [
        grid_row("SGD", 4.0),
        grid_row("SGD", 2.0, 3.0, 2.5),
        grid_row("SGD", 1.0, 4.0, 2.0),
        grid_row("Adam", 0.01, 1.0),
    ]
    assert best_rates(rows) == {"SGD": 1.0, "Adam": 0.01}


def test_every_optimizer_has_as_many_rates_a_factor_of_two_apart():
    grid = rate_grid(StudyOptions(), OPTIMIZERS, RECIPE, {})
    assert len({run.key for run in grid}) == len(grid) == 5 * len(OPTIMIZERS)
    for contender in OPTIMIZERS.values():
        assert np.allclose(np.divide(contender.rates[1:], contender.rates[:-1]), 2)


def test_a_variant_changes_one_thing_of_the_recipe():
    sections = plan(StudyOptions(), RATES)
    (whole, *_) = (run.configuration["recipe"] for run in sections["recipe"])
    options = {
        "recipe": {"optimizer", "learning_rate", "schedule", "clip_norm", "dropout"},
        "recurrent dropout": {"recurrent_dropout", "recurrent_dropout_kind"},
        "dropout": {"dropout"},
        "schedules": {"schedule"},
        "optimizers": {"optimizer", "momentum", "learning_rate"},
    }
    for section, names in options.items():
        varied = {
            name
            for run in sections[section]
            for name, value in run.configuration["recipe"].items()
            if value != whole[name]
        }
        assert varied == names, section
        assert any(run.configuration["recipe"] == whole for run in sections[section]), section
    assert (whole["optimizer"], whole["schedule"], whole["clip_norm"], whole["dropout"]) == (
        "adam",
        "step",
        5.0,
        0.2,
    )


def test_shared_runs_are_run_once_and_stored_under_plain_names():
    planned = [run for section in plan(StudyOptions(), RATES).values() for run in section]
    unique = {run.key: run for run in planned}  # as `perform` takes them
    names = {run.variant for run in unique.values()}
    assert {"Adam", "SGD", "constant", "no clipping", "dropout 0.0", "zoneout", "cosine"} <= names
    assert not names & {"the whole recipe", "step", "dropout 0.2", "none"}
    trained = list(unique.values()) + rate_grid(StudyOptions(), OPTIMIZERS, RECIPE, {})
    assert sum(run.configuration["recipe"]["epochs"] for run in trained) <= 800  # at 6 s of a core each


def test_nothing_is_run_to_read(tmp_path):
    assert collect(StudyOptions(results=tmp_path), stored) == {}
    assert not list(tmp_path.iterdir())


# The figures


def trained_row(variant, seed=0, **recipe):
    curve = [20.0 + seed, 30.0, 35.0, 40.0]
    metrics = {
        "bleu": 40.0 + seed,
        "dev_bleu": curve,
        "dev_loss": [3.0, 2.5, 2.0, 1.5],
        "train_accuracy": 0.9,
        "dev_accuracy": 0.6 + seed / 10,
        "training_seconds": 60.0 + 4 * seed,
    }
    recipe = {"learning_rate": 0.5, "dropout": 0.2, **recipe}
    return {"variant": variant, "configuration": {"recipe": recipe}, "metrics": metrics}


def diverged_row(variant, **recipe):
    return {**trained_row(variant, **recipe), "metrics": {"diverged": "at update 7"}}


def test_the_figure_of_optimizers_and_schedules_draws_the_rows():
    sections = {
        "optimizers": [*(trained_row("Adam", seed) for seed in (0, 1)), diverged_row("SGD")],
        "schedules": [trained_row("step"), trained_row("cosine")],
        "rates": [grid_row("Adam", 0.5, 2.0), grid_row("Adam", 0.1, 3.0), grid_row("SGD", 0.5)],
    }
    loss, bleu, scores, rates, curves, of_schedules = draw_optimization(sections).axes
    assert [list(line.get_ydata()) for line in loss.get_lines()] == [[3.0, 2.5, 2.0, 1.5]]
    assert [list(line.get_ydata()) for line in bleu.get_lines()] == [[20.5, 30.0, 35.0, 40.0]]
    assert [text.get_text() for text in scores.texts] == ["40.5", "diverged"]
    assert scores.get_yticklabels()[0].get_text() == "Adam\nrate 0.5"
    drawn = [list(line.get_xydata().ravel()) for line in rates.get_lines()]
    assert drawn == [[0.5, 2.0, 0.1, 3.0], [0.5, 2.0], []]  # Adam, its ring, SGD
    assert len(curves.get_lines()) == len(of_schedules.texts) == 2


def watched_row(variant, loss, before, limit, dev_loss=2.0):
    metrics = {
        "loss": loss,
        "before": before,
        "after": [min(norm, limit) for norm in before],
        "clipped": sum(norm > limit for norm in before),
        "diverged": dev_loss is None,
        "dev_loss": dev_loss,
    }
    recipe = {"learning_rate": 3.0, "clip_norm": limit}
    return {"variant": variant, "configuration": {"recipe": recipe}, "metrics": metrics}


def test_the_figure_of_clipping_draws_the_rows():
    clipping = [
        watched_row("the recipe", [3.0, 2.0], [1.0, 2.0], 5.0),
        watched_row("harsh, clipped", [3.0, 2.0, 1.0, 1.0], [1.0, 50.0, 2.0, 1.0], 5.0),
        watched_row("harsh, not clipped", [3.0, 9.0], [1.0, 50.0], np.inf, dev_loss=None),
        watched_row("harsh, not clipped", [5.0, 9.0, 9.0], [1.0, 50.0, 70.0], np.inf, dev_loss=9.0),
    ]
    recipe = [
        *(trained_row("the whole recipe", seed) for seed in (0, 1)),
        diverged_row("no clipping"),
    ]
    sections = {"clipping": clipping, "recipe": recipe}
    calm, harsh, loss, curves, early, scores = draw_clipping(sections).axes
    assert calm.get_title(loc="left") == "the recipe: 0.0% of updates clipped"
    assert harsh.get_title(loc="left") == "SGD at rate 3: 25.0% of updates clipped"
    before, after, limit = (list(line.get_ydata()) for line in harsh.get_lines())
    assert (before, after, limit) == ([1.0, 50.0, 2.0, 1.0], [1.0, 5.0, 2.0, 1.0], [5.0, 5.0])
    clipped, free, untrained = (list(line.get_ydata()) for line in loss.get_lines())
    assert (clipped, free, untrained) == ([3.0, 2.0, 1.0, 1.0], [4.0, 9.0], [3.0, 3.0])
    told = [text.get_text() for text in loss.get_legend().get_texts()]
    assert told == [
        "clipped: development loss 2.0",
        "not clipped: development loss 9.0, 1 of 2 diverged",
        "before training: 3.0",
    ]
    assert [list(line.get_ydata()) for line in curves.get_lines()] == [[20.5, 30.0, 35.0, 40.0]]
    assert [text.get_text() for text in early.texts] == ["35.0", "diverged"]
    assert [text.get_text() for text in scores.texts] == ["40.5", "diverged"]
    labels = [label.get_text() for label in scores.get_yticklabels()]
    assert labels == ["the whole recipe\n2 of 2 sound", "no clipping\n0 of 1 sound"]


def test_the_figure_of_dropout_draws_the_rows():
    sections = {
        "dropout": [
            trained_row(f"dropout {rate}", seed, dropout=rate) for rate in (0.0, 0.3) for seed in (0, 1)
        ]
        + [diverged_row("dropout 0.5", dropout=0.5)],
        "recurrent dropout": [trained_row("none"), trained_row("zoneout")],
    }
    accuracy, bleu, recurrent = draw_dropout(sections).axes
    train, validation = (container[0] for container in accuracy.containers)
    assert list(train.get_xdata()) == [0.0, 0.3]
    assert train.get_ydata() == pytest.approx([0.9, 0.9])
    assert validation.get_ydata() == pytest.approx([0.65, 0.65])
    assert list(bleu.containers[0][0].get_ydata()) == [40.5, 40.5]
    assert [text.get_text() for text in recurrent.texts] == ["40.0", "40.0"]


@pytest.mark.parametrize(
    ("curve", "sound"),
    [([5.0, 20.0, 30.0], True), ([5.0, 30.0, 28.0], True), ([5.0, 30.0, 26.0], False), ([1.0, 2.0], False)],
)
def test_a_sound_training_learns_and_keeps_what_it_has_learned(curve, sound):
    assert is_sound({"metrics": {"dev_bleu": curve}}) == sound


def test_how_fast():
    rows = [{"metrics": {"dev_bleu": curve}} for curve in ([1.0, 2.0, 3.0, 4.0], [1.0])]
    assert early_bleu([*rows, {"metrics": {"diverged": "at once"}}]) == [3.0, 1.0]
    assert not is_sound({"metrics": {"diverged": "at once"}})


def test_quick_runs_are_not_taken_for_measured_ones():
    full, quick = (
        {run.key for runs_of in plan(StudyOptions(quick=q), RATES).values() for run in runs_of}
        for q in (False, True)
    )
    assert not full & quick
    assert set(optimization.FIGURES) == {"fig8_optimization", "fig8_clipping", "fig8_dropout"}

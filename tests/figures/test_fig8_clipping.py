"""The study of clipping: what it measures of each update, its plan, and its figure."""

import dataclasses
import json

import numpy as np
import pytest

from figures import fig8_clipping as clipping
from figures.fig8_clipping import draw, plan, train_watched, watch_updates
from figures.lab.setting import StudyOptions, read_corpus, recipe_fields
from helpers.studies.tiny_recipes import EXPLOSIVE, TINY
from lstm_lib import runs


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


def test_both_harsh_trainings_differ_in_clipping_alone():
    recipes = {run.variant: run.configuration["recipe"] for run in plan(StudyOptions())}
    assert set(recipes) == set(clipping.VARIANTS)
    clipped, free = recipes["harsh, clipped"], recipes["harsh, not clipped"]
    assert {name: free[name] for name in free if free[name] != clipped[name]} == {"clip_norm": 0.0}
    whole = {"optimizer": "adam", "schedule": "step", "clip_norm": 5.0, "dropout": 0.2}
    assert whole.items() <= recipes["the recipe"].items()


def test_quick_runs_are_not_taken_for_measured_ones():
    full, quick = ({run.key for run in plan(StudyOptions(quick=q))} for q in (False, True))
    assert not full & quick


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
    rows = [
        watched_row("the recipe", [3.0, 2.0], [1.0, 2.0], 5.0),
        watched_row("harsh, clipped", [3.0, 2.0, 1.0, 1.0], [1.0, 50.0, 2.0, 1.0], 5.0),
        watched_row("harsh, not clipped", [3.0, 9.0], [1.0, 50.0], np.inf, dev_loss=None),
        watched_row("harsh, not clipped", [5.0, 9.0, 9.0], [1.0, 50.0, 70.0], np.inf, dev_loss=9.0),
    ]
    calm, harsh, loss = draw(rows).axes
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

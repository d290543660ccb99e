"""The setting of the studies: what varies reaches the model and the corpus, and nothing else changes."""

import numpy as np
import pytest

from figures.lab.setting import (
    QUICK,
    STUDY,
    StudyOptions,
    StudyRecipe,
    read_corpus,
    recipe_fields,
    recipe_of,
    study_recipe,
)
from lstm_lib import runs
from lstm_lib.errors import UserError


@pytest.mark.parametrize("recipe", [STUDY, QUICK])
def test_the_settings_can_be_trained(recipe):
    runs.check(recipe)
    assert recipe_of({"recipe": recipe_fields(recipe)}, seed=recipe.seed) == recipe


def test_a_variation_changes_one_thing():
    varied = study_recipe(StudyOptions(), cell="gru")
    assert {name for name, value in recipe_fields(STUDY).items() if varied[name] != value} == {"cell"}


def test_quick_values_are_for_quick_runs_alone():
    for quick, epochs in ((True, 2), (False, 50)):
        recipe = study_recipe(StudyOptions.of(quick=quick), epochs=50, quick={"epochs": 2})
        assert recipe["epochs"] == epochs
        assert recipe["corpus"] == (QUICK if quick else STUDY).corpus


def test_the_corpus_is_cut_and_else_the_same():
    whole = runs.read_corpus(QUICK)
    corpus = read_corpus(QUICK)
    assert corpus.train == whole.train[: QUICK.train_pairs]
    assert corpus.dev == whole.dev[: QUICK.held_out_pairs]
    assert corpus.test == whole.test[: QUICK.held_out_pairs]
    assert read_corpus(StudyRecipe(corpus="dates")).test == whole.test


def test_the_activations_reach_every_cell():
    recipe = StudyRecipe(**{**recipe_fields(QUICK), "activation": "relu", "gate_activation": "hard_sigmoid"})
    model = runs.new_translator(recipe, read_corpus(recipe)).model
    for stack in (model.encoder.rnn, model.decoder.rnn):
        assert [layer.activation.name for layer in stack.layers] == ["relu"]
        assert [layer.gate_activation.name for layer in stack.layers] == ["hard_sigmoid"]


def test_what_cannot_be_is_told():
    with pytest.raises(UserError, match="--activation no_such: wanted one of sigmoid"):
        study_recipe(StudyOptions(), activation="no_such")


def test_seeds():
    assert StudyOptions().seed_range(5) == range(5)
    assert StudyOptions(seeds=7).seed_range(5) == range(7)
    assert len(StudyOptions(quick=True).seed_range(5)) == 2


def test_seeds_start_different_models():
    first, second = (
        runs.new_translator(
            recipe_of({"recipe": recipe_fields(QUICK)}, seed), read_corpus(QUICK)
        ).model.params
        for seed in (0, 1)
    )
    assert not any(np.array_equal(first[name], second[name]) for name in first if name.endswith("W_h"))

"""The claims about the recipe of training: which trainings count, and which of them are sound."""

import pytest

from figures.claims.evidence import early_bleu
from figures.claims.training_claims import has_the_recipe, is_sound
from figures.designs import attention_design, optimizer_design
from figures.lab.design import configuration
from figures.lab.setting import StudyOptions

OPTIONS = StudyOptions()


def row(design, variant, curve=(1.0, 2.0), measure="design.test"):
    found = configuration(design, variant, {"learning_rate": 0.5}, OPTIONS)
    return {"measure": measure, "configuration": found, "metrics": {"dev_bleu": list(curve)}}


def test_trainings_of_all_designs_count_that_keep_the_recipe():
    sections = optimizer_design.designs(OPTIONS)
    attention = attention_design.designs(OPTIONS)
    assert has_the_recipe(row(sections["optimizers"], "Adam"))
    assert has_the_recipe(row(attention["translation"], "dot, after"))
    assert not has_the_recipe(row(attention["alignment"], "dot, after"))  # another corpus
    assert not has_the_recipe(row(sections["optimizers"], "Adam", measure="design.search"))
    for section, variant in (("optimizers", "SGD"), ("schedules", "constant"), ("dropout", "dropout 0.5")):
        assert not has_the_recipe(row(sections[section], variant))


@pytest.mark.parametrize("section", optimizer_design.RECIPE)
def test_each_section_is_compared_with_the_recipe_itself(section):
    sections = optimizer_design.designs(OPTIONS)
    whole = configuration(sections["optimizers"], "Adam", {}, OPTIONS)
    assert configuration(sections[section], optimizer_design.RECIPE[section], {}, OPTIONS) == whole


@pytest.mark.parametrize(
    ("curve", "sound"),
    [([5.0, 20.0, 30.0], True), ([5.0, 30.0, 28.0], True), ([5.0, 30.0, 26.0], False), ([1.0, 2.0], False)],
)
def test_a_sound_training_learns_and_keeps_what_it_has_learned(curve, sound):
    assert is_sound({"metrics": {"dev_bleu": curve}}) == sound


def test_a_training_that_diverged_is_not_sound():
    assert not is_sound({"metrics": {"diverged": "at once"}})


@pytest.mark.parametrize(("curve", "early"), [([1.0, 2.0, 3.0, 4.0], 3.0), ([1.0], 1.0)])
def test_how_fast(curve, early):
    assert early_bleu({"metrics": {"dev_bleu": curve}}) == early

"""The recipe: its choices are those of the library, and each option has an effect."""

import dataclasses

import numpy as np
import pytest
from sacrebleu.metrics import BLEU

from course.corpora.dates import dates_corpus
from figures.lab.setting import FORMER
from lstm_lib import recipe as recipes
from lstm_lib import runs
from lstm_lib.errors import UserError
from lstm_lib.nn import dropout
from lstm_lib.recipe import Recipe
from lstm_lib.seq2seq import model
from lstm_lib.text.corpus import CORPORA
from lstm_lib.training import OPTIMIZERS, SCHEDULES, load_checkpoint

BASE = {"hidden_size": 4, "embedding_size": 3, "epochs": 2, "batch_size": 16, "warmup_steps": 2}
# Another value for each option that decides the weights, behind what it needs beside it.
OTHERS = {
    "corpus": ({}, "dates-es"),
    "subwords": ({}, 45),
    "vocabulary": ({}, 9),
    "cell": ({}, "gru"),
    "embedding_size": ({}, 5),
    "hidden_size": ({}, 5),
    "encoder_size": ({}, 3),
    "num_layers": ({}, 2),
    "bidirectional": ({}, False),
    "attention": ({}, "luong-general"),
    "input_feeding": ({"attention": "luong-concat"}, True),
    "tied_embeddings": ({}, False),
    "dropout": ({}, 0.5),
    "recurrent_dropout": ({}, 0.5),
    "recurrent_dropout_kind": ({"recurrent_dropout": 0.5}, "zoneout"),
    "label_smoothing": ({}, 0.3),
    "scheduled_sampling": ({}, 0.9),
    "epochs": ({"schedule": "constant"}, 3),
    "batch_size": ({}, 8),
    "optimizer": ({}, "rmsprop"),
    "momentum": ({"optimizer": "sgd"}, 0.9),
    "nesterov": ({"optimizer": "sgd", "momentum": 0.9}, True),
    "beta1": ({}, 0.0),
    "weight_decay": ({"optimizer": "adamw"}, 0.9),
    "learning_rate": ({}, 0.01),
    "schedule": ({}, "inverse_sqrt"),
    "warmup_steps": ({}, 5),
    "decay": ({"schedule": "exponential", "decay_steps": 2}, 0.1),
    "decay_steps": ({"schedule": "step"}, 2),
    "clip_norm": ({"optimizer": "sgd"}, 0.01),
    "workers": ({}, 2),
    "seed": ({}, 1),
}
ELSEWHERE = {  # tested below, or in other files
    *("max_tokens", "max_ratio", "patience", "checkpoint_every", "init_from", "keep_case", "bleu_tokenizer"),
    *("columns", *(option for options in recipes.FILES.values() for option in options)),
}


def weights(**options):
    recipe = Recipe(**{"corpus": "dates"} | BASE | options)
    language = "Spanish" if recipe.corpus == "dates-es" else "French"
    # Without a development part, so that the last weights are kept.
    corpus = dates_corpus(language, train_size=24, dev_size=0, test_size=0)
    return runs.train(recipe, corpus)[0].model.params


def equal(one, other):
    return {k: v.shape for k, v in one.items()} == {k: v.shape for k, v in other.items()} and all(
        np.array_equal(one[key], other[key]) for key in one
    )


CHOICES = {
    option.name: option.metadata["argument"]["choices"]
    for option in dataclasses.fields(Recipe)
    if "choices" in option.metadata["argument"]
}


def test_choices_are_those_of_the_library():
    assert {name: set(choices) for name, choices in CHOICES.items()} == {
        "corpus": set(CORPORA),
        "cell": set(model.CELLS),
        "attention": set(model.ATTENTIONS),
        "recurrent_dropout_kind": set(dropout.RECURRENT_KINDS),
        "optimizer": set(OPTIMIZERS),
        "schedule": set(SCHEDULES),
        "bleu_tokenizer": set(BLEU.TOKENIZERS) & set(recipes.BLEU_TOKENIZERS),
    }


def test_dates_are_french_unless_told_otherwise():
    corpora = {name: runs.read_corpus(Recipe(corpus=name)) for name in ("dates", "dates-fr", "dates-es")}
    assert {name: corpus.name for name, corpus in corpora.items()} == {
        "dates": "dates-fr",
        "dates-fr": "dates-fr",
        "dates-es": "dates-es",
    }


def test_every_option_is_tested():
    assert {option.name for option in dataclasses.fields(Recipe)} == OTHERS.keys() | ELSEWHERE


@pytest.mark.parametrize("name", OTHERS)
def test_the_option_changes_the_weights(name):
    beside, value = OTHERS[name]
    assert not equal(weights(**beside), weights(**beside, **{name: value}))


def test_the_same_recipe_gives_the_same_weights():
    assert equal(weights(), weights())


@pytest.mark.parametrize(
    "name, choice", [(name, each) for name in CHOICES if name != "corpus" for each in CHOICES[name]]
)
def test_every_choice_trains(name, choice):
    beside = {"recurrent_dropout_kind": {"recurrent_dropout": 0.3}}.get(name, {})
    beside |= {"bidirectional": False} if "dot" in str(choice) else {}
    assert all(np.isfinite(array).all() for array in weights(**beside, **{name: choice}).values())


def test_the_command_line_spells_every_option(command):
    text = command("train", "--help").out
    for option in dataclasses.fields(Recipe):
        assert recipes.spelled(option.name) in text or f"--no-{option.name}" in text


def test_the_defaults_fit_together():
    runs.check(Recipe())
    assert Recipe.of(corpus="dates").epochs < Recipe.of().epochs == Recipe().epochs
    assert Recipe.of(corpus="dates", epochs=7).epochs == 7
    assert Recipe.of(source_file="x").epochs == Recipe().epochs


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(
    "asked, epochs, steps, taken",
    [(200, 6, 8, 4), (200, 10, 3, 3), (200, 1, 9, 0), (24, 6, 8, 24), (25, 6, 8, 4), (0, 6, 8, 0)],
)
def test_a_warm_up_longer_than_the_training_takes_a_tenth_of_it(schedule, asked, epochs, steps, taken):
    recipe = Recipe(schedule=schedule, warmup_steps=asked, epochs=epochs)
    made = runs.make_schedule(recipe, steps)
    assert (made.warmup_steps, recipe.warmup_steps) == (taken, asked)
    assert made(max(taken - 1, 0)) == recipe.learning_rate


@pytest.mark.parametrize(
    "recipe, pairs",  # of stored results, with the shortest trainings of each warm-up
    [(Recipe(), 38_689), (Recipe(**FORMER | {"epochs": 1}), 38_689), (Recipe.of(corpus="dates"), 16_000)]
    + [(Recipe(epochs=epochs, batch_size=64, warmup_steps=100), 12_000) for epochs in (3, 8, 50)],
)
def test_trainings_on_thousands_of_pairs_keep_their_warm_up(recipe, pairs):
    steps = -(-pairs // recipe.batch_size)
    assert runs.make_schedule(recipe, steps).warmup_steps == recipe.warmup_steps


def test_max_tokens_drops_longer_sentences(tmp_path):
    rows = [f"{'word ' * (1 + n % 9)}{n}\tmot {n} {'mot ' * (n % 9)}\n" for n in range(180)]
    (tmp_path / "my.tsv").write_text("".join(rows))
    corpus = runs.read_corpus(Recipe(source_file=str(tmp_path / "my.tsv"), max_tokens=6))
    assert (corpus.counts["too long, dropped"], corpus.counts["kept"]) == (80, 100)


def test_max_ratio_drops_pairs_of_unequal_lengths(tmp_path):
    rows = [f"{n} words\tmot {n} {'mot ' * (n % 9)}\n" for n in range(180)]
    (tmp_path / "my.tsv").write_text("".join(rows))
    for ratio, kept in ((2, 60), (4, 140), (0, 180)):
        recipe = Recipe(source_file=str(tmp_path / "my.tsv"), max_ratio=ratio)
        assert runs.read_corpus(recipe).counts["kept"] == kept


def test_keep_case_learns_words_with_their_capitals():
    corpus = dates_corpus(train_size=24, dev_size=2, test_size=0)
    shout = [pair._replace(target=pair.target.title()) for pair in corpus.train]
    corpus = dataclasses.replace(corpus, train=tuple(shout))
    for keep_case in (False, True):
        codec = runs.make_codecs(Recipe(keep_case=keep_case), corpus)[1]
        assert codec.decode(codec.encode("Mardi Deux")) == ("Mardi Deux" if keep_case else "mardi deux")


def test_checkpoint_every(tmp_path, capsys):
    """A run interrupted before the end of its first epoch of 6 updates has saved update 0 or 4."""

    def interrupt(metrics):
        raise KeyboardInterrupt

    corpus = dates_corpus(train_size=48, dev_size=2, test_size=0)
    for every, saved in ((4, 4), (100, 0)):
        folder = tmp_path / str(every)
        with pytest.raises(KeyboardInterrupt):
            recipe = Recipe(**BASE, checkpoint_every=every)
            runs.train(recipe, corpus, folder, on_evaluation=interrupt)
        assert load_checkpoint(folder / "last.npz").progress.step == saved
        assert f"Update {saved} is saved in {folder}" in capsys.readouterr().err


def test_without_a_development_part_the_newest_weights_are_kept():
    corpus = dates_corpus(train_size=24, dev_size=0, test_size=0)
    translator, history = runs.train(Recipe(**BASE), corpus)
    assert (len(history.evaluations), len(history.steps)) == (0, 2 * 3)
    assert len(translator.best(["monday"])) == 1


@pytest.mark.parametrize("name", recipes.NEEDS)
def test_an_option_that_needs_another_is_refused_without_it_and_taken_beside_it(name):
    other, values = recipes.NEEDS[name]
    value = {"max_tokens": 9, "max_ratio": 2.0, "target_file": "x", "beta1": 0.5}.get(name) or OTHERS[name][1]
    without = {"optimizer": "sgd"} if name == "beta1" else {}
    with pytest.raises(
        UserError, match=rf"^{recipes.spelled(name)} (has no effect without|needs) {recipes.spelled(other)}"
    ):
        Recipe.of(**{name: value}, **without)
    for beside in values or [{"recurrent_dropout": 0.5}.get(other, "x")]:
        assert getattr(Recipe.of(**{name: value, other: beside}), name) == value


def options_of(kind):
    """The names of the options whose values are of a type; None means an int that may be left out."""
    options = dataclasses.fields(Recipe)
    if kind is None:
        return [o.name for o in options if o.metadata["argument"].get("type") is int]
    return [o.name for o in options if type(o.default) is kind]


@pytest.mark.parametrize(
    "name, value",
    [(name, value) for name in options_of(float) for value in (np.nan, np.inf, -np.inf, -1.0)]
    + [(name, -1) for name in options_of(int)]
    + [(name, 0) for name in options_of(None)]
    + [("dropout", 1.0), ("momentum", 1.0), ("decay", 1.5), ("decay", 0.0), ("scheduled_sampling", 1.1)]
    + [("learning_rate", 0.0), ("batch_size", 0), ("hidden_size", 0), ("cell", "transformer")],
)
def test_a_value_that_cannot_be(name, value):
    with pytest.raises(UserError, match=rf"^{recipes.spelled(name)} .*: wanted "):
        Recipe(**{name: value})

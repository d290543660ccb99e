"""The one setting in which the studies train: small enough for a minute or two a run on one processor core.

`STUDY` is the base of every training study, `QUICK` its stand-in that needs seconds and no network.  A study
varies one thing at a time:

    study_recipe(options, cell="gru", epochs=50, quick={"epochs": 3})
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from figures.lab.options import StudyOptions
from lstm_lib import runs
from lstm_lib.errors import UserError
from lstm_lib.nn.activations import ACTIVATIONS
from lstm_lib.recipe import Recipe
from lstm_lib.text.corpus import Corpus


def _option(default, meaning: str, **argument):
    return field(default=default, metadata={"help": meaning, "group": "study", "argument": argument})


@dataclass(frozen=True)
class StudyRecipe(Recipe):
    """A recipe with what only studies vary."""

    activation: str = _option("tanh", "of candidate and output of each cell", choices=tuple(ACTIVATIONS))
    gate_activation: str = _option("sigmoid", "of the gates", choices=tuple(ACTIVATIONS))
    train_pairs: int | None = _option(None, "learn from this many pairs, the corpus's first")
    held_out_pairs: int | None = _option(None, "keep this many pairs of the development and the test part")
    repeats: int = _option(1, "see each training pair this often in an epoch")


STUDY = StudyRecipe(
    corpus="tatoeba-small",
    train_pairs=12_000,
    embedding_size=96,
    hidden_size=96,
    bidirectional=False,
    dropout=0.2,
    label_smoothing=0.0,  # so that the training loss and the development loss are the same function
    epochs=8,
    batch_size=64,
    learning_rate=0.006,
    warmup_steps=100,
)
QUICK = dataclasses.replace(
    STUDY,
    corpus="dates",
    train_pairs=640,
    held_out_pairs=32,
    embedding_size=24,
    hidden_size=24,
    epochs=3,
    batch_size=32,
    learning_rate=0.02,
    warmup_steps=5,
)


def study_recipe(options: StudyOptions, *, quick: Mapping[str, Any] | None = None, **variation: Any) -> dict:
    """The setting, or its quick stand-in, with a variation: as it stands in a run's configuration.

    Args: quick: what takes the place of a variation that would make a quick run long.  variation: fields of
        `StudyRecipe`.
    """
    base, given = (QUICK, {**variation, **(quick or {})}) if options.quick else (STUDY, variation)
    return recipe_fields(dataclasses.replace(base, **given))


def recipe_fields(recipe: StudyRecipe) -> dict:
    """A recipe as JSON holds it, without its seed, which a row keeps apart."""
    return {name: value for name, value in asdict(recipe).items() if name != "seed"}


def recipe_of(configuration: dict, seed: int) -> StudyRecipe:
    """The recipe of a run."""
    return StudyRecipe(**configuration["recipe"], seed=seed)


def completed(configuration: dict) -> dict:
    """The configuration with its recipe's missing options at their defaults: a row that is older than an
    option was measured without it.  One with an option that there is no more stays as it is, and fits no run.
    """
    try:
        return {**configuration, "recipe": recipe_fields(StudyRecipe(**configuration["recipe"]))}
    except (KeyError, TypeError, UserError):
        return configuration


def read_corpus(recipe: StudyRecipe) -> Corpus:
    """The corpus of a recipe, cut to the pairs that it asks for, those to learn from as often as it asks for
    them; its parts are always the same.
    """
    corpus = whole_corpus(recipe.corpus)
    held_out = slice(recipe.held_out_pairs)
    return dataclasses.replace(
        corpus,
        train=recipe.repeats * corpus.train[: recipe.train_pairs],
        dev=corpus.dev[held_out],
        test=corpus.test[held_out],
    )


@lru_cache(maxsize=2)
def whole_corpus(name: str) -> Corpus:
    """All of a corpus, kept from run to run: a worker does many on the same sentences."""
    return runs.read_corpus(Recipe(corpus=name))

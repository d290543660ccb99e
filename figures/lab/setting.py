"""What a study is told, and the one setting in which all of them train.

The setting is small enough for a minute or two per run on one processor core.  `STUDY` is the base of every
training study, `QUICK` its stand-in that needs seconds and no network.  A study varies one thing at a time:

    study_recipe(options, cell="gru", epochs=50, quick={"epochs": 3})
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from figures.lab.state_noise import STATE_NOISE
from lstm_lib import runs
from lstm_lib.errors import UserError
from lstm_lib.nn.activations import ACTIVATIONS
from lstm_lib.recipe import BEFORE, Recipe
from lstm_lib.text.corpus import Corpus

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "data" / "results"
FIGURES = ROOT / "figures"
QUICK_FOLDER = Path("runs") / "quick"  # beside the runs of `train`, which are not part of the repository


@dataclass(frozen=True)
class StudyOptions:
    """Options of `python -m lstm_lib study`, as every study's `run` gets them.

    Args:
        quick: prove every path on tiny runs of seconds; their rows never mix with the measured ones.
        seeds: how many seeds a configuration is run with; None leaves it to the study.
        workers: worker processes; None starts one per processor core.
        scheduler: address of a running dask scheduler, whose workers are used instead.
        processes: workers that are there already (see `workers.shared`); None starts some for each plan.
        results: folder of the rows, `<study>.jsonl`.
        figures: folder of the pictures.
    """

    quick: bool = False
    seeds: int | None = None
    workers: int | None = None
    scheduler: str | None = None
    processes: Any = None
    results: Path = RESULTS
    figures: Path = FIGURES

    @classmethod
    def of(cls, quick: bool = False, **given) -> StudyOptions:
        """Return the options with their folders: quick rows and figures go to `runs/quick`."""
        folders = {"results": QUICK_FOLDER / "results", "figures": QUICK_FOLDER / "figures"} if quick else {}
        return cls(quick=quick, **folders | given)

    def seed_range(self, wanted: int) -> range:
        """Return a configuration's seeds: as many as the study wants, two in a quick run, or as asked."""
        return range(self.seeds or (2 if self.quick else wanted))


def _option(default, meaning: str, **argument):
    return field(default=default, metadata={"help": meaning, "group": "study", "argument": argument})


@dataclass(frozen=True)
class StudyRecipe(Recipe):
    """A recipe with what only studies vary."""

    activation: str = _option("tanh", "of candidate and output of each cell", choices=tuple(ACTIVATIONS))
    gate_activation: str = _option("sigmoid", "of the gates", choices=tuple(ACTIVATIONS))
    train_pairs: int | None = _option(None, "learn from this many pairs, the corpus's first")
    held_out_pairs: int | None = _option(None, "keep this many pairs of the development and the test part")
    state_noise: str = _option("fresh h", "masks on the state", choices=tuple(STATE_NOISE))
    state_noise_rate: float = _option(0.0, "rate of these masks")
    repeats: int = _option(1, "see each training pair this often in an epoch")


STUDY = StudyRecipe(
    corpus="tatoeba-small",
    train_pairs=12_000,
    embedding_size=96,
    hidden_size=96,
    bidirectional=False,
    attention="bahdanau",
    tied_embeddings=False,  # as these studies were begun
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
    """Return the setting, or its quick stand-in, with a variation, as a run's configuration holds it.

    Args:
        quick: values for a quick run, in place of those that would make it long.
        variation: fields of `StudyRecipe`.
    """
    base, given = (QUICK, {**variation, **(quick or {})}) if options.quick else (STUDY, variation)
    return recipe_fields(dataclasses.replace(base, **given))


def recipe_fields(recipe: StudyRecipe) -> dict:
    """Return a recipe as JSON holds it, without the seed, for which a row has a field of its own."""
    return {name: value for name, value in asdict(recipe).items() if name != "seed"}


def recipe_of(configuration: dict, seed: int) -> StudyRecipe:
    """Return the recipe of a run."""
    return StudyRecipe(**configuration["recipe"], seed=seed)


FORMER = {  # what `train` did by default until it learned from the designs; some rows were measured with it
    **BEFORE,
    "attention": "bahdanau",
    "embedding_size": 128,
    "hidden_size": 128,
    "dropout": 0.2,
    "epochs": 8,
    "batch_size": 64,
    "learning_rate": 0.003,
    "warmup_steps": 200,
}


def completed(configuration: dict) -> dict:
    """Return the configuration with its recipe's missing options at their defaults.

    A row that is older than an option was measured with its default, or with what stands in `BEFORE`.  A
    configuration with an option that no longer exists is returned unchanged; it matches no run.
    """
    try:
        return {**configuration, "recipe": recipe_fields(StudyRecipe(**BEFORE | configuration["recipe"]))}
    except (KeyError, TypeError, UserError):
        return configuration


def read_corpus(recipe: StudyRecipe) -> Corpus:
    """Return the corpus of a recipe, cut to the pairs it asks for, its training pairs repeated as asked."""
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
    """Return all of a corpus.  It is kept, as a worker does many runs on the same sentences."""
    return runs.read_corpus(Recipe(corpus=name))


@lru_cache(maxsize=2)
def data_of(name: str) -> str:
    """Return a fingerprint of all words of a corpus, as a model reads them: 16 hexadecimal digits.

    Words that its vocabulary lacks, or knows by another spelling, are hashed as the vocabulary has them.
    """
    corpus, digest = whole_corpus(name), hashlib.sha256()
    source, target = runs.make_codecs(Recipe(corpus=name), corpus)
    for part in corpus.parts.values():
        for pair in part:
            read = source.pieces(source.encode(pair.source)), target.pieces(target.encode(pair.target))
            digest.update("\t".join(map(" ".join, read)).encode() + b"\n")
        digest.update(b"\n")
    return digest.hexdigest()[:16]

"""Runs: from a recipe to a trained translator.

A run is a folder: `config.json` (the recipe, sizes, provenance), `source.codec` and `target.codec`
(vocabularies), `history.jsonl`, `last.npz` and `best.npz` (see `lstm_lib.training`).
"""

import dataclasses
import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstm_lib.errors import UserError
from lstm_lib.evaluation import quick_evaluation
from lstm_lib.recipe import Recipe
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.storage import TEMPORARY_SUFFIX
from lstm_lib.text.batching import Batch, bucketed_batches, encode_pairs
from lstm_lib.text.codecs import SubwordCodec, TextCodec, WordCodec
from lstm_lib.text.corpora import load_corpus
from lstm_lib.text.corpus import Corpus, Pair
from lstm_lib.text.files import load_files
from lstm_lib.training import OPTIMIZERS, SCHEDULES, DivergedError, Optimizer, Schedule, Trainer
from lstm_lib.training.history import History
from lstm_lib.translator import Translator, read_config

TAKEN = {  # the options that only some optimizers and schedules take
    "sgd": ("momentum", "nesterov"),
    "adam": ("beta1",),
    "adamw": ("beta1", "weight_decay"),
    "step": ("decay", "decay_steps"),
    "exponential": ("decay", "decay_steps"),
    "plateau": ("decay",),
}

# From the recipe to the model


def check(recipe: Recipe) -> None:
    """Raise a UserError if options do not go together, by building all that needs no corpus."""
    model_config(recipe, 5, 5)
    make_schedule(recipe, 1)
    make_optimizer(recipe)
    if recipe.subwords is not None and recipe.vocabulary is not None:
        raise UserError("--vocabulary counts whole words: it does not go with --subwords")


def model_config(recipe: Recipe, source_size: int, target_size: int) -> ModelConfig:
    """Return the model's part of a recipe; raise a UserError if its options do not go together."""
    names = [field.name for field in dataclasses.fields(ModelConfig)]
    options = {name: getattr(recipe, name) for name in names if hasattr(recipe, name)}
    try:
        return ModelConfig(source_size, target_size, **options)
    except ValueError as error:
        raise UserError(str(error)) from error


def make_optimizer(recipe: Recipe) -> Optimizer:
    """Return the optimizer of a recipe; raise a UserError if its options do not go together."""
    return _make(recipe, "optimizer", OPTIMIZERS)


def make_schedule(recipe: Recipe, steps_per_epoch: int) -> Schedule:
    """Return the learning rate schedule of a recipe; raise a UserError if its options do not go together."""
    length = {"total_steps": recipe.epochs * steps_per_epoch} if recipe.schedule == "cosine" else {}
    warmup = warmup_steps(recipe, steps_per_epoch)
    return _make(recipe, "schedule", SCHEDULES, recipe.learning_rate, warmup, **length)


def warmup_steps(recipe: Recipe, steps_per_epoch: int) -> int:
    """Return the updates of warm-up: the recipe's, or a tenth of all if there are fewer than these."""
    updates = recipe.epochs * steps_per_epoch
    return recipe.warmup_steps if recipe.warmup_steps <= updates else updates // 10


def _make(recipe: Recipe, option: str, makers: Mapping[str, Callable], *arguments: Any, **more: Any) -> Any:
    name = getattr(recipe, option)
    options = {taken: getattr(recipe, taken) for taken in TAKEN.get(name, ())}
    try:
        return makers[name](*arguments, **options, **more)
    except ValueError as error:
        raise UserError(f"--{option} {name}: {error}") from error


def read_corpus(recipe: Recipe) -> Corpus:
    """Return the corpus of a recipe, always split the same way, so that runs can be compared over seeds."""
    if recipe.source_file is None:
        return load_corpus(recipe.corpus)
    return load_files(recipe.source_file, recipe.target_file, max_tokens=recipe.max_tokens)


def make_codecs(recipe: Recipe, corpus: Corpus) -> tuple[TextCodec, TextCodec]:
    """Learn the codecs of both languages, from the training part alone."""
    learn, size = WordCodec.train, recipe.vocabulary
    if recipe.subwords is not None:
        learn, size = SubwordCodec.train, recipe.subwords
    sources, targets = [pair.source for pair in corpus.train], [pair.target for pair in corpus.train]
    return learn(sources, size), learn(targets, size)


def new_translator(recipe: Recipe, corpus: Corpus, dtype=np.float32) -> Translator:
    """Return an untrained translator: the recipe's model with its first parameters, of the dtype given."""
    source_codec, target_codec = make_codecs(recipe, corpus)
    config = model_config(recipe, source_codec.size, target_codec.size)
    return Translator(Seq2Seq(config, np.random.default_rng(recipe.seed), dtype), source_codec, target_codec)


# Training


def train(
    recipe: Recipe,
    corpus: Corpus,
    run_dir: Path | None = None,
    *,
    resume: bool = False,
    progress_bar: bool | None = None,
    on_evaluation: Callable[[Mapping[str, float]], None] = lambda metrics: None,
    dtype=np.float32,
) -> tuple[Translator, History]:
    """Train a translator and keep the parameters that are best on the development part.

    Args:
        recipe, corpus: what to train, and on what.
        run_dir: the run's folder; None keeps everything in memory.
        resume: continue the run in that folder.
        progress_bar: whether to show one; None shows it in a terminal only.
        on_evaluation: called with the development metrics after each epoch.
        dtype: of the parameters; in float64 a training ends with the same few digits on every processor.

    Returns:
        The translator, with its best parameters (the newest, without a development part), and the history.

    Raises:
        UserError: the folder cannot be used, or training diverged (DivergedError).
    """
    translator = new_translator(recipe, corpus, dtype)
    if run_dir is not None:
        open_run(run_dir, recipe, corpus, translator, resume)
    batches_of_epoch = training_batches(recipe, translator, corpus.train)

    def evaluate() -> dict[str, float]:
        metrics = quick_evaluation(translator, corpus.dev)
        if not math.isfinite(metrics["perplexity"]):
            raise DivergedError(
                f"training diverged: the development perplexity is {metrics['perplexity']} after epoch "
                f"{trainer.run.progress.epoch}; try a lower learning rate (now {recipe.learning_rate:.3g})"
            )
        on_evaluation({"epoch": trainer.run.progress.epoch, **metrics})
        return metrics

    trainer = make_trainer(
        recipe,
        translator,
        len(batches_of_epoch(1)),
        workers=recipe.workers,
        checkpoint_every=recipe.checkpoint_every,
        run_dir=run_dir,
        config=dataclasses.asdict(recipe),
        progress_bar=progress_bar,
    )
    # The trainer checks for infinity and NaN and says what to do: NumPy's warnings would only repeat it.
    with np.errstate(over="ignore", invalid="ignore"):
        history = trainer.fit(
            batches_of_epoch, recipe.epochs, evaluate if corpus.dev else None, resume=resume
        )
    return translator, history


def training_batches(
    recipe: Recipe, translator: Translator, pairs: Sequence[Pair]
) -> Callable[[int], Sequence[Batch]]:
    """Return a function from an epoch (1, 2, ...) to its batches: bucketed by length, in random order."""
    encoded = encode_pairs(pairs, translator.source_codec, translator.target_codec)

    def batches_of_epoch(epoch: int) -> Sequence[Batch]:
        return bucketed_batches(encoded, recipe.batch_size, np.random.default_rng([recipe.seed, epoch]))

    return batches_of_epoch


def make_trainer(recipe: Recipe, translator: Translator, steps_per_epoch: int, **options: Any) -> Trainer:
    """Return the trainer of a recipe; `options` are what else a `Trainer` takes."""
    return Trainer(
        translator.model,
        make_optimizer(recipe),
        make_schedule(recipe, steps_per_epoch),
        clip_norm=recipe.clip_norm or None,
        seed=recipe.seed,
        tie_metric="perplexity",  # BLEU is 0 as long as no four words in a row are right
        patience=recipe.patience,
        **options,
    )


# The folder of a run


def open_run(run_dir: Path, recipe: Recipe, corpus: Corpus, translator: Translator, resume: bool) -> None:
    """Start the folder of a new run, or check that the run in it is the one to resume.

    Raises:
        UserError: it holds another run, or its corpus has changed.
    """
    if resume:
        check_corpus(run_dir, corpus)
        for path, content in translator.codec_files(run_dir).items():
            if not path.exists() or path.read_bytes() != content:
                raise UserError(f"{path}: missing, damaged or of another version; restore it, or train anew")
        return
    check_folder(run_dir)
    about = {
        "recipe": dataclasses.asdict(recipe),
        "corpus": {"name": corpus.name, "license": corpus.license, "attribution": corpus.attribution},
        "counts": corpus.counts,
        "fingerprint": fingerprint(corpus),
    }
    translator.save(run_dir, about)


def check_folder(run_dir: Path) -> None:
    """Raise a UserError if a new run would overwrite anything but what an interrupted start left behind."""
    if run_dir.exists() and not run_dir.is_dir():
        raise UserError(f"{run_dir}: is a file; choose a folder for the run")
    begun = (".codec", TEMPORARY_SUFFIX)
    if run_dir.exists() and any(path.suffix not in begun for path in run_dir.iterdir()):
        raise UserError(
            f"{run_dir}: exists already; choose another folder, or go on with its run by --resume"
        )


def check_corpus(run_dir: Path, corpus: Corpus) -> None:
    """Raise a UserError if the corpus is not the one that the run began with.

    Its parts would differ, and sentences of the training part could be in the test part.
    """
    if read_config(run_dir).get("fingerprint") != fingerprint(corpus):
        raise UserError(
            f"{run_dir}: its corpus has changed since the run began; restore it, or train anew elsewhere"
        )


def read_recipe(run_dir: Path) -> Recipe:
    """Return the recipe of a run; raise a UserError if the folder holds none."""
    try:
        return Recipe(**read_config(run_dir)["recipe"])
    except (KeyError, TypeError) as error:
        raise UserError(f"{run_dir}: its recipe is not of this version ({error}); train again") from error


def fingerprint(corpus: Corpus) -> str:
    """Return the SHA-256 of all sentences of the three parts, in order."""
    digest = hashlib.sha256()
    for pairs in corpus.parts.values():
        for pair in pairs:
            digest.update(f"{pair.source}\t{pair.target}\n".encode())
        digest.update(b"\n")
    return digest.hexdigest()

"""Runs: from a recipe to a trained translator.

A run is a folder: `config.json` (the recipe, sizes, provenance), `source.codec` and `target.codec`
(vocabularies), `history.jsonl`, `last.npz` and `best.npz` (see `lstm_lib.training`).
"""

import dataclasses
import hashlib
import math
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from lstm_lib.errors import UserError
from lstm_lib.evaluation import quick_evaluation
from lstm_lib.recipe import BEFORE, FILES, NEEDS, Recipe, spelled, suited_to
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.storage import claimed, from_json
from lstm_lib.text.batching import Batch, bucketed_batches, encode_pairs
from lstm_lib.text.codecs import SubwordCodec, TextCodec, WordCodec
from lstm_lib.text.corpus import Corpus, Pair, load_corpus
from lstm_lib.text.files import load_files
from lstm_lib.text.metrics import check_tokenizer
from lstm_lib.training import OPTIMIZERS, SCHEDULES, DivergedError, Optimizer, Schedule, Trainer
from lstm_lib.training.checkpoint import Progress, copy_into, load_checkpoint
from lstm_lib.training.history import History
from lstm_lib.translator import Translator, find_run, read_config, write_config

CHANGEABLE = ("epochs", "patience", "workers")  # what a run may be given anew when it goes on
_MODEL = [option.name for option in dataclasses.fields(Recipe) if option.metadata["group"] == "model"]
INHERITED = ("subwords", "vocabulary", "keep_case", *_MODEL)  # what fine-tuning takes from the other run
REPLACEABLE = {name for name in _MODEL if "dropout" in name} | {"label_smoothing", "scheduled_sampling"}

# From the recipe to the model


def check(recipe: Recipe) -> None:
    """Raise a UserError if options do not go together, by building all that needs no corpus."""
    model_config(recipe, 5, 5)
    make_schedule(recipe, 1)
    if recipe.subwords is not None and recipe.vocabulary is not None:
        raise UserError("--vocabulary counts whole words: it does not go with --subwords")
    for option, name in recipe.files().items():
        if name == "-" or Path(name).is_fifo() or Path(name).is_char_device():
            raise UserError(f"{spelled(option)} {name}: --resume could not read it again; save it as a file")
    if recipe.subwords is not None and recipe.keep_case:
        raise UserError("--keep-case is about words: --subwords keep their case anyway")
    check_tokenizer(recipe.bleu_tokenizer)


def model_config(recipe: Recipe, source_size: int, target_size: int) -> ModelConfig:
    """Return the model's part of a recipe; raise a UserError if its options do not go together."""
    names = {field.name for field in dataclasses.fields(ModelConfig)} & vars(recipe).keys()
    options = {name: getattr(recipe, name) for name in names}
    try:
        config = ModelConfig(source_size, target_size, **options)
        # Each process has parameters, gradients and a third copy; together they have the optimizer's moments.
        config.check_memory(3 * recipe.workers + len(make_optimizer(recipe).slots))
        return config
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
    """Return the updates of warm-up: the recipe's, or a tenth of all if those are more than half of them."""
    updates = recipe.epochs * steps_per_epoch
    return recipe.warmup_steps if 2 * recipe.warmup_steps <= updates else updates // 10


def _make(recipe: Recipe, option: str, makers: Mapping[str, Callable], *arguments: Any, **more: Any) -> Any:
    name = getattr(recipe, option)
    taken = [each for each, (other, values) in NEEDS.items() if other == option and name in values]
    options = {each: getattr(recipe, each) for each in taken}
    try:
        return makers[name](*arguments, **options, **more)
    except ValueError as error:
        raise UserError(f"--{option} {name}: {error}") from error


def read_corpus(recipe: Recipe) -> Corpus:
    """Return the corpus of a recipe, always split the same way, so that runs can be compared over seeds."""
    if recipe.source_file is None:
        return load_corpus(recipe.corpus)
    paths = {part: [*recipe.files(part).values()] for part in FILES}
    columns = [int(number) for number in recipe.columns.split(",")]
    return load_files(paths, columns, max_tokens=recipe.max_tokens, max_ratio=recipe.max_ratio or None)


def suited(recipe: Recipe, corpus: Corpus, given: Collection[str]) -> tuple[Recipe, str]:
    """Choose the options that suit the user's own files, except those given, and say in a line which.

    Words stay where an option is about words, where the package for subwords is missing, and where the texts
    allow none of five sizes; widths stay where the memory is too small, or another option contradicts them.
    """
    chosen = {name: value for name, value in suited_to(len(corpus.train)).items() if name not in given}
    usual = chosen.pop("subwords", 0) * (recipe.vocabulary is None and not recipe.keep_case)
    codecs, refusal = None, ""
    for size in (usual, 2 * usual, 4 * usual, usual // 2, usual // 4) if usual else ():
        try:
            codecs = make_codecs(dataclasses.replace(recipe, subwords=size), corpus)
            chosen, refusal = {"subwords": size, **chosen}, ""
            break
        except UserError as error:
            refusal = f"; words stay, as {error}"
    try:
        sizes = [codec.size for codec in codecs or make_codecs(recipe, corpus)]
        model_config(dataclasses.replace(recipe, **chosen), *sizes)
    except UserError:
        chosen = {name: value for name, value in chosen.items() if not name.endswith("_size")}
    told = " ".join(f"{spelled(name)} {value}" for name, value in chosen.items())
    told = f"Chosen for {len(corpus.train):,} pairs (give any to overrule it): {told or 'nothing'}{refusal}"
    return dataclasses.replace(recipe, **chosen), told


def make_codecs(recipe: Recipe, corpus: Corpus) -> tuple[TextCodec, TextCodec]:
    """Learn the codecs of both languages, from the training part alone."""
    learn = partial(WordCodec.train, max_size=recipe.vocabulary, keep_case=recipe.keep_case)
    if recipe.subwords is not None:
        learn = partial(_learn_subwords, size=recipe.subwords)
    sources, targets, _ = zip(*corpus.train, strict=True)
    return learn(sources), learn(targets)


_learn_subwords = lru_cache(maxsize=2)(SubwordCodec.train)  # both languages: `suited` tries what is used then


def new_translator(
    recipe: Recipe, corpus: Corpus, dtype=np.float32, run_dir: Path | None = None
) -> Translator:
    """Return the recipe's model with its first parameters, of the dtype given, and its codecs.

    Args: run_dir: a run that has begun, whose codecs and parameters take the place of `recipe.init_from`'s.
    """
    if recipe.init_from is None:
        codecs, more = make_codecs(recipe, corpus), {}
    else:
        base = Translator.load(run_dir or recipe.init_from)
        codecs, config = (base.source_codec, base.target_codec), base.model.config
        more = {"activation": config.activation, "gate_activation": config.gate_activation}
    config = dataclasses.replace(model_config(recipe, *(codec.size for codec in codecs)), **more)
    model = Seq2Seq(config, np.random.default_rng(recipe.seed), dtype)
    if recipe.init_from is not None:
        copy_into(model.params, base.model.params, recipe.init_from)
    return Translator(model, *codecs)


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

    Args: recipe, corpus: what to train, and on what.
        run_dir: the run's folder; None keeps everything in memory.
        resume: go on with the run in that folder, by its own recipe but for the options in `CHANGEABLE`.
        progress_bar: whether to show one; None shows it in a terminal only.
        on_evaluation: called with the development metrics after each epoch.
        dtype: of the parameters; in float64 a training ends with the same few digits on every processor.
    Returns: the translator, with its best parameters (the newest, without a development part), the history.
    Raises: UserError if the folder cannot be used, or training diverged (DivergedError).
    """

    def evaluate() -> dict[str, float]:
        metrics = quick_evaluation(translator, corpus.dev, recipe.bleu_tokenizer)
        if not math.isfinite(metrics["perplexity"]):
            raise DivergedError(
                f"training diverged: the development perplexity is {metrics['perplexity']} after epoch "
                f"{trainer.run.progress.epoch}; try a lower learning rate (now {recipe.learning_rate:.3g})"
            )
        on_evaluation({"epoch": trainer.run.progress.epoch, **metrics})
        return metrics

    # The trainer checks for infinity and NaN and says what to do: NumPy's warnings would only repeat it.
    with claimed(run_dir), np.errstate(over="ignore", invalid="ignore"):
        begun = resume and run_dir is not None and (run_dir / "last.npz").exists()
        translator = new_translator(recipe, corpus, dtype, run_dir if begun else None)
        if run_dir is not None:
            recipe = open_run(run_dir, recipe, corpus, translator, resume)
        batches_of_epoch = training_batches(recipe, translator, corpus.train)
        steps, options = len(batches_of_epoch(1)), {"run_dir": run_dir, "progress_bar": progress_bar}
        trainer = make_trainer(recipe, translator, steps, **options)
        history = trainer.fit(batches_of_epoch, recipe.epochs, evaluate if corpus.dev else None, resume)
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
        config=dataclasses.asdict(recipe),
        **{name: getattr(recipe, name) for name in ("patience", "workers", "checkpoint_every")},
        **options,
    )


# The folder of a run


def open_run(run_dir: Path, recipe: Recipe, corpus: Corpus, translator: Translator, resume: bool) -> Recipe:
    """Start the folder of a new run, or check that the run in it is the one to resume.

    Returns: the recipe to train by; see `change_recipe`.
    Raises: UserError if it holds another run, its corpus has changed, or other options than may change.
    """
    if resume:
        check_corpus(run_dir, corpus)
        for path, content in translator.codec_files(run_dir).items():
            if not path.is_file() or path.read_bytes() != content:
                raise UserError(f"{path}: missing, damaged or of another version; restore it, or train anew")
        return change_recipe(run_dir, recipe, -(-len(corpus.train) // recipe.batch_size))
    check_folder(run_dir)
    about = {
        "recipe": dataclasses.asdict(recipe),
        "corpus": {"name": corpus.name, "license": corpus.license, "attribution": corpus.attribution},
        "counts": corpus.counts,
        "fingerprint": fingerprint(corpus),
    }
    if files := recipe.files():
        about["folder"] = os.getcwd()  # where the names of the files begin
        about["files"] = {option: file_hash(name) for option, name in files.items()}
    translator.save(run_dir, about)
    return recipe


def change_recipe(run_dir: Path, recipe: Recipe, steps_per_epoch: int) -> Recipe:
    """Store the recipe with which a run goes on, if it is not the stored one, and return it.

    The learning rate follows the schedule as if the run had been planned so from the start, but a warm-up
    that was cut to fit keeps its length: in a longer run it would begin anew.

    Raises: UserError if an option changes that must not, or the new values leave nothing to do.
    """
    stored, last = read_recipe(run_dir), run_dir / "last.npz"
    if recipe == stored:
        return recipe
    changed = [name for name, value in vars(recipe).items() if value != getattr(stored, name)]
    if fixed := [spelled(name) for name in changed if name not in CHANGEABLE]:
        raise UserError(f"{run_dir}: {', '.join(fixed)} cannot change in a run; train a new one")
    done = load_checkpoint(last).progress if last.exists() else Progress()
    if recipe.epochs < done.epoch + (done.position > 0):
        raise UserError(f"--epochs {recipe.epochs}: {run_dir} is in epoch {done.epoch + 1}; give more")
    if recipe.epochs > done.epoch and recipe.patience is not None and done.stale >= recipe.patience:
        raise UserError(f"{run_dir}: has run out of --patience {recipe.patience}; give more to go on")
    recipe = dataclasses.replace(recipe, warmup_steps=warmup_steps(stored, steps_per_epoch))
    write_config(run_dir, read_config(run_dir) | {"recipe": dataclasses.asdict(recipe)})
    return recipe


def fine_tuning(init_from: str, **given: Any) -> Recipe:
    """Return the recipe that begins with the parameters, vocabularies and model of another run.

    Args: init_from: its folder.  given: the other options.
    Raises: UserError if one contradicts the other run's model or vocabularies.
    """
    folder = find_run(init_from)
    other = {name: getattr(read_recipe(folder), name) for name in INHERITED}
    for name in given.keys() & other.keys() - REPLACEABLE:
        if given[name] != other[name]:
            raise UserError(f"{spelled(name)} {given[name]}: {folder} has {other[name]}; leave it out")
    unusual = {name: value for name, value in other.items() if value != getattr(Recipe, name)}
    return Recipe.of(init_from=str(folder.resolve()), **unusual | given)


def check_folder(run_dir: Path) -> None:
    """Raise a UserError if a new run would overwrite anything but what an interrupted start left behind."""
    if run_dir.exists() and not run_dir.is_dir():
        raise UserError(f"{run_dir}: is a file; choose a folder for the run")
    if run_dir.exists() and any(p.suffix not in (".codec", ".tmp", ".lock") for p in run_dir.iterdir()):
        raise UserError(f"{run_dir}: exists already; choose another folder, or go on with --resume")


def check_corpus(run_dir: Path, corpus: Corpus) -> Corpus:
    """Return the corpus, or raise a UserError if it is not the one that the run began with.

    Its parts would differ, and sentences of the training part could be in the test part.
    """
    config = read_config(run_dir)
    if config.get("fingerprint") != fingerprint(corpus):
        stored = config.get("files")
        hashes, files = stored if isinstance(stored, dict) else {}, read_recipe(run_dir).files()
        changed = [name for option, name in files.items() if hashes.get(option) != file_hash(name)]
        told = f"its corpus has changed since the run began ({', '.join(changed) or corpus.name})"
        raise UserError(f"{run_dir}: {told}; restore it, or train anew elsewhere")
    return corpus


def file_hash(name: str) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(Path(name).read_bytes()).hexdigest()


def read_recipe(run_dir: Path) -> Recipe:
    """Return the recipe of a run; raise a UserError if the folder holds none.

    The names of the user's own files begin in the folder where the run began; if a file is there no longer,
    in the current one, so that a project can be moved as a whole.
    """
    config = read_config(run_dir)
    try:
        recipe, folder = from_json(Recipe, BEFORE | config["recipe"]), Path(config.get("folder", ""))
        names = {option: str(folder / name) for option, name in recipe.files().items()}
        found = {option: name for option, name in names.items() if os.path.exists(name)}
        return dataclasses.replace(recipe, **found)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{run_dir}: its recipe is not of this version ({error}); train again") from error


def fingerprint(corpus: Corpus) -> str:
    """Return the SHA-256 of all sentences of the three parts, in order."""
    parts = ("".join(f"{pair.source}\t{pair.target}\n" for pair in pairs) for pairs in corpus.parts.values())
    return hashlib.sha256("".join(f"{part}\n" for part in parts).encode()).hexdigest()

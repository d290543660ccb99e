"""A recipe: every option that decides how a translator comes out, with its default and its meaning.

Only the standard library is imported here: the command line shows these options before anything is installed.
"""

# ruff: noqa: RUF009 (a `field` under another name)
from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from lstm_lib import limits
from lstm_lib.errors import UserError
from lstm_lib.limits import ATTENTIONS, Amount, Count, Factor, Positive, Rate, Ratio, Share, Whole
from lstm_lib.text.corpus import CORPORA

# The names that options can take. The library's own need NumPy to be read; a test holds both equal.
CELLS = ("lstm", "gru", "rnn")

RECURRENT_KINDS = ("variational", "candidate", "zoneout", "weight_drop")
OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw")
SCHEDULES = ("constant", "step", "exponential", "cosine", "inverse_sqrt", "plateau")
FILES = {  # the options that name the user's own files, by part
    "train": ("source_file", "target_file"),
    "dev": ("dev_source", "dev_target"),
    "test": ("test_source", "test_target"),
}
SUITED = (  # own files: up to so many training pairs, what stands in `suited_to`
    (2_500, 2000, 256, 256, 0.5, 30, 32, 0.004),
    (10_000, 2000, 256, 256, 0.5, 30, 128, 0.008),
    (25_000, 4000, 256, 256, 0.4, 15, 128, 0.008),
    (60_000, 4000, 256, 256, 0.3, 8, 64, 0.004),
    (10**9, 8000, 256, 256, 0.2, 5, 128, 0.006),
)
BEFORE = {"tied_embeddings": False}  # options that older runs lack, and what they were trained with
EASY = {"epochs": 3, "batch_size": 64, "warmup_steps": 100}  # the dates
BLEU_TOKENIZERS = ("13a", "intl", "zh", "ja-mecab", "ko-mecab", "char", "none")

NEEDS = {  # options that are read only beside another one: its name, and the values of it that do (none: any)
    "momentum": ("optimizer", ("sgd",)),
    "nesterov": ("optimizer", ("sgd",)),
    "beta1": ("optimizer", ("adam", "adamw")),
    "weight_decay": ("optimizer", ("adamw",)),
    "decay": ("schedule", ("step", "exponential", "plateau")),
    "decay_steps": ("schedule", ("step", "exponential")),
    "recurrent_dropout_kind": ("recurrent_dropout", ()),
    "max_tokens": ("source_file", ()),
    "max_ratio": ("source_file", ()),
}


def _option(group: str, default: Any, meaning: str, **argument: Any) -> Any:
    """Declare an option: its group in the help, its default and meaning, and what else argparse is told."""
    return field(default=default, metadata={"help": meaning, "group": group, "argument": argument})


_corpus, _model, _training = (partial(_option, group) for group in ("corpus", "model", "training"))


@dataclass(frozen=True)
class Recipe:
    """The options of a run; the command line spells them with dashes."""

    corpus: str = _corpus("tatoeba-small", "what to learn from", choices=tuple(CORPORA))
    source_file: str | None = _corpus(None, "your own sentences, or a TSV of both languages", metavar="FILE")
    target_file: str | None = _corpus(None, "their translations, line by line", metavar="FILE")
    columns: str = _corpus("1,2", "the columns of source and target in a TSV", metavar="I,J")
    dev_source: str | None = _corpus(None, "your own development sentences, or a TSV", metavar="FILE")
    dev_target: str | None = _corpus(None, "their translations, line by line", metavar="FILE")
    test_source: str | None = _corpus(None, "your own test sentences, or a TSV", metavar="FILE")
    test_target: str | None = _corpus(None, "their translations, line by line", metavar="FILE")
    max_tokens: Count = _corpus(50, "drop longer sentences of your own files")
    max_ratio: Ratio = _corpus(4.0, "drop pairs of them with a side this many times longer; 0 keeps all")
    subwords: Count | None = _corpus(None, "subwords a language (own files: by size); 0: words", type=int)
    vocabulary: Count | None = _corpus(None, "keep only this many most frequent words a language", type=int)
    keep_case: bool = _corpus(False, "words with their capital letters (subwords always keep them)")
    bleu_tokenizer: str | None = _corpus(None, "BLEU's; by default by the script", choices=BLEU_TOKENIZERS)

    cell: str = _model("lstm", "the recurrent cell", choices=CELLS)
    embedding_size: Count = _model(160, "width of word embeddings and of the readout")
    hidden_size: Count = _model(160, "width of the state: decoder, and each direction of the encoder")
    encoder_size: Count | None = _model(None, "width of each direction of the encoder, if another", type=int)
    num_layers: Count = _model(1, "recurrent layers of the encoder, and of the decoder")
    bidirectional: bool = _model(True, "an encoder that reads in both directions")
    attention: str = _model("luong-general-scaled", "how the decoder looks back", choices=ATTENTIONS)
    input_feeding: bool = _model(False, "feed the readout back to the cell (Luong's attentions)")
    tied_embeddings: bool = _model(True, "score target words by the vectors they are read by")
    dropout: Rate = _model(0.3, "rate on embeddings, between layers and on the readout")
    recurrent_dropout: Rate = _model(0.0, "rate on the hidden-to-hidden connections")
    recurrent_dropout_kind: str = _model("variational", "which recurrent dropout", choices=RECURRENT_KINDS)
    label_smoothing: Rate = _model(0.1, "share of the target's probability spread over all words")
    scheduled_sampling: Share = _model(0.0, "how often training reads the model's own word before")

    epochs: Count = _training(14, "passes over the training part (dates: 3)")
    batch_size: Count = _training(128, "sentences per update (dates: 64)")
    optimizer: str = _training("adam", "how gradients become updates", choices=OPTIMIZERS)
    momentum: Rate = _training(0.0, "of sgd")
    nesterov: bool = _training(False, "look ahead along the momentum (sgd)")
    beta1: Rate = _training(0.9, "of adam and adamw: their momentum")
    weight_decay: Amount = _training(0.01, "of adamw")
    learning_rate: Positive = _training(0.008, "the peak learning rate")
    schedule: str = _training("cosine", "how the learning rate falls", choices=SCHEDULES)
    warmup_steps: Whole = _training(300, "updates of warm-up (dates: 100); a tenth of all if it is over half")
    decay: Factor = _training(0.5, "factor of the step, exponential and plateau schedules")
    decay_steps: Count = _training(1000, "updates a factor (step and exponential)")
    clip_norm: Amount = _training(1.0, "longest global norm of the gradients; 0: no clipping")
    patience: Count | None = _training(None, "stop after so many epochs without a better BLEU", type=int)
    init_from: str | None = _training(None, "begin with the model and words of this run", metavar="RUN")
    checkpoint_every: Count = _training(200, "updates between checkpoints")
    workers: Count = _training(1, "processes that share each update; as many as there are cores is fastest")
    seed: Whole = _training(0, "of the first parameters, the order of batches and dropout")

    @classmethod
    def of(cls, **given: Any) -> Recipe:
        """Return a recipe with the defaults that suit its corpus.

        Raises: UserError on an option that no other reads, or on more workers than are of use.
        """
        easy = given.get("source_file") is None and given.get("corpus", cls.corpus).startswith("dates")
        recipe = cls(**(EASY if easy else {}) | given)
        recipe._check_all_are_read([name for name, value in given.items() if value])
        check_workers(recipe.workers)
        if recipe.workers > recipe.batch_size:
            raise UserError(f"--workers {recipe.workers}: more than the --batch-size, {recipe.batch_size}")
        return recipe

    def __post_init__(self) -> None:
        """Raise a UserError that names the first option whose value is impossible."""
        types = limits.types_of(self)
        for option in fields(self):
            value, choices = getattr(self, option.name), option.metadata["argument"].get("choices")
            if choices and value is None and option.default is None:
                continue
            if text := limits.misfit(value, limits.one_of(choices) if choices else types[option.name]):
                raise UserError(f"{spelled(option.name)} {value}: wanted {text}")
        if not re.fullmatch(r"([1-9][0-9]{0,3}),(?!\1$)[1-9][0-9]{0,3}", str(self.columns)):
            raise UserError(f"--columns {self.columns}: wanted two different numbers from 1 up, as in 2,1")
        if self.columns != type(self).columns and all(len(self.files(part)) != 1 for part in FILES):
            raise UserError(f"--columns {self.columns}: wanted a TSV, a source file without a target file")
        names = self.files()
        if len(set(map(os.path.realpath, names.values()))) < len(names):
            raise UserError(f"{', '.join(map(spelled, names))}: wanted a different file for each")
        for name in names:
            beside = name.replace("target", "source") if "target" in name else "source_file"
            if beside not in names:
                raise UserError(f"{spelled(name)} needs {spelled(beside)} beside it")

    def files(self, *parts: str) -> dict[str, str]:
        """Return the options that name files of the user's own, for these parts or all, with the names."""
        options = [option for part in parts or FILES for option in FILES[part]]
        return {option: name for option in options if (name := getattr(self, option)) is not None}

    def _check_all_are_read(self, given: list[str]) -> None:
        """Raise a UserError that names the first of the options given that would have no effect."""
        if "corpus" in given and self.source_file is not None:
            raise UserError("--corpus has no effect beside --source-file: leave out one of them")
        for name in given:
            other, values = NEEDS.get(name, (name, ()))
            if not getattr(self, other) or (values and getattr(self, other) not in values):
                beside = f"{spelled(other)} {' or '.join(values)}".strip()
                raise UserError(f"{spelled(name)} has no effect without {beside}: leave it out, or add that")


def suited_to(pairs: int) -> dict[str, Any]:
    """Return the options that suit so many training pairs of the user's own (see figures/README.md)."""
    names = ("subwords", "embedding_size", "hidden_size", "dropout", "epochs", "batch_size", "learning_rate")
    return dict(zip(names, next(row for most, *row in SUITED if pairs <= most), strict=True))


def check_workers(workers: int) -> None:
    """Raise a UserError on more processes than cores; 8 may repeat what was run on another machine."""
    most = max(os.cpu_count() or 1, 8)
    if not 1 <= workers <= most:
        raise UserError(f"--workers {workers}: wanted at least 1, and at most {most} on this machine")


def spelled(name: str) -> str:
    """Return the command-line spelling of an option: batch_size is --batch-size."""
    return "--" + name.replace("_", "-")

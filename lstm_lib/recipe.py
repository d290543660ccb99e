"""A recipe: every option that decides how a translator comes out, with its default and its meaning.

Only the standard library is imported here: the command line shows these options before anything is installed.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from lstm_lib.errors import UserError

# The names that an option can take. What they stand for (cells, optimizers, ...) needs NumPy, which may not
# be installed yet, so only the names are here; a test holds them equal to the library's.
CELLS = ("lstm", "gru", "rnn")
ATTENTIONS = ("bahdanau", "luong-dot", "luong-general", "luong-concat", "none")
RECURRENT_KINDS = ("variational", "candidate", "zoneout", "weight_drop")
OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw")
SCHEDULES = ("constant", "step", "exponential", "cosine", "inverse_sqrt", "plateau")
CORPORA = ("tatoeba-small", "tatoeba", "dates-fr", "dates-es", "dates")
FILES = {  # the options that name the user's own files, by part
    "train": ("source_file", "target_file"),
    "dev": ("dev_source", "dev_target"),
    "test": ("test_source", "test_target"),
}

LIMITS = {  # what the value of an option must be, the test of that, and the options concerned
    "at least 1": (
        lambda value: value is None or value >= 1,
        "max_tokens subwords vocabulary embedding_size hidden_size num_layers "
        "epochs batch_size decay_steps patience checkpoint_every workers",
    ),
    "at least 0": (lambda value: value >= 0, "weight_decay warmup_steps clip_norm seed"),
    "more than 0": (lambda value: value > 0, "learning_rate"),
    "more than 0, at most 1": (lambda value: 0 < value <= 1, "decay"),
    "0 to 1": (lambda value: 0 <= value <= 1, "scheduled_sampling"),
    "0 or more, and less than 1": (
        lambda value: 0 <= value < 1,
        "dropout recurrent_dropout label_smoothing momentum",
    ),
}


def _option(group: str, default: Any, meaning: str, **argument: Any) -> Any:
    """Declare an option: its group in the help, its default and meaning, and what else argparse is told."""
    return field(default=default, metadata={"help": meaning, "group": group, "argument": argument})


_corpus, _model, _training = (partial(_option, group) for group in ("corpus", "model", "training"))


@dataclass(frozen=True)
class Recipe:
    """The options of a run; the command line spells them with dashes."""

    corpus: str = _corpus("tatoeba-small", "what to learn from", choices=CORPORA)
    source_file: str | None = _corpus(
        None, "your own sentences, one a line, or a TSV of both languages (.gz too)", metavar="FILE"
    )
    target_file: str | None = _corpus(None, "their translations, line by line", metavar="FILE")
    columns: str = _corpus("1,2", "the columns of source and target in a TSV", metavar="I,J")
    dev_source: str | None = _corpus(None, "your own development sentences, or a TSV", metavar="FILE")
    dev_target: str | None = _corpus(None, "their translations, line by line", metavar="FILE")
    test_source: str | None = _corpus(None, "your own test sentences, or a TSV", metavar="FILE")
    test_target: str | None = _corpus(None, "their translations, line by line", metavar="FILE")
    max_tokens: int = _corpus(50, "drop longer sentences of your own files")
    subwords: int | None = _corpus(None, "learn this many subwords a language in place of words", type=int)
    vocabulary: int | None = _corpus(None, "keep only this many most frequent words a language", type=int)

    cell: str = _model("lstm", "the recurrent cell", choices=CELLS)
    embedding_size: int = _model(128, "width of word embeddings and of the readout")
    hidden_size: int = _model(128, "width of the state: decoder, and each direction of the encoder")
    num_layers: int = _model(1, "recurrent layers of the encoder, and of the decoder")
    bidirectional: bool = _model(True, "an encoder that reads in both directions")
    attention: str = _model("bahdanau", "how the decoder looks back at the source", choices=ATTENTIONS)
    input_feeding: bool = _model(False, "feed the readout back to the cell (Luong's attentions)")
    dropout: float = _model(0.2, "rate on embeddings, between layers and on the readout")
    recurrent_dropout: float = _model(0.0, "rate on the hidden-to-hidden connections")
    recurrent_dropout_kind: str = _model("variational", "which recurrent dropout", choices=RECURRENT_KINDS)
    label_smoothing: float = _model(0.1, "share of the target's probability spread over all words")
    scheduled_sampling: float = _model(0.0, "how often training reads the model's own word before")

    epochs: int = _training(8, "passes over the training part; the dates, which are easy, take 3")
    batch_size: int = _training(64, "sentences an update")
    optimizer: str = _training("adam", "how gradients become updates", choices=OPTIMIZERS)
    momentum: float = _training(0.0, "of sgd")
    nesterov: bool = _training(False, "look ahead along the momentum (sgd)")
    weight_decay: float = _training(0.01, "of adamw")
    learning_rate: float = _training(0.003, "the peak learning rate")
    schedule: str = _training("cosine", "how the learning rate falls", choices=SCHEDULES)
    warmup_steps: int = _training(200, "updates of linear warm-up; a tenth of all if there are fewer")
    decay: float = _training(0.5, "factor of the step, exponential and plateau schedules")
    decay_steps: int = _training(1000, "updates a factor (step and exponential)")
    clip_norm: float = _training(1.0, "longest global norm of the gradients; 0: no clipping")
    patience: int | None = _training(
        None, "stop after this many epochs without a better development BLEU (perplexity, if equal)", type=int
    )
    checkpoint_every: int = _training(200, "updates between checkpoints")
    workers: int = _training(1, "processes that share each update; as many as there are cores is fastest")
    seed: int = _training(0, "of the first parameters, the order of batches and dropout")

    @classmethod
    def of(cls, **given: Any) -> Recipe:
        """Return a recipe with the defaults that suit its corpus."""
        easy = given.get("source_file") is None and given.get("corpus", cls.corpus).startswith("dates")
        return cls(**({"epochs": 3} if easy else {}) | given)

    def __post_init__(self) -> None:
        """Raise a UserError that names the first option whose value is impossible."""
        for option in fields(self):
            if isinstance(option.default, float):
                self._want("a finite number", math.isfinite, option.name)
            if choices := option.metadata["argument"].get("choices"):
                self._want(f"one of {', '.join(choices)}", choices.__contains__, option.name)
        for wanted, (is_fine, names) in LIMITS.items():
            for name in names.split():
                self._want(wanted, is_fine, name)
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

    def _want(self, wanted: str, is_fine: Callable[[Any], bool], name: str) -> None:
        if not is_fine(getattr(self, name)):
            raise UserError(f"{spelled(name)} {getattr(self, name)}: wanted {wanted}")


def spelled(name: str) -> str:
    """Return the command-line spelling of an option: batch_size is --batch-size."""
    return "--" + name.replace("_", "-")

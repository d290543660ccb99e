"""What a parallel corpus is: pairs of sentences, in three parts; and those that the course brings, by name.

Only the standard library is imported here: the command line shows the names before anything is installed.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple

from lstm_lib.errors import UserError

CORPORA = {  # name: module, imported when the corpus is asked for; the function that makes it; its arguments
    "tatoeba-small": ("course.corpora.tatoeba", "tatoeba_small_corpus"),
    "tatoeba": ("course.corpora.tatoeba", "tatoeba_corpus"),
    "dates-fr": ("course.corpora.dates", "dates_corpus", "French"),
    "dates-es": ("course.corpora.dates", "dates_corpus", "Spanish"),
    "dates": ("course.corpora.dates", "dates_corpus", "French"),
}
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")  # zero-width space, word joiner, byte order mark


class Pair(NamedTuple):
    """A sentence and its translation, as plain text.

    `alignment`, where it is known, holds (i, j) wherever word token j of the target translates word token i
    of the source.
    """

    source: str
    target: str
    alignment: frozenset[tuple[int, int]] | None = None


class Lines(tuple[Pair, ...]):
    """Pairs from test files of their own, in order: each is scored by itself, equal sources or not."""


@dataclass(frozen=True)
class Corpus:
    """Sentence pairs in three parts that share no sentence, and what the user should know of their origin.

    Where dev or test are `Lines`, all that is sure is that none of their sources is in train.
    """

    name: str  # of a ready-made corpus, or of the source file
    source_language: str  # in English, as is the target's
    target_language: str
    train: tuple[Pair, ...]  # the pairs of each part are in random order, except in `Lines`
    dev: tuple[Pair, ...]
    test: tuple[Pair, ...]
    license: str  # the terms under which the sentences may be used
    attribution: str  # whom to thank, one line
    counts: dict[str, int]  # what was read, repaired, dropped and kept, in the order in which it happened

    @property
    def parts(self) -> dict[str, tuple[Pair, ...]]:
        """The pairs for training, development and test, by name."""
        return {"train": self.train, "dev": self.dev, "test": self.test}


def load_corpus(name: str) -> Corpus:
    """Return the corpus of that name, always split in the same way.

    Raises: UserError where there is no such corpus, or it cannot be fetched.
    """
    if name not in CORPORA:
        raise UserError(f"there is no corpus named {name!r}; there are {', '.join(CORPORA)}")
    module, function, *arguments = CORPORA[name]
    return getattr(import_module(module), function)(*arguments)


def gather_references(pairs: Iterable[Pair]) -> dict[str, tuple[str, ...]]:
    """Return each distinct source with all its targets, both in the order of the pairs."""
    targets: dict[str, list[str]] = {}
    for pair in pairs:
        targets.setdefault(pair.source, []).append(pair.target)
    return {source: tuple(found) for source, found in targets.items()}


def clean(text: str) -> str:
    """Compose accents (Unicode NFC), drop invisible characters, and make runs of white space one space."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())

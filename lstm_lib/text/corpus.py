"""What a parallel corpus is, and the ready-made ones by name."""

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from lstm_lib.errors import UserError

CORPORA = ("dates", "dates-fr", "dates-es", "tatoeba", "tatoeba-small")
PARTS = ("train", "dev", "test")

_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")  # zero-width space, word joiner, byte order mark


class Pair(NamedTuple):
    """A sentence and its translation, as plain text.

    `alignment`, where it is known, holds (i, j) wherever word token j of the target translates word token i
    of the source.
    """

    source: str
    target: str
    alignment: frozenset[tuple[int, int]] | None = None


@dataclass(frozen=True)
class Corpus:
    """Sentence pairs in three parts that share no sentence, with what the user should know of their origin.

    Attributes:
        name: the corpus's name, as `load_corpus` knows it, or the source file's.
        source_language: the language translated from, in English.
        target_language: the language translated into, in English.
        train, dev, test: the pairs of the three parts, in random order.
        license: the terms under which the sentences may be used.
        attribution: whom to thank, one line.
        counts: what was read, repaired, dropped and kept, in the order in which it happened.
    """

    name: str
    source_language: str
    target_language: str
    train: tuple[Pair, ...]
    dev: tuple[Pair, ...]
    test: tuple[Pair, ...]
    license: str
    attribution: str
    counts: dict[str, int]

    def references(self, part: str) -> dict[str, tuple[str, ...]]:
        """Gather every translation of each source sentence.

        Args:
            part: "train", "dev" or "test".

        Returns:
            From each distinct source to all its targets, both in the part's order.

        Raises:
            ValueError: there is no such part.
        """
        if part not in PARTS:
            raise ValueError(f"part must be one of {', '.join(PARTS)}; got {part!r}")
        targets: dict[str, list[str]] = {}
        for pair in getattr(self, part):
            targets.setdefault(pair.source, []).append(pair.target)
        return {source: tuple(found) for source, found in targets.items()}


def clean(text: str) -> str:
    """Compose accents (Unicode NFC), drop invisible characters, and make runs of white space one space."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def load_corpus(name: str, *, seed: int = 0) -> Corpus:
    """Load one of the ready-made corpora.

    Args:
        name: "dates-fr" or "dates-es" (spoken dates, generated; "dates" is "dates-fr"), "tatoeba" (all
            English-Spanish pairs) or "tatoeba-small" (short sentences of frequent words). Tatoeba is fetched
            once, then cached.
        seed: decides which sentences are held out (and which dates are drawn).

    Raises:
        UserError: the name is unknown, or the corpus cannot be fetched.
    """
    # Imported here because each of these modules builds on the classes above.
    from lstm_lib.text.dates import dates_corpus
    from lstm_lib.text.tatoeba import tatoeba_corpus, tatoeba_small_corpus

    if name in ("dates", "dates-fr"):
        return dates_corpus("French", seed=seed)
    if name == "dates-es":
        return dates_corpus("Spanish", seed=seed)
    if name == "tatoeba":
        return tatoeba_corpus(seed=seed)
    if name == "tatoeba-small":
        return tatoeba_small_corpus(seed=seed)
    raise UserError(f"there is no corpus named {name!r}: choose one of {', '.join(CORPORA)}")

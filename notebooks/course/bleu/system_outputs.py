"""Stored translations: what several systems made of the same real sentences.

`python -m figures.translations` wrote what its models said; data/README.md tells more.  The sentences, their
references and the copies of the nearest neighbor come from the corpus, which is fetched where need be.
"""

import dataclasses
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from course.corpora.tatoeba import read_rows
from course.shared.data import data_folder
from lstm_lib import runs
from lstm_lib.errors import UserError
from lstm_lib.evaluation import TestSet
from lstm_lib.recipe import Recipe
from lstm_lib.text.baseline import copy_nearest
from lstm_lib.text.corpus import Corpus, Pair

OUTPUTS = data_folder() / "translations" / "spanish_english.tsv"
COPY = "nearest copy"  # the baseline's name among the systems
CREDIT = "Attribution: tatoeba.org "  # what comes before the numbers and names of a pair's contributors
FIRST, LAST = "key", "forced"  # the columns around those of the systems


class Output(NamedTuple):
    """What the models said of one sentence."""

    key: str  # of the sentence, see `key_of`
    translations: dict[str, str]  # of each model
    forced: str  # what the last model says where it reads the first reference: no translation


class Translated(NamedTuple):
    """One sentence, its translations by humans and by machines."""

    source: str
    references: tuple[str, ...]
    translations: dict[str, str]  # of each system
    forced: str
    credits: tuple[str, ...]  # whom to thank for each pair of source and reference


def turned(corpus: Corpus) -> Corpus:
    """Return the corpus with source and target exchanged; its parts share no sentence either way."""
    parts = {
        part: tuple(Pair(pair.target, pair.source) for pair in getattr(corpus, part))
        for part in ("train", "dev", "test")
    }
    languages = {"source_language": corpus.target_language, "target_language": corpus.source_language}
    return dataclasses.replace(corpus, **languages, **parts)


@lru_cache(maxsize=1)
def read_translations() -> tuple[Translated, ...]:
    """Read the test part of tatoeba-small from Spanish to English, with all translations of it.

    Raises: UserError where the corpus cannot be fetched, or is another one, or the file is not whole.
    """
    corpus = turned(runs.read_corpus(Recipe.of()))
    test, thanks = TestSet.of(corpus.test), credits_of(corpus)
    outputs = {output.key: output for output in read_outputs(OUTPUTS)}
    if outputs.keys() != set(map(key_of, test.sources)):
        raise UserError(f"{OUTPUTS}: is of another corpus; run python -m figures.translations")
    found = []
    for source, references, copied in zip(test.sources, test.references, copies(corpus, test), strict=True):
        _, translations, forced = outputs[key_of(source)]
        credits = tuple(thanks[source, reference] for reference in references)
        found.append(Translated(source, references, {COPY: copied} | translations, forced, credits))
    return tuple(found)


def copies(corpus: Corpus, test: TestSet) -> list[str]:
    """Return the baseline's translations."""
    sources, targets = zip(*((pair.source, pair.target) for pair in corpus.train), strict=True)
    return copy_nearest(test.sources, sources, targets).translations


def credits_of(corpus: Corpus) -> dict[tuple[str, str], str]:
    """Return the credits of each pair of the turned corpus' test part."""
    wanted = {(pair.source, pair.target) for pair in corpus.test}
    return {(s, t): credit.split(CREDIT)[1] for t, s, credit in read_rows() if (s, t) in wanted}


def key_of(source: str) -> str:
    """Return a key that identifies a sentence of the corpus without quoting it."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def read_outputs(path: Path) -> list[Output]:
    """Read what the models said.

    Raises: UserError where the file is missing or is something else; it names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); restore it from the course's files") from error
    rows = [line.split("\t") for line in lines]
    header = rows[0] if rows else [""]
    if (header[0], header[-1]) != (FIRST, LAST):
        raise UserError(f"{path}, line 1: wanted the columns {FIRST}, models, {LAST}")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise UserError(f"{path}, line {number}: has {len(row)} columns; line 1 has {len(header)}")
    models = header[1:-1]
    return [Output(key, dict(zip(models, texts, strict=True)), forced) for key, *texts, forced in rows[1:]]


def to_table(outputs: Sequence[Output]) -> str:
    """Write the text that `read_outputs` reads: one line per sentence, with tabs between columns.

    Raises: ValueError where a text holds what parts columns or lines.
    """
    models = list(outputs[0].translations)
    lines = [[FIRST, *models, LAST]]
    for key, translations, forced in outputs:
        for text in (key, *translations.values(), forced):
            if "\t" in text or "\n" in text:
                raise ValueError(f"outputs: want no tab and no line break, got {text!r}")
        lines.append([key, *(translations[model] for model in models), forced])
    return "".join("\t".join(line) + "\n" for line in lines)

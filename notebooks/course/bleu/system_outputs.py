"""Stored translations: what several systems made of the same real sentences.

`python -m figures.translations` wrote both files; data/README.md tells more.  The sentences and their
references are the test part of tatoeba-small, each pair with the credit that its license asks for.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from course.shared.data import data_folder
from lstm_lib.errors import UserError

OUTPUTS = data_folder() / "translations" / "spanish_english.tsv"
PAIRS = OUTPUTS.with_name("tatoeba_test.tsv")
FIRST, LAST = "key", "forced"  # the columns of the outputs around those of the systems
PAIR_COLUMNS = ["source", "reference", "credit"]


class Output(NamedTuple):
    """What the systems said of one sentence."""

    key: str  # of the sentence, see `key_of`
    translations: dict[str, str]  # of each system
    forced: str  # what the last model says where it reads the first reference: no translation


class Translated(NamedTuple):
    """One sentence, its translations by humans and by machines."""

    source: str
    references: tuple[str, ...]
    translations: dict[str, str]  # of each system
    forced: str
    credits: tuple[str, ...]  # whom to thank for each pair of source and reference


@lru_cache(maxsize=1)
def read_translations() -> tuple[Translated, ...]:
    """Read the test part of tatoeba-small from Spanish to English, with all translations of it.

    Raises: UserError where a file is missing or not whole, or where they are of different sentences.
    """
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for source, reference, credit in read_table(PAIRS, PAIR_COLUMNS[0], PAIR_COLUMNS[-1])[1:]:
        pairs[source].append((reference, credit))
    outputs = {output.key: output for output in read_outputs(OUTPUTS)}
    if outputs.keys() != set(map(key_of, pairs)):
        raise UserError(f"{OUTPUTS}: is of other sentences than {PAIRS}; run python -m figures.translations")
    return tuple(
        Translated(source, tuple(references), outputs[key].translations, outputs[key].forced, tuple(credits))
        for source, known in pairs.items()
        for key, (references, credits) in [(key_of(source), zip(*known, strict=True))]
    )


def key_of(source: str) -> str:
    """Return a key that identifies a sentence of the corpus without quoting it."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def read_outputs(path: Path) -> list[Output]:
    """Read what the systems said.

    Raises: UserError where the file is missing or is something else; it names the line.
    """
    header, *rows = read_table(path, FIRST, LAST)
    systems = header[1:-1]
    return [Output(key, dict(zip(systems, texts, strict=True)), forced) for key, *texts, forced in rows]


def read_table(path: Path, first: str, last: str) -> list[list[str]]:
    """Read a table with tabs between columns.

    Args: path; first, last: what its first line begins and ends with.
    Raises: UserError where the file is missing or is something else; it names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); restore it from the course's files") from error
    rows = [line.split("\t") for line in lines] or [[""]]
    if (rows[0][0], rows[0][-1]) != (first, last):
        raise UserError(f"{path}, line 1: wanted the columns {first}, others, {last}")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise UserError(f"{path}, line {number}: has {len(row)} columns; line 1 has {len(rows[0])}")
    return rows


def outputs_table(outputs: Sequence[Output]) -> str:
    """Write the text that `read_outputs` reads."""
    header = [FIRST, *outputs[0].translations, LAST]
    return to_table([header, *([key, *said.values(), forced] for key, said, forced in outputs)])


def to_table(rows: Iterable[Sequence[str]]) -> str:
    """Write the text that `read_table` reads: one line per row, with tabs between columns.

    Raises: ValueError where a text holds what parts columns or lines.
    """
    rows = list(rows)
    for text in (text for row in rows for text in row):
        if "\t" in text or len(text.splitlines()) > 1 or text.endswith("\n"):
            raise ValueError(f"rows: want no tab and no line break, got {text!r}")
    return "".join("\t".join(row) + "\n" for row in rows)

"""Ratings by people: which translations are rated, and the CSV files that keep ratings and can be joined.

A file's columns are rater, key, rating, source, translation; `key` stands for a source with its translation.
Files of several people may lie in one folder, or be put one below the other.
"""

import csv
import hashlib
import io
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course.bleu.translations import Translated
from lstm_lib.errors import UserError
from lstm_lib.storage import atomic_file, disk_errors
from lstm_lib.text.corpus import clean
from lstm_lib.text.tokenizer import tokenize

COLUMNS = ["rater", "key", "rating", "source", "translation"]
STARS = range(1, 6)
SHORTEST = 4  # tokens of a source worth rating
FEWEST = 3  # different translations of a source worth comparing
LONGEST_NAME = 40
MOST_BYTES = 5_000_000  # a class of hundreds stays far below

Ratings = dict[tuple[str, str], int]  # rater and key: 1 to 5


class Item(NamedTuple):
    """One translation to rate."""

    key: str
    source: str
    text: str  # lower-cased: case would tell the systems apart
    references: tuple[str, ...]
    systems: tuple[str, ...]  # all that wrote just this


# What is rated


def choose_items(sentences: Sequence[Translated], count: int, seed: int) -> list[Item]:
    """Draw sentences on which the systems differ, and take each of their translations once.

    Args: sentences; count: how many of them; seed: of the draw.
    Raises: UserError where there are not as many.
    """
    apart = [
        sentence
        for sentence in sentences
        if len(tokenize(sentence.source)) >= SHORTEST and len(_distinct(sentence)) >= FEWEST
    ]
    if not 1 <= count <= len(apart):
        raise UserError(f"{count} sentences to rate: wanted 1 to {len(apart)}, on which systems differ")
    drawn = np.random.default_rng(seed).choice(len(apart), size=count, replace=False)
    return [item for k in drawn for item in _items(apart[k])]


def _distinct(sentence: Translated) -> dict[str, list[str]]:
    """Each different translation, and the systems that wrote it."""
    systems: dict[str, list[str]] = {}
    for system, text in sentence.translations.items():
        systems.setdefault(text.lower(), []).append(system)
    return systems


def _items(sentence: Translated) -> list[Item]:
    return [
        Item(_key(sentence.source, text), sentence.source, text, sentence.references, tuple(systems))
        for text, systems in _distinct(sentence).items()
    ]


def _key(source: str, text: str) -> str:
    return hashlib.sha256(f"{source}\n{text}".encode()).hexdigest()[:12]


def order_for(items: Sequence[Item], rater: str, seed: int) -> list[Item]:
    """The items in this rater's own order, the same whenever they come back."""
    rng = np.random.default_rng([seed, zlib.crc32(rater.encode())])
    return [items[k] for k in rng.permutation(len(items))]


# Files


def clean_name(name: str) -> str:
    """A rater's name as it stands in the file; a spreadsheet must not take it for a formula."""
    return clean(name).lstrip("=+-@ ")[:LONGEST_NAME].strip()


def rating_file(folder: Path, rater: str) -> Path:
    """The file of one rater."""
    name = re.sub(r"\W+", "_", rater.lower())
    return folder / f"ratings_{name}.csv"


def save_rating(path: Path, rater: str, item: Item, stars: int, items: Sequence[Item]) -> None:
    """Put one rating into a file, in place of an earlier one; the file is whole at every moment.

    Raises: UserError where the file holds something else, or cannot be written.
    """
    ratings = read_ratings(path, items) if path.exists() else {}
    ratings[rater, item.key] = stars
    by_key = {item.key: item for item in items}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for (name, key), number in ratings.items():
        writer.writerow([name, key, number, by_key[key].source, by_key[key].text])
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as file:
        file.write(text.getvalue().encode())


def read_ratings(path: Path, items: Sequence[Item]) -> Ratings:
    """Read a file of ratings, of one person or of several.

    Raises: UserError where the file is none, is damaged, or rates other translations; it names the line.
    """
    keys = {item.key for item in items}
    rows = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    ratings: Ratings = {}
    try:
        if next(rows, None) != COLUMNS:
            raise UserError(f"{path}, line 1: no file of ratings; wanted the columns {','.join(COLUMNS)}")
        for row in rows:
            if row and row != COLUMNS:  # as where one file was put below another
                name, key, stars = _rating(row, keys, f"{path}, line {rows.line_num}")
                ratings[name, key] = stars
    except csv.Error as error:
        raise UserError(f"{path}, line {rows.line_num}: damaged ({error}); restore it") from error
    return ratings


def join_ratings(folder: Path, items: Sequence[Item]) -> tuple[Ratings, list[str]]:
    """Join all files of ratings in a folder.

    Returns: the ratings of all good files, and for each bad one what is wrong, in a line.
    """
    joined: Ratings = {}
    complaints = []
    for path in sorted(folder.glob("*.csv")):
        try:
            ratings = read_ratings(path, items)
            _check_namesakes(path, ratings, joined)
        except UserError as error:
            complaints.append(str(error))
        else:
            joined |= ratings
    return joined, complaints


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path}: is too large for a file of ratings; take it out of the folder")
        return path.read_bytes().decode("utf-8-sig")  # spreadsheets write a byte order mark
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); check the folder") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text; save it as CSV in UTF-8") from error


def _rating(row: Sequence[str], keys: set[str], where: str) -> tuple[str, str, int]:
    """Rater, key and number of stars of one row."""
    if len(row) != len(COLUMNS):
        raise UserError(f"{where}: has {len(row)} columns; wanted {','.join(COLUMNS)}")
    name, key, stars, *_ = row
    if not name:
        raise UserError(f"{where}: the rater has no name")
    if stars not in map(str, STARS):
        raise UserError(f"{where}: the rating is {stars!r}; wanted a whole number from 1 to 5")
    if key not in keys:
        raise UserError(
            f"{where}: rates a translation that is not among these; take the file out of the folder"
        )
    return name, key, int(stars)


def _check_namesakes(path: Path, ratings: Ratings, joined: Ratings) -> None:
    """Raises: UserError where two files hold different ratings under one name: they may be two people."""
    for (name, key), stars in ratings.items():
        if joined.get((name, key), stars) != stars:
            raise UserError(
                f"{path}: rates differently from another file under the same name, {name!r}; is that two "
                "people? Then give one another name in the column rater"
            )

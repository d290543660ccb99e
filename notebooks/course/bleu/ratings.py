"""Ratings by people: what is rated, the CSV files that keep ratings, and what these say beside sentence BLEU.

A file's columns are rater, key, rating, source, translation; `key` stands for a source with its translation.
Files of several people may lie in one folder, or be put one below the other.
"""

import csv
import hashlib
import io
import re
import zlib
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sacrebleu.metrics import BLEU

from course.bleu.system_outputs import Translated
from lstm_lib.errors import UserError
from lstm_lib.storage import atomic_file, disk_errors
from lstm_lib.text.corpus import clean
from lstm_lib.text.tokenizer import tokenize

COLUMNS = ["rater", "key", "rating", "source", "translation"]
STARS = range(1, 6)
SHORTEST = 4  # tokens of a source worth rating
FEWEST = 3  # different translations of a source worth comparing
FEWEST_POINTS = 3  # of which a correlation says anything
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
    Raises: UserError where there are fewer.
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
    """Each different translation, with the systems that wrote it."""
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
    """Return the items in this rater's own order, the same whenever they come back."""
    rng = np.random.default_rng([seed, zlib.crc32(rater.encode())])
    return [items[k] for k in rng.permutation(len(items))]


# Files


def clean_name(name: str) -> str:
    """Return a rater's name as it stands in the file: no spreadsheet takes it for a formula."""
    return clean(name).lstrip("=+-@ ")[:LONGEST_NAME].strip()


def rating_file(folder: Path, rater: str) -> Path:
    """Return the path of one rater's file."""
    name = re.sub(r"\W+", "_", rater.lower())
    return folder / f"ratings_{name}.csv"


def save_rating(path: Path, rater: str, item: Item, stars: int, items: Sequence[Item]) -> None:
    """Put one rating into a file, in place of an earlier one.  The file is whole at every moment.

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

    Returns: the ratings of all good files, and one line for each bad one that says what is wrong.
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


# What they say


class Correlation(NamedTuple):
    """How two measurements of the same things go together; nan where too few differ."""

    pearson: float
    interval: tuple[float, float]  # 95% of Pearson's r, things drawn again with replacement
    spearman: float


class Results(NamedTuple):
    """M rated translations."""

    bleu: np.ndarray  # (M,) sentence BLEU, 0 to 100
    stars: np.ndarray  # (M,) means over the raters, 1 to 5
    by_system: dict[str, np.ndarray]  # the mean stars of each translation that the system wrote
    correlation: Correlation
    raters: int
    agreement: float  # the mean correlation between two raters; nan where there are none to compare


def sentence_bleu(text: str, references: Sequence[str]) -> float:
    """Return sacreBLEU of one sentence, 0 to 100, lower-cased, by the orders it is long enough for.

    Source: Papineni et al. (2002); Chen and Cherry (2014) for smoothing.
    """
    return BLEU(lowercase=True, effective_order=True).sentence_score(text, references).score


def summarize(items: Sequence[Item], ratings: Ratings, rng: np.random.Generator) -> Results:
    """Compare ratings with sentence BLEU.

    Args: items: what could be rated; ratings: at least one; rng: draws for the interval.
    """
    of_key: dict[str, list[int]] = {}
    for (_, key), stars in ratings.items():
        of_key.setdefault(key, []).append(stars)
    rated = [item for item in items if item.key in of_key]
    bleu = np.array([sentence_bleu(item.text, item.references) for item in rated])
    stars = np.array([np.mean(of_key[item.key]) for item in rated])
    names = dict.fromkeys(system for item in items for system in item.systems)
    by_system = {
        name: np.array([s for item, s in zip(rated, stars, strict=True) if name in item.systems])
        for name in names
    }
    raters = len({name for name, _ in ratings})
    return Results(bleu, stars, by_system, correlate(bleu, stars, rng), raters, agreement(ratings))


def correlate(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, samples: int = 1000) -> Correlation:
    """Compute Pearson's r with a bootstrap interval, and Spearman's rho.

    Args: x, y (M,); rng; samples: how often the M things are drawn again.
    """
    r = float(pearson(x, y))
    draws = rng.integers(len(x), size=(samples, len(x)))
    low, high = np.nanpercentile(pearson(x[draws], y[draws]), [2.5, 97.5]) if np.isfinite(r) else (r, r)
    return Correlation(r, (float(low), float(high)), float(pearson(ranks(x), ranks(y))))


def ranks(x: np.ndarray) -> np.ndarray:
    """Return the rank of each number, 1 for the smallest; equal ones share the mean of their ranks."""
    _, positions, counts = np.unique(x, return_inverse=True, return_counts=True)
    return (counts.cumsum() - (counts - 1) / 2)[positions]


def pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Pearson's r along the last axis; nan for fewer than three points, or where one is constant."""
    if x.shape[-1] < FEWEST_POINTS:
        return np.full(x.shape[:-1], np.nan)
    varies = (np.ptp(x, axis=-1) > 0) & (np.ptp(y, axis=-1) > 0)
    x, y = (a - a.mean(axis=-1, keepdims=True) for a in (x, y))
    scale = np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))
    return np.divide((x * y).sum(axis=-1), scale, out=np.full(scale.shape, np.nan), where=varies)


def agreement(ratings: Ratings) -> float:
    """Return the mean, over all pairs of raters, of the correlation on what both rated."""
    of_rater: dict[str, dict[str, int]] = {}
    for (name, key), stars in ratings.items():
        of_rater.setdefault(name, {})[key] = stars
    found = []
    for one, other in combinations(of_rater.values(), 2):
        both = [key for key in one if key in other]
        found.append(pearson(np.array([one[k] for k in both]), np.array([other[k] for k in both])))
    found = [r for r in found if np.isfinite(r)]
    return float(np.mean(found)) if found else float("nan")

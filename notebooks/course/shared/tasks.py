"""Small tasks for readers: recall of one number, and spoken French dates to tag or to ask about."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from course.corpora.dates import FIRST, LAST, date_pairs
from course.shared.readers import Task
from lstm_lib.text.vocabulary import PAD, Vocabulary

# The French count on from sixty and from four twenties, so the word after "soixante" decides what it means.
DECADES = {6: "60s", 7: "70s", 8: "80s", 9: "90s"}
TAGS = ("weekday", "day", "month", "year", *DECADES.values())


def recall_task(rng: np.random.Generator, batch: int, steps: int, noise: float = 0.1) -> Task:
    """Sequences that begin with 1 or -1 and go on with noise; the class says which it was.

    Args: rng; batch: B; steps: T; noise: standard deviation of all numbers after the first.
    Returns: x (B, T, 1) without padding, and the classes (B,), 1 for a first number of 1, else 0.
    """
    x = noise * rng.standard_normal((batch, steps, 1), np.float32)
    classes = rng.integers(2, size=batch)
    x[:, 0, 0] = 2 * classes - 1
    return Task(x, np.ones((batch, steps), bool), classes)


def recall_batches(seed: int, updates: int, batch: int, steps: int, noise: float = 0.1) -> Iterator[Task]:
    """A fresh batch of the recall task for each update; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    return (recall_task(rng, batch, steps, noise) for _ in range(updates))


class SpokenDate(NamedTuple):
    """A date as it is said in French, with a tag for each word."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    day: int  # of the month


def spoken_dates(count: int, seed: int) -> list[SpokenDate]:
    """Distinct dates of the years 1000 to 2100, drawn at random."""
    days = np.random.default_rng(seed).choice(LAST.toordinal() - FIRST.toordinal() + 1, count, replace=False)
    return [spoken(date.fromordinal(FIRST.toordinal() + int(day))) for day in days]


def spoken(day: date) -> SpokenDate:
    """Say a date and tag its words: weekday, day, month, year, and the decade of "soixante" and its like.

    "mardi quatorze mars mille deux cent soixante treize" (1273): the tag of "soixante" is 70s.
    """
    pair, _ = date_pairs(day, "fr")
    words = tuple(pair.target.split())
    month = next(j for i, j in pair.alignment if i == 1)  # English says weekday, month, ...
    tags = ["weekday", *["day"] * (month - 1), "month", *["year"] * (len(words) - month - 1)]
    decade = DECADES.get(day.year % 100 // 10)
    for k in range(month + 1, len(words)):
        four_twenties = words[k - 1] == "quatre" and words[k].startswith("vingt")
        if decade and (words[k] == "soixante" or four_twenties):
            tags[k] = decade
            tags[k - 1] = decade if four_twenties else tags[k - 1]
    return SpokenDate(words, tuple(tags), day.day)


def build_vocabulary(dates: Sequence[SpokenDate]) -> Vocabulary:
    """The words of some dates."""
    return Vocabulary.build(day.words for day in dates)


def tagging_task(dates: Sequence[SpokenDate], vocabulary: Vocabulary) -> Task:
    """Ids (B, T), mask (B, T), and the number of each word's tag in `TAGS`, (B, T)."""
    ids, mask = _padded([vocabulary.encode(day.words) for day in dates])
    tags, _ = _padded([[TAGS.index(tag) for tag in day.tags] for day in dates])
    return Task(ids, mask, tags)


def parity_task(dates: Sequence[SpokenDate], vocabulary: Vocabulary) -> Task:
    """Ids (B, T), mask (B, T), and whether the day of the month is odd: 1 or 0, (B,)."""
    ids, mask = _padded([vocabulary.encode(day.words) for day in dates])
    return Task(ids, mask, np.array([day.day % 2 for day in dates]))


def _padded(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.array([len(row) for row in rows])
    mask = np.arange(lengths.max()) < lengths[:, np.newaxis]
    ids = np.full(mask.shape, PAD)
    ids[mask] = np.concatenate(rows)
    return ids, mask

"""The user's own parallel text: two plain-text files, line by line, or one of tab-separated columns.

Small flaws (blanks, byte order marks, carriage returns, empty lines) are repaired or dropped, and counted.
Anything that must be a mistake ends the reading with a message that names the file and the line.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

from lstm_lib.errors import UserError
from lstm_lib.text.corpus import Corpus, Pair, clean
from lstm_lib.text.splits import split_pairs
from lstm_lib.text.tokenizer import length_in_words

MAX_LINE_BYTES = 1_000_000
HELD_OUT_SHARE, MOST_HELD_OUT = 0.05, 1000  # of the distinct sources, for each of dev and test

COUNTS = (  # in the order in which a report shows them
    "read",
    "final newlines missing",
    "blanks or accents repaired",
    "empty, dropped",
    "too long, dropped",
    "unequal lengths, dropped",
    "duplicates, dropped",
    "kept",
)

_BOM = b"\xef\xbb\xbf"

PathLike = str | Path


def load_files(
    source_path: PathLike,
    target_path: PathLike | None = None,
    *,
    source_language: str = "source",
    target_language: str = "target",
    dev_size: int | None = None,
    test_size: int | None = None,
    seed: int = 0,
    **options: Any,
) -> Corpus:
    """Read the user's own corpus and split it.

    Args:
        source_path, target_path, options: as in `read_pairs`.
        source_language, target_language: names to show.
        dev_size, test_size: the number of distinct sources to hold out (0 for none, when those parts come
            from files of their own); by default 5% of them, at most 1,000.
        seed: decides which sentences are held out.

    Raises:
        UserError: the files cannot be used (see `read_pairs`), or hold too few sentences to split.
    """
    pairs, counts = read_pairs(source_path, target_path, **options)
    usual = min(MOST_HELD_OUT, max(1, round(HELD_OUT_SHARE * len({pair.source for pair in pairs}))))
    dev_size = usual if dev_size is None else dev_size
    test_size = usual if test_size is None else test_size
    train, dev, test = split_pairs(pairs, dev_size=dev_size, test_size=test_size, seed=seed)
    if not train or (dev_size and not dev) or (test_size and not test):
        raise UserError(
            f"{source_path}: {len(pairs)} usable pairs are too few to hold out {dev_size} for development "
            f"and {test_size} for testing: add pairs, or hold out fewer"
        )
    name = ", ".join(Path(path).name for path in (source_path, target_path) if path is not None)
    return Corpus(
        name,
        source_language,
        target_language,
        train,
        dev,
        test,
        license="as its owner decides",
        attribution=f"Read from {name}.",
        counts=counts,
    )


def read_pairs(
    source_path: PathLike,
    target_path: PathLike | None = None,
    *,
    columns: tuple[int, int] = (1, 2),
    max_tokens: int | None = 50,
    max_ratio: float | None = 4.0,
) -> tuple[list[Pair], dict[str, int]]:
    """Read sentence pairs from two files of equally many lines, or from one of tab-separated columns.

    Args:
        source_path: the sentences to translate from; or, without `target_path`, the file of columns. A name
            that ends in .gz is read through gzip.
        target_path: their translations, line by line.
        columns: which columns hold source and target, counted from 1; others are ignored. (2, 1) reverses
            the direction.
        max_tokens: drop pairs with a longer side, measured by `length_in_words`; None keeps all.
        max_ratio: drop pairs with a side this many times longer than the other; None keeps all.

    Returns:
        The pairs in the files' order, and the counts of what was read, repaired, dropped and kept.

    Raises:
        UserError: a file is missing, empty, damaged, not UTF-8 text, or holds a line of more than 1,000,000
            bytes; the files have unequal numbers of lines; a row lacks a column; or no pair remains.
    """
    counts = dict.fromkeys(COUNTS, 0)
    if target_path is None:
        rows = _read_columns(Path(source_path), columns, counts)
    else:
        rows = _read_two(Path(source_path), Path(target_path), counts)
    kept: dict[Pair, None] = {}
    for source, target in rows:
        pair = Pair(clean(source), clean(target))
        flaw = "duplicates, dropped" if pair in kept else _flaw(pair, max_tokens, max_ratio)
        counts["read"] += 1
        counts["blanks or accents repaired"] += (source, target) != pair[:2]
        counts[flaw or "kept"] += 1
        if flaw is None:
            kept[pair] = None
    if not kept:
        found = ", ".join(f"{name}: {count}" for name, count in counts.items() if count)
        raise UserError(f"{source_path}: no pair is left ({found}): check the file, or relax the limits")
    return list(kept), counts


def _flaw(pair: Pair, max_tokens: int | None, max_ratio: float | None) -> str | None:
    """Name the reason to drop a pair, if there is one."""
    shorter, longer = sorted((length_in_words(pair.source), length_in_words(pair.target)))
    if shorter == 0:
        return "empty, dropped"
    if max_tokens is not None and longer > max_tokens:
        return "too long, dropped"
    if max_ratio is not None and longer > max_ratio * shorter:
        return "unequal lengths, dropped"
    return None


def _read_two(source_path: Path, target_path: Path, counts: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Pair two files line by line, ignoring empty lines that only one of them has at its end."""
    # A mistake in one file must close the other at once, not whenever its generator is collected.
    sources, targets = _read_lines(source_path, counts), _read_lines(target_path, counts)
    with closing(sources), closing(targets):
        for number, (source, target) in enumerate(zip_longest(sources, targets), start=1):
            if (source is None and target.strip()) or (target is None and source.strip()):
                short, long = (source_path, target_path) if source is None else (target_path, source_path)
                raise UserError(
                    f"{long}, line {number}: has no counterpart, because {short} ends before it: give both "
                    "files the same number of lines, each line the translation of the other file's"
                )
            yield source or "", target or ""


def _read_columns(path: Path, columns: tuple[int, int], counts: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Split each line at its tabs; an empty line gives an empty pair."""
    source, target = columns
    with closing(_read_lines(path, counts)) as lines:
        for number, line in enumerate(lines, start=1):
            fields = line.split("\t") if line.strip() else [""] * max(columns)
            if len(fields) < max(columns):
                raise UserError(
                    f"{path}, line {number}: has {len(fields)} column(s), but column {max(columns)} is "
                    "wanted: put a tab between a sentence and its translation, or give the translations as a "
                    "second file"
                )
            yield fields[source - 1], fields[target - 1]


def _read_lines(path: Path, counts: dict[str, int]) -> Iterator[str]:
    """Yield a file's lines without their ends, never holding more than one of them."""
    number = 0
    raw = b""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for raw in iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""):
                number += 1
                yield _decode(raw, path, number)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise UserError(
            f"{path}, line {number + 1}: the gzip data is damaged: make or copy the file again"
        ) from error
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}): check the file's name and place"
        ) from error
    if number == 0:
        raise UserError(f"{path}: the file is empty: put one sentence on each line")
    counts["final newlines missing"] += not raw.endswith(b"\n")


def _decode(raw: bytes, path: Path, number: int) -> str:
    """Return a line as text; raise UserError if it is too long, not UTF-8, or holds a NUL character."""
    if len(raw) > MAX_LINE_BYTES:
        raise UserError(
            f"{path}, line {number}: is longer than {MAX_LINE_BYTES:,} bytes: put one sentence on each line"
        )
    try:
        text = raw.removeprefix(_BOM if number == 1 else b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}, line {number}: is not UTF-8 (byte 0x{raw[error.start]:02x}): save it as UTF-8 text"
        ) from error
    if "\0" in text:
        raise UserError(f"{path}, line {number}: holds a NUL character: save it as UTF-8 text")
    return text.removesuffix("\n").removesuffix("\r")

"""The user's own parallel text: plain-text files, line by line, or one file of tab-separated columns.

Small flaws of training text (blanks, byte order marks, carriage returns, empty lines) are repaired or
dropped, and counted; test text keeps every line. Anything that must be a mistake ends the reading with a
message that names the file and the line.
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from itertools import starmap, zip_longest
from pathlib import Path
from typing import Any

from lstm_lib.errors import UserError, explained
from lstm_lib.text.corpus import Corpus, Lines, Pair, clean
from lstm_lib.text.splits import split_pairs
from lstm_lib.text.tokenizer import length_in_words, normalize

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
    "in development or test files, dropped",
    "kept",
)

PathLike = str | Path


def load_files(
    paths: Mapping[str, Sequence[PathLike]], columns: Sequence[int] = (1, 2), **options: Any
) -> Corpus:
    """Read the user's own corpus, and hold out of its training files what has no files of its own.

    Args: paths: the files of "train", as in `read_pairs`; of "dev" and of "test", as in `read_lines`. Where
        these are not given, 5% of the distinct sources are held out for each, at most 1,000. Training pairs
        whose source is in a file of dev or test, up to case and punctuation, are dropped.
        columns, options: as in `read_pairs`.
    Raises: UserError if the files cannot be used (see `read_pairs`), or hold too few sentences to split.
    """
    held_out = {part: paths[part] for part in ("dev", "test") if paths.get(part)}
    own = {part: Lines(starmap(Pair, read_lines(files, columns))) for part, files in held_out.items()}
    reserved = {normalize(pair.source) for pairs in own.values() for pair in pairs if pair.source}
    pairs, counts = read_pairs(*paths["train"], columns=columns, reserved=reserved, **options)
    usual = min(MOST_HELD_OUT, max(1, round(HELD_OUT_SHARE * len({pair.source for pair in pairs}))))
    sizes = {f"{part}_size": 0 if part in own else usual for part in ("dev", "test")}
    parts = dict(zip(("train", "dev", "test"), split_pairs(pairs, **sizes), strict=True)) | own
    if not all(parts.values()):
        raise UserError(
            f"{paths['train'][0]}: {len(pairs)} usable pairs are too few to hold out {usual} for development "
            "or for testing: add pairs"
        )
    name = ", ".join(Path(path).name for path in paths["train"])
    rights = ("as its owner decides", f"Read from {name}.")
    return Corpus(name, "source", "target", *parts.values(), *rights, counts)


def read_lines(paths: Sequence[PathLike], columns: Sequence[int] = (1, 2)) -> list[tuple[str, ...]]:
    """Read test text: every line in order, empty or not, as a source with its references as given.

    Args: paths: the sources and one or more files of references, line by line; or one file of columns.
        columns: as in `read_pairs`, which has the same errors.
    """
    rows = [(clean(source), *references) for source, *references in _read_rows(paths, columns, Counter())]
    if not any(source and clean("".join(references)) for source, *references in rows):
        raise UserError(f"{paths[0]}: no line has both a sentence and a translation: check the files")
    return rows


def read_pairs(
    *paths: PathLike,
    columns: Sequence[int] = (1, 2),
    reserved: Collection[str] = (),
    max_tokens: int | None = 50,
    max_ratio: float | None = 4.0,
) -> tuple[list[Pair], dict[str, int]]:
    """Read sentence pairs from two files of equally many lines, or from one of tab-separated columns.

    Args: paths: the sentences to translate from, and the file of their translations, line by line; or one
        file of columns. A name that ends in .gz is read through gzip, and - is standard input.
        columns: which hold source and target, from 1; others are ignored; (2, 1) reverses the direction.
        reserved: drop pairs with one of these sources, which are as `normalize` gives them.
        max_tokens: drop pairs with a longer side, measured by `length_in_words`; None keeps all.
        max_ratio: drop pairs with a side this many times longer than the other; None keeps all.
    Returns: the pairs in the files' order, and the counts of what was read, repaired, dropped and kept.
    Raises: UserError if a file is missing, empty, damaged, not UTF-8 text, or holds a line of more than
        1,000,000 bytes; the files have unequal numbers of lines; a row lacks a column; or no pair remains.
    """
    counts = Counter()
    kept: dict[Pair, None] = {}
    for source, target in _read_rows(paths, columns, counts):
        pair = Pair(clean(source), clean(target))
        flaw = "duplicates, dropped" if pair in kept else _flaw(pair, max_tokens, max_ratio)
        if flaw is None and reserved and normalize(pair.source) in reserved:
            flaw = "in development or test files, dropped"
        counts["read"] += 1
        counts["blanks or accents repaired"] += (source, target) != pair[:2]
        counts[flaw or "kept"] += 1
        if flaw is None:
            kept[pair] = None
    if not kept:
        found = ", ".join(f"{name}: {counts[name]}" for name in COUNTS if counts[name])
        raise UserError(f"{paths[0]}: no pair is left ({found}): check the file, or relax the limits")
    return list(kept), {name: counts[name] for name in COUNTS}


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


def _read_rows(
    paths: Sequence[PathLike], columns: Sequence[int], counts: Counter
) -> Iterator[tuple[str, ...]]:
    """Yield a source and its translations from each line of several files, or of the columns of one."""
    if len(paths) == 1:
        yield from _read_columns(Path(paths[0]), columns, counts)
        return
    with ExitStack() as stack:
        # A mistake in one file must close the others at once, not whenever their generators are collected.
        files = [stack.enter_context(closing(_read_lines(Path(path), counts))) for path in paths]
        for number, row in enumerate(zip_longest(*files), start=1):
            going = [path for path, text in zip(paths, row, strict=True) if text and text.strip()]
            if None in row and going:
                raise UserError(
                    f"{going[0]}, line {number}: has no counterpart, because {paths[row.index(None)]} ends "
                    "before it: give all files the same number of lines, each the translation of the other's"
                )
            if row[0] is not None:  # after the last source, only empty lines can follow
                yield tuple(text or "" for text in row)


def _read_columns(path: Path, columns: Sequence[int], counts: Counter) -> Iterator[tuple[str, ...]]:
    """Split each line at its tabs; an empty line gives empty texts."""
    with closing(_read_lines(path, counts)) as lines:
        for number, line in enumerate(lines, start=1):
            fields = line.split("\t") if line.strip() else [""] * max(columns)
            if len(fields) < max(columns):
                raise UserError(
                    f"{path}, line {number}: has {len(fields)} column(s), but column {max(columns)} is "
                    "wanted: put a tab between a sentence and its translation, or give the translations as a "
                    "second file"
                )
            yield tuple(fields[column - 1] for column in columns)


def _read_lines(path: Path, counts: Counter) -> Iterator[str]:
    """Yield a file's lines without their ends, never holding more than one of them."""
    number = 0
    raw = b""
    try:
        name = 0 if str(path) == "-" else path  # the number of standard input
        with gzip.open(path) if path.suffix == ".gz" else open(name, "rb", closefd=name != 0) as file:
            for raw in iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""):
                number += 1
                yield _decode(raw, path, number)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise UserError(
            f"{path}, line {number + 1}: the gzip data is damaged: make or copy the file again"
        ) from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read {explained(error)}") from error
    if number == 0:
        raise UserError(f"{path}: the file is empty: put one sentence on each line")
    counts["final newlines missing"] += not raw.endswith(b"\n")


def _decode(raw: bytes, path: Path, number: int) -> str:
    """Return a line as text; raise UserError if it is too long, not UTF-8, or holds a NUL character."""
    where = f"{path}, line {number}"
    if len(raw) > MAX_LINE_BYTES:
        raise UserError(f"{where}: is longer than {MAX_LINE_BYTES:,} bytes: put one sentence on each line")
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")  # without the byte order mark
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise UserError(f"{where}: is not UTF-8 (byte 0x{byte:02x}): save it as UTF-8 text") from error
    if "\0" in text:
        raise UserError(f"{where}: holds a NUL character: save it as UTF-8 text")
    return text.removesuffix("\n").removesuffix("\r")

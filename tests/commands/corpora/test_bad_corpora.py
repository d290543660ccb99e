"""Corpora that cannot be used: one clear line, status 2, and no folder of a run."""

import gzip
import os
import sys
from pathlib import Path

import pytest

GOOD = "".join(f"sentence number {n}\n" for n in range(200)).encode()


def unreadable(folder):
    """A file that is there and cannot be read, even by root."""
    if sys.platform == "linux" and os.geteuid() == 0:
        return Path("/proc/self/mem")
    path = folder / "locked"
    path.write_bytes(GOOD)
    path.chmod(0)
    return path


# What the two files hold (None: the file is missing), and the message.
CORPORA = {
    "missing": (GOOD, None, "target: cannot be read (No such file or directory)"),
    "empty": (b"", GOOD, "source: the file is empty"),
    "only empty lines": (b"\n" * 9, b"\n" * 9, "source: no pair is left (read: 9, empty, dropped: 9)"),
    "unequal": (GOOD, GOOD[:-50], "source, line 199: has no counterpart, because "),
    "Latin-1": (GOOD, GOOD + "mañana\n".encode("latin-1"), "target, line 201: is not UTF-8 (byte 0xf1)"),
    "UTF-16": (GOOD.decode().encode("utf-16"), GOOD, "source, line 1: is not UTF-8"),
    "gigantic line": (GOOD, GOOD + b"x" * 2_000_000, "target, line 201: is longer than 1,000,000 bytes"),
    "no text": (GOOD + b"\0\n", GOOD, "source, line 201: holds a NUL character"),
    "too small": (b"one\ntwo\n", b"uno\ndos\n", "2 usable pairs are too few to hold out 1"),
    "one sentence": (b"one\n" * 200, b"uno\n" * 200, "1 usable pairs are too few"),
    "ties": (b"one\n" * 200, GOOD, "too few to hold out"),
    "too long": (b"word " * 60 + b"\n", b"mot " * 60 + b"\n", "no pair is left (read: 1, "),
}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not list(tmp_path.glob("runs/*"))


@pytest.mark.parametrize("name", CORPORA)
@pytest.mark.parametrize("arguments", [("train",), ("corpus",)])
def test_two_files(refused, name, arguments):
    *files, wanted = CORPORA[name]
    for path, content in zip(("source", "target"), files, strict=True):
        if content is not None:
            Path(path).write_bytes(content)
    assert wanted in refused(*arguments, "--source-file", "source", "--target-file", "target")


@pytest.mark.parametrize(
    "name, content, wanted",
    [
        ("no_tab.tsv", GOOD, "line 1: has 1 column(s), but column 2 is wanted: put a tab between"),
        ("late.tsv", b"a\tb\nc\n", "late.tsv, line 2: has 1 column(s)"),
        ("torn.tsv.gz", gzip.compress(b"a\tb\n" * 999, mtime=0)[:-20], "the gzip data is damaged"),
        ("foreign.tsv.gz", GOOD, "foreign.tsv.gz, line 1: the gzip data is damaged"),
    ],
)
def test_one_file(refused, name, content, wanted):
    Path(name).write_bytes(content)
    line = refused("train", "--source-file", name)
    assert name in line and wanted in line


def test_what_is_no_file(refused, tmp_path):
    Path("folder").mkdir()
    assert "folder: cannot be read (Is a directory)" in refused("train", "--source-file", "folder")
    assert "cannot be read (" in refused("train", "--source-file", unreadable(tmp_path))


def test_subwords_that_the_texts_do_not_allow(refused):
    Path("my.tsv").write_text("".join(f"sentence {n}\tphrase {n}\n" for n in range(200)))
    for size, wanted in ((50_000, "too many for texts this small; choose at most "), (5, "choose at least ")):
        line = refused("train", "--source-file", "my.tsv", "--subwords", size)
        assert f"--subwords {size}: " in line and wanted in line


def test_small_flaws_are_repaired_and_counted(command, small):
    lines = Path(small[1]).read_text().splitlines()
    source = "\ufeff" + "".join(f"{line}  \r\n" for line in lines)
    source += "\nsix words a a a a a a a\n" + "word " * 51
    target = Path(small[3]).read_text() + "\nun\n" + "mot " * 51
    Path("my.en").write_bytes(source.encode())
    Path("my.fr").write_bytes(target.encode())
    done = command("corpus", "--source-file", "my.en", "--target-file", "my.fr")
    assert (done.status, done.err) == (0, "")
    counts = dict(line.rsplit(maxsplit=1) for line in done.out.splitlines()[1:10])
    assert {name.strip(): int(count) for name, count in counts.items()} == {
        "read": 243,
        "final newlines missing": 2,
        "blanks or accents repaired": 241,
        "empty, dropped": 1,
        "too long, dropped": 1,
        "unequal lengths, dropped": 1,
        "duplicates, dropped": 0,
        "in development or test files, dropped": 0,
        "kept": 240,
    }

"""What the fuzz test starts from: small corpora, finished runs, and the command line in this process."""

import gzip
import io
import signal
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from course.corpora.dates import dates_corpus
from lstm_lib.__main__ import main

SECONDS = 300  # for one command, on a busy machine; more is a hang
SMALL = ("--hidden-size", 6, "--embedding-size", 5, "--batch-size", 32, "--epochs", 1, "--warmup-steps", 2)
SMALL += ("--subwords", 0)
RUNS = {"words": (), "plain": ("--attention", "none", "--cell", "gru"), "subwords": ("--subwords", 60)}


class Ran(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


class Hang(BaseException):
    """The command takes too long; no OSError, which `main` would take for one of its own."""


@contextmanager
def time_limit():
    """Raise `Hang` in what takes too long, where the system has a timer."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number, frame):
        raise Hang(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run_command(arguments, stdin=b"") -> Ran:
    """Run `python -m lstm_lib ARGUMENTS` in this process; what `main` does not catch is raised."""
    out, err, real = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with redirect_stdout(out), redirect_stderr(err), time_limit():
            status = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        status = stop.code or 0
    finally:
        sys.stdin = real
    return Ran(status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def run():
    """The function that runs a command."""
    return run_command


@pytest.fixture(scope="session")
def base(tmp_path_factory) -> Path:
    """A folder with a corpus in three forms, and a finished run of each kind of model."""
    folder = tmp_path_factory.mktemp("base")
    pairs = dates_corpus(train_size=160, dev_size=0, test_size=0).train[::2]
    for name, side in (("my.en", "source"), ("my.fr", "target")):
        (folder / name).write_text("".join(f"{getattr(pair, side)}\n" for pair in pairs), encoding="utf-8")
    rows = "".join(f"{pair.source}\t{pair.target}\n" for pair in pairs).encode()
    (folder / "my.tsv").write_bytes(rows)
    (folder / "my.tsv.gz").write_bytes(gzip.compress(rows, mtime=0))
    for name, options in RUNS.items():
        done = run_command(
            ("train", "--source-file", folder / "my.tsv", *SMALL, *options, "--out", folder / name)
        )
        assert done.status == 0, done.err
    return folder

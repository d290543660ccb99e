"""A small corpus, a translator that has learned it, and the command line in this process or in its own."""

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

import lstm_lib
from course.corpora.dates import dates_corpus
from lstm_lib.__main__ import main


class Done(NamedTuple):
    """A command that has ended."""

    status: int
    out: str
    err: str


def in_process(*arguments, stdin=b""):
    """Run a command in this process, which saves the seconds that a new one needs to start."""
    out, err, real_stdin = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            status = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        status = stop.code
    finally:
        sys.stdin = real_stdin
    return Done(status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def command():
    """Run `python -m lstm_lib ...` without a new process."""
    return in_process


@pytest.fixture(scope="session")
def refused():
    """Run a command that must end with one clear line and status 2; return that line."""

    def run(*arguments, **options):
        done = in_process(*arguments, **options)
        assert done.status == 2, done
        assert done.err.startswith("lstm_lib: ")
        assert done.err.count("\n") == 1
        return done.err

    return run


@pytest.fixture(scope="session")
def start():
    """Start `python -m lstm_lib ...`, or a script of this folder, as a process; the caller waits for it."""

    def start(*arguments, script=None, **options):
        what = ["-m", "lstm_lib"] if script is None else [Path(__file__).with_name(script)]
        environment = {**os.environ, "PYTHONPATH": str(Path(lstm_lib.__file__).parents[1])}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(
            [sys.executable, "-W", "error", *what, *map(str, arguments)],
            env=environment,
            **{"text": True, **pipes},
        )

    return start


def write(folder, pairs):
    """Write parallel files and return the options that name them."""
    (folder / "my.en").write_text("".join(f"{pair.source}\n" for pair in pairs))
    (folder / "my.fr").write_text("".join(f"{pair.target}\n" for pair in pairs))
    return ("--source-file", folder / "my.en", "--target-file", folder / "my.fr")


SMALL = ("--hidden-size", 12, "--embedding-size", 8, "--warmup-steps", 5, "--batch-size", 32)
SMALL += ("--subwords", 0, "--dropout", 0.2)


class Trained(NamedTuple):
    """A run that has ended: its folder, what it printed, and the options that name its corpus."""

    folder: Path
    out: str
    files: tuple


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A run long enough to learn: spoken dates, English to French."""
    folder = tmp_path_factory.mktemp("trained")
    files = write(folder, dates_corpus(train_size=1000, dev_size=0, test_size=0).train[::2])
    options = ("--hidden-size", 48, "--embedding-size", 32, "--epochs", 4, "--batch-size", 16)
    options += ("--subwords", 0, "--dropout", 0, "--learning-rate", 0.02, "--warmup-steps", 5)
    options += ("--attention", "bahdanau", "--no-tied-embeddings")
    done = in_process("train", *files, *options, "--out", folder / "run")
    assert done.status == 0, done.err
    return Trained(folder / "run", done.out, files)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The options of a training that takes a second: 240 dates, a tiny model, 2 epochs of 7 updates."""
    folder = tmp_path_factory.mktemp("small")
    files = write(folder, dates_corpus(train_size=240, dev_size=0, test_size=0).train[::2])
    return (*files, *SMALL, "--epochs", 2)


@pytest.fixture(scope="session")
def small_run(tmp_path_factory, small):
    """A finished run of that training."""
    folder = tmp_path_factory.mktemp("small_run") / "run"
    assert in_process("train", *small, "--out", folder).status == 0
    return folder


@pytest.fixture
def copied(trained, tmp_path):
    """A copy of the run that learned, for damage."""
    return Path(shutil.copytree(trained.folder, tmp_path / "copied"))


@pytest.fixture(scope="session")
def contents():
    """What is in a folder: paths and bytes."""
    return lambda folder: {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

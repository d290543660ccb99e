"""The log of a run: JSON lines, one header and then one record an update or evaluation."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from lstm_lib.errors import UserError
from lstm_lib.training.atomic import atomic_file, disk_errors

Record = dict[str, Any]


class History:
    """Records of a run, in memory and, where a path is given, in a file that is extended line by line.

    Every record has a `kind`:
        "header": config, seed, python, numpy, lstm_lib, commit, platform, cpus
        "step": step, epoch, loss, learning_rate, grad_norm (before clipping), tokens_per_second, seconds
        "evaluation": step, epoch, seconds, metrics

    Steps and epochs are counted from 1; `seconds` is the time since the start, without pauses.
    """

    def __init__(self, header: Record, records: list[Record] | None = None, path: Path | None = None) -> None:
        self.header = header
        self.records = records if records is not None else []
        self.path = path

    @property
    def steps(self) -> list[Record]:
        """The records of updates."""
        return [record for record in self.records if record["kind"] == "step"]

    @property
    def evaluations(self) -> list[Record]:
        """The records of evaluations."""
        return [record for record in self.records if record["kind"] == "evaluation"]

    def append(self, kind: str, **values: Any) -> None:
        """Add a record at the end, in memory and in the file.

        Raises:
            UserError: the file cannot be written.
        """
        record = {"kind": kind, **values}
        self.records.append(record)
        if self.path is not None:
            with disk_errors(self.path), open(self.path, "ab") as file:
                file.write(_line(record))

    def cut_after(self, step: int) -> None:
        """Forget every record later than `step`."""
        self.records = [record for record in self.records if record["step"] <= step]
        self.rewrite()

    def rewrite(self) -> None:
        """Write the whole file anew, atomically.

        Raises:
            UserError: the file cannot be written.
        """
        if self.path is not None:
            with atomic_file(self.path) as file:
                file.writelines(_line(record) for record in (self.header, *self.records))


def read_history(path: str | Path) -> History:
    """Read a history file; a last line torn by a kill is left out.

    Raises:
        UserError: the file is missing, or is not a history.
    """
    path = Path(path)
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()
    records = [_parse(path, number, line) for number, line in enumerate(lines, start=1)]
    if not records or records[0]["kind"] != "header":
        raise UserError(f"{path}: line 1: not the header of a training history; check the path")
    return History(records[0], records[1:], path)


def make_header(config: Mapping[str, Any], seed: int) -> Record:
    """Describe a run so that it can be repeated: its options, seed, versions and machine."""
    return {
        "kind": "header",
        "config": dict(config),
        "seed": seed,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "lstm_lib": _package_version(),
        "commit": _git_commit(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
    }


def _line(record: Record) -> bytes:
    return json.dumps(record, default=str).encode() + b"\n"


def _parse(path: Path, number: int, line: bytes) -> Record:
    try:
        record = json.loads(line)
        if record["kind"] == "header" or record["step"] >= 0:
            return record
    except (ValueError, KeyError, TypeError):
        pass
    raise UserError(
        f"{path}: line {number}: not a record of a training history; check the path, or delete the file"
    )


def _package_version() -> str | None:
    try:
        return metadata.version("lstm_lib")
    except metadata.PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    """Name the commit of this source tree, with `-dirty` if it was changed; None outside of a repository."""
    here = Path(__file__).resolve()
    if _git(here, "ls-files", "--error-unmatch", here.name) is None:
        return None
    return _git(here, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(here: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(here.parent), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None

"""The log of a run: JSON lines, a header and then one record per update or evaluation."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lstm_lib import __version__
from lstm_lib.errors import UserError, explained
from lstm_lib.storage import atomic_file, disk_errors, regular, whole_lines

Record = dict[str, Any]


@dataclass
class History:
    """Records of a run, in memory and, if there is a path, in a file that grows line by line.

    Every record has a `kind`:
        "header": config, seed, python, numpy, lstm_lib, commit, platform, cpus
        "step": step, epoch, loss, learning_rate, grad_norm (before clipping), tokens_per_second, seconds
        "evaluation": step, epoch, seconds, metrics

    Steps and epochs are counted from 1; `seconds` is the time since the start, without pauses.
    """

    header: Record
    records: list[Record] = field(default_factory=list)
    path: Path | None = None

    @property
    def steps(self) -> list[Record]:
        """The records of updates."""
        return [record for record in self.records if record["kind"] == "step"]

    @property
    def evaluations(self) -> list[Record]:
        """The records of evaluations."""
        return [record for record in self.records if record["kind"] == "evaluation"]

    def append(self, kind: str, **values: Any) -> None:
        """Add a record at the end, in memory and in the file.  Raises: UserError if it cannot be written."""
        self.records.append({"kind": kind, **values})
        if self.path is not None:
            with disk_errors(self.path), open(self.path, "ab") as file:
                file.write(_line(self.records[-1]))

    def cut_after(self, step: int) -> None:
        """Forget all records later than `step`, and replace the file.  Raises: UserError if that fails."""
        self.records = [record for record in self.records if record["step"] <= step]
        if self.path is not None:
            with atomic_file(self.path) as file:
                file.writelines(_line(record) for record in (self.header, *self.records))


def read_history(path: str | Path) -> History:
    """Read a history file, without a last line that a kill cut short.

    Raises: UserError if the file is missing, or is not a history.
    """
    path = Path(path)
    try:
        lines = whole_lines(regular(path).read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read {explained(error)}") from error
    records = [_parse(path, number, line) for number, line in enumerate(lines, start=1)]
    if not records or records[0]["kind"] != "header":
        raise UserError(f"{path}: line 1: not the header of a training history; check the path")
    return History(records[0], records[1:], path)


def make_header(config: Mapping[str, Any], seed: int) -> Record:
    """Describe a run so that it can be repeated: its options, seed, versions and machine."""
    versions = {"python": platform.python_version(), "numpy": np.__version__, "lstm_lib": __version__}
    place = {"commit": source_commit(), "platform": platform.platform(), "cpus": os.cpu_count()}
    return {"kind": "header", "config": dict(config), "seed": seed, **versions, **place}


def source_commit() -> str | None:
    """Return the commit of the library's source, with `-dirty` appended if the library differs from it.

    It is None outside of a repository, and for a copy that the repository does not track.
    """
    options = {"cwd": Path(__file__).resolve().parents[1], "text": True, "timeout": 10}

    def git(*arguments: str) -> str:
        return subprocess.check_output(["git", *arguments], stderr=subprocess.DEVNULL, **options).strip()

    try:
        git("ls-files", "--error-unmatch", "__init__.py")
        return git("rev-parse", "HEAD") + ("-dirty" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _line(record: Record) -> bytes:
    return json.dumps(record, default=str).encode() + b"\n"


def _parse(path: Path, number: int, line: bytes) -> Record:
    with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        record = json.loads(line)
        if (record["kind"] == "header" and number == 1) or _is_whole(record):
            return record
    what = "not a record of a training history"
    raise UserError(f"{path}: line {number}: {what}; check the path, or delete the file")


def _is_whole(record: Record) -> bool:
    """Tell whether a record of an update or an evaluation holds what it must, and numbers alone."""
    numbers = [value for name, value in record.items() if name not in ("kind", "metrics")]
    if record["kind"] == "evaluation":
        numbers += [record["epoch"], *record["metrics"].values()]
    return record["step"] >= 0 and all(type(value) in (int, float) for value in numbers)

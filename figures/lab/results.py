"""What was measured: rows in `data/results/<study>.jsonl`, one line a run, found again by what they say.

A row is JSON:

    variant              the name of the configuration in figures
    measure              the name of the measurement, which no move of its code changes
    version              of the library's numbers and of that function, "1.1"; see below
    configuration        everything that decides the outcome but the seed
    seed
    metrics              what the function returned
    seconds              of the whole run; cpu_seconds: what its process used of them; null where not noted
    commit, versions, python, machine    where the numbers come from

A row is content-addressed: `key` hashes what decides its numbers, and a run whose key stands in the file is
not run again.  Deleting a line makes its run missing, and that run alone.

Code decides numbers too, but its text is no good address: every comment would throw hours of measurements
away. So two version numbers are part of the key, and are raised by hand: each measuring function's own, when
it comes to measure something else, and `NUMBERS`, when the library beneath comes to compute other numbers.  A
test holds a small training to the loss that it has under the present `NUMBERS`, so that nobody forgets.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from figures.lab.setting import completed
from lstm_lib.errors import UserError
from lstm_lib.storage import disk_errors, whole_lines

Row = dict[str, Any]
NUMBERS = 1


def key(measure: str, version: str, configuration: dict, seed: int) -> str:
    """The address of a run: SHA-256 of what decides its numbers.

    A recipe is completed first, so that a new option whose default changes nothing leaves old rows valid.
    """
    content = [measure, version, completed(configuration), seed]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def path_of(study: str, folder: Path) -> Path:
    """The file of a study's rows."""
    return folder / f"{study}.jsonl"


def read_rows(path: Path) -> list[Row]:
    """The rows of a file, none where there is no file; a last line torn by a kill is left out.

    Raises: UserError naming the line that is not a row.
    """
    lines = whole_lines(path.read_bytes(), newline_optional=True) if path.exists() else []
    return [_parse(path, number, line) for number, line in enumerate(lines, start=1)]


def by_key(rows: Iterable[Row]) -> dict[str, Row]:
    """The rows by address; of two with the same one the later."""
    return {key(row["measure"], row["version"], row["configuration"], row["seed"]): row for row in rows}


def append_row(path: Path, row: Row) -> None:
    """Write a row behind the others, and see it onto the disk; a torn last line makes way first.

    Raises: UserError where it cannot be written.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a+b") as file:
            file.seek(0)
            whole = b"".join(whole_lines(file.read(), newline_optional=True))
            file.truncate(len(whole))
            between = b"" if whole.endswith(b"\n") or not whole else b"\n"
            file.write(between + _encoded(row) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def as_stored(row: Row) -> Row:
    """The row as it comes back from a file: a tuple is a list there.

    Raises: TypeError, ValueError where JSON cannot hold it, as it cannot hold NaN.
    """
    return json.loads(_encoded(row))


def _encoded(row: Row) -> bytes:
    return json.dumps(row, allow_nan=False).encode()


def _parse(path: Path, number: int, line: bytes) -> Row:
    try:
        row = json.loads(line)
        by_key([row])
        return row
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: line {number}: not a row of results ({error}); restore it, or delete the line"
        ) from error

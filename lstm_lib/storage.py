"""Files that survive a kill or a full disk: replaced whole, or extended line by line."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lstm_lib.errors import UserError

TEMPORARY_SUFFIX = ".tmp"


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an operating system error while writing `path` into a UserError of one line with advice."""
    try:
        yield
    except OSError as error:
        advice = "free some space or choose another folder; what was saved before is untouched"
        raise UserError(f"{path}: cannot be written ({error.strerror or error}): {advice}") from error


@contextmanager
def replaced_file(path: Path, suffix: str = TEMPORARY_SUFFIX) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` only once it is complete and on the disk.

    A process killed at any moment leaves the old file or the new one, never a mixture. An error leaves the
    old one and removes what was written. A symbolic link stays one, and what is no regular file (a device, a
    pipe) is written to as it is.

    Args: suffix: of the temporary file. A fixed one lets the next save overwrite what a killed process left;
        several processes that write the same file at once need one each.
    Raises: OSError if the disk is full or the folder cannot be written to.
    """
    if path.exists() and not path.is_file():
        with open(path, "wb") as file:
            yield file
        return
    path = path.resolve() if path.is_symlink() else path
    temporary = path.with_name(path.name + suffix)  # beside it: a rename is atomic within one file system
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file as `replaced_file` does, but raise UserError if it cannot be written."""
    with disk_errors(path), replaced_file(path) as file:
        yield file


def whole_lines(content: bytes, newline_optional: bool = False) -> list[bytes]:
    """Split the content of a JSON lines file, without a last line that a kill cut short.

    Args: newline_optional: keep a last line that lacks only its newline, as an editor may have left it.
    """
    lines = content.splitlines(keepends=True)
    torn = bool(lines) and not lines[-1].endswith(b"\n")
    if torn and newline_optional:
        with suppress(ValueError):
            json.loads(lines[-1])
            torn = False
    return lines[:-1] if torn else lines

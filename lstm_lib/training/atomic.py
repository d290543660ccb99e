"""Files that are either whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lstm_lib.errors import UserError

TEMPORARY_SUFFIX = ".tmp"


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an error of the operating system while writing `path` into one line that says what to do."""
    try:
        yield
    except OSError as error:
        advice = "free some space or choose another folder; what was saved before is untouched"
        raise UserError(f"{path}: cannot be written ({error.strerror or error}): {advice}") from error


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` only once it is whole and on the disk.

    A process killed at any moment leaves the old file or the new one, never a mixture. An error leaves the
    old one and removes what was written.

    Raises:
        UserError: the disk is full or the folder cannot be written to.
    """
    # Beside the target, as a rename is atomic within one file system only. Always the same name, so that the
    # leftover of a killed process is overwritten by the next save.
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    with disk_errors(path):
        try:
            with open(temporary, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

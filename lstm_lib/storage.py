"""Files that survive a kill or a full disk, folders of runs that one training owns, and typed JSON."""

import json
import os
import secrets
import signal
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, get_args, get_type_hints

from lstm_lib.errors import UserError, explained

RUN_SUFFIXES = (".codec", ".json", ".jsonl", ".npz", ".tmp", ".lock")  # of the files that make up a run
LOCK = "run.lock"  # in the folder of a run that is being trained: says by whom
Made = TypeVar("Made")


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an operating system error while writing `path` into a UserError of one line with advice."""
    try:
        yield
    except OSError as error:
        kept = "what was saved before is untouched"
        raise UserError(f"{path}: cannot be written {explained(error)}; {kept}") from error


@contextmanager
def replaced_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` only once it is complete and on the disk.

    A process killed at any moment leaves the old file or the new one, never a mixture. An error leaves the
    old one and removes what was written. A symbolic link stays one, and what is no regular file (a device, a
    pipe) is written to as it is.

    Raises: OSError if the disk is full or the folder cannot be written to.
    """
    if path.exists() and not path.is_file():
        with open(path, "wb") as file:
            yield file
        return
    path = path.resolve() if path.is_symlink() else path
    # Beside it, as a rename is atomic within one file system, and with a name that no other process takes.
    temporary = path.with_name(f"{path.name[:40]}.{secrets.token_hex(4)}.tmp")
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


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait until the block has ended; only the main thread ever receives it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[tuple] = []
    handler = signal.signal(signal.SIGINT, lambda *call: arrived.append(call))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if arrived:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def claimed(folder: Path | None) -> Iterator[None]:
    """Hold the folder of a run, made if need be, against all other threads and processes; claims may nest.

    The system ends the claim of a process that is killed. The next one removes what it left half-written. A
    folder that stays empty is removed at the end. None claims nothing.

    Raises: UserError that names the owner if there is one, or if the folder cannot be written to.
    """
    if folder is not None:
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
    if folder is None or sys.platform == "emscripten":  # Pyodide has one process, and no locks
        yield
        return
    from filelock import FileLock, Timeout

    path = folder.resolve() / LOCK
    lock = FileLock(path, is_singleton=True)
    if lock.is_locked:  # by this thread
        yield
        return
    with disk_errors(folder):
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise UserError(f"{folder}: in use by {_owner(path)}; wait until it ends") from error
    try:
        _move_in(path)
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # while it is held: after that, it may be another's
        lock.release()
        with suppress(OSError):
            path.parent.rmdir()


def _move_in(lock: Path) -> None:
    """Write whose folder this is, and remove the files of a run that a killed process left half-written."""
    since = datetime.now().isoformat(" ", "seconds")
    with suppress(OSError):  # Windows locks the file against its owner as well
        lock.write_text(f"process {os.getpid()} on {socket.gethostname()} since {since}")
    for path in lock.parent.glob("*.tmp"):
        if {*RUN_SUFFIXES} & {*path.suffixes[:-1]}:
            with suppress(OSError):
                path.unlink()


def _owner(lock: Path) -> str:
    with suppress(OSError, ValueError):
        return lock.read_text() or "another process"
    return "another process"


def regular(path: Path) -> Path:
    """Return the path of a file to read; raise an OSError if it is a device or a pipe: they may not end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("not a regular file")
    return path


def from_json(made: type[Made], values: dict[str, Any]) -> Made:
    """Make a dataclass of what JSON held; raise TypeError or ValueError where a value is not of its type."""
    for name, hint in get_type_hints(made).items():
        kinds = {*get_args(hint)} or {hint}
        kinds |= {int} if float in kinds else set()
        if name in values and (type(values[name]) not in kinds or "\0" in str(values[name])):
            raise TypeError(f"{name} is {values[name]!r:.80}")
    return made(**values)


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

"""A whole training run in one file, from which it can go on as if it had never stopped."""

import json
import math
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lstm_lib.errors import UserError, explained
from lstm_lib.storage import atomic_file, from_json, interrupts_held, regular
from lstm_lib.training.optimizers import Arrays

FORMAT, VERSION = "lstm_lib checkpoint", 1
MOST_META_BYTES = 10_000_000


@dataclass
class Progress:
    """How far a run has come; every number that the training loop keeps."""

    step: int = 0  # updates made
    epoch: int = 0  # epochs completed
    position: int = 0  # batches done in the current epoch
    best_score: list | float | None = None  # the best evaluation so far; a list's second entry decides ties
    best_epoch: int = 0  # the epoch after which it was measured, counted from 1
    stale: int = 0  # evaluations since the best
    seconds: float = 0.0  # time spent, without pauses between stop and resume


@dataclass
class Checkpoint:
    """What a checkpoint file holds; if a run need not go on from it, the parameters are enough."""

    params: Arrays
    optimizer: Arrays = field(default_factory=dict)
    schedule: dict[str, Any] = field(default_factory=dict)
    random: dict[str, Any] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)


def save_checkpoint(path: str | Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whose `schedule` and `random` must be fit for JSON, as an .npz file, atomically.

    Raises: UserError if the disk is full or cannot be written to; the old file is then untouched.
    """
    arrays = {f"params/{key}": value for key, value in checkpoint.params.items()}
    arrays |= {f"optimizer/{key}": value for key, value in checkpoint.optimizer.items()}
    meta = {"format": FORMAT, "version": VERSION, "arrays": list(arrays)}
    meta |= {"schedule": checkpoint.schedule, "random": checkpoint.random}
    meta["progress"] = asdict(checkpoint.progress)
    with atomic_file(Path(path)) as file, interrupts_held():  # a half-closed archive raises errors of its own
        np.savez(file, allow_pickle=False, meta=np.array(json.dumps(meta)), **arrays)


def load_checkpoint(path: str | Path, **wanted: Arrays) -> Checkpoint:
    """Read a checkpoint that `save_checkpoint` wrote. Nothing in the file is ever executed.

    Args: wanted: `params`, `optimizer` or both: arrays that the file's must fit, as `copy_into` says. That is
        checked before any array is read, and others are not read.
    Raises: UserError if the file is missing, damaged, not a checkpoint, of a newer version, or does not fit.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(regular(path)) as archive:
            headers = _read_headers(archive) if "meta.npy" in archive.namelist() else {}
            meta = _read_meta(path, archive)
            # A damaged table of contents hides members without any checksum noticing.
            if lost := set(meta["arrays"]) - headers.keys():
                raise ValueError(f"{len(lost)} arrays are lost")
            for group, arrays in wanted.items():
                _check_fit(arrays, _select(headers, f"{group}/"), path)
            chosen = [key for key in headers if not wanted or key.split("/")[0] in wanted]
            arrays = {key: _read_array(archive, key) for key in chosen}
        groups = (_select(arrays, f"{group}/") for group in ("params", "optimizer"))
        progress = from_json(Progress, meta["progress"])
        return Checkpoint(*groups, dict(meta["schedule"]), dict(meta["random"]), progress)
    except (UserError, MemoryError):
        raise
    except OSError as error:
        raise UserError(f"{path}: no readable checkpoint {explained(error)}") from error
    except Exception as error:  # damaged bytes make zipfile and NumPy raise almost anything
        reason = f"not a whole checkpoint ({(str(error) or type(error).__name__).splitlines()[0]})"
        raise UserError(f"{path}: {reason}; use another one, or train again") from error


def copy_into(target: Arrays, source: Arrays, path: str | Path) -> None:
    """Copy arrays of a file into those of the same names, in place; views of these held elsewhere stay valid.

    Raises: UserError that names the file if keys, shapes or types differ (half precision fits); then nothing
        has been copied.
    """
    _check_fit(target, source, path)
    for key, array in target.items():
        array[...] = source[key]


def _check_fit(target: Arrays, source: Arrays, path: str | Path) -> None:
    advice = "it belongs to a model or optimizer with other options"
    for key in sorted(target.keys() | source.keys()):
        if key not in source or key not in target:
            where = "missing from the checkpoint" if key in target else "not wanted here"
            raise UserError(f"{path}: {key!r} is {where}: {advice}")
        have, want = source[key], target[key]
        if have.shape != want.shape or have.dtype not in (want.dtype, np.float16):
            kinds = f"{have.dtype}{have.shape}, not {want.dtype}{want.shape}"
            raise UserError(f"{path}: {key!r} is {kinds}: {advice}")


def _read_headers(archive: zipfile.ZipFile) -> Arrays:
    """Return for each array in an archive one of its shape and type, which takes no memory.

    Raises: ValueError if one holds objects, or claims another size than it has in the file.
    """
    headers = {}
    for member in archive.infolist():
        with archive.open(member) as file:
            if np.lib.format.read_magic(file) != (1, 0):
                raise ValueError(f"{member.filename} is not as this program writes arrays")
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            size = file.tell() + math.prod(shape) * dtype.itemsize
        if dtype.hasobject or not size == member.file_size == member.compress_size:
            raise ValueError(f"{member.filename} is not of the size that it claims")
        headers[member.filename.removesuffix(".npy")] = np.broadcast_to(np.empty((), dtype), shape)
    return headers


def _read_array(archive: zipfile.ZipFile, key: str) -> np.ndarray:
    with archive.open(f"{key}.npy") as file:  # which compares the checksum at the end
        return np.lib.format.read_array(file, allow_pickle=False)


def _read_meta(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        if archive.getinfo("meta.npy").file_size > MOST_META_BYTES:
            raise ValueError("too long")
        meta = json.loads(str(_read_array(archive, "meta")))
        foreign, newer = meta["format"] != FORMAT, meta["version"] > VERSION
    except (KeyError, TypeError, ValueError):
        foreign, newer = True, False
    if foreign:
        raise UserError(f"{path}: an .npz file, but not one of this program's checkpoints; check the path")
    if newer:
        raise UserError(f"{path}: written by a newer version of this program; update it, or train again")
    return meta


def _select(arrays: Arrays, prefix: str) -> Arrays:
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}

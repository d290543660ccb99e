"""A whole training run in one file, from which it can go on as if it had never stopped."""

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lstm_lib.errors import UserError
from lstm_lib.storage import atomic_file
from lstm_lib.training.optimizers import Arrays

FORMAT, VERSION = "lstm_lib checkpoint", 1


@dataclass
class Progress:
    """How far a run has come; every number that the training loop keeps."""

    step: int = 0  # updates made
    epoch: int = 0  # epochs completed
    position: int = 0  # batches done in the current epoch
    best_score: list[float] | None = None  # the best evaluation so far; the second entry decides ties
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
    """Write a checkpoint as an .npz file, atomically.

    Args: path: the file to write or replace.  checkpoint: `schedule` and `random` must be fit for JSON.
    Raises: UserError if the disk is full or cannot be written to; the old file is then untouched.
    """
    arrays = {f"params/{key}": value for key, value in checkpoint.params.items()}
    arrays |= {f"optimizer/{key}": value for key, value in checkpoint.optimizer.items()}
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "arrays": list(arrays),
        "schedule": checkpoint.schedule,
        "random": checkpoint.random,
        "progress": asdict(checkpoint.progress),
    }
    with atomic_file(Path(path)) as file:
        np.savez(file, allow_pickle=False, meta=np.array(json.dumps(meta)), **arrays)


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint that `save_checkpoint` wrote. Nothing in the file is ever executed.

    Raises: UserError if the file is missing, damaged, not a checkpoint, or of a newer version.
    """
    path = Path(path)
    arrays = _read_arrays(path)
    meta = _read_meta(path, arrays)
    try:
        # A damaged table of contents hides members without any checksum noticing.
        if lost := set(meta["arrays"]) - arrays.keys():
            raise ValueError(f"{len(lost)} arrays are lost")
        return Checkpoint(
            params=_select(arrays, "params/"),
            optimizer=_select(arrays, "optimizer/"),
            schedule=dict(meta["schedule"]),
            random=dict(meta["random"]),
            progress=Progress(**meta["progress"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: this checkpoint is incomplete ({error}); use another one") from error


def copy_into(target: Arrays, source: Arrays, path: str | Path) -> None:
    """Copy arrays into those of the same names, in place, after checking that all of them fit.

    Args: target: arrays to overwrite; views of them held elsewhere stay valid.  source: arrays read from a
        file, with the same keys, shapes and types.  path: that file, for the error message.
    Raises: UserError if names, shapes or types differ; then nothing has been copied.
    """
    advice = "it belongs to a model or optimizer with other options"
    for key in sorted(target.keys() | source.keys()):
        if key not in source or key not in target:
            where = "missing from the checkpoint" if key in target else "not wanted here"
            raise UserError(f"{path}: {key!r} is {where}: {advice}")
        have, want = source[key], target[key]
        if (have.shape, have.dtype) != (want.shape, want.dtype):
            raise UserError(
                f"{path}: {key!r} is {have.dtype}{have.shape}, not {want.dtype}{want.shape}: {advice}"
            )
    for key, array in target.items():
        array[...] = source[key]


def _read_arrays(path: Path) -> Arrays:
    try:
        # All checksums first, before NumPy believes the sizes written in the members.
        with zipfile.ZipFile(path) as archive:
            if (damaged := archive.testzip()) is not None:
                raise zipfile.BadZipFile(f"{damaged} is damaged")
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{path}: no readable checkpoint ({reason}); check the path") from error
    except Exception as error:  # damaged bytes make zipfile and NumPy raise almost anything
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{path}: not a whole checkpoint ({reason}); use another one, or train again"
        ) from error


def _read_meta(path: Path, arrays: Arrays) -> dict[str, Any]:
    try:
        meta = json.loads(str(arrays["meta"]))
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

"""One training run: all of its state, and the folder that the state is kept in."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lstm_lib.errors import UserError
from lstm_lib.training.atomic import disk_errors
from lstm_lib.training.checkpoint import Checkpoint, Progress, copy_into, load_checkpoint, save_checkpoint
from lstm_lib.training.history import History, make_header, read_history
from lstm_lib.training.optimizers import Arrays, Optimizer
from lstm_lib.training.schedules import Schedule
from lstm_lib.training.step import Trainable


class Run:
    """The moving parts of a training run: everything that differs from one update to the next.

    Attributes:
        progress: how far the run has come.
        rng: the one random generator.
        history: the log.
        best_params: a copy of the best parameters so far; empty before the first evaluation.

    Args:
        model, optimizer, schedule: what is trained, and how; their state is overwritten when the run goes on.
        seed: of the random generator of a new run.
        folder: holds `last.npz`, `best.npz` and `history.jsonl`; None keeps everything in memory.
        config: options to note in the history of a new run.
        resume: go on from the folder, from the start if nothing was saved there yet.

    Raises:
        UserError: the folder holds a run and `resume` is not set, or it cannot be read or written.
    """

    def __init__(
        self,
        model: Trainable,
        optimizer: Optimizer,
        schedule: Schedule,
        seed: int,
        folder: Path | None = None,
        config: Mapping[str, Any] | None = None,
        resume: bool = False,
    ) -> None:
        self.model, self.optimizer, self.schedule = model, optimizer, schedule
        self.folder = folder
        self.progress = Progress()
        self.rng = np.random.default_rng(seed)
        self.best_params: Arrays = {}
        optimizer.state = optimizer.initial_state(model.params)
        found = folder is not None and (folder / "last.npz").exists()
        if found and not resume:
            raise UserError(f"{folder}: holds a training run already; resume it, or choose another folder")
        if found:
            self._restore(folder)
        self._started = time.perf_counter() - self.progress.seconds
        if not found:
            self.save()
        self.history = self._open_history(make_header(config or {}, seed))

    def seconds(self) -> float:
        """Return the time spent on this run, pauses not counted."""
        return round(time.perf_counter() - self._started, 3)

    def save(self) -> None:
        """Write all that is needed to go on from here to `last.npz`."""
        self.progress.seconds = self.seconds()
        if self.folder is not None:
            with disk_errors(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
            state = self.schedule.state, self.rng.bit_generator.state, self.progress
            save_checkpoint(
                self.folder / "last.npz", Checkpoint(self.model.params, self.optimizer.state, *state)
            )
        self._saved_step = self.progress.step

    def keep_best(self) -> None:
        """Remember the parameters as the best so far, and write them to `best.npz`."""
        self.progress.best_epoch = self.progress.epoch
        self.best_params = {key: value.copy() for key, value in self.model.params.items()}
        if self.folder is not None:
            save_checkpoint(self.folder / "best.npz", Checkpoint(self.best_params, progress=self.progress))

    def use_best(self) -> None:
        """Put the best parameters into the model; without any it is left as it is."""
        for key, value in self.best_params.items():
            self.model.params[key][...] = value

    def how_to_go_on(self) -> str:
        """Say in one sentence where the last checkpoint is."""
        if self.folder is None:
            return "Nothing was saved, as the run has no folder."
        return (
            f"Update {self._saved_step} is saved in {self.folder / 'last.npz'}: resume to go on from there."
        )

    def _restore(self, folder: Path) -> None:
        path = folder / "last.npz"
        saved = load_checkpoint(path)
        if saved.schedule.keys() != self.schedule.state.keys():
            raise UserError(f"{path}: made with another learning rate schedule; resume with the same options")
        copy_into(self.optimizer.state, saved.optimizer, path)
        if saved.progress.best_epoch:
            best = folder / "best.npz"
            self.best_params = {key: np.empty_like(value) for key, value in self.model.params.items()}
            copy_into(self.best_params, load_checkpoint(best).params, best)
        try:
            self.rng.bit_generator.state = saved.random
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{path}: its random state is not usable ({error}); use another checkpoint"
            ) from error
        copy_into(self.model.params, saved.params, path)
        self.schedule.state = saved.schedule
        self.progress, self._saved_step = saved.progress, saved.progress.step

    def _open_history(self, header: dict[str, Any]) -> History:
        """Open the log as it was when the checkpoint was written; what came later will come again."""
        path = None if self.folder is None else self.folder / "history.jsonl"
        going_on = path is not None and path.exists() and self.progress.step > 0
        history = read_history(path) if going_on else History(header, path=path)
        history.cut_after(self.progress.step)
        return history

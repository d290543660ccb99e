"""The training loop, for any model that returns its loss and gradients, and the state of its run."""

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from lstm_lib.errors import UserError
from lstm_lib.limits import Count, Positive, Whole, check_fields
from lstm_lib.storage import claimed
from lstm_lib.training.checkpoint import Checkpoint, Progress, copy_into, load_checkpoint, save_checkpoint
from lstm_lib.training.history import History, make_header, read_history
from lstm_lib.training.optimizers import Arrays, Optimizer
from lstm_lib.training.schedules import Schedule
from lstm_lib.training.step import Step, Trainable, keep_freed_memory, take_step


class DivergedError(UserError):
    """The loss or the gradients are no longer finite numbers."""


@dataclass
class Trainer:
    """Train a model; a run that was stopped at any moment resumes to exactly the same weights."""

    model: Trainable  # its `params` are updated in place
    optimizer: Optimizer
    schedule: Schedule  # the learning rate of each update
    clip_norm: Positive | None = 5.0  # the largest allowed global norm of the gradients; None does not clip
    seed: Whole = 0  # of the one random generator, which is passed to `loss_and_grads` (for dropout)
    workers: Count = 1  # processes that share each step (`lstm_lib.parallel`); their number changes the noise
    metric: str = "bleu"  # the entry of an evaluation that decides which parameters are best
    higher_is_better: bool = True  # whether a larger metric is better
    tie_metric: str | None = None  # the entry, lower is better, that decides between equal metrics
    patience: Count | None = None  # evaluations in a row without a new best, after which to stop; None: never
    evaluate_every: Count = 1  # epochs
    checkpoint_every: Count = 200  # updates; there is also a checkpoint at the end of each epoch
    run_dir: str | Path | None = None  # for `last.npz`, `best.npz`, `history.jsonl`; None saves nothing
    config: Mapping[str, Any] = field(default_factory=dict)  # options to note in the history's header
    progress_bar: bool | None = None  # whether to show one; None shows it in a terminal only

    def __post_init__(self) -> None:
        check_fields(self)

    def fit(
        self,
        batches_of_epoch: Callable[[int], Sequence[Any]],
        epochs: int,
        evaluate: Callable[[], Mapping[str, float]] | None = None,
        resume: bool = False,
    ) -> History:
        """Train, and leave the best parameters in the model.

        Args: batches_of_epoch: returns the batches of an epoch, counted from 1; the same ones at every call.
            epochs: how often to go through the data, including what a resumed run has done already.
            evaluate: returns the model's current metrics; without it the newest parameters are best.
            resume: continue the run in `run_dir`, from the start if nothing was saved there yet.
        Returns: the history. `self.run.progress` tells how far the run came and which epoch was best.
        Raises: DivergedError if the loss or the gradients are not finite; the parameters are those before.
            UserError if `run_dir` cannot be used, or holds a run that is not resumed or lacks `last.npz`.
            KeyboardInterrupt: Ctrl-C; all files are whole, the parameters in memory may be half updated.
        """
        keep_freed_memory()  # each step makes again what the step before has freed
        with ExitStack() as stack:
            stack.enter_context(claimed(None if self.run_dir is None else Path(self.run_dir)))
            self.run = Run(self, resume)
            progress = self.run.progress
            step = partial(take_step, self.model, self.optimizer)
            try:
                if self.workers > 1:
                    from lstm_lib.parallel import Team  # not above, as it builds on this package

                    step = stack.enter_context(Team(self.model, self.optimizer, self.workers)).take_step
                while progress.epoch < epochs and not self._out_of_patience():
                    self._train_epoch(batches_of_epoch(progress.epoch + 1), step)
                    progress.epoch, progress.position = progress.epoch + 1, 0
                    if evaluate is None:
                        self.run.keep_best()
                    elif progress.epoch % self.evaluate_every == 0 or progress.epoch == epochs:
                        self._judge(evaluate())
                    self.run.save()
            except KeyboardInterrupt:
                saved = self.run.where_saved(": resume to go on from there")
                print(f"Stopped after update {progress.step}. {saved}", file=sys.stderr)
                raise
        self.run.use_best()
        return self.run.history

    def _train_epoch(self, batches: Sequence[Any], step: Callable[..., Step]) -> None:
        progress = self.run.progress
        hidden = None if self.progress_bar is None else not self.progress_bar
        with tqdm(total=len(batches), initial=progress.position, leave=False, disable=hidden) as bar:
            bar.set_description(f"epoch {progress.epoch + 1}")
            for batch in batches[progress.position :]:
                loss = self._train_step(batch, step)
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
                bar.update()
                # The last update of an epoch is saved together with the evaluation that follows it, so that a
                # history cut back to a checkpoint never keeps an evaluation that will be made again.
                if progress.step % self.checkpoint_every == 0 and progress.position < len(batches):
                    self.run.save()

    def _train_step(self, batch: Any, step: Callable[..., Step]) -> float:
        progress = self.run.progress
        started = time.perf_counter()
        learning_rate = self.schedule(progress.step)
        found = step(batch, self.run.rng, learning_rate, self.clip_norm)
        if not found.is_finite:
            raise self._diverged(found, learning_rate)
        progress.step, progress.position = progress.step + 1, progress.position + 1
        values = {"loss": found.loss, "learning_rate": learning_rate, "grad_norm": found.grad_norm}
        values["tokens_per_second"] = round(found.tokens / (time.perf_counter() - started))
        values["seconds"] = self.run.seconds()
        self.run.history.append("step", step=progress.step, epoch=progress.epoch + 1, **values)
        return found.loss

    def _diverged(self, step: Step, learning_rate: float) -> DivergedError:
        culprit = "the gradient norm" if math.isfinite(step.loss) else "the loss"
        clipping, progress = "clipping of the gradients' norm (none now)", self.run.progress
        if self.clip_norm is not None:
            clipping = f"clipping of the gradients to a smaller norm (now {self.clip_norm:g})"
        return DivergedError(
            f"training diverged: {culprit} is not finite at update {progress.step + 1}, "
            f"epoch {progress.epoch + 1}; try a lower learning rate in a new run (now {learning_rate:.3g}), "
            f"{clipping} or a longer warm-up. {self.run.where_saved()}"
        )

    def _judge(self, metrics: Mapping[str, float]) -> None:
        """Log an evaluation, tell the schedule, and keep the parameters if they are the best so far."""
        signs = {self.metric: 1 if self.higher_is_better else -1}
        signs |= {} if self.tie_metric is None else {self.tie_metric: -1}
        for name in signs:
            if name not in metrics:
                raise ValueError(f"evaluate() must return the metric {name!r}, got only {sorted(metrics)}")
        progress = self.run.progress
        values = {name: float(value) for name, value in metrics.items()}
        self.run.history.append(
            "evaluation", step=progress.step, epoch=progress.epoch, seconds=self.run.seconds(), metrics=values
        )
        # Lists compare by their first entries, and by the second ones where those are equal.
        score = [-math.inf if math.isnan(values[k]) else sign * values[k] for k, sign in signs.items()]
        self.schedule.observe(score)
        if progress.best_score is None or score > progress.best_score:
            progress.best_score, progress.stale = score, 0
            self.run.keep_best()
        else:
            progress.stale += 1

    def _out_of_patience(self) -> bool:
        return self.patience is not None and self.run.progress.stale >= self.patience


def check_nothing_to_lose(folder: Path) -> None:
    """Raise a UserError if a start would overwrite what a training has left whose `last.npz` is missing."""
    for path in (folder / "best.npz", folder / "history.jsonl"):
        if not (folder / "last.npz").exists() and path.exists() and path.stat().st_size > 0:
            raise UserError(
                f"{path}: would be lost, as there is no last.npz to go on from; train in another folder"
            )


class Run:
    """Everything in a training run that changes from one update to the next, and the folder that keeps it.

    Attributes: progress: how far the run has come.  rng: the one random generator.  history: the log.
        best_params: a copy of the best parameters so far; empty before the first evaluation.
    """

    def __init__(self, trainer: Trainer, resume: bool) -> None:
        """Start a run, or resume the one in the trainer's folder.  Raises: what `Trainer.fit` says."""
        self.model, self.optimizer, self.schedule = trainer.model, trainer.optimizer, trainer.schedule
        self.folder = folder = None if trainer.run_dir is None else Path(trainer.run_dir)
        self.progress, self.rng = Progress(), np.random.default_rng(trainer.seed)
        self.best_params: Arrays = {}
        self.optimizer.state = self.optimizer.initial_state(self.model.params)
        found = folder is not None and (folder / "last.npz").exists()
        if found and not resume:
            raise UserError(f"{folder}: holds a training run already; resume it, or choose another folder")
        if found:
            self._restore(folder / "last.npz")
        elif folder is not None:
            check_nothing_to_lose(folder)
        self._started = time.perf_counter() - self.progress.seconds
        if not found:
            self.save()
        log = None if folder is None else folder / "history.jsonl"
        if log is not None and log.exists() and self.progress.step > 0:
            self.history = read_history(log)
        else:
            self.history = History(make_header(trainer.config, trainer.seed), path=log)
        self.history.cut_after(self.progress.step)  # later updates will be made again

    def seconds(self) -> float:
        """Return the time spent on this run, without pauses between stop and resume."""
        return round(time.perf_counter() - self._started, 3)

    def save(self) -> None:
        """Write all that is needed to resume from here to `last.npz`."""
        self.progress.seconds = self.seconds()
        if self.folder is not None:
            arrays = self.model.params, self.optimizer.state
            state = self.schedule.state, self.rng.bit_generator.state, self.progress
            save_checkpoint(self.folder / "last.npz", Checkpoint(*arrays, *state))
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

    def where_saved(self, advice: str = "") -> str:
        """Say in one sentence where the last checkpoint is, and what to do with it."""
        if self.folder is None:
            return "Nothing was saved, as the run has no folder."
        return f"Update {self._saved_step} is saved in {self.folder / 'last.npz'}{advice}."

    def _restore(self, path: Path) -> None:
        saved = load_checkpoint(path, params=self.model.params, optimizer=self.optimizer.state)
        if _types(saved.schedule) != _types(self.schedule.state):
            raise UserError(f"{path}: made with another learning rate schedule; resume with the same options")
        copy_into(self.optimizer.state, saved.optimizer, path)
        if saved.progress.best_epoch:
            self.best_params = load_checkpoint(path.with_name("best.npz"), params=self.model.params).params
        try:
            self.rng.bit_generator.state = saved.random
        except (KeyError, TypeError, ValueError) as error:
            reason = f"its random state is not usable ({error})"
            raise UserError(f"{path}: {reason}; use another checkpoint") from error
        copy_into(self.model.params, saved.params, path)
        for state, key in ((saved.schedule, "best"), (vars(saved.progress), "best_score")):
            if isinstance(state.get(key), float):  # of a checkpoint from before ties were decided
                state[key] = [state[key]]
        self.schedule.state = saved.schedule
        self.progress, self._saved_step = saved.progress, saved.progress.step


def _types(state: Mapping[str, Any]) -> dict[str, type | None]:
    """Return the types of what a schedule keeps; the best score so far may be of several."""
    return {key: None if key == "best" else type(value) for key, value in state.items()}

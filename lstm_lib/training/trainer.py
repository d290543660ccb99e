"""The training loop, for any model that can tell its loss and its gradients."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lstm_lib.allocator import keep_freed_memory
from lstm_lib.errors import UserError
from lstm_lib.training.history import History
from lstm_lib.training.optimizers import Optimizer
from lstm_lib.training.run import Run
from lstm_lib.training.schedules import Schedule
from lstm_lib.training.step import Step, Trainable, take_step
from lstm_lib.training.team import Team


class DivergedError(UserError):
    """The loss or the gradients are no longer finite numbers."""


@dataclass
class Trainer:
    """Train a model, so that a run that was stopped at any moment goes on to the very same weights.

    Args:
        model: the model; its `params` are updated in place.
        optimizer: turns gradients into updates.
        schedule: the learning rate of each update.
        clip_norm: the longest allowed global norm of the gradients; None leaves them as they are.
        seed: of the one random generator, which is handed to `loss_and_grads` (for dropout).
        workers: processes that share each step (see `training.team`); each number of them makes other noise.
        metric: the entry of an evaluation that decides which parameters are best.
        higher_is_better: whether more of it is better.
        patience: stop after this many evaluations in a row without a new best; None never stops early.
        evaluate_every: epochs from one evaluation to the next.
        checkpoint_every: updates from one checkpoint to the next, besides the one at each epoch's end.
        run_dir: folder for `last.npz`, `best.npz` and `history.jsonl`; None keeps everything in memory.
        config: options to note in the history's header.
        progress_bar: whether to show one; None shows it in a terminal only.
    """

    model: Trainable
    optimizer: Optimizer
    schedule: Schedule
    clip_norm: float | None = 5.0
    seed: int = 0
    workers: int = 1
    metric: str = "bleu"
    higher_is_better: bool = True
    patience: int | None = None
    evaluate_every: int = 1
    checkpoint_every: int = 200
    run_dir: str | Path | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    progress_bar: bool | None = None

    def fit(
        self,
        batches_of_epoch: Callable[[int], Sequence[Any]],
        epochs: int,
        evaluate: Callable[[], Mapping[str, float]] | None = None,
        resume: bool = False,
    ) -> History:
        """Train, and leave the best parameters in the model.

        Args:
            batches_of_epoch: returns the batches of an epoch, counted from 1; the same ones whenever asked.
            epochs: how often to go through the data, counting what a resumed run has done already.
            evaluate: returns the model's metrics as it stands; without it the newest parameters are best.
            resume: go on from `run_dir`, from the start if nothing was saved there yet.

        Returns:
            The history of the run. `self.run.progress` tells how far it came and which epoch was best.

        Raises:
            DivergedError: the loss or the gradients are not finite; the parameters are still those before.
            UserError: `run_dir` cannot be read or written, or holds a run and `resume` is not set.
            KeyboardInterrupt: all files are whole; the parameters in memory may be half updated.
        """
        keep_freed_memory()  # each step makes again what the step before has freed
        folder = None if self.run_dir is None else Path(self.run_dir)
        self.run = Run(self.model, self.optimizer, self.schedule, self.seed, folder, self.config, resume)
        progress = self.run.progress
        try:
            with ExitStack() as stack:
                step = partial(take_step, self.model, self.optimizer)
                if self.workers > 1:
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
            print(f"Stopped after update {progress.step}. {self.run.how_to_go_on()}", file=sys.stderr)
            raise
        self.run.use_best()
        return self.run.history

    def _train_epoch(self, batches: Sequence[Any], step: Callable[..., Step]) -> None:
        progress = self.run.progress
        hidden = None if self.progress_bar is None else not self.progress_bar
        bar = tqdm(total=len(batches), initial=progress.position, leave=False, disable=hidden)
        with bar:
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
        loss, grad_norm, tokens = step(batch, self.run.rng, learning_rate, self.clip_norm)
        self._check_finite(loss, grad_norm, learning_rate)
        progress.step += 1
        progress.position += 1
        self.run.history.append(
            "step",
            step=progress.step,
            epoch=progress.epoch + 1,
            loss=loss,
            learning_rate=learning_rate,
            grad_norm=grad_norm,
            tokens_per_second=round(tokens / (time.perf_counter() - started)),
            seconds=self.run.seconds(),
        )
        return loss

    def _check_finite(self, loss: float, grad_norm: float, learning_rate: float) -> None:
        if math.isfinite(loss) and math.isfinite(grad_norm):
            return
        culprit = "the gradient norm" if math.isfinite(loss) else "the loss"
        progress = self.run.progress
        raise DivergedError(
            f"training diverged: {culprit} is not finite at update {progress.step + 1}, "
            f"epoch {progress.epoch + 1}; try a lower learning rate (now {learning_rate:.3g}), "
            f"{self._clipping()} or a longer warm-up. {self.run.how_to_go_on()}"
        )

    def _clipping(self) -> str:
        if self.clip_norm is None:
            return "clipping of the gradients' norm (none now)"
        return f"clipping of the gradients to a smaller norm (now {self.clip_norm:g})"

    def _judge(self, metrics: Mapping[str, float]) -> None:
        """Log an evaluation, tell the schedule, and keep the parameters if they are the best so far."""
        if self.metric not in metrics:
            raise ValueError(f"evaluate() must return the metric {self.metric!r}, got only {sorted(metrics)}")
        progress = self.run.progress
        values = {name: float(value) for name, value in metrics.items()}
        self.run.history.append(
            "evaluation", step=progress.step, epoch=progress.epoch, seconds=self.run.seconds(), metrics=values
        )
        score = values[self.metric] if self.higher_is_better else -values[self.metric]
        score = -math.inf if math.isnan(score) else score
        self.schedule.observe(score)
        if progress.best_score is None or score > progress.best_score:
            progress.best_score, progress.stale = score, 0
            self.run.keep_best()
        else:
            progress.stale += 1

    def _out_of_patience(self) -> bool:
        return self.patience is not None and self.run.progress.stale >= self.patience

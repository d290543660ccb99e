"""A training in a thread of its own, which can be paused and stopped at any update.

The trainer knows nothing of it: it asks its model for gradients, and the model has a gate in front of it.
Python in a browser has no threads; there a run takes turns with all else, see `RunInTurns`.
"""

import dataclasses
import shutil
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from lstm_lib import runs
from lstm_lib.evaluation import quick_evaluation
from lstm_lib.recipe import Recipe
from lstm_lib.text.corpus import Corpus
from lstm_lib.training import History, Trainer
from lstm_lib.training.step import Trainable

READY, RUNNING, PAUSED = "ready", "running", "paused"
STOPPED, FINISHED, FAILED = "stopped", "finished", "failed"
HAS_THREADS = sys.platform != "emscripten"
UPDATES = 5  # of a run in turns, from one checkpoint to the next


class StopTraining(Exception):
    """Raised inside a training that was asked to stop."""


class EndOfTurn(Exception):
    """Raised inside a training that has had its turn."""


class Gated:
    """A model that passes a gate before each update."""

    def __init__(self, model: Trainable, gate: Callable[[], None]):
        """Args: model; gate: returns when the update may begin, or raises `StopTraining`."""
        self.model, self.gate, self.params = model, gate, model.params

    def loss_and_grads(self, batch: Any, rng: np.random.Generator):
        """Return the model's own, once the gate is open."""
        self.gate()
        return self.model.loss_and_grads(batch, rng)


class LiveRun:
    """A training that goes on while its caller does other things.

    Attributes:
        trainer: the one that trains; not for others to call while the run lasts.
        error: what ended a failed run, or None.
    """

    def __init__(
        self,
        trainer: Trainer,
        batches_of_epoch: Callable[[int], Sequence[Any]],
        epochs: int,
        evaluate: Callable[[], Mapping[str, float]] | None = None,
    ) -> None:
        """Args: trainer: not begun yet; batches_of_epoch, epochs, evaluate: as for its `fit`."""
        self.trainer = dataclasses.replace(
            trainer, model=Gated(trainer.model, self._pass), progress_bar=False
        )
        self.error: Exception | None = None
        self._what = batches_of_epoch, epochs, evaluate
        self._gate, self._begun, self._stopping, self._end = threading.Event(), False, False, ""

    @property
    def state(self) -> str:
        """Ready, running, paused, stopped, finished or failed."""
        if self._end or not self._begun:
            return self._end or READY
        return RUNNING if self._gate.is_set() else PAUSED

    @property
    def history(self) -> History | None:
        """The log so far, or None before there is one."""
        return getattr(getattr(self.trainer, "run", None), "history", None)

    def start(self) -> None:
        """Begin.  Raises: RuntimeError if it has begun before."""
        if self._begun:
            raise RuntimeError("a run begins only once; make a new one")
        self._begun = True
        self._gate.set()
        self._go_on()

    def pause(self) -> None:
        """Hold before the next update."""
        self._gate.clear()

    def resume(self) -> None:
        """Go on after a pause."""
        self._gate.set()

    def stop(self) -> None:
        """End before the next update; `join` waits for that."""
        self._stopping = True
        self._gate.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end, for `timeout` seconds at most.  Returns: whether it has come."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _go_on(self) -> None:
        # A daemon: a kernel that shuts down does not wait for it.
        self._thread = threading.Thread(target=self._train, name="training", daemon=True)
        self._thread.start()

    def _pass(self) -> None:
        self._gate.wait()
        if self._stopping:
            raise StopTraining

    def _train(self) -> None:
        # The trainer looks for infinity and NaN itself: NumPy need not warn of them too.
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                self.trainer.fit(*self._what, resume=True)
                self._end = FINISHED
            except EndOfTurn:
                pass
            except StopTraining:
                self._end = STOPPED
            except Exception as error:  # in a thread, nobody else would hear of it
                self.error, self._end = error, FAILED


class RunInTurns(LiveRun):
    """A training without a thread: it goes on while somebody joins it, and rests in between.

    A turn ends at a checkpoint, and the next one resumes from there: the updates are those of one training.
    """

    def __init__(self, trainer: Trainer, *what: Any) -> None:
        """Args: as for a `LiveRun`."""
        folder = Path(mkdtemp())
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        super().__init__(dataclasses.replace(trainer, run_dir=folder, checkpoint_every=UPDATES), *what)

    def join(self, timeout: float | None = None) -> bool:
        """Train for `timeout` seconds, or until the end.  Returns: whether it has come."""
        if self.state == RUNNING:
            self._turn_ends = float("inf") if timeout is None else time.monotonic() + timeout
            self._updates = 0
            self._train()
        return bool(self._end)

    def _go_on(self) -> None:
        pass  # `join` does

    def _pass(self) -> None:
        super()._pass()
        self._updates += 1  # of this turn, the one that now begins included
        at_checkpoint = self.trainer.run.progress.step % UPDATES == 0
        if at_checkpoint and self._updates > 1 and time.monotonic() > self._turn_ends:
            raise EndOfTurn


def live_translator(recipe: Recipe, corpus: Corpus) -> LiveRun:
    """Prepare a translator's training; its updates are those of `lstm_lib.runs.train`.

    Args: recipe; corpus: its development part is translated after each epoch.
    """
    translator = runs.new_translator(recipe, corpus)
    batches_of_epoch = runs.training_batches(recipe, translator, corpus.train)
    trainer = runs.make_trainer(recipe, translator, len(batches_of_epoch(1)))
    kind = LiveRun if HAS_THREADS else RunInTurns
    return kind(trainer, batches_of_epoch, recipe.epochs, lambda: quick_evaluation(translator, corpus.dev))

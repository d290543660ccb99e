"""Contenders in processes of their own, which wait between two tasks and end with this process."""

import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from figures.frameworks.benchmark.contenders import TITLES, blas_kernel, versions

MODULE = "figures.frameworks.benchmark.worker"
ROOT = Path(__file__).resolve().parents[3]  # where this very package is imported from
# Variables that force a library onto kernels for another processor.  What they cost differs from library to
# library, so no contender's process gets them.
OVERRIDES = (
    *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES"),
    *("MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"),
    *("ATEN_CPU_CAPABILITY", "TF_ENABLE_ONEDNN_OPTS"),
)
PAUSE = 0.05  # seconds: idle threads spin for a while before they sleep
ONE_THREAD_XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


class WorkerError(Exception):
    """A contender's process failed; the message holds its traceback and what it wrote to standard error."""


class Worker:
    """One contender's process.

    Args:
        name: of the contender.
        threads: how many it may compute with.
        cores: on how many of the machine's cores.
        errors: a file that takes what it writes to standard error.
    """

    def __init__(self, name: str, threads: int, cores: int, errors: BinaryIO):
        self.name, self._errors = name, errors
        command = [sys.executable, "-m", MODULE, name, str(threads), str(cores)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._errors}
        self.process = subprocess.Popen(command, **pipes, env=environment(threads))

    def ask(self, function: Callable, *arguments: Any) -> Any:
        """Call `function(name, *arguments)` there.  Raises: WorkerError."""
        self.send(function, *arguments)
        return self.receive()

    def send(self, function: Callable, *arguments: Any) -> None:
        """Start a call, as the first half of `ask`."""
        try:
            pickle.dump((function, arguments), self.process.stdin)
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._failure("its process has ended") from None

    def receive(self) -> Any:
        """Wait for the answer, as the second half of `ask`.  Raises: WorkerError."""
        try:
            is_fine, answer = pickle.load(self.process.stdout)
        except EOFError:
            raise self._failure(f"its process ended with status {self.process.wait()}") from None
        if not is_fine:
            raise self._failure(answer)
        return answer

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.communicate()

    def _failure(self, what: str) -> WorkerError:
        self._errors.seek(0)
        noise = self._errors.read().decode(errors="replace")
        return WorkerError(f"{TITLES[self.name]}: {what}\n{noise}".rstrip())


class Pool:
    """A worker for each contender."""

    def __init__(self, workers: dict[str, Worker]):
        self.workers, self._order = workers, deque(workers)
        self.versions = self.together(versions)  # this imports the frameworks
        self.kernel = next(iter(workers.values())).ask(blas_kernel)  # NumPy is the same for all

    def in_turn(
        self, function: Callable, *arguments: Any, only: Collection[str] | None = None
    ) -> dict[str, Any]:
        """Ask one after the other, so that each has the machine to itself; begin with another one each time.

        Args: only: the names of those to ask; None asks all.
        Returns: answers by name.
        """
        self._order.rotate(-1)
        answers = {}
        for name in self._order:
            if only is None or name in only:
                time.sleep(PAUSE)
                answers[name] = self.workers[name].ask(function, *arguments)
        return answers

    def together(self, function: Callable, *arguments: Any) -> dict[str, Any]:
        """Ask all at once, where nothing is timed."""
        for worker in self.workers.values():
            worker.send(function, *arguments)
        return {name: worker.receive() for name, worker in self.workers.items()}


@contextmanager
def open_pool(names: Sequence[str], threads: int, cores: int | None = None) -> Iterator[Pool]:
    """Open a worker for each name; they end with the block.

    Args: cores: how many each may compute on.  None means as many as it has threads, always the same ones, so
        that no helper thread that a framework starts unasked computes on another one.
    """
    with ExitStack() as stack:
        workers = {}
        for name in names:
            errors = stack.enter_context(tempfile.TemporaryFile())
            workers[name] = Worker(name, threads, cores or threads, errors)
            stack.callback(workers[name].close)
        yield Pool(workers)


def environment(threads: int) -> dict[str, str]:
    """This process's environment without `OVERRIDES`, with the number of threads as each library reads it.

    It is the same for all contenders: what helps one, such as a tuned allocator, must help the others too.
    """
    numbers = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    found = {name: value for name, value in os.environ.items() if name not in OVERRIDES}
    found |= dict.fromkeys(numbers, str(threads))
    found |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    found["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    if threads == 1:
        found["XLA_FLAGS"] = ONE_THREAD_XLA
    return found

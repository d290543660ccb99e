"""Where runs are worked on: processes of this computer, or a dask cluster that somebody started.

Either way a worker does one run at a time, on one BLAS thread, from nothing but its configuration and its
seed: the numbers are the same wherever it runs.  dask is imported for a cluster alone, which takes:

    dask scheduler                                     prints its address
    dask worker ADDRESS --nthreads 1 --nworkers 4      on each computer, in the course's environment
    python -m lstm_lib study all --scheduler ADDRESS
"""

import dataclasses
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import Any

from figures.lab.plan import Run
from figures.lab.setting import StudyOptions, whole_corpus
from lstm_lib.errors import UserError

ANSWER_WITHIN = 10  # seconds, a scheduler
WORKER_WITHIN = 10  # seconds, the first of its workers
GRACE = 5  # seconds, for a worker to end in an orderly way
SPAWN = get_context("spawn")  # a process that inherits no thread and no random state, on any system
KILLED = "KilledWorker: two processes have died at it, as they do where memory runs out"

Work = Callable[[Run], Any]


@contextmanager
def connected(options: StudyOptions, runs: int) -> Iterator["Processes | Cluster"]:
    """Give the workers that the options ask for; those started here end with the block.

    Args: runs: how many there are to do; more workers than these would have none.
    Raises: UserError where no scheduler answers, or it has no worker.
    """
    if options.scheduler is not None:
        with closing(Cluster(options.scheduler)) as cluster:
            yield cluster
    elif options.processes is not None:
        yield options.processes
    else:
        with closing(Processes(min(options.workers or os.cpu_count() or 1, runs))) as processes:
            yield processes


@contextmanager
def shared(options: StudyOptions) -> Iterator[StudyOptions]:
    """Keep workers for several studies: starting new ones takes longer than a quick study.

    Returns: the options with these workers.
    """
    with closing(Processes(options.workers or os.cpu_count() or 1)) as processes:
        yield dataclasses.replace(options, processes=processes)


class Processes:
    """Worker processes of this computer, which start when they are needed.

    A run that ends its process, as one does that wants more memory than there is, is tried once more.  Each
    process has one run at a time, so that none is blamed for another.
    """

    def __init__(self, count: int):
        self._workers = [_Worker() for _ in range(count)]

    def close(self) -> None:
        """End all of them, whatever they do."""
        for worker in self._workers:
            worker.end()

    def fetch(self, corpora: Iterable[str]) -> None:
        """Load corpora before several workers would fetch the same one.  Raises: UserError."""
        for name in sorted(corpora):
            whole_corpus(name)

    def outcomes(self, work: Work, runs: Sequence[Run], at_once: int) -> Iterator[tuple[Run, Any]]:
        """Hand runs out to at most `at_once` workers, and yield each with what `work(run)` returned.

        The outcome of a run that a worker cannot even read, or that kills it twice, is a line of text.
        """
        waiting, tried = deque(runs), set()
        idle, busy = self._workers[:at_once], {}
        try:
            while waiting or busy:
                while idle and waiting:
                    worker, run = idle.pop(), waiting.popleft()
                    busy[worker.begin(work, run)] = worker, run
                for pipe in connection.wait(busy):
                    worker, run = busy.pop(pipe)
                    idle.append(worker)
                    try:
                        outcome = pipe.recv()
                    except (EOFError, ConnectionError):  # its process has died
                        worker.end()
                        if run.key not in tried:
                            tried.add(run.key)
                            waiting.appendleft(run)
                            continue
                        outcome = KILLED
                    yield run, outcome
        finally:  # whoever stops in the middle must not find old answers later
            for worker, _ in busy.values():
                worker.end()


class _Worker:
    """One process, started when it gets something to do; `pipe` is this end of the connection to it."""

    def __init__(self):
        self.process = self.pipe = None

    def begin(self, work: Work, run: Run) -> connection.Connection:
        if self.process is None or not self.process.is_alive():
            self._start()
        self.pipe.send((work, run))
        return self.pipe

    def end(self) -> None:
        """End the process, whatever it does."""
        if self.process is not None:
            self.process.terminate()
            self.process.join(GRACE)
            self.process.kill()
            self.process.join()
            self.pipe.close()
            self.process = None

    def _start(self) -> None:
        self.end()
        self.pipe, there = SPAWN.Pipe()
        # Not a daemon, which could not start processes, as some runs do; it ends with the first one anyway.
        self.process = SPAWN.Process(target=_serve, args=(there,))
        # The terminal sends Ctrl-C to the new process too, but the first one decides.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.process.start()
        finally:
            signal.signal(signal.SIGINT, handler)
        there.close()  # so that the pipe ends when the process does


def _serve(pipe: connection.Connection) -> None:
    """Answer one run after the other, until this process is terminated or the first one ends.

    Either way it cleans up what it holds: temporary files, and locks of the operating system.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_end_with_the_first_process, daemon=True).start()
    try:
        while True:
            content = pipe.recv_bytes()
            try:
                work, run = pickle.loads(content)
                outcome = work(run)
            except Exception as error:  # code that cannot be imported here
                outcome = one_line(error)
            pipe.send(outcome)
    except (EOFError, ConnectionError):  # the first process has ended
        pass


def _end_with_the_first_process() -> None:
    parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)


class Cluster:
    """The workers of a dask scheduler.  Raises: UserError where it does not answer, or has none."""

    def __init__(self, address: str):
        from distributed import Client
        from distributed.comm import get_address_host_port

        try:
            get_address_host_port(address)  # a client that meets one it cannot read stays half open
            self._client = Client(address, timeout=ANSWER_WITHIN)
        except (TimeoutError, OSError, ValueError) as error:
            raise UserError(
                f"--scheduler {address}: no dask scheduler answers there ({error}); start one with `dask "
                "scheduler` and give the address that it prints"
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=WORKER_WITHIN)
        except TimeoutError as error:
            self._client.close()
            raise UserError(
                f"--scheduler {address}: it has no workers; start some with `dask worker {address} "
                "--nthreads 1`"
            ) from error

    def close(self) -> None:
        """Leave the cluster, which goes on without this client."""
        self._client.close()

    def fetch(self, corpora: Iterable[str]) -> None:
        """Have one worker per computer load the corpora, before several would fetch the same one.

        Raises: UserError where one cannot be fetched.
        """
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        one_per_host = list({worker["host"]: address for address, worker in workers.items()}.values())
        for name in sorted(corpora):
            self._client.run(_load, name, workers=one_per_host)

    def outcomes(self, work: Work, runs: Sequence[Run], at_once: int) -> Iterator[tuple[Run, Any]]:
        """Do as `Processes.outcomes`.  Raises: UserError where the scheduler is gone, with all runs."""
        from distributed import as_completed

        waiting = iter(runs)
        futures = {self._client.submit(work, run, pure=False): run for run in islice(waiting, at_once)}
        for future in (finished := as_completed(futures)):
            if future.status == "finished":
                outcome = future.result()
            elif future.status == "error":  # the worker died, or could not even begin
                outcome = one_line(future.exception())
            else:
                raise UserError(
                    "the scheduler has gone away; what finished is stored: run the same command again"
                )
            yield futures.pop(future), outcome
            for run in islice(waiting, 1):
                following = self._client.submit(work, run, pure=False)
                futures[following] = run
                finished.add(following)


def _load(name: str) -> None:
    whole_corpus(name)


def one_line(error: BaseException) -> str:
    """Return an error as one line: what it says, and where an unforeseen one was raised."""
    message = " ".join(str(error).split())
    if isinstance(error, UserError):
        return message
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    return f"{type(error).__name__}: {message}{where}"

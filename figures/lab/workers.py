"""Where runs are worked on: processes of this computer, or a dask cluster that somebody started.

Either way a worker does one run at a time, on one BLAS thread, from nothing but its configuration and its
seed: the numbers are the same wherever it runs.  A cluster of one's own:

    dask scheduler                                     prints its address
    dask worker ADDRESS --nthreads 1 --nworkers 4      on each computer, in the course's environment
    python -m lstm_lib study all --scheduler ADDRESS
"""

import dataclasses
import logging
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster
from distributed.comm import get_address_host_port

from figures.lab.options import StudyOptions
from figures.lab.setting import whole_corpus
from lstm_lib.errors import UserError

ANSWER_WITHIN = 10  # seconds, a scheduler
WORKER_WITHIN = 10  # seconds, the first of its workers
LASTING = {
    # A worker that is silent for minutes is not lost: the computer slept, or it was stopped by hand.
    "distributed.scheduler.worker-ttl": None,
    # One that died, of too little memory for one, is started anew, however long that takes: dask would give
    # it up after 15 seconds, and wait for ever where it was the last.
    "distributed.deploy.lost-worker-timeout": "1 day",
    # A run at which two have died has failed.  A worker has one at a time, so that none is blamed for
    # another.
    "distributed.scheduler.allowed-failures": 1,
    "distributed.scheduler.worker-saturation": 1.0,
}


@contextmanager
def connected(options: StudyOptions, runs: int) -> Iterator[Client]:
    """A client of the workers that the options ask for; those started here end with it.

    Args: runs: how many there are to do, as more workers would have none.
    Raises: UserError where no scheduler answers, or no worker is there.
    """
    if options.scheduler is not None:
        with _client_at(options.scheduler) as client:
            yield client
        return
    count = min(options.workers or os.cpu_count() or 1, runs)
    with _local_cluster(count) as cluster, Client(cluster) as client:
        yield client


@contextmanager
def shared(options: StudyOptions) -> Iterator[StudyOptions]:
    """Workers for several studies, since to start some anew for each would take longer than a quick study.

    Returns: the options with the scheduler that has them.
    """
    if options.scheduler is not None:
        yield options
        return
    with _local_cluster(options.workers or os.cpu_count() or 1) as cluster:
        yield dataclasses.replace(options, scheduler=cluster.scheduler_address)


@contextmanager
def _local_cluster(workers: int) -> Iterator[LocalCluster]:
    with dask.config.set(LASTING):
        with _deaf_to_control_c():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=0,  # a run holds what it holds: dask's spilling and pausing would not help it
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},  # any free port
                silence_logs=logging.CRITICAL,
            )
        with cluster:
            yield cluster


def fetch_corpora(client: Client, names: Iterable[str]) -> None:
    """Have one worker a computer load the corpora, before several would fetch the same one at once.

    Raises: UserError where one cannot be fetched.
    """
    workers = client.scheduler_info(n_workers=-1)["workers"]
    one_a_host = list({worker["host"]: address for address, worker in workers.items()}.values())
    for name in sorted(names):
        client.run(_load, name, workers=one_a_host)


def _load(name: str) -> None:
    whole_corpus(name)


def _client_at(address: str) -> Client:
    try:
        get_address_host_port(address)  # a client that meets one it cannot read stays half open
        client = Client(address, timeout=ANSWER_WITHIN)
    except (TimeoutError, OSError, ValueError) as error:
        raise UserError(
            f"--scheduler {address}: no dask scheduler answers there ({error}); start one with `dask "
            "scheduler` and give the address that it prints"
        ) from error
    try:
        client.wait_for_workers(1, timeout=WORKER_WITHIN)
    except TimeoutError as error:
        client.close()
        raise UserError(
            f"--scheduler {address}: it has no workers; start some with `dask worker {address} --nthreads 1`"
        ) from error
    return client


@contextmanager
def _deaf_to_control_c() -> Iterator[None]:
    """For processes started within: the terminal sends Ctrl-C to them too, but the first one decides."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)

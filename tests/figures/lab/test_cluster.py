"""A study has the same numbers on a dask cluster, for which alone dask is imported."""

import gc
import json
import os
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from distributed import Client

from figures.lab import workers
from figures.lab.measures import train_and_test
from figures.lab.plan import over_seeds
from figures.lab.runner import FailedRunsError, perform
from figures.lab.setting import ROOT, study_recipe, whole_corpus
from helpers.studies.study_runs import squares
from lstm_lib.errors import UserError

HERE = ("--host", "127.0.0.1")
ANY_PORT = ("--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
TIMES = {"training_seconds", "update_ms", "epoch_seconds"}


@contextmanager
def started(folder, workers):
    """Start a scheduler and its workers as a user would in terminals.  Returns: the scheduler's address."""
    note = folder / "scheduler.json"  # in it the scheduler tells its workers where it is
    paths = (ROOT, ROOT / "notebooks", ROOT / "tests")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = []

    def dask(*arguments):
        command = [sys.executable, "-m", "dask", *arguments, *HERE, "--scheduler-file", str(note)]
        processes.append(subprocess.Popen(command, env=environment, cwd=folder, **quiet))

    try:
        dask("scheduler", *ANY_PORT)
        while not (note.exists() and note.read_text().endswith("}")):
            assert processes[0].poll() is None
            time.sleep(0.05)
        for number in range(workers):
            dask("worker", "--nthreads", "1", "--no-dashboard", "--name", str(number))
        address = json.loads(note.read_text())["address"]
        with Client(address) as client:
            client.wait_for_workers(workers, timeout=60) if workers else None
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory):
    """The address of a scheduler with two workers."""
    with started(tmp_path_factory.mktemp("dask"), workers=2) as address:
        yield address


def numbers(row):
    return {name: value for name, value in row["metrics"].items() if name not in TIMES}


def test_a_cluster_started_by_hand_gives_the_same_numbers(by_hand, options, tmp_path):
    recipes = {cell: {"recipe": study_recipe(options, cell=cell)} for cell in ("lstm", "gru")}
    plan = over_seeds(train_and_test, recipes, range(2))
    here = perform("cells", plan, options)
    elsewhere = replace(options, results=tmp_path / "there", scheduler=by_hand)
    there = perform("cells", plan, elsewhere, at_once=2)
    assert [numbers(row) for row in there] == [numbers(row) for row in here]
    assert len({row["metrics"]["bleu"] for row in here}) == 4
    assert {row["machine"]["blas_threads"] for row in there} == {1}


def test_one_worker_a_computer_loads_a_corpus_before_the_others(by_hand):
    with closing(workers.Cluster(by_hand)) as cluster, Client(by_hand) as client:
        client.run(whole_corpus.cache_clear)
        cluster.fetch({"dates-es"})
        loaded = client.run(lambda: whole_corpus.cache_info().currsize)
    assert sorted(loaded.values()) == [0, 1]


def test_a_run_that_a_cluster_cannot_import_is_one_line(by_hand, options, far, capsys):
    with pytest.raises(FailedRunsError, match="1 of 1 runs failed"):
        perform("squares", [far], replace(options, scheduler=by_hand))
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "failed" in line]
    assert "squares: far, seed 0 failed: RuntimeError: Error during deserialization" in line


def test_processes_of_this_computer_need_no_dask():
    program = "import sys, figures.lab.runner; print({'dask', 'distributed'} & sys.modules.keys())"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "set()\n"


@pytest.mark.parametrize(
    "address", ["no where", "localhost", "carrier-pigeon://127.0.0.1:1", "tcp://127.0.0.1:1"]
)
def test_no_client_of_a_wrong_address_stays_half_open(address, options, monkeypatch):
    """Collected while the next client starts, such a one would keep it waiting."""
    monkeypatch.setattr(workers, "ANSWER_WITHIN", 0.5)
    with pytest.raises(UserError, match=f"--scheduler {address}: no dask scheduler answers there") as raised:
        perform("squares", squares([1]), replace(options, scheduler=address))
    assert "\n" not in str(raised.value)
    # By type, for `isinstance` asks objects of PyTorch for their class, and they warn of their age.
    clients = [found for found in gc.get_objects() if issubclass(type(found), Client)]
    assert {client.status for client in clients} <= {"running", "closed"}


def test_a_scheduler_without_workers(options, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "WORKER_WITHIN", 0.5)
    told = "it has no workers; start some with"
    with started(tmp_path, workers=0) as address, pytest.raises(UserError, match=told) as raised:
        perform("squares", squares([1]), replace(options, scheduler=address))
    assert str(raised.value).startswith(f"--scheduler {address}: it has no workers")

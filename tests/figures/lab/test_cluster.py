"""Wherever a study runs, its numbers are the same; and it says in one line what is wrong with a cluster."""

import gc
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import Client

import lstm_lib
from figures.lab import workers
from figures.lab.measures import train_and_test
from figures.lab.plan import over_seeds
from figures.lab.runner import perform
from figures.lab.setting import study_recipe
from helpers.study_runs import squares
from lstm_lib.errors import UserError

NOTE = "scheduler.json"  # in it a scheduler tells its workers where it is
TIMES = {"training_seconds", "update_ms", "epoch_seconds"}


@pytest.fixture
def dask(tmp_path):
    """Start `dask ...` as a user would in a terminal, with the scheduler's file; it ends with the test."""
    paths = (Path(lstm_lib.__file__).parents[1], Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = []

    def start(*arguments):
        command = [sys.executable, "-m", "dask", *arguments, "--scheduler-file", str(tmp_path / NOTE)]
        processes.append(subprocess.Popen(command, env=environment, cwd=tmp_path, **quiet))
        return processes[-1]

    yield start
    for process in reversed(processes):
        process.terminate()
        process.wait()


@pytest.fixture
def lonely_scheduler(dask, tmp_path):
    """The address of a scheduler that nobody works for."""
    address = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
    process, note = dask("scheduler", *address), tmp_path / NOTE
    while not (note.exists() and note.read_text().endswith("}")):
        assert process.poll() is None
        time.sleep(0.05)
    return json.loads(note.read_text())["address"]


@pytest.fixture
def by_hand(dask, lonely_scheduler):
    """The address of a scheduler with two workers."""
    for name in ("one", "two"):
        dask("worker", "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--name", name)
    with Client(lonely_scheduler) as client:
        client.wait_for_workers(2, timeout=60)
    return lonely_scheduler


def numbers(row):
    return {name: value for name, value in row["metrics"].items() if name not in TIMES}


def test_a_cluster_started_by_hand_gives_the_same_numbers(by_hand, options, tmp_path):
    plan = [
        run
        for cell in ("lstm", "gru")
        for run in over_seeds(cell, train_and_test, {"recipe": study_recipe(options, cell=cell)}, range(2))
    ]
    here = perform("cells", plan, options)
    there = perform("cells", plan, replace(options, results=tmp_path / "there", scheduler=by_hand))
    assert [numbers(row) for row in there] == [numbers(row) for row in here]
    assert len({row["metrics"]["bleu"] for row in here}) == 4
    assert {row["machine"]["blas_threads"] for row in there} == {1}


def test_one_worker_a_computer_loads_a_corpus_before_the_others(two_workers):
    from figures.lab.setting import whole_corpus

    with Client(two_workers.scheduler) as client:
        client.run(whole_corpus.cache_clear)
        workers.fetch_corpora(client, {"dates-es"})
        loaded = client.run(lambda: whole_corpus.cache_info().currsize)
    assert sorted(loaded.values()) == [0, 1]


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


def test_a_scheduler_without_workers(lonely_scheduler, options, monkeypatch):
    monkeypatch.setattr(workers, "WORKER_WITHIN", 0.5)
    told = f"--scheduler {lonely_scheduler}: it has no workers; start some with"
    with pytest.raises(UserError, match=told):
        perform("squares", squares([1]), replace(options, scheduler=lonely_scheduler))

"""Runs killed by SIGKILL and resumed end with exactly the weights and history of an undisturbed run."""

import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from helpers import toy
from lstm_lib.training import load_checkpoint, read_history

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")


@pytest.fixture(scope="module")
def folders(tmp_path_factory, run_script):
    base = tmp_path_factory.mktemp("killed")
    (base / "random").mkdir()
    (base / "each").mkdir()
    done = run_script("killed_runs.py", base)
    assert done.returncode == 0, done.stderr
    return {name: sorted((base / name).iterdir()) for name in ("random", "each")}


def without_times(folder):
    records = read_history(folder / "history.jsonl").records
    return [{k: v for k, v in r.items() if k not in ("seconds", "tokens_per_second")} for r in records]


def assert_same_run(folder, expected):
    for name in ("last.npz", "best.npz"):
        got, want = load_checkpoint(folder / name), load_checkpoint(expected / name)
        for arrays, wanted in ((got.params, want.params), (got.optimizer, want.optimizer)):
            assert arrays.keys() == wanted.keys()
            assert all(np.array_equal(arrays[key], wanted[key]) for key in wanted), folder
        got.progress.seconds = want.progress.seconds
        assert (got.schedule, got.random, got.progress) == (want.schedule, want.random, want.progress)
    assert without_times(folder) == without_times(expected)
    assert {path.name for path in folder.iterdir()} == {"last.npz", "best.npz", "history.jsonl"}


def test_twenty_random_moments(folders, tmp_path):
    toy.train(toy.make_trainer(tmp_path))
    for folder in folders["random"]:
        assert_same_run(folder, tmp_path)


def test_every_file_operation(folders, tmp_path):
    toy.train(toy.make_trainer(tmp_path), epochs=2)
    assert len(folders["each"]) > 40  # each update and each half of a save is a place to die at
    for folder in folders["each"]:
        assert_same_run(folder, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_processes(tmp_path, run_script, start_script):
    assert run_script("team_run.py", tmp_path / "whole").returncode == 0
    for updates in (1, 40, 120):
        kill_after(updates, start_script("team_run.py", tmp_path / "killed"), tmp_path / "killed")
    assert run_script("team_run.py", tmp_path / "killed").returncode == 0
    assert_same_run(tmp_path / "killed", tmp_path / "whole")


def kill_after(updates, process, folder):
    """Kill a training when its history holds so many updates; none of its processes may stay behind."""
    deadline, history = time.monotonic() + 60, folder / "history.jsonl"
    while not history.exists() or history.read_text().count('"step"') < updates:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert any("multiprocessing" in Path(f"/proc/{child}/cmdline").read_text() for child in children)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while any(is_alive(child) for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False

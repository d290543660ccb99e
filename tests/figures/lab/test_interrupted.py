"""Killed or interrupted half-way, a study keeps what it had, leaves no process behind, and goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import lstm_lib
from figures.lab.results import path_of, read_rows
from figures.lab.runner import perform
from helpers.studies import study_to_kill

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")

RUNS = 12


@pytest.fixture
def half_way(options):
    """A study in a process of its own, met as soon as three of its runs are stored; the processes that it
    has.
    """
    paths = (Path(lstm_lib.__file__).parents[1], Path(study_to_kill.__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-W", "default", study_to_kill.__file__, options.results, str(RUNS)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a signal to its group, as a terminal sends it, must not end the tests
    )
    path = path_of("slow", options.results)
    while len(read_rows(path)) < 3:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    yield process, psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()


def assert_goes_on(options):
    path = path_of("slow", options.results)
    before = read_rows(path)
    assert 3 <= len(before) < RUNS
    rows = perform("slow", study_to_kill.plan(RUNS), options)
    after = read_rows(path)
    assert after[: len(before)] == before
    assert sorted(row["seed"] for row in after) == list(range(RUNS))
    assert [row["seed"] for row in rows] == list(range(RUNS))


def test_killed(half_way, options):
    process, children = half_way
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert_goes_on(options)


def test_control_c(half_way, options):
    process, children = half_way
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith("Stopped. What finished is stored: the same command goes on from there.\n")
    assert "Traceback" not in err and "Warning" not in err
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert_goes_on(options)

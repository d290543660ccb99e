"""A run's folder belongs to one training at a time."""

import os
import shutil
import signal
import sys
import time

import pytest

from lstm_lib.training import load_checkpoint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals, and reads the owner's line")


@pytest.fixture
def training(start, small, tmp_path):
    """A training under way, stopped by a signal so that it stays under way, and its folder."""
    run = tmp_path / "run"
    process = start("train", *small, "--epochs", 200, "--out", run)
    while not (run / "best.npz").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGSTOP)
    yield process, run
    process.kill()
    process.communicate()


def test_the_loser_is_told_whose_the_folder_is(training, command, refused, contents, small):
    process, run = training
    before = contents(run)
    for options in (("--resume", run), ("--resume", run, "--epochs", 300)):
        line = refused("train", *options)
        assert f"{run}: in use by process {process.pid} on {os.uname().nodename} since 20" in line
        assert line.endswith("; wait until it ends\n")
    assert "exists already" in refused("train", *small, "--out", run)
    assert command("translate", run, "monday").status == 0
    assert contents(run) == before


def test_a_killed_owner_leaves_no_claim_and_no_half_file(training, command):
    process, run = training
    process.kill()
    process.communicate()
    (run / "last.npz.0123abcd.tmp").write_bytes(b"half")
    (run / "notes.txt.0123abcd.tmp").write_bytes(b"not a run's")
    epoch = load_checkpoint(run / "last.npz").progress.epoch
    assert command("train", "--resume", run, "--epochs", epoch + 1).status == 0
    left = {path.name for path in run.iterdir() if path.suffix in (".tmp", ".lock")}
    assert left == {"notes.txt.0123abcd.tmp"}


def test_two_that_start_at_once_choose_two_folders(start, small, tmp_path):
    both = [start("train", *small, "--epochs", 1, cwd=tmp_path) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"my", "my-2"}
    for run in (tmp_path / "runs").iterdir():
        assert (run / "test.json").exists()


def test_of_two_that_want_one_folder_the_loser_touches_nothing(start, command, small, tmp_path):
    run = tmp_path / "run"
    sizes = (12, 10)
    both = [start("train", *small, "--hidden-size", size, "--epochs", 9, "--out", run) for size in sizes]
    told = [process.communicate(timeout=120)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2]
    loser = next(line for line in told if line)
    assert "in use by process" in loser or "exists already" in loser
    assert loser.count("\n") == 1
    assert command("translate", run, "monday").status == 0
    assert command("train", "--resume", run).status == 0


def test_a_claim_that_led_to_nothing_leaves_nothing(refused, small, tmp_path):
    assert "--subwords" in refused("train", *small, "--subwords", 10**6, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_folder_that_may_not_be_written(refused, contents, small_run, tmp_path):
    run = shutil.copytree(small_run, tmp_path / "run")
    before = contents(run)
    run.chmod(0o500)
    try:
        if os.access(run, os.W_OK):
            pytest.skip("root may write everywhere")
        line = refused("train", "--resume", run, "--epochs", 3)
    finally:
        run.chmod(0o700)
    assert "cannot be written (Permission denied): choose a place that you have the right to use" in line
    assert contents(run) == before

"""After a kill, Ctrl-C or a full disk a run resumes to the very same weights, and no file is torn."""

import os
import shutil
import signal
import sys
import time

import numpy as np
import pytest

from lstm_lib.training import load_checkpoint, read_history

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork, signals and /dev/full")

FILES = {"config.json", "source.codec", "target.codec", "history.jsonl", "last.npz", "best.npz", "test.json"}


def without_times(folder):
    records = read_history(folder / "history.jsonl").records
    return [{k: v for k, v in r.items() if k not in ("seconds", "tokens_per_second")} for r in records]


def assert_same_run(folder, expected):
    assert {path.name for path in folder.iterdir()} == FILES
    for name in ("last.npz", "best.npz"):
        got, wanted = load_checkpoint(folder / name), load_checkpoint(expected / name)
        for arrays, others in ((got.params, wanted.params), (got.optimizer, wanted.optimizer)):
            assert arrays.keys() == others.keys()
            assert all(np.array_equal(arrays[key], others[key]) for key in arrays)
    assert (folder / "test.json").read_bytes() == (expected / "test.json").read_bytes()
    assert without_times(folder) == without_times(expected)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, command, small):
    """The options of a run long enough to be interrupted, and that run uninterrupted."""
    options = (*small, "--epochs", 20, "--schedule", "constant")
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert command("train", *options, "--out", folder).status == 0
    return options, folder


def wait_for(path, process):
    """Poll, as long as the process lives."""
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def test_killed_at_twenty_random_moments(start, small, small_run, tmp_path):
    process = start(tmp_path, *small, "--checkpoint-every", 2, script="killed_trainings.py")
    out, err = process.communicate(timeout=120)
    assert (out, err, process.returncode) == ("20\n", "", 0)
    for folder in tmp_path.iterdir():
        assert_same_run(folder, small_run)


def test_a_killed_process_goes_on(start, command, whole, tmp_path):
    options, expected = whole
    run = tmp_path / "run"
    process = start("train", *options, "--checkpoint-every", 2, "--out", run)
    wait_for(run / "best.npz", process)
    process.kill()
    process.communicate()
    assert not (run / "test.json").exists()
    assert command("train", "--resume", run).status == 0
    assert_same_run(run, expected)


def test_what_a_run_left_that_never_began_is_no_run(command, small, small_run, tmp_path):
    """Killed between vocabularies and config: nothing is there to resume, so `--out` takes the folder."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "source.codec").write_bytes((small_run / "source.codec").read_bytes())
    (run / "target.codec.tmp").write_bytes(b"half")
    assert command("train", *small, "--out", run).status == 0
    assert_same_run(run, small_run)


def test_control_c(start, command, whole, tmp_path):
    options, expected = whole
    process = start("train", *options, "--out", tmp_path / "run")
    wait_for(tmp_path / "run" / "best.npz", process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.startswith("Stopped after update ")
    assert err.count("\n") == 1
    assert f"is saved in {tmp_path / 'run' / 'last.npz'}: resume to go on from there." in err
    assert command("train", "--resume", tmp_path / "run").status == 0
    assert_same_run(tmp_path / "run", expected)


# Every file that a run writes, in this order.
SAVED = ("source.codec", "config.json", "last.npz", "history.jsonl", "best.npz", "test.json")


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/full")


@on_linux
@pytest.mark.parametrize("name", SAVED)
def test_a_full_disk(command, refused, small, small_run, tmp_path, name, full_disk):
    run = tmp_path / "run"
    with full_disk(name):
        line = refused("train", *small, "--out", run)
    assert f"{name}: cannot be written (No space left on device): free some space" in line
    left = {path.name for path in run.iterdir()} if run.exists() else set()
    assert left == FILES - {*SAVED[SAVED.index(name) :]} - ({"target.codec"} if name == SAVED[0] else set())
    begun = (run / "config.json").exists()
    assert command("train", *(("--resume", run) if begun else (*small, "--out", run))).status == 0
    assert_same_run(run, small_run)


@on_linux
def test_a_disk_that_fills_up_later_leaves_the_checkpoint_before(
    refused, command, small_run, tmp_path, full_disk
):
    run = shutil.copytree(small_run, tmp_path / "run")
    kept = {run / name: (run / name).read_bytes() for name in ("last.npz", "test.json", "source.codec")}
    with full_disk("last.npz"):
        line = refused("train", "--resume", run, "--epochs", 3)
    assert "last.npz: cannot be written (No space left on device)" in line
    assert all(path.read_bytes() == content for path, content in kept.items())
    assert command("translate", run, "monday").status == 0
    assert command("train", "--resume", run).status == 0
    assert len(read_history(run / "history.jsonl").evaluations) == 3


@on_linux
@pytest.mark.parametrize("what", ["translate", "corpus"])
def test_standard_output_on_a_full_disk(start, small, small_run, what):
    arguments = {"translate": ("translate", small_run, "monday"), "corpus": ("corpus", *small[:4])}
    with open("/dev/full", "w") as full:
        process = start(*arguments[what], stdout=full)
        _, err = process.communicate(timeout=60)
    told = "lstm_lib: standard output: (No space left on device): free some space, or choose another disk\n"
    assert (process.returncode, err) == (2, told)


def test_a_reader_that_leaves(start, small_run):
    """As in `translate RUN < FILE | head -1`."""
    read, write = os.pipe()
    with open(read, "rb") as texts:
        process = start("translate", small_run, "--beam-size", 1, stdin=texts)
        with open(write, "wb") as more:
            more.write(b"monday\n" * 3000)
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        process.stderr.close()
        assert process.wait(timeout=60) == 1


def test_output_is_utf_8_whatever_the_terminal_speaks(start, trained, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    process = start("translate", trained.folder, "monday august first twelve oh one", encoding="utf-8")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "août" in out

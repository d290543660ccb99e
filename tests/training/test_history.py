import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lstm_lib.training
from lstm_lib.errors import UserError
from lstm_lib.training import History, read_history
from lstm_lib.training.history import make_header

needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's always full device")


@pytest.fixture
def history(tmp_path):
    history = History(
        make_header({"hidden_size": 8, "out": Path("run")}, seed=3), path=tmp_path / "history.jsonl"
    )
    history.cut_after(0)
    for step in (1, 2, 3, 4):
        history.append("step", step=step, loss=1 / step)
    history.append("evaluation", step=4, epoch=1, metrics={"bleu": 12.5})
    return history


def test_the_header_says_what_is_needed_to_repeat_the_run(history):
    header = json.loads(history.path.read_text().splitlines()[0])
    assert header["config"] == {"hidden_size": 8, "out": "run"}
    assert header["seed"] == 3
    assert header["python"] == platform.python_version()
    assert header["numpy"] == np.__version__
    assert header["platform"] == platform.platform()
    assert {"lstm_lib", "commit", "cpus"} <= header.keys()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_header_names_the_commit_and_whether_the_code_was_changed(tmp_path):
    package = Path(lstm_lib.training.__file__).parents[1]
    shutil.copytree(package, tmp_path / "lstm_lib", ignore=shutil.ignore_patterns("__pycache__"))

    def run(*command):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit():
        code = "from lstm_lib.training.history import make_header; print(make_header({}, 0)['commit'])"
        return run(sys.executable, "-c", code)

    assert commit() == "None"
    run("git", "init")
    run("git", "add", "lstm_lib")
    run("git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-m", "test")
    head = run("git", "rev-parse", "HEAD")
    assert commit() == head
    with open(tmp_path / "lstm_lib" / "errors.py", "a") as file:
        file.write("# changed\n")
    assert commit() == f"{head}-dirty"


def test_reading_gives_what_was_written_one_line_of_json_per_record(history):
    records = [json.loads(line) for line in history.path.read_text().splitlines()]
    assert [record["kind"] for record in records] == ["header", *["step"] * 4, "evaluation"]
    assert records[1:] == history.records
    read = read_history(history.path)
    assert (read.header["seed"], read.records) == (3, history.records)
    assert [record["loss"] for record in read.steps] == [1, 1 / 2, 1 / 3, 1 / 4]
    assert [record["metrics"]["bleu"] for record in read.evaluations] == [12.5]


def test_cutting_leaves_the_header_and_what_came_before(history):
    history.cut_after(2)
    history.append("step", step=3, loss=9)
    read = read_history(history.path)
    assert [(record["step"], record["loss"]) for record in read.records] == [(1, 1), (2, 1 / 2), (3, 9)]
    assert os.listdir(history.path.parent) == ["history.jsonl"]


def test_a_last_line_torn_anywhere_is_left_out(history):
    whole = history.path.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1
    for length in range(start, len(whole)):
        history.path.write_bytes(whole[:length])
        assert read_history(history.path).records == history.records[:-1]


BROKEN = [b"{oops\n", b"[1]\n", b'{"kind": "step"}\n', b"\xff\xfe\n", b"\n", b"[" * 100_000 + b"\n"]
BROKEN += [
    json.dumps(record).encode() + b"\n"
    for record in (
        {"kind": "header"},  # a second one
        {"kind": "step", "step": "3"},
        {"kind": "step", "step": 3, "loss": "low"},
        {"kind": "step", "step": 3, "seconds": None},
        {"kind": "evaluation", "step": 3, "epoch": 1},
        {"kind": "evaluation", "step": 3, "epoch": 1, "metrics": [1]},
        {"kind": "evaluation", "step": 3, "epoch": 1, "metrics": {"bleu": "high"}},
    )
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_line_inside_is_named(history, broken):
    lines = history.path.read_bytes().splitlines(keepends=True)
    history.path.write_bytes(b"".join([*lines[:2], broken, *lines[2:]]))
    with pytest.raises(UserError, match=r"history\.jsonl: line 3: not a record"):
        read_history(history.path)


@pytest.mark.parametrize("content", [b"", b"{", b'{"kind": "step", "step": 1}\n'])
def test_without_a_header_it_is_no_history(tmp_path, content):
    (tmp_path / "h.jsonl").write_bytes(content)
    with pytest.raises(UserError, match=r"h\.jsonl: line 1: not the header"):
        read_history(tmp_path / "h.jsonl")


def test_there_is_no_file(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.jsonl: cannot be read \(No such file"):
        read_history(tmp_path / "nowhere.jsonl")


def test_without_a_path_it_lives_in_memory():
    history = History(make_header({}, 0))
    history.append("step", step=1)
    history.append("step", step=2)
    history.cut_after(1)
    assert history.steps == [{"kind": "step", "step": 1}]


@needs_dev_full
def test_a_full_disk_is_one_clear_line(tmp_path):
    (tmp_path / "history.jsonl").symlink_to("/dev/full")
    history = History(make_header({}, 0), path=tmp_path / "history.jsonl")
    with pytest.raises(UserError, match=r"history\.jsonl: cannot be written \(No space left on device\)"):
        history.append("step", step=1)

"""What is written at a path, and what stays there: links, pipes and devices."""

import os
import stat
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from lstm_lib.errors import UserError
from lstm_lib.storage import atomic_file, claimed, from_json, whole_lines

on_unix = pytest.mark.skipif(sys.platform == "win32", reason="only Unix has these files")


def write(path, content=b"new"):
    with atomic_file(path) as file:
        file.write(content)


@on_unix
@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_a_link_to_what_is_written(tmp_path, steps, exists):
    target = tmp_path / "target"
    if exists:
        target.write_bytes(b"old")
    links = [tmp_path / f"link {number}" for number in range(steps)]
    for link, end in zip(links, [target, *links], strict=False):
        link.symlink_to(end)
    write(links[-1])
    assert all(link.is_symlink() for link in links)
    assert target.read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} == {"target", *(link.name for link in links)}


@on_unix
def test_a_pipe_stays_a_pipe(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe, b"through")
    reader.join(timeout=10)
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@on_unix
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root could replace the device")
def test_a_device_stays_a_device(tmp_path):
    write(Path("/dev/null"))
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    write(link)
    assert link.is_symlink() and stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    write(path, b"old")
    with pytest.raises(ZeroDivisionError), atomic_file(path) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "lines", "with_optional_newline"),
    [
        (b"", [], []),
        (b"1\n2\n", [b"1\n", b"2\n"], [b"1\n", b"2\n"]),
        (b"1\n22", [b"1\n"], [b"1\n", b"22"]),  # 22 is whole JSON, [2 is not
        (b"1\n[2", [b"1\n"], [b"1\n"]),
    ],
)
def test_a_torn_last_line_is_left_out(content, lines, with_optional_newline):
    assert whole_lines(content) == lines
    assert whole_lines(content, newline_optional=True) == with_optional_newline


def test_claims_nest_and_leave_nothing(tmp_path):
    folder = tmp_path / "run"
    with claimed(folder):
        with claimed(folder):
            assert (folder / "run.lock").read_text().startswith(f"process {os.getpid()} on ")
        assert (folder / "run.lock").exists()
    assert not folder.exists()
    with claimed(folder):
        (folder / "file").touch()
    assert [path.name for path in folder.iterdir()] == ["file"]
    with claimed(None):
        pass


def test_another_thread_is_refused(tmp_path):
    told = []

    def claim():
        try:
            with claimed(tmp_path):
                told.append("claimed")
        except UserError as error:
            told.append(str(error))

    for expected in (f"{tmp_path}: in use by process {os.getpid()} on ", "claimed"):
        with claimed(tmp_path if expected != "claimed" else None):
            thread = threading.Thread(target=claim)
            thread.start()
            thread.join(timeout=10)
        assert told.pop().startswith(expected)


def test_long_names_leave_room_for_the_temporary_one(tmp_path):
    for name in ("a" * 255, "é" * 127):
        write(tmp_path / name)
        assert (tmp_path / name).read_bytes() == b"new"


@dataclass
class Options:
    size: int = 1
    rate: float = 0.5
    name: str | None = None


def test_values_of_json_keep_their_types():
    values = {"size": 2, "rate": 1, "name": "a"}
    assert from_json(Options, values) == Options(2, 1, "a")
    assert from_json(Options, {"name": None}) == Options()


@pytest.mark.parametrize(
    "values",
    [
        *({"size": value} for value in (2.0, True, "2", None)),
        *({"rate": value} for value in ("1", None)),
        *({"name": value} for value in (1, ["a"], "a\0b")),
        {"more": 1},
    ],
)
def test_values_of_another_type_are_named(values):
    with pytest.raises(TypeError, match=next(iter(values))):
        from_json(Options, values)

"""Closed streams, full devices, names that are not UTF-8, and words that would confuse a terminal."""

import os
import shutil
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="closes descriptors between fork and exec")


def closed(*numbers):
    return {"preexec_fn": lambda: [os.close(number) for number in numbers], "stdin": -3}  # subprocess.DEVNULL


@pytest.mark.parametrize("numbers", [(0,), (1,), (2,), (1, 2)])
def test_closed_streams_are_like_the_null_device(start, small_run, numbers):
    process = start("translate", small_run, "monday", "frobnicate", **closed(*numbers))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.count("\n") == (0 if 1 in numbers else 2)
    assert ("frobnicate" in err) == (2 not in numbers)


def test_without_any_stream_a_training_writes_whole_files(start, small, small_run, contents, tmp_path):
    """Or what is printed would end up in the first file that is opened."""
    process = start("train", *small, "--out", tmp_path / "run", **closed(0, 1, 2))
    assert process.communicate(timeout=120) == ("", "")
    assert process.returncode == 0
    for name in ("source.codec", "target.codec", "test.json"):
        assert (tmp_path / "run" / name).read_bytes() == (small_run / name).read_bytes()


def test_a_complaint_goes_nowhere_else_when_standard_error_is_closed(start, tmp_path):
    process = start("translate", tmp_path, "monday", **closed(2))
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/full")
@pytest.mark.parametrize(
    "arguments, out, err, status",
    [
        (("--help",), "/dev/full", None, 2),
        (("translate", "--help"), "/dev/full", None, 2),
        (("nonsense",), None, "/dev/full", 2),
        (("translate", "nowhere", "text"), None, "/dev/full", 2),
        (("translate", "nowhere", "text"), "/dev/full", "/dev/full", 2),
    ],
)
def test_full_devices(start, arguments, out, err, status):
    with open("/dev/full", "w") as full:
        full_ones = {name: full for name, place in (("stdout", out), ("stderr", err)) if place}
        process = start(*arguments, **full_ones)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == status
    if err is None:
        assert told == (
            "lstm_lib: standard output: (No space left on device): free some space, or choose another disk\n"
        )


def test_names_that_are_not_utf_8(start, small, tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    files = []
    for number in (1, 3):
        files += [small[number - 1], shutil.copy(small[number], os.path.join(folder, f"\udcff{number}"))]
    run = os.path.join(folder, "run")
    options = (*files, *small[4:], "--epochs", 1)
    for arguments in (
        ("corpus", *files),
        ("train", *options, "--out", run),
        ("train", "--resume", run, "--epochs", 2),
        ("evaluate", run),
        ("translate", run, "monday"),
        ("train", *options, "--init-from", run, "--out", os.path.join(folder, "tuned")),
    ):
        process = start(*arguments)
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, ""), arguments
    process = start("translate", os.path.join(folder, "gone"), "monday")
    err = process.communicate(timeout=60)[1]
    assert "caf\\udce9/gone: holds no trained model" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "word, shown",
    [
        ("a\x1b[31mb", "\\x1b"),
        ("\x07", "\\x07"),
        ("a\x9bb", "\\x9b"),
        ("\u202eevil", "\\u202e"),
        ("\x7f", "\\x7f"),
    ],
)
def test_unknown_words_cannot_steer_the_terminal(command, small_run, word, shown):
    done = command("translate", small_run, stdin=f"monday {word}\n".encode())
    assert done.status == 0
    assert shown in done.err
    assert done.err.rstrip("\n").isprintable()


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[2J", "line\u2028separator"])
def test_a_name_with_control_characters_is_still_told_in_one_line(refused, name):
    for arguments in (("translate", name, "x"), ("corpus", "--source-file", name), ("train", "--cell", name)):
        assert refused(*arguments).rstrip("\n").isprintable()

"""Impossible options and combinations: refused before any work, and no folder is made."""

import os
import sys
from pathlib import Path

import pytest

from lstm_lib.recipe import Recipe

BAD = {
    "--epochs 0": "--epochs 0: wanted at least 1",
    "--epochs three": "--epochs: invalid int value: 'three'",
    "--batch-size -3": "--batch-size -3: wanted at least 1",
    "--hidden-size 0": "--hidden-size 0: wanted at least 1",
    "--learning-rate nan": "--learning-rate nan: wanted a finite number",
    "--learning-rate -1": "--learning-rate -1.0: wanted more than 0",
    "--clip-norm inf": "--clip-norm inf: wanted a finite number",
    "--dropout 1": "--dropout 1.0: wanted at least 0, and less than 1",
    "--seed -1": "--seed -1: wanted at least 0",
    "--cell transformer": "--cell: invalid choice: 'transformer'",
    "--attention luong-dot": "turn off bidirectional (--no-bidirectional)",
    "--attention bahdanau --input-feeding": "input_feeding goes with Luong's attention",
    "--optimizer sgd --nesterov": "--optimizer sgd: nesterov=True needs a momentum above 0",
    "--subwords 60 --keep-case": "--keep-case is about words: --subwords keep their case anyway",
    "--max-ratio 0.5": "--max-ratio 0.5: wanted 0, or at least 1",
    "--subwords 60 --vocabulary 60": "--vocabulary counts whole words: it does not go with --subwords",
    "--target-file x": "--target-file needs --source-file",
    "--beam-size 0": "--beam-size 0: wanted at least 1",
    "--length-penalty nan": "--length-penalty nan: wanted a finite number",
    "--resume run --seed 3": "--resume goes on with the run's own options; leave out --seed",
    "--resume run --out x": "leave out --out",
    "--resume nowhere": "nowhere: holds no trained model (config.json is missing)",
    "--length-penalty 1000": "--length-penalty 1000.0: wanted a finite number, at least 0, at most 10",
    "--beam-size 1001": "--beam-size 1001: wanted at least 1, and at most 1,000",
    "--workers 0": "--workers 0: wanted at least 1",
    "--workers 1000000": "--workers 1000000: wanted at least 1, and at most ",
    "--workers 3 --batch-size 2": "--workers 3: more than the --batch-size, 2",
    "--seed 18446744073709551616": "--seed 18446744073709551616: wanted an integer of at most 64 bits",
    "--epochs 9223372036854775808": "wanted an integer of at most 64 bits",
    "--cell rnn --recurrent-dropout 0.1 --recurrent-dropout-kind candidate": "needs a cell with gates",
    "--encoder-size 10000000000000": "GB of memory, this machine has",
    "--hidden-size 10000000": "GB of memory, this machine has",
    "--num-layers 1000000000000": "GB of memory, this machine has",
    "--corpus dates --source-file x": "--corpus has no effect beside --source-file: leave out one of them",
    "--max-tokens 9": "--max-tokens has no effect without --source-file: leave it out, or add that",
    "--momentum 0.9": "--momentum has no effect without --optimizer sgd",
    "--nesterov": "--nesterov has no effect without --optimizer sgd",
    "--optimizer adam --weight-decay 0.1": "--weight-decay has no effect without --optimizer adamw",
    "--decay 0.9": "--decay has no effect without --schedule step or exponential or plateau",
    "--schedule plateau --decay-steps 9": "--decay-steps has no effect without --schedule step or",
    "--recurrent-dropout-kind zoneout": "has no effect without --recurrent-dropout",
    "--frobnicate": "unrecognized arguments: --frobnicate",
}


@pytest.mark.parametrize("options", BAD)
def test_train(refused, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    assert BAD[options] in refused("train", *options.split())
    assert list(tmp_path.iterdir()) == []


def test_options_that_say_no_are_no_contradiction():
    off = {"nesterov": False, "momentum": 0.0, "weight_decay": 0.0, "subwords": None, "source_file": None}
    assert Recipe.of(**off, optimizer="rmsprop").optimizer == "rmsprop"


def test_a_resumed_run_may_have_more_workers_than_this_machine(refused):
    assert Recipe(workers=10_000).workers == 10_000


COMMANDS = {  # commands that write to a place, and what a place of that name says
    "evaluate": lambda run, place: ("evaluate", run, "--output", place),
    "translate": lambda run, place: ("translate", run, "monday", "--attention", place),
    "export": lambda run, place: ("export", run, place),
    "train": lambda run, place: ("train", "--corpus", "dates", "--out", place),
}
PLACES = {
    "missing/new.png": "cannot be written (No such file or directory)",
    "file/new.png": "cannot be written (",
    "folder": "is a folder, or a link to itself; name a file",
    "": "is a folder, or a link to itself; name a file",
    **({"/proc/new.png": "cannot be written ("} if sys.platform == "linux" else {}),
    "loop.png": "is a folder, or a link to itself; name a file",
}


@pytest.mark.parametrize("command", ["evaluate", "translate"])
@pytest.mark.parametrize("place", PLACES)
def test_files_that_cannot_be_written_are_refused_before_the_model_is_read(
    refused, contents, tmp_path, monkeypatch, command, place
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("precious")
    (tmp_path / "loop.png").symlink_to("loop.png")
    assert PLACES[place] in refused(*COMMANDS[command]("no such model", place))
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "file", "loop.png"}
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("command", ["export", "train"])
@pytest.mark.parametrize("place", ["file", "file/new", *["/proc/new"] * (sys.platform == "linux")])
def test_folders_that_cannot_be_made_are_refused_before_the_work(
    refused, tmp_path, monkeypatch, command, place
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("precious")
    line = refused(*COMMANDS[command]("no such model", place))
    assert any(text in line for text in ("cannot be written (", "exists already", "is a file")), line
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("name", ["new.txt", "new", "new.", "new.png.zip"])
def test_pictures_in_a_format_that_cannot_be_drawn(refused, tmp_path, name):
    line = refused("translate", "no such model", "monday", "--attention", tmp_path / name)
    assert f"{name}: cannot be drawn (" in line and "name a .png, .pdf or .svg" in line
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_would_replace_what_is_read(refused, trained, contents):
    before = contents(trained.folder.parent)
    for name in (trained.files[1], trained.folder / ".." / trained.files[3].name):
        line = refused("evaluate", trained.folder, *trained.files, "--output", name)
        assert "is a file that is read, and would be lost; choose another name" in line
    assert contents(trained.folder.parent) == before


@pytest.mark.skipif(os.name != "posix", reason="the device has another name")
def test_a_device_is_written_to_as_it_is(command, trained):
    assert command("evaluate", trained.folder, "--output", "/dev/null").status == 0
    assert Path("/dev/null").is_char_device()


def test_beams_beyond_reason(refused, trained, small, tmp_path):
    for arguments in (
        ("translate", trained.folder, "monday"),
        ("evaluate", trained.folder),
        ("export", trained.folder, tmp_path / "x"),
        ("train", *small, "--out", tmp_path / "y"),
    ):
        assert "--beam-size 1001: wanted" in refused(*arguments, "--beam-size", 1001)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["evaluate", "train"])
def test_workers_beyond_the_machine(refused, command, tmp_path):
    assert "--workers 99999: wanted at least 1, and at most" in refused(
        command, *["run"] * (command == "evaluate"), "--workers", 99999
    )


def test_no_command_and_a_wrong_one(refused):
    assert "required" in refused()
    assert "invalid choice: 'trian'" in refused("trian")


def test_a_model_that_no_memory_holds(refused, small, tmp_path):
    line = refused("train", *small, "--embedding-size", 10**13, "--out", tmp_path / "run")
    assert " GB of memory, this machine has " in line
    assert not (tmp_path / "run").exists()


def test_a_name_that_no_system_takes(refused):
    refused("translate", "monday " * 1000)


def test_a_folder_that_is_taken(refused, small, small_run, contents, tmp_path):
    before = contents(small_run)
    (tmp_path / "file").write_text("precious")
    for folder, wanted in (
        (small_run, "exists already; choose another folder, or go on with --resume"),
        (tmp_path / "file", "file: is a file"),
        (tmp_path / "file" / "run", "cannot be written ("),
    ):
        assert wanted in refused("train", *small, "--out", folder)
    assert contents(small_run) == before
    assert (tmp_path / "file").read_text() == "precious"


def test_divergence_says_what_to_try_and_keeps_a_model_that_translates(refused, command, small, tmp_path):
    run = tmp_path / "run"
    line = refused("train", *small, "--warmup-steps", 0, "--learning-rate", 1e39, "--out", run)
    assert "training diverged: the loss is not finite at update 2, epoch 1; try a lower learning rate" in line
    done = command("translate", run, "monday")
    assert (done.status, done.out.count("\n")) == (0, 1)


def test_divergence_without_a_nan_is_seen_in_the_evaluation(refused, small, tmp_path):
    line = refused("train", *small, "--warmup-steps", 0, "--learning-rate", 1e12, "--out", tmp_path / "run")
    assert "diverged: the development perplexity is inf after epoch 1; try a lower learning rate" in line
    assert not (tmp_path / "run" / "best.npz").exists()

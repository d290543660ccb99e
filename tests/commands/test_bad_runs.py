"""Damaged folders of runs, and folders of something else: one clear line, and nothing in them changes."""

import io
import json
import pickle
import shutil

import numpy as np
import pytest

from lstm_lib import runs
from lstm_lib.training import Checkpoint, load_checkpoint, save_checkpoint
from lstm_lib.translator import MODELS

COMMANDS = {
    "translate": lambda run: ("translate", run, "monday"),
    "evaluate": lambda run: ("evaluate", run),
    "resume": lambda run: ("train", "--resume", run),
}


def edit_config(**changes):
    def edit(path):
        config = json.loads(path.read_text())
        for key, value in changes.items():
            config[key] = {**config[key], **value} if isinstance(value, dict) else value
        path.write_text(json.dumps(config))

    return edit


def foreign_arrays(path):
    np.savez(path, weights=np.ones(3))


def pickled(path):
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"not": "ours"}], dtype=object), allow_pickle=True)
    path.write_bytes(buffer.getvalue())


def renamed_params(path):
    saved = load_checkpoint(path)
    save_checkpoint(
        path, Checkpoint({f"other.{k}": v for k, v in saved.params.items()}, progress=saved.progress)
    )


def torn(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten(content):
    return lambda path: path.write_bytes(content)


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def removed(path):
    path.unlink()


def other_letter(path):
    path.write_bytes(path.read_bytes().replace(b"monday", b"mondax").replace(b"lundi", b"lunxi"))


ALL, READERS, CORPUS, RESUME = tuple(COMMANDS), ("translate", "evaluate"), ("evaluate", "resume"), ("resume",)
NO_CONFIG = "config.json: damaged, or not a config of a run"
OTHER_VERSION = "config.json: not a config of this version"
OTHER_RECIPE = "its recipe is not of this version"
TORN = "not a whole checkpoint"
OTHER_MODEL = "it belongs to a model or optimizer with other options"
DAMAGE = [  # the file, how it is damaged, the commands that must notice, what they say
    ("config.json", removed, ALL, "holds no trained model (config.json is missing)"),
    ("config.json", torn, ALL, NO_CONFIG),
    ("config.json", overwritten(b""), ALL, NO_CONFIG),
    ("config.json", overwritten(b"\xff\xfe"), ALL, NO_CONFIG),
    ("config.json", overwritten(b"[1, 2]"), ALL, NO_CONFIG),
    ("config.json", overwritten(b'{"format": "another"}'), ALL, NO_CONFIG),
    ("config.json", edit_config(codec="letters"), READERS, OTHER_VERSION),
    ("config.json", edit_config(codec="subwords"), READERS, "source.codec: missing or damaged"),
    ("config.json", edit_config(model={"hidden_size": -1}), READERS, OTHER_VERSION),
    ("config.json", edit_config(model={"hidden_size": "a"}), READERS, OTHER_VERSION),
    ("config.json", edit_config(model={"dropout": 7}), READERS, OTHER_VERSION),
    ("config.json", edit_config(model={"frobs": 1}), READERS, OTHER_VERSION),
    ("config.json", edit_config(model={"hidden_size": 7}), READERS, OTHER_MODEL),
    ("config.json", edit_config(recipe={"frobs": 1}), CORPUS, OTHER_RECIPE),
    ("config.json", edit_config(recipe=None), CORPUS, OTHER_RECIPE),
    ("config.json", edit_config(recipe={"epochs": "many"}), CORPUS, OTHER_RECIPE),
    ("config.json", edit_config(recipe={"hidden_size": 7}), RESUME, OTHER_MODEL),
    ("config.json", edit_config(recipe={"source_file": "gone"}), CORPUS, "gone: cannot be read"),
    ("config.json", edit_config(fingerprint="another"), CORPUS, "its corpus has changed"),
    ("config.json", overwritten(b"[" * 100_000), ALL, NO_CONFIG),
    ("config.json", edit_config(model={"hidden_size": 12.0}), READERS, OTHER_VERSION),
    ("config.json", edit_config(model={"bidirectional": "yes"}), READERS, OTHER_VERSION),
    ("config.json", edit_config(recipe={"hidden_size": True}), CORPUS, OTHER_RECIPE),
    ("config.json", edit_config(recipe={"epochs": 2.5}), CORPUS, OTHER_RECIPE),
    ("config.json", edit_config(recipe={"clip_norm": None}), CORPUS, OTHER_RECIPE),
    ("config.json", edit_config(recipe={"source_file": ["a"]}), CORPUS, OTHER_RECIPE),
    ("config.json", edit_config(recipe={"source_file": "a\0b"}), CORPUS, OTHER_RECIPE),
    ("config.json", edit_config(checksums=[1]), READERS, "source.codec: missing or damaged"),
    ("source.codec", other_letter, ALL, "source.codec: missing"),
    ("target.codec", other_letter, ALL, "target.codec: missing"),
    ("source.codec", removed, ALL, "source.codec: missing"),
    ("source.codec", torn, ALL, "source.codec: missing"),
    ("target.codec", overwritten(b""), ALL, "target.codec: missing"),
    ("target.codec", overwritten(b"\xff\x00"), ALL, "target.codec: missing"),
    ("target.codec", overwritten(b'{"words": ["a"]}'), READERS, "(not the file that was saved)"),
    ("best.npz", torn, ALL, f"best.npz: {TORN}"),
    ("best.npz", flipped, ALL, f"best.npz: {TORN}"),
    ("best.npz", overwritten(b""), ALL, f"best.npz: {TORN}"),
    ("best.npz", overwritten(b"hello"), ALL, f"best.npz: {TORN}"),
    ("best.npz", overwritten(pickle.dumps({"a": 1})), ALL, f"best.npz: {TORN}"),
    ("best.npz", pickled, ALL, f"best.npz: {TORN}"),
    ("best.npz", foreign_arrays, ALL, "best.npz: an .npz file, but not one of this program's checkpoints"),
    ("best.npz", renamed_params, ALL, OTHER_MODEL),
    ("last.npz", torn, RESUME, f"last.npz: {TORN}"),
    ("last.npz", foreign_arrays, RESUME, "last.npz: an .npz file, but not one of this program's"),
    ("last.npz", renamed_params, RESUME, OTHER_MODEL),
    ("history.jsonl", overwritten(b"{}\n"), RESUME, "history.jsonl: line 1: not a record"),
]


@pytest.mark.parametrize("name, damage, commands, wanted", DAMAGE)
def test_damage(refused, contents, small_run, tmp_path, name, damage, commands, wanted):
    run = shutil.copytree(small_run, tmp_path / "run")
    damage(run / name)
    before = contents(run)
    for command in commands:
        assert wanted in refused(*COMMANDS[command](run)), command
    assert contents(run) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_no_run_at_all(refused, tmp_path, command):
    (tmp_path / "file").write_text("precious")
    (tmp_path / "empty").mkdir()
    for name in ("missing", "file", "empty"):
        assert f"{name}: holds no trained model" in refused(*COMMANDS[command](tmp_path / name))
    assert (tmp_path / "file").read_text() == "precious"
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_model_that_diverged(refused, small_run, tmp_path):
    """To NaN, and to weights so large that the numbers computed from them are NaN."""
    run = shutil.copytree(small_run, tmp_path / "run")
    for ruin in (np.nan, 1e38):
        saved = load_checkpoint(small_run / "best.npz")
        for array in saved.params.values():
            array[...] = ruin
        save_checkpoint(run / "best.npz", saved)
        line = refused("translate", run, "monday")
        assert "training diverged; train again with a lower --learning-rate" in line


def test_a_folder_of_an_older_version_has_no_checksums(command, refused, small_run, tmp_path):
    run = shutil.copytree(small_run, tmp_path / "run")
    config = json.loads((run / "config.json").read_text())
    del config["checksums"]
    (run / "config.json").write_text(json.dumps(config))
    assert command("translate", run, "monday").out == command("translate", small_run, "monday").out
    (run / "target.codec").write_text('{"words": ["a"]}')
    assert "target.codec: holds 5 words, but the model" in refused("translate", run, "monday")


def test_a_missing_best_is_replaced_by_the_newest(command, small_run, tmp_path):
    run = shutil.copytree(small_run, tmp_path / "run")
    (run / "best.npz").unlink()
    assert command("translate", run, "monday").status == 0


@pytest.mark.parametrize(
    "lost, told",
    [
        (("last.npz",), "best.npz"),
        (("last.npz", "history.jsonl"), "best.npz"),  # as in an exported model
        (("last.npz", "history.jsonl", "test.json"), "best.npz"),
        (("last.npz", "best.npz"), "history.jsonl"),
    ],
)
def test_a_run_without_its_last_checkpoint_is_not_begun_anew(
    refused, contents, small_run, tmp_path, lost, told
):
    run = shutil.copytree(small_run, tmp_path / "run")
    for name in lost:
        (run / name).unlink()
    before = contents(run)
    line = refused("train", "--resume", run)
    assert f"{run / told}: would be lost, as there is no last.npz to go on from" in line
    assert contents(run) == before


def test_an_exported_model_is_not_trained_over(command, refused, contents, small_run, tmp_path):
    assert command("export", small_run, tmp_path / "copy").status == 0
    before = contents(tmp_path / "copy")
    assert "best.npz: would be lost" in refused("train", "--resume", tmp_path / "copy")
    assert contents(tmp_path / "copy") == before


def test_the_model_of_the_course_is_not_trained_over(refused, contents, tmp_path, monkeypatch):
    """It is refused before its corpus is read, and so needs no network."""
    monkeypatch.setattr(runs, "read_corpus", None)
    run = shutil.copytree(MODELS[0] / "tatoeba-small", tmp_path / "tatoeba-small")
    before = contents(run)
    assert "best.npz: would be lost" in refused("train", "--resume", run)
    assert contents(run) == before


@pytest.mark.parametrize("left", [(), ("history.jsonl",), ("last.npz.tmp",)])
def test_a_run_killed_before_its_first_checkpoint_goes_on(command, small_run, tmp_path, left):
    run = tmp_path / "run"
    run.mkdir()
    for name in ("config.json", "source.codec", "target.codec"):
        shutil.copy(small_run / name, run)
    for name in left:
        (run / name).touch()
    assert command("train", "--resume", run).status == 0
    assert (run / "test.json").read_bytes() == (small_run / "test.json").read_bytes()


def test_resuming_without_the_history_of_a_finished_run(command, small_run, tmp_path):
    run = shutil.copytree(small_run, tmp_path / "run")
    (run / "history.jsonl").unlink()
    assert command("train", "--resume", run).status == 0

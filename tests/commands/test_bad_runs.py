"""Folders of runs that are damaged or of something else: one clear line, and nothing in them changes."""

import io
import json
import pickle
import shutil

import numpy as np
import pytest

from lstm_lib.training import Checkpoint, load_checkpoint, save_checkpoint

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


ALL, READERS = ("translate", "evaluate", "resume"), ("translate", "evaluate")
DAMAGE = [  # file, what befalls it, which commands must mind, what they say
    ("config.json", lambda path: path.unlink(), ALL, "holds no trained model (config.json is missing)"),
    ("config.json", torn, ALL, "config.json: damaged, or not a config of a run"),
    ("config.json", overwritten(b""), ALL, "config.json: damaged"),
    ("config.json", overwritten(b"\xff\xfe"), ALL, "config.json: damaged"),
    ("config.json", overwritten(b"[1, 2]"), ALL, "config.json: damaged"),
    (
        "config.json",
        overwritten(b'{"format": "another"}'),
        ALL,
        "config.json: damaged, or not a config of a run",
    ),
    ("config.json", edit_config(codec="letters"), READERS, "config.json: not a config of this version"),
    ("config.json", edit_config(codec="subwords"), READERS, "source.codec: missing or damaged"),
    (
        "config.json",
        edit_config(model={"hidden_size": -1}),
        READERS,
        "config.json: not a config of this version",
    ),
    (
        "config.json",
        edit_config(model={"hidden_size": "a"}),
        READERS,
        "config.json: not a config of this version",
    ),
    ("config.json", edit_config(model={"dropout": 7}), READERS, "config.json: not a config of this version"),
    ("config.json", edit_config(model={"frobs": 1}), READERS, "config.json: not a config of this version"),
    (
        "config.json",
        edit_config(model={"hidden_size": 7}),
        READERS,
        "belongs to a model or optimizer with other",
    ),
    (
        "config.json",
        edit_config(recipe={"frobs": 1}),
        ("evaluate", "resume"),
        "its recipe is not of this version",
    ),
    ("config.json", edit_config(recipe=None), ("evaluate", "resume"), "its recipe is not of this version"),
    (
        "config.json",
        edit_config(recipe={"epochs": "many"}),
        ("evaluate", "resume"),
        "recipe is not of this version",
    ),
    ("config.json", edit_config(recipe={"hidden_size": 7}), ("resume",), "belongs to a model or optimizer"),
    (
        "config.json",
        edit_config(recipe={"source_file": "gone"}),
        ("evaluate", "resume"),
        "gone: cannot be read",
    ),
    ("config.json", edit_config(fingerprint="another"), ("evaluate", "resume"), "its corpus has changed"),
    ("source.codec", lambda path: path.unlink(), ALL, "source.codec: missing"),
    ("source.codec", torn, ALL, "source.codec: missing"),
    ("target.codec", overwritten(b""), ALL, "target.codec: missing"),
    ("target.codec", overwritten(b"\xff\x00"), ALL, "target.codec: missing"),
    (
        "target.codec",
        overwritten(b'{"words": ["a"]}'),
        READERS,
        "target.codec: holds 5 words, but the model ",
    ),
    ("best.npz", torn, ALL, "best.npz: not a whole checkpoint"),
    ("best.npz", flipped, ALL, "best.npz: not a whole checkpoint"),
    ("best.npz", overwritten(b""), ALL, "best.npz: not a whole checkpoint"),
    ("best.npz", overwritten(b"hello"), ALL, "best.npz: not a whole checkpoint"),
    ("best.npz", overwritten(pickle.dumps({"a": 1})), ALL, "best.npz: not a whole checkpoint"),
    ("best.npz", pickled, ALL, "best.npz: not a whole checkpoint"),
    ("best.npz", foreign_arrays, ALL, "best.npz: an .npz file, but not one of this program's checkpoints"),
    ("best.npz", renamed_params, ALL, "it belongs to a model or optimizer with other options"),
    ("last.npz", torn, ("resume",), "last.npz: not a whole checkpoint"),
    ("last.npz", foreign_arrays, ("resume",), "last.npz: an .npz file, but not one of this program's"),
    ("last.npz", renamed_params, ("resume",), "it belongs to a model or optimizer with other options"),
    ("history.jsonl", overwritten(b"{}\n"), ("resume",), "history.jsonl: line 1: not a record"),
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


def test_a_missing_best_is_replaced_by_the_newest(command, small_run, tmp_path):
    run = shutil.copytree(small_run, tmp_path / "run")
    (run / "best.npz").unlink()
    assert command("translate", run, "monday").status == 0


def test_resuming_without_the_history_of_a_finished_run(command, small_run, tmp_path):
    run = shutil.copytree(small_run, tmp_path / "run")
    (run / "history.jsonl").unlink()
    assert command("train", "--resume", run).status == 0

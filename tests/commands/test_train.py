"""`train` from files to a folder that translates, and the same again from the same seed."""

import json
import re

import numpy as np
import pytest

from lstm_lib.training import load_checkpoint, read_history

FILES = {"config.json", "source.codec", "target.codec", "history.jsonl", "last.npz", "best.npz", "test.json"}


def assert_same_params(first, second, name="best.npz"):
    one, other = (load_checkpoint(folder / name).params for folder in (first, second))
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[key], other[key]) for key in one)


def test_it_learns_and_says_how_well(trained):

    def numbers(before):
        return [float(number) for number in re.findall(rf"^{before} +([\d.]+)", trained.out, re.M)]

    bleu, (score,), (baseline,) = map(numbers, (r"epoch +\d+: development BLEU", "  BLEU", "  baseline"))
    assert len(bleu) == 4
    assert bleu[-1] > bleu[0] + 20
    assert score > 80 > 60 > baseline > 10
    for line in ("1,000\n", "train       900 pairs of 900", "tok:13a", "nltk's BLEU", "chrF", "perplexity"):
        assert line in trained.out
    assert f"translate {trained.folder}" in trained.out


def test_ten_samples_each_with_reference_and_translation(trained):
    samples = trained.out.split("drawn at random:\n")[1].split("\n\n")[0].splitlines()
    assert len(samples) == 30
    assert all(line.startswith("    reference  ") for line in samples[1::3])
    assert all(line.startswith("    model      ") for line in samples[2::3])
    sources = (trained.folder.parent / "my.en").read_text().splitlines()
    assert {line.strip() for line in samples[::3]} <= set(sources)


def test_the_folder_holds_the_whole_run(trained):
    assert {path.name for path in trained.folder.iterdir()} == FILES
    config = json.loads((trained.folder / "config.json").read_text())
    assert config["recipe"]["hidden_size"] == config["model"]["hidden_size"] == 48
    assert config["counts"]["kept"] == 1000
    history = read_history(trained.folder / "history.jsonl")
    assert len(history.evaluations) == 4
    assert len(history.steps) == 4 * 57  # 900 pairs in batches of at most 16
    assert history.header["config"] == config["recipe"]
    test = json.loads((trained.folder / "test.json").read_text())
    assert f"{test['bleu']['score']:.2f}   {test['bleu']['precisions'][0]:.1f}" in trained.out
    assert (test["sentences"], test["search"]) == (50, {"beam_size": 5, "length_penalty": 1.0})


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(command, small, small_run, tmp_path):
    assert command("train", *small, "--out", tmp_path / "again").status == 0
    for name in ("best.npz", "last.npz"):
        assert_same_params(small_run, tmp_path / "again", name)
    assert (small_run / "test.json").read_bytes() == (tmp_path / "again" / "test.json").read_bytes()
    assert command("train", *small, "--seed", 1, "--out", tmp_path / "other").status == 0
    with pytest.raises(AssertionError):
        assert_same_params(small_run, tmp_path / "other")


def test_a_new_process_gives_the_same_weights_without_a_warning(start, small, small_run, tmp_path):
    process = start("train", *small, "--out", tmp_path / "run")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert f"Training in {tmp_path / 'run'}" in out
    assert_same_params(small_run, tmp_path / "run")


def test_runs_get_folders_of_their_own(command, small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert command("train", *small, "--epochs", 1).status == 0
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"my", "my-2"}


def test_subwords(command, small, tmp_path):
    done = command("train", *small, "--subwords", 60, "--epochs", 1, "--out", tmp_path / "run")
    assert done.status == 0
    assert json.loads((tmp_path / "run" / "config.json").read_text())["codec"] == "subwords"
    translated = command("translate", tmp_path / "run", "monday may first")
    assert (translated.status, translated.err) == (0, "")
    assert "not in the vocabulary: 漢" in command("translate", tmp_path / "run", "monday 漢").err


def test_a_vocabulary_of_one_word(command, small, tmp_path):
    """Next to nothing is known, and yet nothing breaks."""
    done = command("train", *small, "--vocabulary", 1, "--epochs", 1, "--out", tmp_path / "run")
    assert done.status == 0


def test_early_stopping(command, small, tmp_path):
    still = ("--learning-rate", 1e-30, "--patience", 1, "--epochs", 9)
    assert command("train", *small, *still, "--out", tmp_path / "run").status == 0
    assert len(read_history(tmp_path / "run" / "history.jsonl").evaluations) == 2


def test_resuming_a_finished_run_tests_it_again(command, small_run):
    before = (small_run / "test.json").read_bytes()
    (small_run / "test.json").unlink()
    assert command("train", "--resume", small_run).status == 0
    assert (small_run / "test.json").read_bytes() == before


def test_help_shows_every_default(command):
    done = command("train", "--help")
    assert done.status == 0
    assert re.search(r"--hidden-size N\s.*\(default:\s+128\)", done.out, re.S)
    assert "examples:" in done.out

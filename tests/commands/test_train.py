"""`train` from files to a folder that translates, and the same again from the same seed."""

import json
import re

import numpy as np
import pytest

from lstm_lib.recipe import suited_to
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
    assert (test["sentences"], test["search"]) == (
        50,
        {"beam_size": 5, "length_penalty": 1.0, "copy_unknown": False},
    )


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


def digits(numbers):
    """Numbers in English, and their digits: targets of so few words that corpus BLEU is 0."""
    ones = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    return [(f"{ones[n // 10]} {ones[n % 10]}", f"{n // 10} {n % 10}") for n in numbers]


def letters(numbers):
    """Words of one letter each way, never more than three."""
    return [
        (" ".join("abcdefgh"[int(c)] for c in f"{n:o}"), " ".join("pqrstuvw"[int(c)] for c in f"{n:o}"))
        for n in numbers
    ]


def backwards(numbers):
    """Digits in the order of speech of some languages: the last one first."""
    return [(source, target[::-1]) for source, target in digits(numbers)]


@pytest.mark.parametrize("pairs", [digits(range(100)), letters(range(200)), backwards(range(99))])
def test_where_bleu_is_always_0_perplexity_finds_the_best_epoch(command, tmp_path, pairs):
    (tmp_path / "my.tsv").write_text("".join(f"{source}\t{target}\n" for source, target in pairs))
    options = ("--hidden-size", 16, "--embedding-size", 16, "--batch-size", 16, "--epochs", 5, "--dropout", 0)
    options += ("--learning-rate", 0.01, "--patience", 1, "--schedule", "plateau")
    done = command("train", "--source-file", tmp_path / "my.tsv", *options, "--out", tmp_path / "run")
    assert done.status == 0, done.err
    history = read_history(tmp_path / "run" / "history.jsonl")
    metrics = [record["metrics"] for record in history.evaluations]
    assert [each["bleu"] for each in metrics] == [0.0] * 5
    perplexities = [each["perplexity"] for each in metrics]
    assert perplexities == sorted(perplexities, reverse=True)  # so that neither patience nor the plateau acts
    assert history.steps[-1]["learning_rate"] == 0.01
    assert load_checkpoint(tmp_path / "run" / "best.npz").progress.epoch == 5
    assert "the best stood at epoch 5\n" in done.out
    best, last = (load_checkpoint(tmp_path / "run" / name).params for name in ("best.npz", "last.npz"))
    assert all(np.array_equal(best[key], last[key]) for key in last)


@pytest.mark.parametrize("asked, epochs, taken", [(200, 5, 3), (18, 5, 3), (11, 3, 2), (10**6, 1, 0)])
def test_a_warm_up_that_does_not_fit_is_cut_and_said_so(command, small, tmp_path, asked, epochs, taken):
    """An epoch has 7 updates."""
    run = tmp_path / "run"
    done = command("train", *small, "--epochs", epochs, "--warmup-steps", asked, "--out", run)
    line = f"Warm-up cut to {taken} updates, a tenth of all: {asked:,} are over half\n"
    assert (done.status, done.out.count(line)) == (0, 1)
    rates = [record["learning_rate"] for record in read_history(run / "history.jsonl").steps]
    assert len(rates) == 7 * epochs
    assert max(rates) == rates[max(taken - 1, 0)] == suited_to(1)["learning_rate"]
    assert json.loads((run / "config.json").read_text())["recipe"]["warmup_steps"] == asked
    assert line in command("train", "--resume", run).out


def test_the_default_warm_up_is_cut_too(command, small, tmp_path):
    """Few pairs are 8 epochs of 4 updates."""
    tiny = ("--hidden-size", 12, "--embedding-size", 8, "--epochs", 8, "--batch-size", 64)
    done = command("train", *small[:4], *tiny, "--out", tmp_path / "run")
    assert "Warm-up cut to 3 updates, a tenth of all: 300 are over half\n" in done.out


def test_a_warm_up_that_fits_is_not_spoken_of(command, small, tmp_path):
    done = command("train", *small, "--warmup-steps", 7, "--out", tmp_path / "run")
    assert done.status == 0
    assert "Warm-up" not in done.out


def test_resuming_a_finished_run_tests_it_again(command, small_run):
    before = (small_run / "test.json").read_bytes()
    (small_run / "test.json").unlink()
    assert command("train", "--resume", small_run).status == 0
    assert (small_run / "test.json").read_bytes() == before


def test_help_shows_every_default(command):
    done = command("train", "--help")
    assert done.status == 0
    assert re.search(r"--hidden-size N\s.*\(default:\s+128;", done.out, re.S)
    assert "examples:" in done.out

"""Impossible options and combinations: refused before any work, and no folder is made."""

import pytest

BAD = {
    "--epochs 0": "--epochs 0: wanted at least 1",
    "--epochs three": "--epochs: invalid int value: 'three'",
    "--batch-size -3": "--batch-size -3: wanted at least 1",
    "--hidden-size 0": "--hidden-size 0: wanted at least 1",
    "--learning-rate nan": "--learning-rate nan: wanted a finite number",
    "--learning-rate -1": "--learning-rate -1.0: wanted more than 0",
    "--clip-norm inf": "--clip-norm inf: wanted a finite number",
    "--dropout 1": "--dropout 1.0: wanted 0 or more, and less than 1",
    "--seed -1": "--seed -1: wanted at least 0",
    "--cell transformer": "--cell: invalid choice: 'transformer'",
    "--attention luong-dot": "turn off bidirectional (--no-bidirectional)",
    "--input-feeding": "input_feeding goes with Luong's attention",
    "--optimizer sgd --nesterov": "--optimizer sgd: nesterov=True needs a momentum above 0",
    "--subwords 60 --vocabulary 60": "--vocabulary counts whole words: it does not go with --subwords",
    "--target-file x": "--target-file needs --source-file",
    "--beam-size 0": "--beam-size 0: wanted at least 1",
    "--length-penalty nan": "--length-penalty nan: wanted a finite number",
    "--resume run --seed 3": "--resume goes on with the run's own options; leave out --seed",
    "--resume run --out x": "leave out --out",
    "--resume nowhere": "nowhere: holds no trained model (config.json is missing)",
    "--frobnicate": "unrecognized arguments: --frobnicate",
}


@pytest.mark.parametrize("options", BAD)
def test_train(refused, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    assert BAD[options] in refused("train", *options.split())
    assert list(tmp_path.iterdir()) == []


def test_no_command_and_a_wrong_one(refused):
    assert "required" in refused()
    assert "invalid choice: 'trian'" in refused("trian")


def test_a_model_that_no_memory_holds(refused, small, tmp_path):
    line = refused("train", *small, "--embedding-size", 10**13, "--out", tmp_path / "run")
    assert "out of memory; try a new run with a smaller --batch-size" in line
    assert not (tmp_path / "run").exists()


def test_a_name_that_no_system_takes(refused):
    refused("translate", "monday " * 1000)


def test_a_folder_that_is_taken(refused, small, small_run, contents, tmp_path):
    before = contents(small_run)
    (tmp_path / "file").write_text("precious")
    for folder, wanted in (
        (small_run, "exists already; choose another folder, or go on with its run by --resume"),
        (tmp_path / "file", "file: is a file"),
        (tmp_path / "file" / "run", "cannot be written (Not a directory)"),
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

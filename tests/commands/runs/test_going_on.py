"""More epochs after the end of a run, and new runs that begin with the parameters of an old one."""

import json
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest

from lstm_lib import runs
from lstm_lib.recipe import suited_to
from lstm_lib.training import load_checkpoint, read_history
from lstm_lib.translator import MODELS, Translator

STEPS = 7  # updates of an epoch of the small run


def arrays(run, name):
    saved = load_checkpoint(run / name)
    return {**saved.params, **{f"optimizer/{key}": value for key, value in saved.optimizer.items()}}


def assert_same_weights(run, other, names=("last.npz", "best.npz")):
    for name in names:
        one, two = arrays(run, name), arrays(other, name)
        assert one.keys() == two.keys()
        assert all(np.array_equal(one[key], two[key]) for key in one), name


def rates(run):
    return [record["learning_rate"] for record in read_history(run / "history.jsonl").steps]


@pytest.fixture
def run(small_run, tmp_path):
    """A copy of a run of two epochs that has ended."""
    return shutil.copytree(small_run, tmp_path / "run")


@pytest.mark.parametrize("schedule", ["constant", "step", "inverse_sqrt", "plateau"])
def test_more_epochs_end_as_one_long_run(command, small, tmp_path, schedule):
    """Of these schedules none depends on the number of epochs."""
    options = (*small, "--schedule", schedule)
    assert command("train", *options, "--epochs", 4, "--out", tmp_path / "whole").status == 0
    assert command("train", *options, "--epochs", 2, "--out", tmp_path / "run").status == 0
    assert command("train", "--resume", tmp_path / "run", "--epochs", 4).status == 0
    assert_same_weights(tmp_path / "run", tmp_path / "whole")
    assert rates(tmp_path / "run") == rates(tmp_path / "whole")
    assert (tmp_path / "run" / "test.json").read_bytes() == (tmp_path / "whole" / "test.json").read_bytes()
    assert json.loads((tmp_path / "run" / "config.json").read_text())["recipe"]["epochs"] == 4


def test_cosine_falls_over_all_epochs(command, run):
    before = rates(run)
    assert command("train", "--resume", run, "--epochs", 5).status == 0
    schedule = runs.make_schedule(replace(runs.read_recipe(run), epochs=5), STEPS)
    assert rates(run) == before + [schedule(step) for step in range(2 * STEPS, 5 * STEPS)]
    assert rates(run)[2 * STEPS] > before[-1]


def test_a_kill_among_the_added_epochs_changes_nothing(start, command, run, tmp_path):
    whole = shutil.copytree(run, tmp_path / "whole")
    assert command("train", "--resume", whole, "--epochs", 30).status == 0
    process = start("train", "--resume", run, "--epochs", 30)
    while (run / "history.jsonl").read_bytes().count(b'"step"') < 6 * STEPS:
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.communicate()
    assert load_checkpoint(run / "last.npz").progress.epoch < 30
    assert command("train", "--resume", run).status == 0
    assert_same_weights(run, whole)
    assert rates(run) == rates(whole)
    assert {path.name for path in run.iterdir()} == {path.name for path in whole.iterdir()}


def test_a_warm_up_that_was_cut_does_not_begin_anew(command, small, tmp_path):
    run = tmp_path / "run"
    options = (*small, "--warmup-steps", 20, "--schedule", "constant")  # 14 updates: cut to 1
    assert command("train", *options, "--out", run).status == 0
    assert command("train", "--resume", run, "--epochs", 9).status == 0
    assert set(rates(run)) == {suited_to(1)["learning_rate"]}


def test_workers_and_patience_may_change(command, run):
    done = command("train", "--resume", run, "--epochs", 3, "--workers", 2, "--patience", 5)
    assert done.status == 0, done.err
    recipe = runs.read_recipe(run)
    assert (recipe.epochs, recipe.workers, recipe.patience) == (3, 2, 5)
    assert len(rates(run)) == 3 * STEPS


def test_what_may_not_change_is_named_and_nothing_is_touched(refused, contents, run):
    before = contents(run)
    for options, told in (
        (("--epochs", 5, "--seed", 1, "--hidden-size", 12), "leave out --hidden-size, --seed"),
        (("--epochs", 1), f"--epochs 1: {run} is in epoch 3; give more"),
        (("--init-from", run), "leave out --init-from"),
        (("--epochs", 0), "--epochs 0: wanted at least 1"),
    ):
        assert told in refused("train", "--resume", run, *options)
    assert contents(run) == before
    with pytest.raises(runs.UserError, match="--seed cannot change in a run"):
        recipe = replace(runs.read_recipe(run), seed=1)
        runs.train(recipe, runs.read_corpus(recipe), run, resume=True)
    assert contents(run) == before


def test_a_run_that_ran_out_of_patience_needs_more_of_it(command, refused, small, tmp_path):
    still = ("--learning-rate", 1e-30, "--patience", 1, "--epochs", 9, "--out", tmp_path / "run")
    assert command("train", *small, *still).status == 0
    line = refused("train", "--resume", tmp_path / "run", "--epochs", 12)
    assert "has run out of --patience 1; give more to go on" in line
    assert command("train", "--resume", tmp_path / "run", "--patience", 2, "--epochs", 12).status == 0
    assert len(read_history(tmp_path / "run" / "history.jsonl").evaluations) == 3


@pytest.fixture
def new_files(tmp_path):
    """Sentences of the same kind with words that the old run has never seen."""
    pairs = [(f"monday {n} zebra", f"lundi {n} zèbre rayé") for n in range(60)]
    (tmp_path / "new.tsv").write_text("".join(f"{source}\t{target}\n" for source, target in pairs))
    return ("--source-file", tmp_path / "new.tsv", "--batch-size", 16, "--epochs", 2)


def test_fine_tuning_begins_with_the_old_parameters(command, trained, new_files, tmp_path):
    """With next to no learning rate, they are also what it ends with."""
    options = (*new_files, "--learning-rate", 1e-30, "--init-from", trained.folder)
    done = command("train", *options, "--out", tmp_path / "tuned")
    assert done.status == 0, done.err
    assert_same_params(tmp_path / "tuned", trained.folder)
    for name in ("source.codec", "target.codec"):
        assert (tmp_path / "tuned" / name).read_bytes() == (trained.folder / name).read_bytes()
    old, new = (json.loads((run / "config.json").read_text()) for run in (trained.folder, tmp_path / "tuned"))
    assert new["model"] == old["model"]
    assert new["recipe"]["init_from"] == str(trained.folder)
    # 54 pairs for training: of each source a number and "zebra" are new, of each target two words more.
    assert "  source: 108 of 162 tokens read <unk>" in done.out
    assert "  target: 162 of 216 tokens read <unk>" in done.out


def assert_same_params(run, other):
    one, two = (load_checkpoint(each / "best.npz").params for each in (run, other))
    assert all(np.array_equal(one[key], two[key]) for key in two)


def test_fine_tuning_learns_faster_than_a_new_run(command, trained, tmp_path):
    options = (*trained.files, "--epochs", 1, "--batch-size", 16, "--warmup-steps", 5)
    again = (*options, "--init-from", trained.folder, "--learning-rate", 0.001)
    fresh = (*options, "--hidden-size", 48, "--embedding-size", 32, "--learning-rate", 0.02)
    bleu = []
    for number, each in enumerate((again, fresh)):
        assert command("train", *each, "--out", tmp_path / str(number)).status == 0
        bleu.append(json.loads((tmp_path / str(number) / "test.json").read_text())["bleu"]["score"])
    assert bleu[0] > bleu[1] + 20


def test_a_tuned_run_goes_on_without_the_one_that_it_began_with(command, small_run, new_files, tmp_path):
    base = shutil.copytree(small_run, tmp_path / "base")
    options = (*new_files, "--init-from", base, "--schedule", "constant")
    assert command("train", *options, "--epochs", 4, "--out", tmp_path / "whole").status == 0
    assert command("train", *options, "--out", tmp_path / "run").status == 0
    shutil.rmtree(base)
    assert command("train", "--resume", tmp_path / "run", "--epochs", 4).status == 0
    assert_same_weights(tmp_path / "run", tmp_path / "whole")


def test_dropout_is_inherited_and_may_change(command, small, new_files, tmp_path):
    base = tmp_path / "base"
    assert command("train", *small, "--dropout", 0.4, "--epochs", 1, "--out", base).status == 0
    for name, given, wanted in (("a", (), 0.4), ("b", ("--dropout", 0.1), 0.1)):
        done = command("train", *new_files, "--init-from", base, *given, "--out", tmp_path / name)
        assert done.status == 0, done.err
        assert Translator.load(tmp_path / name).model.config.dropout == wanted


@pytest.mark.parametrize(
    "option, value, has",
    [
        ("--hidden-size", 13, 12),
        ("--cell", "gru", "lstm"),
        ("--attention", "none", "luong-general-scaled"),
        ("--no-bidirectional", None, True),
        ("--subwords", 60, None),
        ("--vocabulary", 30, None),
        ("--keep-case", None, False),
    ],
)
def test_an_option_that_contradicts_the_old_model_is_named(
    refused, small_run, new_files, tmp_path, option, value, has
):
    given = (option,) if value is None else (option, value)
    options = (*new_files, "--init-from", small_run, *given, "--out", tmp_path / "run")
    line = refused("train", *options)
    assert f"{option.replace('--no-', '--')} " in line
    assert f"{small_run} has {has}; leave it out" in line
    assert not (tmp_path / "run").exists()


def test_fine_tuning_from_nothing(refused, new_files, tmp_path):
    line = refused("train", *new_files, "--init-from", tmp_path, "--out", tmp_path / "run")
    assert f"{tmp_path}: holds no trained model" in line


def test_the_model_of_the_course_can_be_tuned(command, new_files, tmp_path):
    options = (*new_files, "--epochs", 1, "--init-from", "tatoeba-small", "--out", tmp_path / "run")
    done = command("train", *options)
    assert done.status == 0, done.err
    assert (
        Translator.load(tmp_path / "run").model.config
        == Translator.load(MODELS[0] / "tatoeba-small").model.config
    )

"""The bug hunt in a training loop: every bug shows, and the check tells what is left by its effect."""

import numpy as np
import pytest

from course.shared.source import show_lines, with_lines
from course.training import training_bugs
from course.training.training_bugs import (
    SEEDS,
    WRONG_LINES,
    broken_training,
    check_training_bug_hunt,
    effect_on_training,
    planted_training_bugs,
    right_lines,
    run_lines,
)
from lstm_lib.training import Adam, clip_by_global_norm
from lstm_lib.training.schedules import Constant

RIGHT = right_lines()
NUMBERS = {line.strip(): number for number, line in enumerate(RIGHT, start=1)}
BUGS = [(NUMBERS[right], wrong) for right, every in WRONG_LINES.items() for wrong in every]
SEED = 3


@pytest.fixture
def says(capsys):
    def run(corrections, seed=SEED) -> str:
        check_training_bug_hunt(lambda: corrections, seed)
        return capsys.readouterr().out

    return run


def corrections(seed: int) -> dict[int, str]:
    return {bug.number: RIGHT[bug.number - 1] for bug in planted_training_bugs(seed)}


def library_fit(loss_and_grads, params, x, y, dev, epochs, batch_size, peak, warmup, max_norm, patience, rng):
    """The same training from the library's parts."""
    optimizer, rate = Adam(beta2=0.99), Constant(peak, warmup)
    params = {name: param.copy() for name, param in params.items()}
    steps, evaluations = [], []
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        for rows in np.split(order, range(batch_size, len(x), batch_size)):
            loss, grads = loss_and_grads(params, x[rows], y[rows], rng)
            clip_by_global_norm(grads, max_norm)
            optimizer.update(params, grads, rate(len(steps)))
            steps.append((epoch, loss))
        kept = {name: param.copy() for name, param in params.items()}
        evaluations.append((loss_and_grads(params, *dev, None)[0], kept))
        best = min(range(epoch + 1), key=lambda k: evaluations[k][0])
        if epoch - best == patience:
            break
    return evaluations[best][1], steps


def test_the_right_lines_train_as_the_library_does():
    for seed in SEEDS:
        assert training_bugs.difference(training_bugs.run(library_fit, seed), run_lines(RIGHT, seed)) == ""


def test_the_runs_stop_early_and_choose_an_epoch_that_is_not_the_last():
    for seed in SEEDS:
        run = run_lines(RIGHT, seed)
        evaluated = [one.params for one in run.asked if one.of_dev]
        best = [np.array_equal(params, run.returned) for params in evaluated]
        assert best.index(True) == len(evaluated) - 1 - training_bugs.PATIENCE
        assert len(evaluated) < training_bugs.EPOCHS
    assert effect_on_training(RIGHT) == ""


@pytest.mark.parametrize(("number", "wrong"), BUGS, ids=[wrong for _, wrong in BUGS])
def test_every_bug_shows_in_a_run(number, wrong):
    assert effect_on_training(with_lines(RIGHT, {number: wrong}))


@pytest.mark.parametrize(("number", "wrong"), BUGS[::3], ids=[wrong for _, wrong in BUGS[::3]])
def test_a_bug_that_is_left_is_told_by_its_effect_and_not_given_away(says, monkeypatch, number, wrong):
    bugs = sorted([training_bugs.Bug(number, wrong), training_bugs.Bug(2, "m = {}")])
    monkeypatch.setattr(training_bugs, "planted_training_bugs", lambda seed: bugs)
    told = says({2: RIGHT[1]})
    effect = effect_on_training(with_lines(RIGHT, {number: wrong}))
    assert told == f"Not yet: 1 of 2 bugs is still there.\n- With one of them alone, {effect}.\n"
    assert RIGHT[number - 1].strip() not in told
    assert wrong not in told


@pytest.mark.parametrize("seed", range(4, 8))
def test_each_seed_plants_bugs_of_its_own_that_can_be_mended_one_by_one(says, seed):
    bugs, mended = planted_training_bugs(seed), {}
    assert planted_training_bugs(seed) == bugs != planted_training_bugs(seed + 1)
    assert len({bug.number for bug in bugs}) == len(bugs) == training_bugs.NUM_BUGS
    for left, bug in zip((3, 2, 1), bugs, strict=True):
        many = "is" if left == 1 else "are"
        assert says(mended, seed).startswith(f"Not yet: {left} of 3 bugs {many} still there.")
        mended[bug.number] = RIGHT[bug.number - 1]
    assert says(mended, seed).startswith("Right: all 3 bugs are gone")


def test_other_words_for_the_same_are_right(says):
    other = {
        7: "for start in range(0, len(order), batch_size):",
        9: "loss, grads = loss_and_grads(params, x[order[start:][:batch_size]], y[rows], rng)",
        20: "params = params | {name: params[name] - rate * m_hat / (1e-8 + v_hat**0.5)}",
    }
    assert other.keys() == corrections(SEED).keys()
    assert says(other).startswith("Right: ")
    assert says({np.int64(number): line for number, line in other.items()}).startswith("Right: ")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {NUMBERS["else:"]: "elif dev_loss > 2 * best_loss:"},
            "was right; as you have it now, training stops",
        ),
        (
            {NUMBERS["factor = min(1.0, max_norm / norm)"]: "factor = 1.0"},
            "the parameters are wrong in training",
        ),
        ({NUMBERS["t = t + 1"]: "t = undefined"}, "NameError: name 'undefined' is not defined"),
        ({NUMBERS["t = t + 1"]: "t ="}, "SyntaxError: invalid syntax"),
        ({NUMBERS["t = t + 1"]: "raise SystemExit"}, "stops with SystemExit"),
        ({NUMBERS["break"]: "return None"}, "stops with TypeError"),
        ({0: "pass"}, "There is no line 0: lines are numbered from 1 to 28."),
        ({"12": "pass"}, "There is no line '12'"),
        ({12: 3}, "The correction of line 12 should be a string that holds a single line."),
        ({12: "one\ntwo"}, "The correction of line 12 should be a string"),
    ],
)
def test_what_corrections_break_is_told(says, more, told):
    found = says(corrections(SEED) | more)
    assert told in found
    assert not found.startswith("Right")


def test_something_else_than_a_dictionary_is_told(says):
    assert says([1, 2]) == "The function should return a dictionary, {number: line}, not list.\n"


def test_lines_are_shown_with_the_numbers_that_count():
    shown = show_lines(broken_training(SEED)).data.splitlines()[1:-1]
    assert [int(line[:2]) for line in shown] == list(range(1, len(RIGHT) + 1))
    for bug in planted_training_bugs(SEED):
        assert shown[bug.number - 1].endswith(f"  {bug.wrong}")

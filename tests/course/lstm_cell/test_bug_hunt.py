"""The bug hunt: the lines are an LSTM, every bug shows, and the check tells what is left by its effect."""

import numpy as np
import pytest

from course.lstm_cell import bug_hunt
from course.lstm_cell.bug_hunt import (
    NO_LSTM,
    STEPS,
    WRONG_LINES,
    LayerOfLines,
    broken_lines,
    check_bug_hunt,
    effect_of,
    planted_bugs,
    right_lines,
)
from course.shared.source import show_lines, with_lines
from lstm_lib.nn.lstm import LSTM, LSTMState

RIGHT = right_lines()
NUMBERS = {line.strip(): number for number, line in enumerate(RIGHT, start=1)}
BUGS = [(NUMBERS[right], wrong) for right, every in WRONG_LINES.items() for wrong in every]
SEED = 1


@pytest.fixture
def says(capsys):
    def run(corrections, seed=SEED) -> str:
        check_bug_hunt(lambda: corrections, seed)
        return capsys.readouterr().out

    return run


def corrections(seed: int) -> dict[int, str]:
    return {bug.number: RIGHT[bug.number - 1] for bug in planted_bugs(seed)}


def test_the_right_lines_are_the_librarys_lstm():
    rng = np.random.default_rng(0)
    library, plain = LSTM(3, 2, rng, dtype=np.float64), LayerOfLines(RIGHT, 3, 2, rng)
    library.params.update(plain.params)
    x, dh = rng.standard_normal((4, 5, 3)), rng.standard_normal((4, 5, 2))
    first, dlast = (LSTMState(*rng.standard_normal((2, 4, 2))) for _ in range(2))
    results = []
    for layer in (library, plain):
        h, last, cache = layer.forward(x, first)
        dx, dfirst, grads = layer.backward(dh, dlast, cache)
        results.append([h, *last, dx, *dfirst, *(grads[name] for name in ("W_x", "W_h", "b"))])
    for of_library, of_lines in zip(*results, strict=True):
        np.testing.assert_allclose(of_lines, of_library, rtol=1e-10, atol=1e-12)
    assert effect_of(RIGHT) == ""


@pytest.mark.parametrize(("number", "wrong"), BUGS, ids=[wrong for _, wrong in BUGS])
def test_every_bug_shows_in_a_gradient(number, wrong):
    effect = effect_of(with_lines(RIGHT, {number: wrong}))
    assert effect.startswith("the gradient")
    assert any(effect.endswith(when) for when in STEPS.values())


@pytest.mark.parametrize(("number", "wrong"), BUGS, ids=[wrong for _, wrong in BUGS])
def test_a_bug_that_is_left_is_told_by_its_effect_and_not_given_away(says, monkeypatch, number, wrong):
    bugs = sorted([bug_hunt.Bug(number, wrong), bug_hunt.Bug(16, "dx, dW_x, dW_h, db = [], 0, 0, 1")])
    monkeypatch.setattr(bug_hunt, "planted_bugs", lambda seed: bugs)
    told = says({16: RIGHT[15]})
    effect = effect_of(with_lines(RIGHT, {number: wrong}))
    assert told == f"Not yet: 1 of 2 bugs is still there.\n- With one of them alone, {effect}.\n"
    assert RIGHT[number - 1].strip() not in told
    assert wrong not in told


@pytest.mark.parametrize("seed", range(8))
def test_each_seed_plants_bugs_of_its_own_that_can_be_mended_one_by_one(says, seed):
    bugs, mended = planted_bugs(seed), {}
    assert planted_bugs(seed) == bugs != planted_bugs(seed + 1)
    assert len({bug.number for bug in bugs}) == len(bugs) == bug_hunt.NUM_BUGS
    for left, bug in zip((3, 2, 1), bugs, strict=True):
        assert says(mended, seed).startswith(
            f"Not yet: {left} of 3 bugs {'is' if left == 1 else 'are'} still"
        )
        mended[bug.number] = RIGHT[bug.number - 1]
    assert says(mended, seed).startswith("Right: all 3 bugs are gone")


def test_other_words_for_the_same_are_right(says):
    other = {24: "dg = i * dc", 25: "dz_i = di * (i - i**2)", 31: "dW_h = np.add(dW_h, h.T.dot(dz))"}
    assert other.keys() == corrections(SEED).keys()
    assert says(other).startswith("Right: ")


def test_numbers_of_numpy_are_numbers_too_and_other_lines_are_run_with_care(says):
    assert says({np.int64(number): line for number, line in corrections(SEED).items()}).startswith("Right: ")
    assert "stops with SystemExit" in says(corrections(SEED) | {20: "raise SystemExit"})


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {32: "db = dz.sum(axis=0)"},
            "Line 32 was right; as you have it now, the gradient of b is wrong over",
        ),
        ({4: "z_i, z_f, z_g, z_o = np.split(x_t @ W_x + h @ W_h, 4, axis=1)"}, "Line 4 was right"),
        ({32: "db = db + dz"}, "stops with ValueError: the gradient of params.b has shape"),
        ({20: "do = undefined"}, "NameError: name 'undefined' is not defined\nIt happened in line 20."),
        ({20: "do ="}, "SyntaxError: invalid syntax\nIt happened in line 20."),
        ({0: "pass"}, "There is no line 0: lines are numbered from 1 to 36."),
        ({"20": "pass"}, "There is no line '20'"),
        ({20: 3}, "The correction of line 20 should be a string that holds a single line."),
        ({20: "one\ntwo"}, "The correction of line 20 should be a string"),
    ],
)
def test_what_corrections_break_is_told(says, more, told):
    assert told in says(corrections(SEED) | more)


def test_a_forward_pass_that_is_bent_to_the_backward_pass_is_no_answer(says):
    bent = {7: "c_new = c + i * g", 22: "df = np.zeros_like(c)", 35: "dc = dc"}
    assert effect_of(with_lines(RIGHT, bent)) == NO_LSTM
    assert says(corrections(SEED) | bent).startswith(
        "Not yet. Line 7 was right; as you have it now, the gradients of x"
    )


def test_something_else_than_a_dictionary_is_told(says):
    assert says([1, 2]) == "The function should return a dictionary, {number: line}, not list.\n"


def test_lines_are_shown_with_the_numbers_that_count():
    shown = show_lines(broken_lines(SEED)).data.splitlines()[1:-1]
    assert [int(line[:2]) for line in shown] == list(range(1, len(RIGHT) + 1))
    for bug in planted_bugs(SEED):
        assert shown[bug.number - 1].endswith(f"  {bug.wrong}")

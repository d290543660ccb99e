"""A student's function is run with care: nothing that it does outlives its call."""

import builtins
import itertools
import math
import random
import sys
import warnings

import numpy as np
import pytest

from course.shared import student
from course.shared.student import NOT_WRITTEN, Student, Wrong, is_same, statements


def told(function, *arguments) -> str:
    with pytest.raises(Wrong) as wrong:
        Student(function)(*arguments)
    return str(wrong.value)


def settings() -> list:
    legacy = [state.tolist() if isinstance(state, np.ndarray) else state for state in np.random.get_state()]  # noqa: NPY002
    functions = [np.tanh, np.linalg.norm, np.random.default_rng, math.exp, builtins.len, sys.stdout]
    return [
        *functions,
        *(
            np.geterr(),
            list(warnings.filters),
            np.get_printoptions(),
            legacy,
            random.getstate(),
            sys.gettrace(),
        ),
    ]


def setting_everything(x):
    np.seterr(all="raise")
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    warnings.simplefilter("error")
    np.set_printoptions(precision=1)
    np.tanh = np.linalg.norm = np.random.default_rng = math.exp = builtins.len = print
    sys.stdout = None
    return x


def setting_everything_and_failing(x):
    setting_everything(x)
    raise ValueError("no")


def test_whatever_a_function_sets_is_set_back():
    before = settings()
    assert Student(setting_everything)(1.0) == 1.0
    assert settings() == before
    assert "ValueError: no" in told(setting_everything_and_failing, 1.0)
    assert settings() == before


def test_a_setting_that_was_there_before_stays_and_does_not_disturb():
    with np.errstate(all="raise"):
        assert Student(lambda x: np.exp(x))(np.array([-1e6, 0.0])).tolist() == [0.0, 1.0]
        assert np.geterr()["under"] == "raise"


def never(x):
    while True:
        x += 1


def never_in_one_line(x):
    return [one for one in itertools.count() if one < 0]


def never_whatever_is_raised(x):
    while True:
        try:
            x += 1
        except Exception:
            continue


@pytest.mark.parametrize("function", [never, never_in_one_line, never_whatever_is_raised])
def test_a_loop_without_end_gets_a_word(monkeypatch, function):
    monkeypatch.setattr(student, "SECONDS", 0.05)
    assert told(function, 0).startswith(
        "The function was still running after 0.05 seconds. Is there an endless loop"
    )
    assert sys.gettrace() is None


def leaving(x):
    sys.exit(3)


def interrupting_itself(x):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (
            leaving,
            "The function exits the whole program, as exit() does: return the answer instead.\nIt happ",
        ),
        (interrupting_itself, "The function stopped with KeyboardInterrupt: \nIt happened at: raise Keyb"),
        (never.__class__, "The function stopped with TypeError"),
    ],
)
def test_what_would_end_the_notebook_gets_a_line(function, says):
    assert told(function, 0).startswith(says)


def stub(x):
    """Return something."""
    # YOUR CODE HERE
    raise NotImplementedError()


def stub_left_above(x):
    """Return something."""
    raise NotImplementedError()
    return x + 1


def stub_left_in_a_branch(x):
    if x > 0:
        raise NotImplementedError
    return x


def a_branch_without_return(x):
    if x > 0:
        return x
    x = x + 1


def helped(x):
    return stub(x)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (stub, NOT_WRITTEN),
        (lambda x: None, NOT_WRITTEN),
        (stub_left_above, "The line with raise NotImplementedError is still in the function: delete it."),
        (stub_left_in_a_branch, "is still in the function"),
        (helped, "Not written yet: stub, which the function calls."),
        (print, NOT_WRITTEN),
    ],
)
def test_half_of_a_function_is_told(capsys, function, says):
    assert says in told(function, 1)


def test_a_missing_return_is_told():
    function = Student(a_branch_without_return)
    assert function(1) == 1
    with pytest.raises(Wrong, match=r"returns None\. Is a return missing, maybe in one branch only\?"):
        function(-1)
    assert statements(stub_left_above)[1:]
    assert not statements(math.exp)


def test_megabytes_of_output_are_left_out(capsys):
    def talking(x):
        for k in range(10_000):
            print("step", k, "of many, at length " * 10)
        return x

    function = Student(talking)
    assert function(1) == function(1) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("step 0 of many")
    assert printed.count("the rest is left out") == 1
    assert len(printed) < 2200


class Box:
    def __init__(self):
        self.words = ["a"]


def into_list(x):
    x[0].append(1)


def into_dict(x):
    x["W"] += 1


def new_key(x):
    x["new"] = x["W"]


def into_object(x):
    x.words.append("b")


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        (into_list, [[1.0]]),
        (into_dict, {"W": np.zeros(2)}),
        (new_key, {"W": np.zeros(2)}),
        (into_object, Box()),
        (lambda x: x.sort(), np.array([2.0, 1.0])),
        (lambda x: x.resize(4, refcheck=False), np.zeros(2)),
        (lambda x: x[0].pop(), ([1], 2)),
    ],
)
def test_a_changed_argument_is_noticed_and_was_a_copy(change, argument):
    function = Student(lambda first, x: change(x) or 1.0)
    assert function(np.zeros(3), argument) == 1.0
    assert function.changed == {1}
    second = Student(lambda first, x: 1.0)
    assert second(np.zeros(3), argument) == 1.0
    assert second.changed == set()


def test_to_draw_from_a_generator_is_no_change():
    function = Student(lambda rng: rng.random())
    rng = np.random.default_rng(0)
    assert function(rng) == function(rng)
    assert function.changed == set()
    assert is_same(np.array([np.nan]), np.array([np.nan]))
    assert not is_same(np.zeros(2), np.zeros(2, dtype=np.float32))


def test_whoever_draws_from_elsewhere_gets_other_numbers_each_time():
    function = Student(lambda: np.random.random())  # noqa: NPY002
    assert function() != function()


def test_an_answer_is_a_copy_too():
    kept = np.zeros(2)
    function = Student(lambda x: np.add(kept, x, out=kept))
    first, second = function(1.0), function(1.0)
    assert first.tolist() == [1.0, 1.0] != second.tolist()

"""A verdict passes right answers in every form, names a mistake only where it was made, and is shown once."""

import io
from contextlib import redirect_stdout
from fractions import Fraction

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from course.shared.diagnosis import Exercise, judge

TWICE = Exercise(
    ("x", "factor"),
    ("y", "size"),
    lambda rng: [(rng.standard_normal((2, 3)), 2), (rng.standard_normal((4, 1)), 3), (np.ones((1, 1)), 1)],
    lambda x, factor: (factor * x, x.size),
    {
        "x is doubled whatever the factor": lambda x, factor: (2 * x, x.size),
        "it stops at a factor of 3": lambda x, factor: (x, x.size) if factor != 3 else 1 / 0,
        "the size is left out": (
            lambda x, factor: (factor * x, 0),
            lambda x, factor: (factor * x, 1),
        ),
    },
)


def says(function, exercise=TWICE) -> str:
    with redirect_stdout(io.StringIO()) as out:
        verdict = judge(function, exercise)
    assert out.getvalue() == f"{verdict}\n"
    assert bool(verdict) == str(verdict).startswith("Right: ")
    return str(verdict)


def read_only(x, factor):
    y = factor * x
    y.setflags(write=False)
    return y, np.int64(x.size)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, factor: (factor * x, x.size),
        lambda x, factor: [(factor * x).tolist(), np.array(x.size)],
        lambda x, factor: ((factor * x).astype(np.float32), float(x.size)),
        lambda x, factor: (y for y in (factor * x, Fraction(x.size))),
        lambda x, factor: {"y": factor * x, "size": x.size}.values(),
        lambda x, factor: (np.asfortranarray(factor * x), np.float32(x.size)),
        lambda x, factor: (tuple(map(tuple, factor * x)), x.size),
        read_only,
    ],
)
def test_right_answers_of_every_form_pass(function):
    assert says(function) == "Right: y and size agree with the library."


def made_for_the_first_size(x, factor):
    return factor * x.reshape(2, 3), 6


def right_twice(x, factor, calls=[]):  # noqa: B006
    calls.append(factor)
    return factor * x, x.size + (len(calls) > 3)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda x, factor: (2 * x, x.size), "Not yet. It looks as if x is doubled whatever the factor."),
        (lambda x, factor: (factor * x, 1), "Not yet. It looks as if the size is left out."),
        (lambda x, factor: (factor * x, 0), "Not yet. It looks as if the size is left out."),
        (
            lambda x, factor: (factor * x, 5 % len(x)),
            "Not yet. Right so far: y. size is the first that differs",
        ),
        (
            lambda x, factor: (min(factor, 2) * x, x.size),
            "Not yet. Right so far: size. y is the first that differs with x (4, 1), factor = 3: y[0, 0] is ",
        ),
        (
            made_for_the_first_size,
            "cannot reshape array of size 4 into shape (2,3)\nIt happened at: return factor * x.reshape(2",
        ),
        (right_twice, "size is the first that differs when the function is called again"),
        (lambda x, factor: (factor * x.T, x.size), "y has shape (3, 2); wanted (2, 3). Is it transposed?"),
        (lambda x, factor: factor * x, "should return y, size: 2 arrays, not 1"),
        (lambda x, factor: (factor * x, "6"), "size should be an array of numbers; it is str"),
        (lambda x, factor: (factor * x, 6j), "size should be an array of numbers; it is complex"),
        (lambda x, factor: (factor * x, None), "size should be an array of numbers; it is NoneType"),
        (lambda x, factor: ([[1], [2, 3]], 6), "y should be an array of numbers; it is list"),
        (lambda x, factor: (x * np.nan, x.size), "y[0, 0] is nan"),
    ],
)
def test_any_other_answer_is_told_by_what_it_is(function, told):
    assert told in says(function)


def test_a_mistake_that_stops_is_named_where_the_function_stops():
    def student(x, factor):
        if factor == 3:
            raise ZeroDivisionError
        return x, x.size

    assert says(student) == "Not yet. It looks as if it stops at a factor of 3."


@pytest.mark.parametrize("close", [0.467, 123456.0, -1.0])
def test_two_numbers_are_told_apart(close):
    exercise = Exercise(("x",), ("y",), lambda rng: [(close,)], lambda x: x, {})
    told = says(lambda x: x * (1 + 2e-4), exercise)
    got, wanted = told.rpartition("y is ")[2].rstrip(".").split("; it should be ")
    assert got != wanted


def test_a_changed_argument_is_told_where_answers_are_numbers():
    exercise = Exercise(("values",), ("top",), lambda rng: [([3.0, 1.0],)], max, {})
    assert says(lambda values: values.sort() or values[-1], exercise) == (
        "The answer is right, but the function changes its argument values in place: work on a copy."
    )


def test_a_cell_shows_a_verdict_once(capsys):
    shell = InteractiveShell()
    shell.run_cell(
        "from course.lstm_cell.checks import check_lstm_step\n"
        "verdict = check_lstm_step(lambda *arguments: None)\n"
        "check_lstm_step(lambda *arguments: None)"
    )
    assert capsys.readouterr().out.count("Not written yet") == 2
    assert not shell.user_ns["verdict"]

"""What holds for the check of every coded exercise, whatever it asks."""

import _thread
import threading

import pytest

from course.shared.student import NOT_WRITTEN
from helpers.coded_exercises import CHECKS, NOTEBOOKS, ON_THEIR_OWN, check_called, code_of, exercise_of

MOST_NAMED = 40  # mistakes of one catalogue that are tried, or a few more
every_check = pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)


def test_all_checks_are_found_that_notebooks_call():
    called = {check_called(cell.source) for path in NOTEBOOKS for cell in code_of(path)} - {None}
    assert called == set(CHECKS)


@every_check
def test_each_mistake_of_its_catalogue_is_named(check):
    exercise = exercise_of(check)
    if exercise is None:
        assert check.__name__ in ON_THEIR_OWN
        return
    assert exercise.mistakes
    every = max(1, len(exercise.mistakes) // MOST_NAMED)
    for says, ways in list(exercise.mistakes.items())[::every]:
        for mistake in ways if isinstance(ways, tuple) else (ways,):
            verdict = check(mistake)
            assert str(verdict) == f"Not yet. It looks as if {says}."
            assert not verdict


def raising(*arguments):
    raise RuntimeError("first line\nsecond line")


def to_be_written(*arguments):
    raise NotImplementedError


def resting_on_another(*arguments):
    return to_be_written(*arguments)


def with_a_name_that_is_not_defined(*arguments):
    return no_such_function(*arguments)  # noqa: F821


@every_check
@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda *arguments: None, NOT_WRITTEN),
        (to_be_written, NOT_WRITTEN),
        (resting_on_another, "Not written yet: to_be_written, which the function calls."),
        (with_a_name_that_is_not_defined, "NameError: name 'no_such_function' is not defined"),
        (raising, "The function stopped with RuntimeError: first line\nIt happened at: raise RuntimeError("),
        (lambda *arguments, more: None, "The function stopped with TypeError"),
        (lambda *arguments: object(), ""),
        (lambda *arguments: "text", ""),
        (lambda *arguments: {}, ""),
        (lambda *arguments: [[1.0], [2.0, 3.0]], ""),
        (3.0, "the function itself, without parentheses; it got float"),
        (None, "the function itself, without parentheses; it got NoneType"),
    ],
)
def test_whatever_a_function_does_gets_a_few_plain_lines(check, student, told, capsys):
    check(student)
    printed = capsys.readouterr().out
    assert told in printed
    assert not printed.startswith("Right")
    assert 1 <= len(printed.splitlines()) <= 4


def endless(*arguments):
    threading.Timer(0.05, _thread.interrupt_main).start()  # as a press on the button that stops a cell
    while True:
        pass


@every_check
def test_a_function_without_end_can_be_interrupted(check):
    with pytest.raises(KeyboardInterrupt):
        check(endless)

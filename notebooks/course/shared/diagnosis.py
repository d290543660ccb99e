"""Diagnosis of a student's answer: what every chapter's checks are built on.

An exercise has arrays to call a function with, the right answer, and a catalogue of mistakes, each
with the answer that it leads to.  An answer that equals one of these is told by the mistake's name, any
other by its first difference from the right one.
"""

import copy
import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

Answer = Sequence[np.ndarray]
NOT_WRITTEN = "Not written yet: the function gives no answer."


class Mistake(NamedTuple):
    """A known mistake: what to say about it, and the answer that it leads to."""

    says: str
    answer: Answer


class Exercise(NamedTuple):
    """A function to write: what it is called with, and what it should return."""

    arguments: Mapping[str, np.ndarray]
    returns: Sequence[str]  # the names of what it returns
    right: Answer
    mistakes: Sequence[Mistake]


class Wrong(Exception):
    """What is wrong with an answer, in one or two plain lines of a verdict."""


def plainly(student: Callable, *arguments):
    """Call a function with its arguments."""
    return student(*arguments)


def verdict(student: Callable, exercise: Exercise, call: Callable = plainly) -> str:
    """Call a student's function and say in one or two lines whether it is right, or what it looks like.

    Whatever the function raises becomes a line of the verdict; only an interrupt by hand passes through.

    Args: student; exercise; call: takes the function and the exercise's arguments and gives the answer, where
        what is compared is not what the function returns when it is called with these.
    """
    arguments = {name: array.copy() for name, array in exercise.arguments.items()}
    try:
        answer = _named(answer_of(student, *arguments.values(), call=call), exercise.returns)
        _compare(answer, exercise)
        _check_unchanged(arguments, exercise.arguments)
    except Wrong as wrong:
        return str(wrong)
    *first, last = exercise.returns
    who = f"{', '.join(first)} and {last} agree" if first else f"{last} agrees"
    return f"Right: {who} with the library."


def verdict_on_all(
    student: Callable, problems: Sequence[Sequence], name: str, right: Callable, wrong: Mapping[str, Callable]
) -> str:
    """Call a student's function on several problems, and give the verdict on all of its numbers.

    Args:
        student: returns one number for each problem.
        problems: the function's arguments, each time.
        name: of the number.
        right: takes the same arguments and returns the right number.
        wrong: for what is to be said of a mistake, a function that makes it.
    """

    def on_all(function: Callable, numbers: np.ndarray) -> list | None:
        found = [function(*copy.deepcopy(problems[number])) for number in numbers]
        return None if any(value is None for value in found) else found

    number = np.arange(len(problems))
    mistakes = [Mistake(says, [np.array(on_all(function, number))]) for says, function in wrong.items()]
    exercise = Exercise({"number": number}, [name], [np.array(on_all(right, number))], mistakes)
    return verdict(student, exercise, on_all)


def answer_of(student: Callable, *arguments, call: Callable = plainly):
    """Return what a student's function answers.

    Raises: Wrong: it returns nothing, is no function, or raises an exception; an interrupt passes through.
    """
    if not callable(student):
        raise Wrong(
            f"This check wants the function itself, without brackets; it got {type(student).__name__}."
        )
    try:
        result = call(student, *arguments)
    except NotImplementedError as error:
        raise Wrong(_what_is_missing(error, student)) from None
    except Exception as error:
        raise Wrong(_what_happened(error, student)) from None
    if result is None:
        raise Wrong(NOT_WRITTEN)
    return result


def _what_is_missing(error: NotImplementedError, student: Callable) -> str:
    """Say that the function is not written yet, or another one that it calls."""
    where = traceback.extract_tb(error.__traceback__)[-1].name
    own = getattr(inspect.unwrap(student), "__name__", where)
    return NOT_WRITTEN if where == own else f"Not written yet: {where}, which the function calls."


def _what_happened(error: Exception, student: Callable) -> str:
    """Quote the error's first line, and the deepest of the student's own lines that led to it."""
    message = str(error).partition("\n")[0][:150]
    says = f"The function stopped with {type(error).__name__}: {message}"
    code = getattr(inspect.unwrap(student), "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if code is not None and frame.filename == code.co_filename]
    return f"{says}\nIt happened at: {own[-1].line}" if own and own[-1].line else says


def _named(result, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The returned arrays under their names."""
    values = result if len(names) > 1 and isinstance(result, tuple | list) else (result,)
    if len(values) != len(names):
        raise Wrong(f"The function should return {', '.join(names)}: {len(names)} arrays, not {len(values)}.")
    return {name: _array(name, value) for name, value in zip(names, values, strict=True)}


def _array(name: str, value) -> np.ndarray:
    try:
        if value is None:  # which NumPy would take for not-a-number
            raise TypeError
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise Wrong(f"{name} should be an array of numbers; it is {type(value).__name__}.") from None


def _compare(answer: Mapping[str, np.ndarray], exercise: Exercise) -> None:
    right = dict(zip(exercise.returns, exercise.right, strict=True))
    if all(_same(answer[name], right[name]) for name in right):
        return
    for mistake in exercise.mistakes:
        if all(map(_same, answer.values(), mistake.answer)):
            raise Wrong(f"Not yet. It looks as if {mistake.says}.")
    good = [name for name in right if _same(answer[name], right[name])]
    bad = next(name for name in right if name not in good)
    so_far = f"Not yet. Right so far: {', '.join(good)}. " if good else "Not yet. "
    raise Wrong(so_far + _first_difference(bad, answer[bad], right[bad]))


def _first_difference(name: str, got: np.ndarray, right: np.ndarray) -> str:
    if got.shape != right.shape:
        transposed = " Is it transposed?" if got.ndim > 1 and got.shape == right.shape[::-1] else ""
        return f"{name} has shape {got.shape}; wanted {right.shape}.{transposed}"
    where = tuple(int(k) for k in np.argwhere(~_close(got, right))[0])
    index = ", ".join(map(str, where))
    values = f"{name}[{index}] is {got[where]:.4g}, the library says {right[where]:.4g}"
    return f"{name} is the first that differs: {values}."


def _check_unchanged(now: Mapping[str, np.ndarray], before: Mapping[str, np.ndarray]) -> None:
    for name, array in before.items():
        if not np.array_equal(now[name], array):
            raise Wrong(
                f"The answer is right, but the function changes its argument {name} in place: work on a copy."
            )


def _close(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    # Wide enough for an answer in float32, and far below what any mistake changes.  No right answer holds a
    # nan, but that of a known mistake may.
    return np.isclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(_close(a, b).all())

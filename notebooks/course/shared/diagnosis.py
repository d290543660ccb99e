"""Diagnosis of a student's answer: what every chapter's checks are built on.

An exercise has several problems to call a function with, a function that solves them, and a catalogue of
mistakes, each as a function that makes it.  A mistake is named only where the student's answers equal its
answers to all problems; any other answer is told by its first difference from the right one.
"""

import copy
import reprlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from course.shared.student import NOT_WRITTEN, Student, Wrong, untouched

__all__ = ["NOT_WRITTEN", "Exercise", "Verdict", "Wrong", "judge", "plainly", "tell"]

Named = dict[str, np.ndarray]
Problem = tuple  # the arguments of one call
SHORT = reprlib.Repr()
SHORT.maxstring, SHORT.maxlist, SHORT.maxtuple = 70, 8, 8


def plainly(student: Callable, *arguments):
    """Call a function with its arguments."""
    return student(*arguments)


class Exercise(NamedTuple):
    """A function to write: what it is called with, what it should return, and what goes wrong."""

    arguments: Sequence[str]  # their names
    returns: Sequence[str]  # the names of what is compared
    problems: Callable[[np.random.Generator], Sequence[Problem]]
    right: Callable
    mistakes: Mapping[str, Callable | tuple[Callable, ...]]  # what to say of each, and what makes it
    call: Callable = plainly  # takes a function and a problem's arguments; gives what is compared
    entries: Mapping[str, Sequence[str]] = {}  # for some of what is compared, what each number of it is


class Verdict(NamedTuple):
    """What a check found: true if the answer is right.  It has been printed, so that a cell shows it once."""

    right: bool
    text: str

    def __bool__(self) -> bool:
        return self.right

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Verdict: {'right' if self.right else 'not yet'}>"

    def _ipython_display_(self) -> None:
        """Show nothing more at the end of a cell."""


def judge(student: Callable, exercise: Exercise) -> Verdict:
    """Call a student's function on all problems; print and return whether it is right, or what it looks like.

    Whatever the function raises becomes a line of the verdict; only an interrupt by hand passes through.
    """
    return tell(lambda: _right_or_wrong(student, exercise))


def tell(finding: Callable[[], str]) -> Verdict:
    """Print and return a verdict.  Args: finding: returns why an answer is right, or raises `Wrong`."""
    with untouched():
        try:
            verdict = Verdict(True, finding())
        except Wrong as wrong:
            verdict = Verdict(False, str(wrong))
    print(verdict.text)
    return verdict


def _right_or_wrong(function: Callable, exercise: Exercise) -> str:
    """Say why a function is right.  Raises: Wrong: it is not."""
    student, answers, stopped = Student(function), [], None
    problems = list(exercise.problems(np.random.default_rng(0)))
    problems.append(problems[0])  # again, so that nothing may be kept from call to call
    for problem in problems:
        try:
            answers.append(_answer(problem, exercise, student))
        except Wrong as wrong:
            stopped = str(wrong)
            break
    right = [
        _answer(copy.deepcopy(problem), exercise, exercise.right) for problem in problems[: len(answers)]
    ]
    differing = [_differing(answer, wanted) for answer, wanted in zip(answers, right, strict=True)]
    if any(differing) and (says := _mistake_made(problems, answers, exercise)):
        raise Wrong(f"Not yet. It looks as if {says}.")
    if stopped and answers and not any(differing):
        stopped += f"\nOther arguments worked; this happened{_which(problems, len(answers), exercise)}."
    if stopped:
        raise Wrong(stopped)
    if any(differing):
        raise Wrong(_first_difference(answers, right, problems, exercise))
    if student.changed:
        name = exercise.arguments[min(student.changed)]
        student.asides.append(f"the function changes its argument {name} in place: work on a copy")
    if student.asides:
        raise Wrong(f"The answer is right, but {student.asides[0]}.")
    *first, last = exercise.returns
    who = f"{', '.join(first)} and {last} agree" if first else f"{last} agrees"
    return f"Right: {who} with the library."


def _answer(problem: Problem, exercise: Exercise, function: Callable) -> Named:
    """Return what a function answers to a problem, by name.  Raises: Wrong: that is no answer."""
    try:
        result = exercise.call(function, *problem)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        if not isinstance(function, Student):
            raise
        raise Wrong(f"The function's answer does not have the form asked for: {error}") from None
    return _named(result, exercise.returns)


def _mistake_made(problems: Sequence[Problem], answers: Sequence[Named], exercise: Exercise) -> str | None:
    """Return what is to be said of the mistake that leads to all of these answers.

    Where answers are missing the function stopped, and so must the mistake.
    """
    wanted = [*answers, None][: len(problems)]
    for says, ways in exercise.mistakes.items():
        for mistake in ways if isinstance(ways, tuple) else (ways,):
            if all(_leads_to(*both, mistake, exercise) for both in zip(wanted, problems, strict=False)):
                return says
    return None


def _leads_to(answer: Named | None, problem: Problem, mistake: Callable, exercise: Exercise) -> bool:
    """Tell whether a mistake gives this answer.  Args: answer: None if the function stops."""
    try:
        made = _answer(copy.deepcopy(problem), exercise, mistake)
    except Exception:
        return answer is None
    return answer is not None and not _differing(answer, made)


def _differing(answer: Named, right: Named) -> list[str]:
    return [name for name in right if not _same(answer[name], right[name])]


def _first_difference(
    answers: Sequence[Named], rights: Sequence[Named], problems: Sequence[Problem], exercise: Exercise
) -> str:
    """Tell what is right throughout, and the first number that is not."""
    differing = [_differing(answer, right) for answer, right in zip(answers, rights, strict=True)]
    good = [name for name in exercise.returns if not any(name in names for names in differing)]
    so_far = f"Not yet. Right so far: {', '.join(good)}." if good else "Not yet."
    number = next(number for number, names in enumerate(differing) if names)
    name, at = differing[number][0], _which(problems, number, exercise)
    got, right = answers[number][name], rights[number][name]
    if got.shape != right.shape:
        transposed = " Is it transposed?" if got.ndim > 1 and got.shape == right.shape[::-1] else ""
        return f"{so_far} {name} has shape {got.shape}; wanted {right.shape}{at}.{transposed}"
    where = tuple(int(k) for k in np.argwhere(~_close(got, right))[0])
    index = f"[{', '.join(map(str, where))}]" if where else ""
    entry = exercise.entries[name][where[0]] if name in exercise.entries else f"{name}{index}"
    told, wanted = _apart(got[where], right[where])
    differs = "is the first that differs" if len(exercise.returns) > 1 else "differs"
    return f"{so_far} {name} {differs}{at}: {entry} is {told}; it should be {wanted}."


def _apart(*numbers: float) -> list[str]:
    """Return both numbers with as many digits as it takes to tell them apart."""
    for digits in range(4, 18):
        texts = [f"{number:.{digits}g}" for number in numbers]
        if texts[0] != texts[1]:
            break
    return texts


def _which(problems: Sequence[Problem], number: int, exercise: Exercise) -> str:
    """Say what a function was called with, where that helps: it is short, or others went well."""
    if number == len(problems) - 1:
        return " when the function is called again with the same arguments"
    if number == 0 and any(isinstance(argument, np.ndarray) for argument in problems[0]):
        return ""
    named = zip(exercise.arguments, problems[number], strict=False)
    told = [_described(name, argument) for name, argument in named]
    return f" with {', '.join(filter(None, told))}"


def _described(name: str, argument) -> str:
    if isinstance(argument, np.ndarray):
        return f"{name} {argument.shape}"
    if isinstance(argument, dict):
        return ", ".join(_described(f"{name}[{key!r}]", value) for key, value in argument.items())
    plain = argument is None or isinstance(argument, int | float | str | list | tuple)
    return f"{name} = {SHORT.repr(argument)}" if plain else ""


def _named(result, names: Sequence[str]) -> Named:
    """The returned arrays under their names."""
    stacked = isinstance(result, np.ndarray) and result.shape[:1] == (len(names),)
    several = isinstance(result, tuple | list) or stacked
    values = result if len(names) > 1 and several else (result,)
    if len(values) != len(names):
        raise Wrong(f"The function should return {', '.join(names)}: {len(names)} arrays, not {len(values)}.")
    return {name: _array(name, value) for name, value in zip(names, values, strict=True)}


def _array(name: str, value) -> np.ndarray:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biufO" or (array.dtype.kind == "O" and None in array.ravel().tolist()):
            raise TypeError
        return array.astype(np.float64)
    except Exception:  # whatever else it is, NumPy makes no numbers of it
        raise Wrong(f"{name} should be an array of numbers; it is {type(value).__name__}.") from None


def _close(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    # Wide enough for an answer in float32, and far below what any mistake changes.  No right answer holds a
    # nan, but that of a known mistake may.
    return np.isclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(_close(a, b).all())

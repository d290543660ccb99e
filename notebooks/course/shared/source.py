"""Code as text: the library's own in a notebook, how functions differ, and lines with planted bugs."""

import ast
import difflib
import inspect
import textwrap
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from IPython.display import Markdown

from course.shared.student import Student, Wrong


def source_of(function: Callable) -> str:
    """Return the source of a function without its docstring, whose place the notebook's text takes."""
    code = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(code).body[0]
    lines = code.splitlines()
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "\n".join(lines)


def show_source(function: Callable) -> Markdown:
    """Show the source of a function as a block of highlighted Python."""
    return Markdown(f"```python\n{source_of(function)}\n```")


def show_change(before: Callable, after: Callable) -> Markdown:
    """The lines in which the source of a function differs from that of another, with their neighbors.

    A line that goes begins with a minus, one that comes with a plus.
    """
    sources = [source_of(function).splitlines() for function in (before, after)]
    lines = list(difflib.unified_diff(*sources, n=2, lineterm=""))[2:]  # without the files' names
    parts = ["  ⋮" if line.startswith("@@") else line for line in lines]
    if parts and lines[0].startswith("@@ -1"):
        del parts[0]
    if parts and parts[-1][1:] != sources[1][-1]:
        parts.append("  ⋮")
    return Markdown("```diff\n" + "\n".join(parts) + "\n```")


# Bug hunts: lines of which some are spoiled, and a student's corrections of them


class Bug(NamedTuple):
    """One spoiled line."""

    number: int  # counted from 1
    wrong: str


def with_lines(lines: Sequence[str], new: Mapping[int, str]) -> list[str]:
    """Replace some lines, each new one indented as the one that it replaces.

    Args: new: for the number of a line, counted from 1, what is to stand there.
    """
    lines = list(lines)
    for number, line in new.items():
        old = lines[number - 1]
        lines[number - 1] = old[: len(old) - len(old.lstrip())] + line.strip()
    return lines


def planted(right: Sequence[str], wrong: Mapping[str, Sequence[str]], count: int, seed: int) -> list[Bug]:
    """Draw some bugs, each in a line of its own, always the same for one seed, in the order of the lines.

    Args: right: the lines; wrong: for some of them, without indentation, what could stand there instead.
    """
    rng = np.random.default_rng(seed)
    numbers = {line.strip(): number for number, line in enumerate(right, start=1)}
    chosen = rng.choice(list(wrong), count, replace=False)
    return sorted(Bug(numbers[line], str(rng.choice(wrong[line]))) for line in chosen)


def show_lines(lines: Sequence[str]) -> Markdown:
    """Show the lines with their numbers, as a block of highlighted Python."""
    return Markdown("```python\n" + "\n".join(f"{k:2}  {line}" for k, line in enumerate(lines, 1)) + "\n```")


def corrections_of(student: Callable, last: int) -> dict[int, str]:
    """Return corrections, {number of a line: the line}.  Raises: Wrong: they are something else."""
    found = Student(student)()
    if not isinstance(found, Mapping):
        raise Wrong(f"The function should return a dictionary, {{number: line}}, not {type(found).__name__}.")
    for number, line in found.items():
        if not isinstance(number, int | np.integer) or not 1 <= number <= last:
            raise Wrong(f"There is no line {number!r}: lines are numbered from 1 to {last}.")
        if not isinstance(line, str) or len(line.splitlines()) != 1:
            raise Wrong(f"The correction of line {number} should be a string that holds a single line.")
    return {int(number): line for number, line in found.items()}


def finding_on(
    corrections: Mapping[int, str],
    bugs: Mapping[int, str],
    right: Sequence[str],
    effect_of: Callable[[Sequence[str]], str],
    praise: str,
) -> str:
    """Return the praise if the corrections are right.

    Where they are not, each line is tried alone in lines that are right otherwise.  So a bug is described by
    its effect, and not given away.

    Args: bugs: the wrong line at each number; right: the lines without bugs; effect_of: describes in a clause
        what is wrong with lines, "" if they are right.

    Raises: Wrong: they are not.
    """

    def alone(number: int, line: str) -> str:
        return effect_of(with_lines(right, {number: line}))

    effect = effect_of(with_lines(right, {**bugs, **corrections}))
    if not effect:
        return f"Right: all {len(bugs)} bugs are gone, and {praise}."
    for number in sorted(corrections.keys() - bugs.keys()):
        if harm := alone(number, corrections[number]):
            raise Wrong(f"Not yet. Line {number} was right; as you have it now, {harm}.")
    left = [harm for number, wrong in bugs.items() if (harm := alone(number, corrections.get(number, wrong)))]
    if not left:
        raise Wrong(f"Not yet. Each line may be right by itself; together, {effect}.")
    count = f"Not yet: {len(left)} of {len(bugs)} bugs {'is' if len(left) == 1 else 'are'} still there."
    raise Wrong("\n".join([count, *(f"- With one of them alone, {harm}." for harm in left)]))


def where_it_stopped(error: BaseException, what: str, file: str) -> str:
    """Tell the error that lines ended with, and in which of them.  Args: what they are; file: their name."""
    message = error.msg if isinstance(error, SyntaxError) else str(error).partition("\n")[0][:150]
    says = f"With these lines the {what} stops with {type(error).__name__}: {message}"
    own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    number = error.lineno if isinstance(error, SyntaxError) else (own or [None])[-1]
    return f"{says}\nIt happened in line {number}." if number else says

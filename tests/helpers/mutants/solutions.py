"""Mutants of the model solutions: each has one token changed, and its check should turn it away.

All of them, some thousands, in some minutes: PYTHONPATH=tests python -m helpers.mutants.solutions [CHECK ...]
"""

import ast
import contextlib
import io
import sys
import tokenize
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from course.shared import student
from course.shared.diagnosis import Verdict
from course.tools.exercises import needed_by
from course.tools.students import BEGIN, END
from helpers.coded_exercises import CHECKS, NOTEBOOKS, ON_THEIR_OWN, check_called, code_of
from helpers.mutants.equivalent import EQUIVALENT

SECONDS = 5.0  # for one call of a mutant, some of which have no end
OTHERS = {
    **{"+": "-", "-": "+", "*": "/", "/": "*", "//": "/", "**": "*", "@": "*", "%": "//", "^": "&", "&": "|"},
    **{"<": "<= >", ">": ">= <", "<=": "< >=", ">=": "> <=", "==": "!=", "!=": "==", "|": "&", "~": ""},
    **{"+=": "-=", "-=": "+=", "*=": "/=", "/=": "*="},
    **{"and": "or", "or": "and", "True": "False", "False": "True", "break": "continue", "not": " "},
    **{"sum": "mean max", "mean": "sum", "max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax"},
    **{"zeros": "ones", "ones": "zeros", "zeros_like": "ones_like", "ones_like": "zeros_like"},
    **{"exp": "log1p", "log": "sqrt", "tanh": "sin", "sqrt": "square", "abs": "square", "cos": "sin"},
    **{
        "sigma": "np.tanh",
        "median": "mean",
        "append": "clear",
        "hstack": "dstack",
        "std": "var",
        "T": "real",
    },
}


class Cell(NamedTuple):
    """A cell with a model solution, and the cells that it needs."""

    check: str
    source: str
    needed: Sequence[str]


class Mutant(NamedTuple):
    """A cell one token of which is another."""

    line: str  # the line that has been changed, as it is now
    source: str


def cells() -> list[Cell]:
    """Return all cells with a model solution that a check compares with the library's answers."""
    found = []
    for path in NOTEBOOKS:
        sources = [cell.source for cell in code_of(path)]
        for number, source in enumerate(sources):
            check = check_called(source)
            if check and BEGIN in source and check not in ON_THEIR_OWN:
                needed = [sources[k] for k in needed_by(sources[number], sources[:number])]
                found.append(Cell(check, source, needed))
    return found


def mutants_of(source: str) -> Iterator[Mutant]:
    """Yield the cell with one token of its solution changed, each in every usual way."""
    lines = source.splitlines(keepends=True)
    first, last = (next(k for k, line in enumerate(lines, 1) if mark in line) for mark in (BEGIN, END))
    names, seen = local_names(source), {source}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        row, column = token.start
        if not first < row < last:
            continue
        for other in others(token, names):
            line = lines[row - 1][:column] + other + lines[row - 1][token.end[1] :]
            mutant = "".join([*lines[: row - 1], line, *lines[row:]])
            if mutant not in seen and compiles(mutant):
                seen.add(mutant)
                yield Mutant(line.strip(), mutant)


def others(token: tokenize.TokenInfo, names: Sequence[str]) -> list[str]:
    """Return what is put in the place of a token."""
    text = token.string
    if text in OTHERS:
        return OTHERS[text].split() or [""]
    if token.type == tokenize.NUMBER:
        number = ast.literal_eval(text)
        return [str(number + 1), str(number - 1)] if isinstance(number, int) else [f"{2 * number}", "0.0"]
    if text in names:
        place = names.index(text)
        return [names[place - 1], names[(place + 1) % len(names)]]
    return []


def local_names(source: str) -> list[str]:
    """Return the names of arguments and variables in the cell's functions, in their order."""
    arguments = [node.arg for node in ast.walk(ast.parse(source)) if isinstance(node, ast.arg)]
    stored = [
        node.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return list(dict.fromkeys([*arguments, *stored]))


def compiles(source: str) -> bool:
    """Tell whether it is Python."""
    try:
        compile(source, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


class Bench:
    """Runs cells of one exercise after those that they need."""

    def __init__(self, needed: Sequence[str]):
        self._names = {"__name__": "__main__"}
        with silence():
            for source in needed:
                exec(source, self._names)

    def function_in(self, source: str) -> Callable:
        """Return the function that a cell hands to its check."""
        names, tree = dict(self._names), ast.parse(source)
        call = tree.body.pop().value
        with silence():
            exec(compile(tree, "<mutant>", "exec"), names)
        return names[call.args[0].id]


def verdict_on(check: str, function: Callable) -> Verdict:
    """Return what a check finds, without printing it."""
    with silence():
        return CHECKS[check](function)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Swallow what is printed, and give calls little time."""
    seconds, student.SECONDS = student.SECONDS, SECONDS
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        student.SECONDS = seconds


def survivors(cell: Cell, every: int = 1) -> tuple[int, list[str]]:
    """Return how many mutants were tried, and the changed lines of those that pass and are not equivalent."""
    bench, tried = Bench(cell.needed), wanted_mutants(cell)[::every]
    assert verdict_on(cell.check, bench.function_in(cell.source)), f"{cell.check} turns the model away"
    found = [mutant.line for mutant in tried if verdict_on(cell.check, bench.function_in(mutant.source))]
    return len(tried), found


def wanted_mutants(cell: Cell) -> list[Mutant]:
    """Return the mutants that a check should turn away."""
    known = EQUIVALENT.get(cell.check, {})
    return [mutant for mutant in mutants_of(cell.source) if mutant.line not in known]


def main(wanted: Sequence[str]) -> int:
    """Try all mutants of these checks, or of all; print those that pass, and return how many do."""
    tried = passed = 0
    for cell in cells():
        if not wanted or cell.check in wanted:
            count, lines = survivors(cell)
            tried, passed = tried + count, passed + len(lines)
            print(f"{cell.check}: {count} mutants, {len(lines)} pass", *lines, sep="\n    ", flush=True)
    left_out = sum(map(len, EQUIVALENT.values()))
    print(f"{tried} mutants, {passed} pass; {left_out} lines are known to be equivalent")
    return passed


if __name__ == "__main__":
    import matplotlib

    matplotlib.use("agg")
    sys.exit(main(sys.argv[1:]) > 0)

"""The coded exercises of a notebook: which check each calls, on what, and which cells that needs."""

import ast
import builtins
import symtable
from collections.abc import Sequence
from typing import NamedTuple

from nbformat import NotebookNode


class Exercise(NamedTuple):
    """An exercise with a check."""

    check: str  # the function's name
    module: str  # where it is imported from
    arguments: str  # what it is called on, as code


def code_of(notebook: NotebookNode) -> list[str]:
    """Return the sources of a notebook's code cells."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def exercises_of(notebook: NotebookNode) -> list[Exercise]:
    """Return the exercises of one of the course's notebooks, in order: the calls of imported checks."""
    modules: dict[str, str] = {}  # of imported names
    found = []
    for statement in ast.parse("\n".join(code_of(notebook))).body:
        if isinstance(statement, ast.ImportFrom):
            modules |= {
                alias.asname or alias.name: f"{statement.module}.{alias.name}" for alias in statement.names
            }
        elif isinstance(statement, ast.Expr) and isinstance(call := statement.value, ast.Call):
            first, _, rest = ast.unparse(call.func).partition(".")
            module, _, check = f"{modules.get(first, '')}{'.' if rest else ''}{rest}".rpartition(".")
            if check.startswith("check_"):
                found.append(Exercise(check, module, ", ".join(map(ast.unparse, call.args))))
    return found


def needed_by(code: str, sources: Sequence[str]) -> list[int]:
    """Return the numbers of the cells that define a name which the code uses, or which these cells use.

    A cell that Python cannot read is none of them.
    """
    chosen, needed = [], _globals(code)[0]
    for number in reversed(range(len(sources))):
        used, defined = _globals(sources[number])
        if needed & defined:
            chosen.insert(0, number)
            needed = (needed - defined) | used
    return chosen


def _globals(source: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell may take from other cells, and those that it defines for them."""
    try:
        top = symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError):
        return set(), set()
    defined = {name.get_name() for name in top.get_symbols() if name.is_assigned() or name.is_imported()}
    used, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names = [name for name in table.get_symbols() if name.is_referenced()]
        used |= {name.get_name() for name in names if table is top or name.is_global()}
    own = {name.get_name() for name in top.get_symbols() if name.is_namespace() or name.is_imported()}
    return used - own - set(vars(builtins)), defined  # a function or an import comes before its use

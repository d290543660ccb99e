"""All checks of the course and all cells that call one: found by name, so that new ones are included."""

import builtins
import inspect
import re
import symtable
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import nbformat

import course
from course.shared.diagnosis import Exercise, judge

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
CALL = re.compile(r"^(?:\w+\.)?(check_\w+)\(", re.MULTILINE)


def _checks() -> dict[str, Callable]:
    folder = Path(course.__file__).parent
    files = [path.relative_to(folder.parent) for path in sorted(folder.glob("*/*.py"))]
    chapters = [file for file in files if file.parts[1] not in ("shared", "tools")]
    modules = [import_module(".".join(file.with_suffix("").parts)) for file in chapters]
    members = [member for module in modules for member in inspect.getmembers(module, inspect.isfunction)]
    return {name: function for name, function in members if name.startswith("check_")}


CHECKS = _checks()


def exercise_of(check: Callable) -> Exercise | None:
    """The exercise that a check sets; None where it does not compare answers with a catalogue."""
    found = []

    def student(*arguments) -> None:
        frames = [frame for frame in inspect.stack() if frame.frame.f_code is judge.__code__]
        found.extend(frame.frame.f_locals["exercise"] for frame in frames)

    check(student)
    return found[0] if found else None


def code_of(path: Path) -> list:
    """The code cells of a notebook."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def check_called(source: str) -> str | None:
    """The name of the check that a cell calls, if it calls one."""
    call = CALL.search(source)
    return call.group(1) if call else None


def needed_by(number: int, sources: list[str]) -> list[int]:
    """The numbers of the cells before this one that define a name which it needs, or which these need."""
    chosen, needed = [], _globals(sources[number])[0]
    for earlier in reversed(range(number)):
        used, defined = _globals(sources[earlier])
        if needed & defined:
            chosen.insert(0, earlier)
            needed = (needed - defined) | used
    return chosen


def _globals(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell may take from other cells, and those that it defines for them."""
    top = symtable.symtable(source, "cell", "exec")
    defined = {name.get_name() for name in top.get_symbols() if name.is_assigned() or name.is_imported()}
    used, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names = [name for name in table.get_symbols() if name.is_referenced()]
        used |= {name.get_name() for name in names if table is top or name.is_global()}
    return used - set(vars(builtins)), defined

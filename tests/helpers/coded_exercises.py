"""All checks of the course and all cells that call one: found by name, so that new ones are included."""

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import nbformat

import course
from course.shared.diagnosis import Exercise, judge
from course.tools.students import without_assertions

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
# Checks that compare with no catalogue of mistakes: tests of their own go through what they say.
ON_THEIR_OWN = {"check_bug_hunt", "check_training_bug_hunt", "check_assembly"}
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
    """The code cells of a notebook that students get as well."""
    cells = without_assertions(nbformat.read(path, as_version=4)).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def check_called(source: str) -> str | None:
    """The name of the check that a cell calls, if it calls one."""
    call = CALL.search(source)
    return call.group(1) if call else None

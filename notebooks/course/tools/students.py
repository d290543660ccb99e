"""The students' version of the notebooks: without the solutions, and without outputs, which give them away.

A solution stands between two lines with nbgrader's marks, and nbgrader's stub takes its place.  Outside of a
function the stub is only a comment, since its `raise` would keep all further cells from being run.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat

from course.tools.execute import NOTEBOOKS, normalize, read
from lstm_lib.commands.options import Parser
from lstm_lib.errors import UserError
from lstm_lib.storage import atomic_file

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB, RAISE = "# YOUR CODE HERE", "raise NotImplementedError()"
OUT_OF_FOLDER = re.compile(r"(\]\(|\b(?:src|href)=[\"'])\.\./")  # a link to what lies beside the notebooks


def main(argv: Sequence[str]) -> int:
    """Run the command `students`.  Returns: the exit status."""
    parser = Parser(
        prog="python -m lstm_lib students",
        description="Write every notebook without its solutions and outputs, to hand out. The notebooks "
        "themselves stay as they are. Where a notebook is there already and differs, nothing is written.",
    )
    default = NOTEBOOKS.parent / "students"
    where = "default: students, in the course's folder"
    parser.add_argument("folder", nargs="?", metavar="FOLDER", default=default, type=Path, help=where)
    parser.add_argument("--force", action="store_true", help="overwrite what is there, and students' work")
    options = parser.parse_args(argv)
    written = write_students_version(options.folder, force=options.force)
    print(f"Wrote {len(written)} notebooks without solutions to {options.folder}")
    return 0


def write_students_version(folder: Path, *, force: bool = False) -> list[Path]:
    """Write every notebook of the course without its solutions, and return the files.

    Args: folder: where to; made if it is not there; force: overwrite notebooks that are there and differ.
    Raises: UserError: a student's work would be overwritten, or the notebooks themselves; nothing is written.
    """
    if NOTEBOOKS in (resolved := folder.resolve(), *resolved.parents):
        raise UserError(f"{folder}: the notebooks with their solutions are here; name another folder")
    texts = {folder / path.name: students_text(path, folder) for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
    if not texts:
        raise UserError(f"{NOTEBOOKS}: no notebooks here; run this in the course's folder")
    for path, text in texts.items():
        if not force and path.exists() and path.read_bytes() != text.encode():
            advice = "name a new folder, or add --force to overwrite it"
            raise UserError(f"{path}: exists already, maybe with a student's work; {advice}")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        with atomic_file(path) as file:
            file.write(text.encode())
    return list(texts)


def students_text(path: Path, folder: Path) -> str:
    """Return the text of a notebook's version for students, with links that hold in their folder."""
    notebook = normalize(read(path)[1])
    course = Path(os.path.relpath(NOTEBOOKS.parent, folder.resolve())).as_posix()
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.source = without_solutions(cell.source, f"{path}, cell {number}")
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = OUT_OF_FOLDER.sub(rf"\g<1>{course}/", cell.source)
    return nbformat.writes(notebook) + "\n"


def without_solutions(source: str, where: str = "this cell") -> str:
    """Return the code with a stub in the place of each solution.

    Raises: UserError: a mark has no partner.
    """
    return "\n".join(_lines_without_solutions(source, where))


def _lines_without_solutions(source: str, where: str) -> Iterator[str]:
    inside = False
    for line in source.splitlines():
        if (begins := BEGIN in line) or END in line:
            if begins == inside:
                raise UserError(f"{where}: {line.strip()} has no partner")
            inside = begins
            if begins:
                indent = line[: len(line) - len(line.lstrip())]
                yield from [indent + STUB, indent + RAISE] if indent else [STUB]
        elif not inside:
            yield line
    if inside:
        raise UserError(f"{where}: {BEGIN} has no partner")

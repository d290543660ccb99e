"""The students' version of the notebooks: without the solutions, and without outputs, which give them away.

A solution stands between two lines with nbgrader's marks, and nbgrader's stub takes its place.  Outside of a
function the stub is only a comment, since its `raise` would keep all further cells from being run.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.tools.execute import ASSERTIONS, NOTEBOOKS, normalize, read
from course.tools.nbgrader_source import BEGIN, nbgrader_source
from lstm_lib.errors import UserError
from lstm_lib.storage import atomic_file

END = "### END SOLUTION"
STUB, RAISE = "# YOUR CODE HERE", "raise NotImplementedError()"
OUT_OF_FOLDER = re.compile(r"(\]\(|\b(?:src|href)=[\"'])\.\./")  # a link to what lies beside the notebooks


def write_students_version(folder: Path, *, force: bool = False, nbgrader: bool = False) -> list[Path]:
    """Write every notebook of the course without its solutions, and return the files.

    Args: folder: where to; made if it is not there; force: overwrite notebooks that are there and differ;
        nbgrader: write what nbgrader makes the students' version from, in a folder for each assignment.
    Raises: UserError: a student's work would be overwritten, or the notebooks themselves; nothing is written.
    """
    if NOTEBOOKS in (resolved := folder.resolve(), *resolved.parents):
        raise UserError(f"{folder}: the notebooks with their solutions are here; name another folder")
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    if nbgrader:
        texts = {folder / "source" / path.stem / path.name: nbgrader_text(path) for path in paths}
    else:
        texts = {folder / path.name: students_text(path, folder) for path in paths}
    if not texts:
        raise UserError(f"{NOTEBOOKS}: no notebooks here; run this in the course's folder")
    for path, text in texts.items():
        if not force and path.exists() and path.read_bytes() != text.encode():
            advice = "name a new folder, or add --force to overwrite it"
            raise UserError(f"{path}: exists already, maybe with a student's work; {advice}")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as file:
            file.write(text.encode())
    return list(texts)


def students_text(path: Path, folder: Path) -> str:
    """Return the text of a notebook's version for students, with links that hold in their folder."""
    notebook = normalize(without_assertions(read(path)[1]))
    course = Path(os.path.relpath(NOTEBOOKS.parent, folder.resolve())).as_posix()
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.source = without_solutions(cell.source, f"{path}, cell {number}")
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = OUT_OF_FOLDER.sub(rf"\g<1>{course}/", cell.source)
    return nbformat.writes(notebook) + "\n"


def nbgrader_text(path: Path) -> str:
    """Return the text of a notebook's source version for nbgrader."""
    return nbformat.writes(nbgrader_source(normalize(without_assertions(read(path)[1])))) + "\n"


def without_assertions(notebook: NotebookNode) -> NotebookNode:
    """Take away the cells that hold the notebook to its outcome, which would give predictions away."""
    notebook.cells = [cell for cell in notebook.cells if ASSERTIONS not in cell.metadata.get("tags", [])]
    return notebook


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

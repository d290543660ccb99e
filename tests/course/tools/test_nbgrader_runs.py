"""nbgrader itself makes the students' version, and grades right, empty and cheating answers; asked for only.

It takes minutes, and nbgrader is in none of the course's extras: pip install nbgrader==0.9.6, then

    LSTM_LIB_NBGRADER=all python -m pytest tests/course/tools/test_nbgrader_runs.py -n 0

`LSTM_LIB_NBGRADER=02,09` tries these notebooks alone.
"""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import nbformat
import pytest

from course.tools.execute import NOTEBOOKS
from course.tools.nbgrader_source import BEGIN, POINTS
from course.tools.students import STUB
from lstm_lib.__main__ import main

ASKED = os.environ.get("LSTM_LIB_NBGRADER", "")
PATHS = [
    path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if ASKED == "all" or path.stem[:2] in ASKED.split(",")
]
pytestmark = pytest.mark.skipif(not ASKED, reason="LSTM_LIB_NBGRADER names no notebooks")
SETTINGS = "c = get_config()\nc.ExecutePreprocessor.timeout = 300\nc.CourseDirectory.course_id = 'lstm'\n"
CHEAT = "\n\ndef verdict_of(*_):\n    return True, 'Right'"


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    assert main(["students", "--nbgrader", str(folder)]) == 0
    (folder / "nbgrader_config.py").write_text(SETTINGS, encoding="utf-8")
    return folder


def nbgrader(course: Path, *arguments: str) -> None:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # it calls others
    environment = {**os.environ, "PATH": programs, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def hand_in(course: Path, student: str, name: str, notebook: nbformat.NotebookNode) -> None:
    folder = course / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_right_answers_get_all_points_and_others_none(course, path):
    name = path.stem
    nbgrader(course, "generate_assignment", name, "--force")
    released = nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)
    source = nbformat.read(course / "source" / name / f"{name}.ipynb", as_version=4)
    stubs = sum(STUB in cell.source for cell in released.cells)
    assert stubs == sum(BEGIN in cell.source for cell in source.cells)
    assert not any(BEGIN in cell.source for cell in released.cells)
    hand_in(course, "empty", name, released)
    marks = ("nbgrader", "checksum")
    for cell in released.cells:
        grading = cell.metadata.get(marks[0], {})
        solved = [old for old in source.cells if old.metadata.get("nbgrader", {}).get("grade_id")]
        match = [old for old in solved if old.metadata["nbgrader"]["grade_id"] == grading.get("grade_id")]
        if match and grading.get("solution"):
            cell.source = match[0].source
    hand_in(course, "right", name, released)
    tests = [cell for cell in released.cells if cell.metadata.get("nbgrader", {}).get("locked")]
    for cell in released.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = f"{STUB}{CHEAT}"
    for cell in tests:
        cell.source = "pass"  # nbgrader puts the test back
    hand_in(course, "cheat", name, released)
    nbgrader(course, "autograde", name)

    from nbgrader.api import Gradebook

    with closing(Gradebook(f"sqlite:///{course / 'gradebook.db'}")) as book:
        graded = {
            student: [
                grade.auto_score
                for grade in book.find_submission_notebook(name, name, student).grades
                if grade.cell.cell_type == "code" and grade.cell.name.startswith("test-")
            ]
            for student in ("right", "empty", "cheat")
        }
    assert graded["right"] == [POINTS] * len(tests)
    assert sum(graded["empty"]) == sum(graded["cheat"]) == 0

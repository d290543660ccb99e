"""nbgrader's source version of a notebook: every answer marked, and a locked test with points below it.

nbgrader makes the students' version from it, and puts the tests back where a student has changed them.
"""

import nbformat
from nbformat import NotebookNode

from course.tools.exercises import Exercise, exercises_of

BEGIN = "### BEGIN SOLUTION"
POINTS = 2  # for each answer
TEST = """\
# {points} points. Run this cell: it says nothing where the answer is right.
from course.tools.graded_run import verdict_of
from {module} import {check} as check_anew  # whatever this notebook calls by that name

right, says = verdict_of(check_anew, {arguments})
assert right, says"""


def nbgrader_source(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of one of the course's notebooks with nbgrader's metadata, and without outputs.

    An answer that has a check is graded by it, any other by hand.
    """
    notebook = nbformat.from_dict(notebook)
    exercises = {exercise.check: exercise for exercise in exercises_of(notebook)}
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if BEGIN in cell.source:
            asked = [exercise for check, exercise in exercises.items() if f"{check}(" in cell.source]
            _mark(cell, f"answer-{cell.id}", solution=True, grade=not asked)
            cells += [_test(exercise, cell.id) for exercise in asked]
    notebook.cells = cells
    return notebook


def _test(exercise: Exercise, answer: str) -> NotebookNode:
    source = TEST.format(points=POINTS, **exercise._asdict())
    cell = nbformat.v4.new_code_cell(source, id=f"{answer}-test")
    _mark(cell, f"test-{answer}", grade=True, locked=True)
    return cell


def _mark(cell: NotebookNode, grade_id: str, *, solution=False, grade=False, locked=False) -> None:
    marks = {"schema_version": 3, "grade_id": grade_id, "task": False}
    marks |= {"solution": solution, "grade": grade, "locked": locked} | ({"points": POINTS} if grade else {})
    cell.metadata["nbgrader"] = marks

"""nbgrader's source version: every answer is marked, and every check is a locked test below its answer."""

import nbformat
import pytest

from course.tools.execute import NOTEBOOKS, read
from course.tools.exercises import exercises_of
from course.tools.nbgrader_source import BEGIN, POINTS, nbgrader_source
from lstm_lib.__main__ import main


def marks_of(notebook) -> list[tuple]:
    return [(cell, cell.metadata["nbgrader"]) for cell in notebook.cells if "nbgrader" in cell.metadata]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_answer_is_graded_once(path):
    before = read(path)[1]
    after = nbgrader_source(before)
    nbformat.validate(after)
    marks = marks_of(after)
    assert len({data["grade_id"] for _, data in marks}) == len(marks)
    answers = [cell for cell, data in marks if data["solution"]]
    assert [cell.source for cell in answers] == [c.source for c in before.cells if BEGIN in c.source]
    tests = [cell.source for cell, data in marks if data["locked"]]
    assert len(tests) == len(exercises_of(before))
    for exercise, test in zip(exercises_of(before), tests, strict=True):
        assert f"from {exercise.module} import {exercise.check} as" in test
    by_hand = [data for _, data in marks if data["solution"] and data["grade"]]
    assert len(by_hand) + len(tests) == len(answers)
    assert {data["points"] for _, data in marks if data["grade"]} == {POINTS}


def test_a_test_passes_a_right_answer_and_no_other():
    notebook = nbgrader_source(read(NOTEBOOKS / "02_architectures.ipynb")[1])
    (answer, _), (test, _) = marks_of(notebook)[:2]
    names: dict = {}
    exec("import numpy as np\nfrom course.architectures.checks import check_reverse", names)
    exec(answer.source, names)
    exec(test.source, names)
    names["reverse"] = lambda *arguments: None
    names["check_reverse"] = lambda function: True
    with pytest.raises(AssertionError, match="Not written yet"):
        exec(test.source, names)


def test_the_command_writes_one_folder_for_each_assignment(tmp_path):
    assert main(["students", "--nbgrader", str(tmp_path / "course")]) == 0
    written = sorted((tmp_path / "course" / "source").glob("*/*.ipynb"))
    assert [path.name for path in written] == sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
    assert all(path.parent.name == path.stem for path in written)

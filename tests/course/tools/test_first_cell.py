"""The first cell: it says what to do where the course is missing, and nothing elsewhere."""

import os
import subprocess
import sys

import nbformat
import pytest

from course.tools.execute import FIRST, NOTEBOOKS, read
from course.tools.first_cell import SOURCE, with_first_cell

# Python without site-packages, as somebody has it who got a notebook by mail.
ALONE = [sys.executable, "-I", "-S", "-c"]


def test_it_says_what_to_do_where_the_course_is_missing(tmp_path):
    done = subprocess.run([*ALONE, SOURCE], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs the course's library" in done.stderr and "python -m lstm_lib lab" in done.stderr
    # An exit would let a notebook go on to its next cell.
    assert "\nImportError: This notebook needs" in done.stderr


def test_it_says_nothing_where_the_course_is_there(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", SOURCE]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_it_stands_first_and_once(path):
    before = read(path)[1]
    after = with_first_cell(before)
    nbformat.validate(after)
    code = [cell for cell in after.cells if cell.cell_type == "code"]
    assert code[0].source == SOURCE and code[0].metadata["jupyter"] == {"source_hidden": True}
    assert sum(FIRST in cell.metadata.get("tags", []) for cell in after.cells) == 1
    assert [cell.execution_count for cell in code if cell.source] == list(range(1, len(code) + 1))
    assert with_first_cell(after) == after


def test_it_fits_a_notebook():
    assert len(SOURCE.splitlines()) <= 15
    assert max(map(len, SOURCE.splitlines())) <= 110

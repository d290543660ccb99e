"""The tool that executes notebooks: same bytes every time, and no file touched where a cell fails."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course.tools import execute
from lstm_lib.errors import UserError

SLIDER = """\
import ipywidgets as widgets
x = widgets.IntSlider(value=3)
widgets.VBox([x, widgets.interactive_output(lambda x: print("x is", x), {"x": x})])"""


@pytest.fixture
def notebook(tmp_path):
    """Return a function that writes a notebook of the given cells and returns its path."""

    def write(*sources):
        path = tmp_path / "00_trial.ipynb"
        nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)
        return path

    return write


def test_outputs_are_stored_and_the_second_run_changes_nothing(notebook):
    path = notebook(
        "print('one')\nimport sys; print('two', file=sys.stderr); print('three')", "", "6 * 7", SLIDER
    )
    assert execute.main([str(path)]) == 0
    cells = nbformat.read(path, as_version=4).cells
    assert [(o.name, o.text) for o in cells[0].outputs] == [("stdout", "one\nthree\n"), ("stderr", "two\n")]
    assert [cell.execution_count for cell in cells] == [1, None, 2, 3]
    assert cells[2].outputs[0].data == {"text/plain": "42"}
    assert cells[3].outputs[0].text == "x is 3\n", "what the widget shows first is kept as a static output"
    assert execute.WIDGET_VIEW not in cells[3].outputs[1].data
    assert execute.main([str(path), "--check"]) == 0


def test_check_tells_what_would_change_and_changes_nothing(notebook, capsys):
    path = notebook("1 + 1")
    before = path.read_bytes()
    assert execute.main([str(path), "--check"]) == 1
    assert f"{path}: would change" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_a_failing_cell_is_named_and_the_file_stays(notebook):
    path = notebook("print('fine')", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"00_trial\.ipynb, code cell 1: ZeroDivisionError: division by zero"):
        execute.main([str(path)])
    assert path.read_bytes() == before


def test_a_cell_that_never_ends_is_stopped(notebook, monkeypatch):
    monkeypatch.setattr(execute, "CELL_SECONDS", 1)
    with pytest.raises(UserError, match="code cell 0: not done after 1 s"):
        execute.main([str(notebook("while True: pass"))])


@pytest.mark.parametrize("content", [None, "", "{", "[1]", '{"cells": 3}'])
def test_a_file_that_is_no_notebook_is_named(tmp_path, content):
    path = tmp_path / "broken.ipynb"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=r"broken\.ipynb: not a notebook"):
        execute.main([str(path)])

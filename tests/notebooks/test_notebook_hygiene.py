"""Every stored notebook is in its final form: executed in order, small, normal, and all checked by nbval."""

import ast
import base64
import io
import itertools
import re
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course.tools.execute import ASSERTIONS, FIRST, PNG, normalize
from course.tools.minutes import in_class, stated

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
MOST_BYTES = 1_000_000
MOST_LINES = 15
MOST_IMPORTS = 6
MOST_WORDS, MOST_MINUTES, TOLERANCE = 3_000, 45, 1
MACHINE_PATH = re.compile(r"/(home|root|tmp|Users|var|opt|work)/|site-packages|[A-Z]:\\\\?Users")
WEAKENING = re.compile(r"nbval-(skip|ignore-output|raises-exception)|raises-exception", re.IGNORECASE)
CREATES_WIDGET = re.compile(r"\bwidgets?\b|\binteract|_explorer\(")
# How many of a notebook's cells nbval does not compare in full. Only a cell that makes a widget may be one.
WEAKENED = {"01_lstm_from_scratch": 1}


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_weakened(cell: NotebookNode) -> bool:
    comments = "\n".join(line for line in cell.source.splitlines() if line.lstrip().startswith("#"))
    return bool(WEAKENING.search(" ".join(cell.metadata.get("tags", [])) + comments.replace("_", "-")))


def texts(output: NotebookNode) -> list[str]:
    """Return all that a reader of an output can read."""
    data = [text for kind, text in output.get("data", {}).items() if not kind.startswith("image/png")]
    return [str(text) for text in [*data, output.get("text", "")]]


def is_cut_off(output: NotebookNode) -> bool:
    """Does something in a picture reach its edge?  Pictures are shown without a look for what sticks out."""
    if "image/png" not in output.get("data", {}):
        return False
    colors = plt.imread(io.BytesIO(base64.b64decode(output.data["image/png"])))
    edges = np.concatenate([colors[0], colors[-1], colors[:, 0], colors[:, -1]])
    return bool((edges != edges[0]).any())


def taught(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells above the exercises that students see."""
    cells = itertools.takewhile(lambda cell: not cell.source.startswith("## Exercises"), notebook.cells)
    return [c for c in cells if c.cell_type == "code" and ASSERTIONS not in c.metadata.get("tags", [])]


def asserts(cell: NotebookNode) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source)))


def imports_at_the_top(notebook: NotebookNode) -> int:
    """Count the statements that import, down to the first heading of a section."""
    cells = itertools.takewhile(lambda cell: not re.search("^## ", cell.source, re.M), notebook.cells)
    code = (cell for cell in cells if cell.cell_type == "code" and FIRST not in cell.metadata.get("tags", []))
    trees = [ast.parse(cell.source) for cell in code]
    return sum(isinstance(node, ast.Import | ast.ImportFrom) for tree in trees for node in tree.body)


def faults(notebook: NotebookNode) -> set[str]:
    """Return what is wrong with a notebook, in the words of the house's rules."""
    cells = code_cells(notebook)
    run = [cell for cell in cells if cell.source.strip()]
    outputs = [output for cell in cells for output in cell.outputs]
    rules = {
        "cells were not run once each, from top to bottom": [cell.execution_count for cell in run]
        != list(range(1, len(run) + 1)),
        "an output is an error": any(output.output_type == "error" for output in outputs),
        "an output names a path of one machine": any(
            MACHINE_PATH.search(text) for output in outputs for text in texts(output)
        ),
        "a picture is cut off at its edge": any(map(is_cut_off, outputs)),
        "a code cell is too long": any(len(cell.source.splitlines()) > MOST_LINES for cell in cells),
        # nbval runs cells without history, in which IPython prints the value that a `;` should hide.
        "a cell ends with a semicolon": any(cell.source.rstrip().endswith(";") for cell in cells),
        "nbval is weakened where no widget is made": any(
            is_weakened(cell) and not CREATES_WIDGET.search(cell.source) for cell in cells
        ),
        "a picture has no alternative text": any(
            PNG in output.get("data", {}) and not output.metadata.get(PNG, {}).get("alt")
            for output in outputs
        ),
        "an assertion gives a prediction away": any(map(asserts, taught(notebook))),
        "more than six lines of imports at the top": imports_at_the_top(notebook) > MOST_IMPORTS,
        "it is not normalized: run python -m lstm_lib notebooks": normalize(notebook) != notebook,
    }
    return {rule for rule, broken in rules.items() if broken}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_in_its_final_form(path):
    notebook = nbformat.read(path, as_version=4)
    assert faults(notebook) == set()
    assert path.stat().st_size <= MOST_BYTES
    assert sum(map(is_weakened, code_cells(notebook))) == WEAKENED.get(path.stem, 0)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_fits_into_a_lesson(path):
    notebook = nbformat.read(path, as_version=4)
    found, said = in_class(notebook), stated(notebook)
    assert found.words <= MOST_WORDS and found.core <= MOST_MINUTES
    assert said is not None
    assert abs(said[0] - found.core) <= TOLERANCE and abs(said[1] - found.deeper) <= TOLERANCE


def good_notebook() -> NotebookNode:
    cells = [new_code_cell("1 + 1", execution_count=1), new_code_cell("print(2)", execution_count=2)]
    cells[1].outputs = [new_output("stream", name="stdout", text="2\n")]
    return normalize(new_notebook(cells=cells))


def picture(values: np.ndarray) -> NotebookNode:
    """An output that is a picture.  Args: values (rows, columns): of its pixels."""
    plt.imsave(file := io.BytesIO(), values)
    return new_output("display_data", {"image/png": base64.b64encode(file.getvalue()).decode()})


def test_a_good_notebook_has_no_faults():
    assert faults(good_notebook()) == set()
    notebook = good_notebook()
    notebook.cells[1].outputs.append(picture(np.pad(np.eye(9), 1)))
    notebook.cells[1].metadata["alt"] = "A diagonal."
    assert faults(normalize(notebook)) == set()


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("top to bottom", lambda cell: cell.update(execution_count=3)),
        (
            "is an error",
            lambda cell: cell.outputs.append(new_output("error", ename="E", evalue="", traceback=[])),
        ),
        ("one machine", lambda cell: cell.outputs[0].update(text="/home/ada/course/data.tsv")),
        ("one machine", lambda cell: cell.outputs[0].update(text=r"C:\Users\ada\course")),
        ("alternative", lambda cell: cell.outputs.append(picture(np.pad(np.eye(9), 1)))),
        ("gives a prediction away", lambda cell: cell.update(source="print(2)\nassert 1 < 2")),
        ("gives a prediction away", lambda cell: cell.update(source="for i in [2]:\n    assert i > 1")),
        ("imports at the top", lambda cell: cell.update(source="\n".join(["import re"] * 7))),
        ("cut off", lambda cell: cell.outputs.append(picture(np.eye(9)))),
        ("too long", lambda cell: cell.update(source="\n".join(["x = 1"] * (MOST_LINES + 1)))),
        ("semicolon", lambda cell: cell.update(source="plt.plot([1, 2]);\n")),
        ("weakened", lambda cell: cell.metadata.update(tags=["nbval-skip"])),
        ("weakened", lambda cell: cell.metadata.update(tags=["raises-exception"])),
        ("weakened", lambda cell: cell.update(source="# NBVAL_IGNORE_OUTPUT\nprint(2)")),
        ("normalized", lambda cell: cell.update(id="another")),
        ("normalized", lambda cell: cell.metadata.update(execution={"iopub.status.busy": "2026-01-01"})),
    ],
)
def test_each_fault_is_found(rule, spoil):
    notebook = good_notebook()
    spoil(notebook.cells[1])
    assert [fault for fault in faults(notebook) if rule in fault]


def test_widget_state_and_interpreter_version_are_faults():
    notebook = good_notebook()
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    notebook.metadata.language_info["version"] = "3.11.7"
    assert len(faults(notebook)) == 1

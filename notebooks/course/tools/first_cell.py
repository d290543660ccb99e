"""The first code cell of every notebook, which says what to do where the course is not installed.

In Colab, on Kaggle, or where somebody got a notebook by mail, the imports would fail with a name that says
nothing.  From a folder with the course:

    python -m course.tools.first_cell      # puts the cell into all notebooks, or brings it up to date
"""

import nbformat
from nbformat import NotebookNode

from course.tools.execute import FIRST, NOTEBOOKS, normalize, read

SOURCE = """\
# Says what to do where the course isn't installed: in Colab, on Kaggle, or for a notebook sent by mail.
from importlib.util import find_spec

if not (find_spec("lstm_lib") and find_spec("course")):
    raise ImportError(
        "This notebook needs the course's library, which isn't installed here.\\n"
        "On your computer: get the whole course, and run in its folder: python -m lstm_lib lab\\n"
        "In Colab or on Kaggle: run this in a cell above, with the course's address, and restart:\\n"
        "    !git clone ADDRESS lstm-course && pip install -q -e './lstm-course[dates]'\\n"
        "Without installing anything: open the notebook on the course's site."
    )"""


def with_first_cell(notebook: NotebookNode) -> NotebookNode:
    """Return a copy whose first code cell is this one."""
    notebook = nbformat.from_dict(notebook)
    cells = [cell for cell in notebook.cells if FIRST not in cell.metadata.get("tags", [])]
    place = next((number for number, cell in enumerate(cells) if cell.cell_type == "code"), len(cells))
    counts = [cell.execution_count for cell in cells if cell.cell_type == "code"]
    cell = nbformat.v4.new_code_cell(SOURCE, metadata={"tags": [FIRST]})
    if any(counts):  # stored outputs stay true, one cell further down
        shift = len(cells) == len(notebook.cells)
        for other in cells:
            if other.cell_type == "code" and other.execution_count and shift:
                other.execution_count += 1
                for output in other.outputs:
                    if output.get("execution_count"):
                        output.execution_count += 1
        cell.execution_count = 1
    notebook.cells = [*cells[:place], cell, *cells[place:]]
    return normalize(notebook)


if __name__ == "__main__":
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        before, notebook = read(path)
        after = nbformat.writes(with_first_cell(notebook)) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            print(f"{path.name}: changed")

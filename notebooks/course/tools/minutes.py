"""How long a notebook takes in class: its core path, and the sections that its headings mark as deeper.

A heading that ends with "· deeper" marks its section, with all below it, as one to skip.  Exercises, quiz,
summary and references are done at home.  From a folder with the course:

    python -m course.tools.minutes      # a table of all notebooks
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from nbformat import NotebookNode

from course.tools.execute import ASSERTIONS, FIRST, NOTEBOOKS, read

WORDS_A_MINUTE = 150  # read aloud, or read with care
MINUTES_A_CELL, MINUTES_A_PREDICTION = 0.75, 1.5
DEEPER = "· deeper"
AT_HOME = re.compile(r"^## (Exercises|Quiz|Summary|References)", re.MULTILINE)
HEADING = re.compile(r"^(#{2,4}) (.*)$", re.MULTILINE)
STATED = re.compile(r"\*\*In class\*\*: (\d+) minutes for the core path(?:, and (\d+) more)?")


class Minutes(NamedTuple):
    """Minutes in class; words outside what is done at home."""

    core: float
    deeper: float
    words: int


def in_class(notebook: NotebookNode) -> Minutes:
    """Estimate the minutes of a notebook from its words, code cells and predictions."""
    spent, words = {False: 0.0, True: 0.0}, 0
    for deeper, text, is_code in parts(notebook):
        if is_code:
            spent[deeper] += MINUTES_A_CELL
        else:
            words += (count := len(text.split()))
            spent[deeper] += count / WORDS_A_MINUTE + MINUTES_A_PREDICTION * text.count("**Predict")
    return Minutes(spent[False], spent[True], words)


def parts(notebook: NotebookNode) -> Iterator[tuple[bool, str, bool]]:
    """Give the pieces of a notebook that are for class: are they deeper, their text, are they code."""
    level = None  # of the heading that marked what follows as deeper
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if not {ASSERTIONS, FIRST} & set(cell.metadata.get("tags", [])):
                yield level is not None, cell.source, True
            continue
        home = AT_HOME.search(cell.source)
        text = cell.source[: home.start()] if home else cell.source
        begin = 0
        for heading in HEADING.finditer(text):
            yield level is not None, text[begin : heading.start()], False
            begin, depth = heading.start(), len(heading[1])
            if level is None or depth <= level:
                level = depth if heading[2].rstrip().endswith(DEEPER) else None
        yield level is not None, text[begin:], False
        if home:
            return


def stated(notebook: NotebookNode) -> tuple[int, int] | None:
    """Return the minutes that a notebook's first cell states, of the core path and more, or None."""
    found = STATED.search(notebook.cells[0].source)
    return (int(found[1]), int(found[2] or 0)) if found else None


if __name__ == "__main__":
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = read(path)[1]
        core, deeper, words = in_class(notebook)
        print(
            f"{path.stem:22} core {core:.0f}, deeper {deeper:.0f} min, {words} words, says {stated(notebook)}"
        )

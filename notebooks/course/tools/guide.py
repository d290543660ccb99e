"""The teacher's guide: `notebooks/README.md`, whose table of minutes comes from the notebooks.

python -m course.tools.guide      # writes the table again
"""

import re

from course.tools.execute import NOTEBOOKS, read
from course.tools.exercises import exercises_of
from course.tools.minutes import in_class

GUIDE = NOTEBOOKS / "README.md"
TABLE = re.compile(r"(<!-- minutes -->\n).*?(<!-- /minutes -->)", re.DOTALL)
HEAD = """
| notebook | core path (minutes) | deeper (minutes) | questions to ask | exercises with a check |
| --- | --- | --- | --- | --- |
"""


def table() -> str:
    """Return the table of minutes, questions and exercises."""
    rows = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = read(path)[1]
        core, deeper, _ = in_class(notebook)
        asked = sum(cell.source.count("**Predict") for cell in notebook.cells if cell.cell_type == "markdown")
        title = notebook.cells[0].source.partition("\n")[0].lstrip("# ")
        checks = len(exercises_of(notebook))
        rows.append(f"| [{title}]({path.name}) | {core:.0f} | {deeper:.0f} | {asked} | {checks} |")
    return HEAD + "\n".join(rows) + "\n\n"


def with_table(text: str) -> str:
    """Return the guide's text with the table of today."""
    return TABLE.sub(lambda marks: f"{marks[1]}{table()}{marks[2]}", text)


if __name__ == "__main__":
    GUIDE.write_text(with_table(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")

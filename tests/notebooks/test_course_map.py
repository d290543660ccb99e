"""The map of the course in notebook 00, the one in README and the notebooks that are there agree."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (\d\d) \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\[([^]]+)\]\(([^)]+)\)")


def rows(text: str) -> dict[str, str]:
    return dict(ROW.findall(text))


def notebook_rows() -> dict[str, str]:
    notebook = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", as_version=4)
    return rows("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown"))


def plain(row: str) -> str:
    return LINK.sub(r"\1", row).replace(" (you are here)", "")


def test_the_notebook_and_readme_show_the_same_thirteen():
    readme = rows((ROOT / "README.md").read_text(encoding="utf-8"))
    assert list(readme) == [f"{number:02}" for number in range(13)]
    assert {number: plain(row) for number, row in notebook_rows().items()} == {
        number: plain(row) for number, row in readme.items()
    }


def test_what_is_there_is_linked_and_what_is_not_is_planned():
    for number, row in notebook_rows().items():
        there = [path.name for path in (ROOT / "notebooks").glob(f"{number}_*.ipynb")]
        linked = [target for _, target in LINK.findall(row)]
        assert linked == ([] if number == "00" else there)
        assert row.endswith("(planned)") == (not there)

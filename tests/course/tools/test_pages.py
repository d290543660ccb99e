"""What the site's pages are made from: pictures with alternative texts, notebooks with a live one."""

import nbformat
import pytest

from course.tools.execute import NOTEBOOKS, read
from course.tools.pages import reference, with_alternative_texts, write_source


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    write_source(folder)
    return folder


def test_every_notebook_has_a_page_that_opens_it_live(source):
    first = (source / "index.md").read_text(encoding="utf-8")
    for path in NOTEBOOKS.glob("*.ipynb"):
        page = nbformat.read(source / "notebooks" / path.name, as_version=4)
        assert f"lite/lab/index.html?path=notebooks/{path.name}" in page.cells[0].source
        assert f"notebooks/{path.stem}" in first


def test_a_caption_below_a_picture_becomes_its_alternative_text():
    picture = nbformat.v4.new_output("display_data", {"image/png": "AAAA"})
    drawn, alone = (nbformat.v4.new_code_cell("plot()", outputs=[picture]) for _ in range(2))
    caption = nbformat.v4.new_markdown_cell(
        "*Figure 1. A line. Alternative text: a line\nclimbs to $x$.*\n\nMore."
    )
    notebook = nbformat.v4.new_notebook(cells=[drawn, caption, alone])
    found = with_alternative_texts(notebook)
    assert found.cells[0].metadata["mystnb"] == {"image": {"alt": "a line climbs to x."}}
    assert "mystnb" not in found.cells[2].metadata


def test_most_stored_pictures_have_an_alternative_text():
    cells = [c for path in NOTEBOOKS.glob("*.ipynb") for c in with_alternative_texts(read(path)[1]).cells]
    drawn = [c for c in cells if any("image/png" in out.get("data", {}) for out in c.get("outputs", []))]
    assert len(drawn) > 100
    assert sum("mystnb" in cell.metadata for cell in drawn) / len(drawn) > 0.9


def test_the_reference_names_the_modules_of_the_library(source):
    text = "\n".join(reference())
    assert "automodule:: lstm_lib.nn.lstm" in text
    assert "lstm_lib.commands" not in text and "__main__" not in text
    assert (source / "results.md").read_text(encoding="utf-8").startswith("# Results")

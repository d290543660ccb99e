"""What the site's pages are made from: pictures with alternative texts, notebooks with a live one."""

import re

import nbformat
import pytest

from course.tools.execute import ASSERTIONS, FIRST, NOTEBOOKS
from course.tools.publish.pages import for_the_site, reference, write_source


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


def test_alternative_texts_and_folded_assertions_reach_the_page():
    drawn, alone = (nbformat.v4.new_code_cell("plot()") for _ in range(2))
    drawn.metadata["alt"] = "A line climbs to x."
    held = nbformat.v4.new_code_cell("assert right", metadata={"tags": [ASSERTIONS]})
    found = for_the_site(nbformat.v4.new_notebook(cells=[drawn, alone, held]))
    assert found.cells[0].metadata["mystnb"] == {"image": {"alt": "A line climbs to x."}}
    assert "mystnb" not in found.cells[1].metadata
    assert found.cells[2].metadata["tags"] == [ASSERTIONS, "hide-input"]


def test_the_reference_names_the_modules_of_the_library(source):
    text = "\n".join(reference())
    assert "automodule:: lstm_lib.nn.lstm" in text
    assert "lstm_lib.commands" not in text and "__main__" not in text
    assert (source / "results.md").read_text(encoding="utf-8").startswith("# Results")


def test_the_pages_beside_the_notebooks_are_there_and_their_links_hold(source):
    front = (source / "index.md").read_text(encoding="utf-8")
    for name in ("notebooks/symbols", "experiments", "guide", "results"):
        assert f"\n{name}\n" in front
        text = (source / f"{name}.md").read_text(encoding="utf-8")
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            target = (source / f"{name}.md").parent / link
            assert target.exists(), (name, link)
    assert 'href="slides/index.html"' in front and 'href="translate.html"' in front
    page = nbformat.read(source / "notebooks/04_recurrent_dropout.ipynb", as_version=4)
    assert "slides/04_recurrent_dropout.html" in page.cells[0].source


def test_the_first_cell_is_for_those_without_the_course():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("look", metadata={"tags": [FIRST]})])
    assert for_the_site(notebook).cells == []

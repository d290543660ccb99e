"""Slides of all notebooks as pages that need nothing but the folder they lie in."""

import html
import os
import re
import shutil
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from nbconvert import SlidesExporter
from nbformat import NotebookNode

from course.tools.execute import NOTEBOOKS, read
from course.tools.publish.fetch import npm_folder
from course.tools.publish.pages import mathjax
from course.tools.publish.slides import slides_of
from lstm_lib.errors import UserError
from lstm_lib.storage import disk_errors

REVEAL = "reveal.js@4.6.1", "4f4121ef2b8e7e9398bdecd7b3b6ce5e0ee3a2f5af221708eb6c4ce03bcae6be"
REVEAL_FILES = r"dist/(reveal\.js|reveal\.css)|plugin/notes/(notes\.js|speaker-view\.html)|LICENSE"
# nbconvert's page without the parts that it loads from other hosts.
TEMPLATE = """\
{% extends "index.html.j2" %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="slides.css">
<script>
window.MathJax = {
  tex: { inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]], processEscapes: true },
  chtml: { matchFontHeight: false },
  options: { ignoreHtmlClass: "notes|highlight|jp-OutputArea-output-text", enableMenu: false },
};
</script>
<script defer src="mathjax/es5/tex-chtml-full.js"></script>
<script defer src="reveal/dist/reveal.js"></script>
<script defer src="reveal/plugin/notes/notes.js"></script>
<script defer src="slides.js"></script>
{% endblock %}
{% block footer %}</html>{% endblock %}
"""
THEME = re.compile(r'<link[^>]*id="theme"[^>]*>')  # which asks another host for its font
INDEX = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Slides</title>
<style>:root {{ background: Canvas; color: CanvasText }}
h1 {{ font-size: 1.8rem; line-height: 1.2 }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }}
a:any-link {{ color: light-dark(#0b5394, #8ab4f8) }}</style>
<main>
<h1>Slides</h1>
<p>The core path of each notebook, for class. Keys: the space bar goes on, <kbd>S</kbd> opens the speaker's
window with notes and a clock, <kbd>O</kbd> shows all slides, <kbd>F</kbd> fills the screen.</p>
<ul>
{lines}
</ul>
</main>
</html>
"""


def write_slides(folder: Path) -> list[Path]:
    """Write the slides of every notebook into a new folder.  Returns: the pages of the slides.

    Raises: UserError: the folder exists, or reveal.js or MathJax cannot be fetched; nothing is left.
    """
    if folder.exists():
        raise UserError(f"{folder}: exists already; delete it, or name a new folder")
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as scratch:
            decks = Path(scratch) / "slides"
            shutil.copytree(npm_folder(*REVEAL, REVEAL_FILES), decks / "reveal")
            shutil.copytree(mathjax(), decks / "mathjax")
            for name in ("slides.css", "slides.js"):
                (decks / name).write_text(_beside(name), encoding="utf-8")
            lines = []
            for path in sorted(NOTEBOOKS.glob("*.ipynb")):
                notebook = read(path)[1]
                title = notebook.cells[0].source.partition("\n")[0].lstrip("# ")
                (decks / f"{path.stem}.html").write_text(page(notebook, title), encoding="utf-8")
                lines.append(f'<li><a href="{path.stem}.html">{html.escape(title)}</a></li>')
            (decks / "index.html").write_text(INDEX.format(lines="\n".join(lines)), encoding="utf-8")
            os.replace(decks, folder)
    return [folder / f"{path.stem}.html" for path in sorted(NOTEBOOKS.glob("*.ipynb"))]


def page(notebook: NotebookNode, title: str) -> str:
    """Return a notebook's slides as HTML.  Args: notebook: executed; title: of the page."""
    exporter = SlidesExporter(
        raw_template=TEMPLATE,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        reveal_url_prefix="reveal",
    )
    deck = slides_of(notebook)
    deck.metadata = notebook.metadata | {"title": title}
    text, _ = exporter.from_notebook_node(deck)
    return THEME.sub("", text)


def _beside(name: str) -> str:
    return (resources.files("course.tools.publish") / name).read_text(encoding="utf-8")

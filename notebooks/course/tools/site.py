"""The site: a folder that any server of files can serve, with a first page and all notebooks live."""

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from course.tools.execute import NOTEBOOKS, read
from course.tools.lite import write_lite
from lstm_lib.errors import UserError
from lstm_lib.storage import disk_errors

TITLE = "Translation with LSTMs from scratch in NumPy"
PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
  body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
</style>
<main>
<h1>{title}</h1>
<p>A course in thirteen notebooks. Each opens with a Python that runs in your browser: there is nothing to
install, and nothing you type leaves your computer. The first visit downloads some 45 MB; later ones use your
browser's cache. Your changes are kept in this browser, so download the notebooks that you want to keep.</p>
<ol start="0">
{items}
</ol>
</main>
</html>
"""


def write_site(folder: Path) -> None:
    """Write the site into a new folder.

    Raises: UserError: the folder exists, or a part of the site cannot be fetched or built; nothing is
    written.
    """
    if folder.exists():
        raise UserError(f"{folder}: exists already; delete it, or name a new folder")
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as scratch:
            site = Path(scratch) / "site"
            write_lite(site / "lite")
            page = PAGE.format(title=escape(TITLE), items="\n".join(items()))
            (site / "index.html").write_text(page, encoding="utf-8")
            os.replace(site, folder)


def items() -> Iterator[str]:
    """Give a list's items: each notebook's title, which opens it."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        title = read(path)[1].cells[0].source.splitlines()[0].split(" · ")[-1]
        yield f'<li><a href="lite/lab/index.html?path=notebooks/{path.name}">{escape(title)}</a></li>'

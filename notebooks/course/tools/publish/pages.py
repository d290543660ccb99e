"""The course's pages: the stored notebooks, the library's reference and the results."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat import NotebookNode

from course.tools.execute import ASSERTIONS, FIRST, NOTEBOOKS, read
from course.tools.publish.fetch import npm_folder, run_fetcher
from course.tools.publish.frames import movables
from course.tools.publish.movable import write_movable

TITLE = "Translation with LSTMs from scratch in NumPy"
MATHJAX = "mathjax@3.2.2", "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09"
MATHJAX_FILES = r"es5/(tex-chtml-full\.js|output/chtml/fonts/woff-v2/.*|LICENSE)"
DATA_LINK = re.compile(r"\[([^]]+)\]\(data/[^)]*\)")  # which the site does not hold
PICTURE = re.compile(r"\]\(([^/)]*\.png)\)")  # beside the page that shows it
LIVE = (
    '<a href="../lite/lab/index.html?path=notebooks/{name}.ipynb">Run this notebook in your browser</a>, '
    'or see its <a href="../slides/{name}.html">slides</a>.'
)
OF_A_NOTEBOOK = re.compile(r"\]\((\d\d_\w+)\.ipynb\)")  # a link from beside it
UPWARDS = re.compile(r"\[([^]]+)\]\(\.\./[^)]*\)")  # to what the site does not hold
CONFIGURATION = f"""\
from course.tools.publish.docstrings import as_rst

project = {TITLE!r}
author = "The lstm_lib authors"
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
nb_execution_mode = "off"
nb_render_markdown_format = "myst"  # of outputs: the default has no tables
myst_enable_extensions = ["dollarmath", "amsmath", "html_image"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing", "mystnb.unknown_mime_type", "misc.highlighting_failure"]
html_theme = "sphinx_book_theme"
html_title = project
html_theme_options = {{"show_toc_level": 2}}
html_static_path = ["static"]
html_css_files = ["course.css"]
html_copy_source = False
mathjax_path = "mathjax/es5/tex-chtml-full.js"


def plain_text(app, what, name, thing, options, lines):
    lines[:] = as_rst(lines)


def setup(app):
    app.connect("autodoc-process-docstring", plain_text)
"""
# Figures are drawn on white, and in dark mode the panel around them is white, too.  The theme's top bar only
# repeats the search of the side bar.
STYLE = """\
html[data-theme="dark"] .bd-content article.bd-article img {
  background: white; padding: 8px; border-radius: 8px }
.bd-header.navbar { display: none }
figure.movable { margin: 1rem 0; padding: 0 }
figure.movable label { display: block; font-weight: bold }
figure.movable input { width: min(100%, 30rem); height: 2rem }
figure.movable img { display: block; max-width: 100%; height: auto }
figure.movable img[hidden] { display: none }
.highlight-text pre { font-size: .72rem }
.cell pre { font-size: .8rem }
div.math mjx-container { padding-top: .35rem }
html[data-theme="light"] .highlight .gi { color: #00622f }
html[data-theme="dark"] .highlight .gi { color: #7ee2a8 }
.sig, h1, h2 { overflow-wrap: anywhere }
.sig .pre, .sig em { white-space: normal }
"""
FRONT = """\
# {title}

A course in thirteen notebooks, with the library underneath it. Each page shows a notebook as it was run.
The link below its title opens the same notebook with a Python that runs in your browser: there is nothing
to install, and nothing that you type leaves your computer. The first visit downloads some 50 MB, 15 MB more
where a notebook needs SciPy; later ones use the browser's cache. Your changes stay in this browser;
download the notebooks that you want to keep.

- <a href="translate.html">Translate a sentence</a> with the course's model, in a page of its own, and see its
  gates and its beam.
- [Pictures to move](pictures.md): a forget gate, a softmax and the brevity penalty, each with a slider.
- <a href="slides/index.html">Slides</a> of each notebook's core path, with notes for the speaker.
- Teachers: [a plan for thirteen sessions or a weekend](guide.md).

```{{toctree}}
:caption: Notebooks
:maxdepth: 1

{notebooks}
```

```{{toctree}}
:caption: More
:maxdepth: 1

pictures
notebooks/symbols
results
experiments
scale
guide
reference
```
"""


def write_pages(folder: Path) -> None:
    """Write the pages into a folder.

    Raises: UserError: a part of them cannot be fetched, or Sphinx fails.
    """
    with TemporaryDirectory() as scratch:
        source = Path(scratch)
        write_source(source)
        shutil.copytree(mathjax(), source / "static" / "mathjax")
        sphinx = [sys.executable, "-m", "sphinx", "-q", "-j", "auto", "-b", "html"]
        run_fetcher([*sphinx, ".", str(folder.resolve())], source)
    shutil.rmtree(folder / ".doctrees", ignore_errors=True)


def write_source(folder: Path) -> None:
    """Write what Sphinx makes the pages from."""
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    (folder / "notebooks").mkdir()
    for path in paths:
        notebook = for_the_site(read(path)[1])
        title, _, rest = notebook.cells[0].source.partition("\n")
        links = " ".join([LIVE.format(name=path.stem), *to_move(path.stem)])
        notebook.cells[0].source = f"{title}\n\n{links}\n{rest}"
        nbformat.write(notebook, folder / "notebooks" / path.name)
    readme = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    results = readme[readme.index("## Results") : readme.index("## The library, the course")]
    results = results.replace("](figures/README.md", "](experiments.md")
    experiments = (NOTEBOOKS.parent / "figures/README.md").read_text(encoding="utf-8")
    experiments = experiments.replace("](SCALE.md)", "](scale.md)")
    scale = (NOTEBOOKS.parent / "figures/SCALE.md").read_text(encoding="utf-8")
    left_out = shutil.ignore_patterns("*.py", "*.pdf", "*.md")
    shutil.copytree(NOTEBOOKS.parent / "figures", folder / "figures", ignore=left_out)
    texts = {
        "conf.py": CONFIGURATION,
        "index.md": FRONT.format(
            title=TITLE, notebooks="\n".join(f"notebooks/{path.stem}" for path in paths)
        ),
        "results.md": DATA_LINK.sub(r"\1", results).replace("## ", "# ", 1).replace("\n### ", "\n## "),
        "experiments.md": without_files(
            PICTURE.sub(r"](figures/\1)", experiments.replace("(SCALE.md)", "(scale.md)"))
        ),
        "scale.md": PICTURE.sub(r"](figures/\1)", scale),
        "guide.md": without_files((NOTEBOOKS / "README.md").read_text(encoding="utf-8")),
        "notebooks/symbols.md": (NOTEBOOKS / "symbols.md").read_text(encoding="utf-8"),
        "reference.md": "\n".join(["# Reference", "", *reference()]),
        "pictures.md": write_movable(folder / "static" / "movable"),
        "static/course.css": STYLE,
        "static/movable.js": Path(__file__).with_name("movable.js").read_text(encoding="utf-8"),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def to_move(name: str) -> Iterator[str]:
    """Give links to the pictures with a slider that belong to a notebook."""
    for picture in movables():
        if picture.notebook == name:
            yield f'A picture to move: <a href="../pictures.html#{picture.name}">{picture.title.lower()}</a>.'


def without_files(text: str) -> str:
    """Return a page that lies in a folder of the checkout, with the links that hold on the site."""
    text = OF_A_NOTEBOOK.sub(r"](notebooks/\1.ipynb)", text).replace(
        "](symbols.md)", "](notebooks/symbols.md)"
    )
    return DATA_LINK.sub(r"\1", UPWARDS.sub(r"\1", text))


def reference() -> Iterator[str]:
    """Give the lines of the library's reference: every module's docstrings."""
    library = NOTEBOOKS.parent / "lstm_lib"
    for path in sorted(library.rglob("*.py")):
        module = ".".join(path.relative_to(library.parent).with_suffix("").parts)
        if not module.endswith("__") and ".commands." not in module:
            yield f"## {module}\n\n```{{eval-rst}}\n.. automodule:: {module}\n   :members:\n```\n"


def for_the_site(notebook: NotebookNode) -> NotebookNode:
    """Put alternative texts and the folding of assertions where the site's builder looks for them."""
    for cell in notebook.cells:
        if alt := cell.metadata.get("alt"):
            cell.metadata["mystnb"] = {"image": {"alt": alt if isinstance(alt, str) else " ".join(alt)}}
        if ASSERTIONS in cell.metadata.get("tags", []):
            cell.metadata["tags"] = [*cell.metadata["tags"], "hide-input"]
    notebook.cells = [cell for cell in notebook.cells if FIRST not in cell.metadata.get("tags", [])]
    return notebook


def mathjax() -> Path:
    """Return a folder of the cache with what of MathJax the pages load, fetched where it is missing."""
    return npm_folder(*MATHJAX, MATHJAX_FILES)

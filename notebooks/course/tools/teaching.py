"""The commands for teachers: the students' notebooks, the site, slides, and grading."""

from collections.abc import Callable, Sequence
from pathlib import Path

from course.tools import grade as grading
from course.tools.execute import NOTEBOOKS
from course.tools.publish.deck import write_slides
from course.tools.publish.site import write_site
from course.tools.students import write_students_version
from lstm_lib.commands.options import Parser

ROOT = NOTEBOOKS.parent


def new_parser(command: Callable, **folder: object) -> Parser:
    """Return the parser of a command, which says in its docstring what it does to a folder."""
    parser = Parser(prog=f"python -m lstm_lib {command.__name__}", description=command.__doc__)
    parser.add_argument("folder", metavar="FOLDER", type=Path, **folder)
    return parser


def students(argv: Sequence[str]) -> int:
    """Write every notebook without its solutions and outputs into FOLDER (default: students), to hand out.

    The notebooks themselves stay as they are. Where one is there already and differs, nothing is written.
    """
    parser = new_parser(students, nargs="?", default=ROOT / "students")
    parser.add_argument("--force", action="store_true", help="overwrite what is there, and students' work")
    parser.add_argument("--nbgrader", action="store_true", help="write nbgrader's source version instead")
    options = parser.parse_args(argv)
    written = write_students_version(options.folder, force=options.force, nbgrader=options.nbgrader)
    print(f"Wrote {len(written)} notebooks to {options.folder}")
    return 0


def site(argv: Sequence[str]) -> int:
    """Write the course as a site into the new FOLDER (default: build/site), for any server of files.

    All notebooks run there in the reader's browser. It needs the extra `site`, and npm to fetch Pyodide once.
    """
    folder = new_parser(site, nargs="?", default=ROOT / "build/site").parse_args(argv).folder
    write_site(folder)
    print(f"Wrote the site to {folder}; see it with: python -m http.server -d {folder}")
    return 0


def slides(argv: Sequence[str]) -> int:
    """Write each notebook's core path as slides into the new FOLDER (default: build/slides).

    They need no network, and have notes for the speaker. npm fetches reveal.js and MathJax once.
    """
    folder = new_parser(slides, nargs="?", default=ROOT / "build/slides").parse_args(argv).folder
    decks = write_slides(folder)
    print(f"Wrote {len(decks)} decks to {folder}; open {folder / 'index.html'} in a browser")
    return 0


def grade(argv: Sequence[str]) -> int:
    """Run all notebooks in FOLDER, check every exercise, and write the grades as a table and a page.

    Strangers' code runs with limits of time and memory, and with your rights: use a container.
    """
    parser = new_parser(grade, help="the notebooks to grade, in folders or not")
    parser.add_argument("--output", metavar="NEW", type=Path, help="a new folder (default: FOLDER-grades)")
    options = parser.parse_args(argv)
    return grading.main(options.folder, options.output)

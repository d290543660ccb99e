"""The commands for teachers: the students' notebooks, the site, and grading."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lstm_lib.bootstrap import ROOT
from lstm_lib.commands.checkout import load


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the commands to the parser; each says in its docstring what it does."""

    def new(run: Callable, meaning: str, **folder: object) -> argparse.ArgumentParser:
        parser = commands.add_parser(run.__name__, help=meaning, description=run.__doc__)
        parser.add_argument("folder", metavar="FOLDER", type=Path, **folder)
        parser.set_defaults(run=run)
        return parser

    parser = new(students, "write the notebooks without solutions", nargs="?", default=ROOT / "students")
    parser.add_argument("--force", action="store_true", help="overwrite what is there, and students' work")
    parser.add_argument("--nbgrader", action="store_true", help="write nbgrader's source version instead")
    new(site, "write the course as a site that runs in the browser", nargs="?", default=ROOT / "build/site")
    parser = new(grade, "grade students' notebooks", help="the notebooks to grade, in folders or not")
    parser.add_argument("--output", metavar="NEW", type=Path, help="a new folder (default: FOLDER-grades)")


def students(options: argparse.Namespace, further: list[str]) -> int:
    """Write every notebook without its solutions and outputs into FOLDER (default: students), to hand out.

    The notebooks themselves stay as they are. Where one is there already and differs, nothing is written.
    """
    write = load("course.tools.students").write_students_version
    written = write(options.folder, force=options.force, nbgrader=options.nbgrader)
    print(f"Wrote {len(written)} notebooks to {options.folder}")
    return 0


def site(options: argparse.Namespace, further: list[str]) -> int:
    """Write the course as a site into the new FOLDER (default: build/site), for any server of files.

    All notebooks run there in the reader's browser. It needs the extra `site`, and npm to fetch Pyodide once.
    """
    load("course.tools.site").write_site(options.folder)
    print(f"Wrote the site to {options.folder}; see it with: python -m http.server -d {options.folder}")
    return 0


def grade(options: argparse.Namespace, further: list[str]) -> int:
    """Run all notebooks in FOLDER, check every exercise, and write the grades as a table and a page.

    Strangers' code runs with limits of time and memory, and with your rights: use a container.
    """
    return load("course.tools.grade").main(options.folder, options.output)

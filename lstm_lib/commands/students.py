"""`students`: the notebooks without their solutions."""

from __future__ import annotations

import argparse
from pathlib import Path

from lstm_lib.bootstrap import ROOT
from lstm_lib.commands.checkout import load

DESCRIPTION = """\
Write every notebook without its solutions and outputs, to hand out.

The notebooks themselves stay as they are.  Where a notebook is there already and differs, nothing is written.
"""


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "students",
        help="write the notebooks without their solutions",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = "default: students, in the course's folder"
    parser.add_argument("folder", nargs="?", metavar="FOLDER", default=ROOT / "students", help=where)
    parser.add_argument("--force", action="store_true", help="overwrite what is there, and students' work")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, further: list[str]) -> int:
    """Run the command.  Returns: the exit status."""
    folder = Path(options.folder)
    written = load("course.tools.students").write_students_version(folder, force=options.force)
    print(f"Wrote {len(written)} notebooks without solutions to {folder}")
    return 0

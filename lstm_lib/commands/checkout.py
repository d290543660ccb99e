"""The commands whose code lies beside the library, in the course and among the figures, and what they need.

Their options are read by that code, once the environment is made.
"""

from __future__ import annotations

import argparse
from functools import partial
from importlib import import_module
from types import ModuleType

from lstm_lib.errors import UserError

COMMANDS = {  # name: what it does; the module and function that do it with the arguments
    "notebooks": ("execute notebooks again and store their outputs", "course.tools.execute", "main"),
    "students": ("write the notebooks without their solutions", "course.tools.teaching", "students"),
    "site": ("write the course as a site that runs in the browser", "course.tools.teaching", "site"),
    "slides": ("write the notebooks' core path as slides", "course.tools.teaching", "slides"),
    "grade": ("grade students' notebooks", "course.tools.teaching", "grade"),
    "study": ("measure what the report claims, and draw its figures", "figures.lab.command", "main"),
}


def add_parsers(commands: argparse._SubParsersAction) -> None:
    """Add these commands to the parser, each of which passes its arguments on."""
    for name, (meaning, *place) in COMMANDS.items():
        parser = commands.add_parser(name, help=meaning, add_help=False, allow_abbrev=False)
        parser.set_defaults(run=partial(run, *place), takes_further=True)


def run(module: str, function: str, options: argparse.Namespace, further: list[str]) -> int:
    """Run a command and return the exit status."""
    return getattr(load(module), function)(further)


def load(name: str) -> ModuleType:
    """Import a module of `course` or `figures`.

    Raises: UserError where there is none, so that the package was installed without them.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise UserError(
            f"there is no {error.name!r} here: this command works in the course's folder, as README.md says"
        ) from error

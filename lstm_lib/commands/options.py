"""What several commands share: how one is added to the parser, and the options of the search."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lstm_lib.errors import UserError
from lstm_lib.recipe import check_workers, spelled, suited_to

MOST_BEAMS = 1_000  # of each sentence; a batch of 64 then scores 64,000 prefixes at a time


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, and whose help may meet a full disk."""

    def print_help(self, file=None):
        """Print the help; argparse would not notice that it cannot be written."""
        print(self.format_help(), end="", file=file, flush=True)

    def error(self, message: str):
        """Raise a UserError that says what is wrong and where help is."""
        raise UserError(f"{message}; see {self.prog} --help")


def new_parser(
    commands: argparse._SubParsersAction, name: str, meaning: str, run: Callable, **more: Any
) -> argparse.ArgumentParser:
    """Add a command, described by the docstring of the module that holds its function `run`."""
    texts = {"help": meaning, "description": sys.modules[run.__module__].__doc__}
    parser = commands.add_parser(name, formatter_class=argparse.RawDescriptionHelpFormatter, **texts, **more)
    parser.set_defaults(run=run)
    return parser


def add_option(group: argparse._ArgumentGroup, option) -> None:
    """Add one field of `Recipe`. An option that is not given is absent: the defaults stay in `Recipe`."""
    kind, default = type(option.default), option.default
    argument = {"type": str if default is None else kind, **option.metadata["argument"]}
    if kind is bool:
        argument, default = {"action": argparse.BooleanOptionalAction}, "yes" if default else "no"
    elif "choices" not in argument:
        argument.setdefault("metavar", "X" if kind is float else "N")
    own = "; own files: by size" if option.name in suited_to(1) else ""
    meaning = option.metadata["help"] + ("" if default is None else f" (default: {default}{own})")
    group.add_argument(spelled(option.name), default=argparse.SUPPRESS, help=meaning, **argument)


def add_search_options(parser: argparse._ActionsContainer, n_best: bool = False) -> None:
    """Add the options of the search for translations."""
    number = {"type": int, "metavar": "N"}
    beam_size = "beginnings kept at once; 1 is greedy (default: 5)"
    alpha = "alpha of Wu et al. (2016); 0 favors short translations (default: 1)"
    parser.add_argument("--beam-size", default=5, help=beam_size, **number)
    parser.add_argument("--length-penalty", type=float, default=1.0, metavar="X", help=alpha)
    copying = "copy the source word with the most attention where the model writes an unknown word"
    parser.add_argument("--copy-unknown", action="store_true", help=copying)
    if n_best:
        parser.add_argument("--n-best", default=1, help="translations per sentence (default: 1)", **number)


def output_file(option: str, name: str, *inputs: str | None) -> Path:
    """Return the file that an option names to be written, before any work is done for it.

    Raises: UserError if it cannot be written, belongs to a run, or is one of the `inputs`, the files read.
    """
    from lstm_lib.storage import RUN_SUFFIXES

    path, there = Path(name), Path(os.path.realpath(name))
    if there.is_dir() or there.is_symlink():
        raise UserError(f"{option} {name}: is a folder, or a link to itself; name a file")
    if (there.parent / "config.json").is_file() and there.suffix in RUN_SUFFIXES:
        raise UserError(f"{option} {name}: belongs to the run in {there.parent}; choose another folder")
    if there.is_file() and str(there) in [os.path.realpath(each) for each in inputs if each is not None]:
        raise UserError(f"{option} {name}: is a file that is read, and would be lost; choose another name")
    if not path.exists() or path.is_file():  # not a device or a pipe, which are written to as they are
        check_writable(f"{option} {name}", there.parent)
    return path


def check_new_folder(name: str) -> None:
    """Raise a UserError unless a folder of that name can be made where there is nothing yet."""
    path = Path(name).absolute()
    if os.path.lexists(path):
        raise UserError(f"{name}: exists already; name a new folder")
    check_writable(name, next(parent for parent in path.parents if parent.exists()))


def check_writable(what: str, folder: Path) -> None:
    """Raise a UserError unless a file can be written into a folder, by writing one that vanishes again."""
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(f"{what}: cannot be written ({error.strerror}); choose another folder") from error


def search_options(options: argparse.Namespace) -> dict[str, int | float]:
    """Return them as arguments of `Translator.translate`; raise a UserError if a value is impossible."""
    names = ("beam_size", "length_penalty", "n_best", "copy_unknown", "workers")
    search = {name: getattr(options, name) for name in names if hasattr(options, name)}
    beam_size, n_best, length_penalty = options.beam_size, search.get("n_best", 1), options.length_penalty
    if not 1 <= beam_size <= MOST_BEAMS:
        raise UserError(f"--beam-size {beam_size}: wanted at least 1, and at most {MOST_BEAMS:,}")
    if not 1 <= n_best <= beam_size:
        raise UserError(f"--n-best {n_best}: wanted 1 to the --beam-size, {beam_size}")
    if not 0 <= length_penalty <= 10:
        raise UserError(f"--length-penalty {length_penalty}: wanted a finite number, at least 0, at most 10")
    check_workers(search.get("workers", 1))
    return search

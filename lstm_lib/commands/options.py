"""What several commands share: how one is added to the parser, and the options of the search."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lstm_lib.errors import UserError
from lstm_lib.recipe import spelled

RUN_SUFFIXES = (".codec", ".json", ".jsonl", ".npz", ".tmp")  # of the files that make up a run


def new_parser(
    commands: argparse._SubParsersAction, name: str, meaning: str, run: Callable, **more: Any
) -> argparse.ArgumentParser:
    """Add a command, described by the docstring of the module that holds its function `run`."""
    parser = commands.add_parser(
        name,
        help=meaning,
        description=sys.modules[run.__module__].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **more,
    )
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
    shown = "" if default is None else f" (default: {default})"
    meaning = option.metadata["help"] + shown
    group.add_argument(spelled(option.name), default=argparse.SUPPRESS, help=meaning, **argument)


def add_search_options(parser: argparse._ActionsContainer, n_best: bool = False) -> None:
    """Add the options of the search for translations."""
    number = {"type": int, "metavar": "N"}
    beam_size = "beginnings kept at once; 1 is greedy (default: 5)"
    alpha = "alpha of Wu et al. (2016); 0 favors short translations (default: 1)"
    parser.add_argument("--beam-size", default=5, help=beam_size, **number)
    parser.add_argument("--length-penalty", type=float, default=1.0, metavar="X", help=alpha)
    if n_best:
        parser.add_argument("--n-best", default=1, help="translations a sentence (default: 1)", **number)


def output_file(option: str, name: str, *inputs: str) -> Path:
    """Return the file that an option names to be written; raise a UserError if it is in use already."""
    path = Path(os.path.realpath(name))
    if str(path) in map(os.path.realpath, inputs):
        raise UserError(f"{option} {name}: is a file that is read, and would be lost; choose another name")
    if (path.parent / "config.json").is_file() and path.suffix in RUN_SUFFIXES:
        raise UserError(
            f"{option} {name}: belongs to the run in {path.parent}; choose another name or folder"
        )
    return Path(name)


def search_options(options: argparse.Namespace) -> dict[str, int | float]:
    """Return them as arguments of `Translator.translate`; raise a UserError if a value is impossible."""
    names = ("beam_size", "length_penalty", "n_best", "workers")
    search = {name: getattr(options, name) for name in names if hasattr(options, name)}
    beam_size, n_best, length_penalty = options.beam_size, search.get("n_best", 1), options.length_penalty
    if beam_size < 1:
        raise UserError(f"--beam-size {beam_size}: wanted at least 1")
    if not 1 <= n_best <= beam_size:
        raise UserError(f"--n-best {n_best}: wanted 1 to the --beam-size, {beam_size}")
    if not 0 <= length_penalty < math.inf:
        raise UserError(f"--length-penalty {length_penalty}: wanted a finite number, at least 0")
    return search

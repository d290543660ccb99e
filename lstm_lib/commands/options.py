"""What several commands share: how one is added to the parser, and the options of the search."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lstm_lib.errors import UserError

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
        parser.add_argument("--n-best", default=1, help="translations a sentence (default: 1)", **number)


def output_file(option: str, name: str) -> Path:
    """Return the file that an option names to be written; raise a UserError if it belongs to a run."""
    path = Path(name).resolve()
    if (path.parent / "config.json").is_file() and path.suffix in RUN_SUFFIXES:
        raise UserError(
            f"{option} {name}: belongs to the run in {path.parent}; choose another name or folder"
        )
    return Path(name)


def search_options(options: argparse.Namespace) -> dict[str, int | float]:
    """Return them as arguments of `Translator.translate`; raise a UserError if a value is impossible."""
    names = ("beam_size", "length_penalty", "n_best", "copy_unknown", "workers")
    search = {name: getattr(options, name) for name in names if hasattr(options, name)}
    beam_size, n_best, length_penalty = options.beam_size, search.get("n_best", 1), options.length_penalty
    if beam_size < 1:
        raise UserError(f"--beam-size {beam_size}: wanted at least 1")
    if not 1 <= n_best <= beam_size:
        raise UserError(f"--n-best {n_best}: wanted 1 to the --beam-size, {beam_size}")
    if not 0 <= length_penalty < math.inf:
        raise UserError(f"--length-penalty {length_penalty}: wanted a finite number, at least 0")
    return search

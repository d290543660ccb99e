"""Options that several commands share."""

from __future__ import annotations

import argparse
import math

from lstm_lib.errors import UserError


def add_search_options(parser: argparse._ActionsContainer, n_best: bool = False) -> None:
    """How translations are searched for."""
    parser.add_argument(
        "--beam-size",
        type=int,
        default=5,
        metavar="N",
        help="beginnings kept at once; 1 is greedy (default: 5)",
    )
    parser.add_argument(
        "--length-penalty",
        type=float,
        default=1.0,
        metavar="X",
        help="alpha of Wu et al. (2016); 0 favors short translations (default: 1)",
    )
    if n_best:
        parser.add_argument(
            "--n-best", type=int, default=1, metavar="N", help="translations a sentence (default: 1)"
        )


def search_options(options: argparse.Namespace) -> dict[str, int | float]:
    """The same, as arguments of `Translator.translate`.  Raises: UserError where they cannot be."""
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

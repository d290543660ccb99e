"""Options that several commands share."""

from __future__ import annotations

import argparse


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
    """The same, as arguments of `Translator.translate`."""
    names = ("beam_size", "length_penalty", "n_best")
    return {name: getattr(options, name) for name in names if hasattr(options, name)}

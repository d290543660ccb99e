"""Show a corpus: sizes, what was dropped and why, some sentences, and the license.

The dates are generated; Tatoeba is fetched once, checked, and cached; your own files are read where they are.
"""

from __future__ import annotations

import argparse
from dataclasses import fields

from lstm_lib.commands.options import add_option, new_parser
from lstm_lib.errors import UserError
from lstm_lib.recipe import FILES, Recipe
from lstm_lib.text.corpus import CORPORA

READING = {*sum(FILES.values(), ()), "columns", "max_tokens", "max_ratio"}  # what says how files are read


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = new_parser(commands, "corpus", "show the sizes, some sentences and the license of a corpus", run)
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"one of {', '.join(CORPORA)}")
    for option in fields(Recipe):
        if option.name in READING:
            add_option(parser, option)
    parser.add_argument("--samples", type=int, default=5, metavar="N", help="pairs to show (default: 5)")


def run(options: argparse.Namespace, further: list[str]) -> None:
    given = {name: getattr(options, name) for name in Recipe.__dataclass_fields__ if hasattr(options, name)}
    if (options.name is None) == ("source_file" not in given):
        raise UserError(f"corpus: name one of {', '.join(CORPORA)}, or give your own by --source-file")
    recipe = Recipe(**given | ({"corpus": options.name} if options.name else {}))

    import numpy as np

    from lstm_lib import runs
    from lstm_lib.text.tokenizer import tokenize

    corpus = runs.read_corpus(recipe)
    print_corpus(corpus)
    for side in ("source", "target"):
        sentences = [tokenize(getattr(pair, side)) for pair in corpus.train]
        sizes = [len(tokens) for tokens in sentences]
        types = len({token for tokens in sentences for token in tokens})
        print(f"  {side}: {types:,} types, {np.mean(sizes):.1f} tokens per sentence, {max(sizes)} at most")
    for k in np.random.default_rng(0).permutation(len(corpus.train))[: max(options.samples, 0)]:
        print(f"\n  {corpus.train[k].source}\n  {corpus.train[k].target}")


def print_corpus(corpus) -> None:
    """Print a corpus's sizes, what was dropped, its origin and its license."""
    print(f"{corpus.name}: {corpus.source_language} to {corpus.target_language}")
    for name, count in corpus.counts.items():
        print(f"  {name:<44}{count:>9,}")
    for part, pairs in corpus.parts.items():
        print(f"  {part:<5} {len(pairs):>9,} pairs of {len({pair.source for pair in pairs}):,} sentences")
    print(f"  {corpus.attribution} License: {corpus.license}.")

"""`corpus`: what is in a corpus."""

from __future__ import annotations

import argparse

from lstm_lib.errors import UserError
from lstm_lib.recipe import CORPORA, Recipe

DESCRIPTION = """\
Show a corpus: sizes, what was dropped and why, some sentences, and the license.

The dates are generated; Tatoeba is fetched once, checked, and cached; your own files are read where they are.
"""


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "corpus",
        help="show the sizes, some sentences and the license of a corpus",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"one of {', '.join(CORPORA)}")
    parser.add_argument(
        "--source-file", metavar="FILE", help="your own sentences, or a TSV of both languages"
    )
    parser.add_argument("--target-file", metavar="FILE", help="their translations, line by line")
    parser.add_argument("--samples", type=int, default=5, metavar="N", help="pairs to show (default: 5)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, further: list[str]) -> int:
    """Run the command.  Returns: the exit status."""
    if (options.name is None) == (options.source_file is None):
        raise UserError(f"corpus: name one of {', '.join(CORPORA)}, or give your own by --source-file")
    given = {"corpus": options.name} if options.name else {}
    recipe = Recipe(source_file=options.source_file, target_file=options.target_file, **given)

    import numpy as np

    from lstm_lib import runs
    from lstm_lib.commands.reports import print_corpus
    from lstm_lib.text.tokenizer import tokenize

    corpus = runs.read_corpus(recipe)
    print_corpus(corpus)
    for side in ("source", "target"):
        sentences = [tokenize(getattr(pair, side)) for pair in corpus.train]
        lengths = [len(tokens) for tokens in sentences]
        types = len({token for tokens in sentences for token in tokens})
        print(f"  {side}: {types:,} types, {np.mean(lengths):.1f} tokens a sentence, {max(lengths)} at most")
    for k in np.random.default_rng(0).permutation(len(corpus.train))[: max(options.samples, 0)]:
        print(f"\n  {corpus.train[k].source}\n  {corpus.train[k].target}")
    return 0

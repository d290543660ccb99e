"""`evaluate`: score a trained translator."""

from __future__ import annotations

import argparse
from pathlib import Path

from lstm_lib.commands.options import add_search_options, search_options
from lstm_lib.errors import UserError

DESCRIPTION = """\
Score a trained translator: BLEU, chrF and perplexity, beside a baseline that copies from training.

Without files it scores the test part of the run's own corpus.
"""


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="score a trained translator on its test part or on your files",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run_folder", metavar="RUN", help="folder that train wrote")
    parser.add_argument(
        "--source-file", metavar="FILE", help="your own test sentences, or a TSV of both languages"
    )
    parser.add_argument("--target-file", metavar="FILE", help="their reference translations, line by line")
    parser.add_argument("--output", metavar="FILE", help="write the translations here, a line a sentence")
    add_search_options(parser)
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="processes that share the translating (default: 1)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, further: list[str]) -> int:
    """Run the command.  Returns: the exit status."""
    if options.target_file is not None and options.source_file is None:
        raise UserError("--target-file needs --source-file beside it")
    if options.workers < 1:
        raise UserError(f"--workers {options.workers}: wanted at least 1")
    search = search_options(options)
    from lstm_lib import runs
    from lstm_lib.commands.reports import print_report
    from lstm_lib.evaluation import TestSet, evaluate_beside_copy
    from lstm_lib.storage import atomic_file
    from lstm_lib.translator import Translator

    folder = Path(options.run_folder)
    translator = Translator.load(folder)
    corpus = runs.read_corpus(runs.read_recipe(folder))
    runs.check_corpus(folder, corpus)
    pairs = corpus.test if options.source_file is None else read_test_files(options)
    test = TestSet.of(pairs)
    report, copy = evaluate_beside_copy(translator, corpus, test, **search)
    print(
        f"{len(test.sources):,} sentences with {len(pairs):,} references; {seen_in_training(corpus, pairs)}"
    )
    print_report(report, copy)
    if options.output is not None:
        with atomic_file(Path(options.output)) as file:
            file.writelines(f"{text}\n".encode() for text in report.translations)
    return 0


def read_test_files(options: argparse.Namespace):
    """The pairs of the user's test files: nothing is dropped for its length."""
    from lstm_lib.commands.reports import print_counts
    from lstm_lib.text.files import read_pairs

    pairs, counts = read_pairs(options.source_file, options.target_file, max_tokens=None, max_ratio=None)
    print_counts(counts)
    return pairs


def seen_in_training(corpus, pairs) -> str:
    """Say how many test sentences the model has met: a score on those says nothing."""
    from lstm_lib.text.tokenizer import normalize

    trained = (
        {normalize(pair.source) for pair in corpus.train},
        {normalize(pair.target) for pair in corpus.train},
    )
    sources = sum(normalize(pair.source) in trained[0] for pair in pairs)
    targets = sum(normalize(pair.target) in trained[1] for pair in pairs)
    if not sources and not targets:
        return "none of them in training"
    return f"WARNING: {sources:,} sources and {targets:,} references stood in training: the score flatters"

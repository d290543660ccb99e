"""Score a trained translator: BLEU, chrF and perplexity, beside a baseline that copies from training.

Without files it scores the test part of the run's own corpus.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from lstm_lib.commands.corpus import print_counts
from lstm_lib.commands.options import add_search_options, new_parser, output_file, search_options
from lstm_lib.errors import UserError
from lstm_lib.recipe import BLEU_TOKENIZERS


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    meaning = "score a trained translator on its test part or on your files"
    parser = new_parser(commands, "evaluate", meaning, run)
    parser.add_argument("run_folder", metavar="RUN", help="folder that train wrote, or a model's name")
    parser.add_argument(
        "--source-file", metavar="FILE", help="your own test sentences, or a TSV of both languages"
    )
    parser.add_argument("--target-file", metavar="FILE", help="their reference translations, line by line")
    parser.add_argument("--output", metavar="FILE", help="write the translations here, a line a sentence")
    tokenizer = "BLEU's, in place of the one that suits the references' script"
    parser.add_argument("--bleu-tokenizer", choices=BLEU_TOKENIZERS, help=tokenizer)
    add_search_options(parser)
    workers = "processes that share the translating (default: 1)"
    parser.add_argument("--workers", type=int, default=1, metavar="N", help=workers)


def run(options: argparse.Namespace, further: list[str]) -> int:
    """Run the command and return the exit status."""
    if options.target_file is not None and options.source_file is None:
        raise UserError("--target-file needs --source-file beside it")
    if options.workers < 1:
        raise UserError(f"--workers {options.workers}: wanted at least 1")
    search = search_options(options)
    output = None if options.output is None else output_file("--output", options.output)
    from lstm_lib.evaluation import TestSet, evaluate_beside_copy
    from lstm_lib.runs import read_recipe
    from lstm_lib.storage import atomic_file
    from lstm_lib.text.metrics import check_tokenizer
    from lstm_lib.translator import find_run

    tokenizer = options.bleu_tokenizer or read_recipe(find_run(options.run_folder)).bleu_tokenizer
    check_tokenizer(tokenizer)
    translator, corpus = load_run(Path(options.run_folder))
    pairs = corpus.test if options.source_file is None else read_test_files(options)
    test = TestSet.of(pairs)
    report, copy = evaluate_beside_copy(translator, corpus, test, tokenizer, **search)
    print(
        f"{len(test.sources):,} sentences with {len(pairs):,} references; {seen_in_training(corpus, pairs)}"
    )
    print_report(report, copy)
    if output is not None:
        with atomic_file(output) as file:
            file.writelines(f"{text}\n".encode() for text in report.translations)
    return 0


def load_run(folder: Path):
    """Return a run's translator and its corpus; raise a UserError if the corpus has changed since."""
    from lstm_lib import runs
    from lstm_lib.translator import Translator, find_run

    folder = find_run(folder)
    translator = Translator.load(folder)
    corpus = runs.read_corpus(runs.read_recipe(folder))
    runs.check_corpus(folder, corpus)
    return translator, corpus


def read_test_files(options: argparse.Namespace):
    """Read the user's test files, and drop no pair for its length."""
    from lstm_lib.text.files import read_pairs

    pairs, counts = read_pairs(options.source_file, options.target_file, max_tokens=None, max_ratio=None)
    print_counts(counts)
    return pairs


def seen_in_training(corpus, pairs) -> str:
    """Say how many test sentences were in training: a score on those means nothing."""
    from lstm_lib.text.tokenizer import normalize

    def seen(side: int) -> int:
        trained = {normalize(pair[side]) for pair in corpus.train}
        return sum(normalize(pair[side]) in trained for pair in pairs)

    sources, targets = seen(0), seen(1)
    if not sources and not targets:
        return "none of them in training"
    return f"WARNING: {sources:,} sources and {targets:,} references stood in training: the score flatters"


def test_and_print(translator, corpus, folder: Path, options: argparse.Namespace):
    """Score the test part, print the scores, and store them in the run's `test.json`."""
    from lstm_lib.evaluation import TestSet, evaluate_beside_copy, scores_as_json
    from lstm_lib.runs import read_recipe
    from lstm_lib.storage import atomic_file

    test, search = TestSet.of(corpus.test), search_options(options)
    tokenizer = read_recipe(folder).bleu_tokenizer
    report, copy = evaluate_beside_copy(translator, corpus, test, tokenizer, **search)
    print(f"\nTest: {len(test.sources):,} sentences, none of them, nor any reference, in training")
    print_report(report, copy)
    with atomic_file(folder / "test.json") as file:
        file.write(json.dumps(scores_as_json(report, copy, search), indent=2).encode() + b"\n")
    return report


def print_report(report, copy) -> None:
    """Print one line for each score."""
    bleu = report.bleu
    precisions = " / ".join(f"{precision:.1f}" for precision in bleu.precisions)
    print(f"  BLEU         {bleu.score:6.2f}   {precisions}, brevity penalty {bleu.brevity_penalty:.3f}")
    print(f"               {bleu.signature}")
    low, high = copy.comparison.interval
    print(f"  baseline     {copy.bleu.score:6.2f}   copies what the nearest training sentence became;")
    print(f"               the model leads by {low:.1f} to {high:.1f} (95% paired bootstrap)")
    print(f"  nltk's BLEU  {report.nltk_bleu:6.2f}")
    print(f"  chrF         {report.chrf.score:6.2f}   {report.chrf.signature}")
    print(f"  perplexity   {report.perplexity:6.2f}   a token of the reference")
    if report.aer is not None:
        print(f"  AER          {report.aer:6.2f}   of the attention's peaks against gold alignments")

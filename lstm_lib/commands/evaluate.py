"""Score a trained translator: BLEU, chrF and perplexity, beside a baseline that copies from training.

Without files it scores the test part of the run's own corpus, whose files must be as they were. With files it
scores every line by itself, in order, as sacreBLEU does, and needs none of the run's own files.
"""

from __future__ import annotations

import argparse
import json
from itertools import chain
from pathlib import Path

from lstm_lib.commands.options import add_search_options, new_parser, output_file, search_options
from lstm_lib.errors import UserError
from lstm_lib.recipe import BLEU_TOKENIZERS, Recipe


def add_parser(commands: argparse._SubParsersAction) -> None:
    meaning = "score a trained translator on its test part or on your files"
    parser = new_parser(commands, "evaluate", meaning, run)
    parser.add_argument("run_folder", metavar="RUN", help="folder that train wrote, or a model's name")
    source = "your own test sentences, or a TSV of both languages; - is standard input"
    parser.add_argument("--source-file", metavar="FILE", help=source)
    target = "their reference translations, line by line; again for more references"
    parser.add_argument("--target-file", metavar="FILE", action="append", default=[], help=target)
    columns = "the columns of source and reference in a TSV (default: those of the training)"
    parser.add_argument("--columns", metavar="I,J", help=columns)
    parser.add_argument("--output", metavar="FILE", help="write the translations here, a line a sentence")
    tokenizer = "BLEU's, in place of the one that suits the references' script"
    parser.add_argument("--bleu-tokenizer", choices=BLEU_TOKENIZERS, help=tokenizer)
    add_search_options(parser)
    workers = "processes that share the translating (default: 1)"
    parser.add_argument("--workers", type=int, default=1, metavar="N", help=workers)


def run(options: argparse.Namespace, further: list[str]) -> None:
    for target in options.target_file or [None]:
        Recipe(source_file=options.source_file, target_file=target, columns=options.columns or "1,2")
    search = search_options(options)
    own = [] if options.source_file is None else [options.source_file, *options.target_file]
    output = None if options.output is None else output_file("--output", options.output, *own)
    from lstm_lib import runs
    from lstm_lib.evaluation import TestSet, evaluate_beside_copy
    from lstm_lib.storage import atomic_file
    from lstm_lib.text.files import read_lines
    from lstm_lib.text.metrics import check_tokenizer
    from lstm_lib.translator import Translator, find_run

    folder = find_run(options.run_folder)
    recipe = runs.read_recipe(folder)
    tokenizer = options.bleu_tokenizer or recipe.bleu_tokenizer
    check_tokenizer(tokenizer)
    if output is not None:
        output_file("--output", options.output, *recipe.files().values())
    columns = [int(number) for number in (options.columns or recipe.columns).split(",")]
    test = TestSet.of_lines(read_lines(own, columns)) if own else None
    translator = Translator.load(folder)
    try:
        corpus = runs.check_corpus(folder, runs.read_corpus(recipe))
    except UserError as error:
        if test is None:
            raise
        corpus = None
        print(f"no baseline, for lack of the training sentences: {error}")
    test = test or TestSet.of(corpus.test)
    report, copy = evaluate_beside_copy(translator, corpus, test, tokenizer, **search)
    units = f"{len(test.sources):,} {'lines' if own else 'sentences'}"
    print(f"{units} with {sum(map(len, test.references)):,} references; {seen(corpus, test)}")
    print_report(report, copy, search)
    if output is not None:
        with atomic_file(output) as file:
            file.writelines(f"{text}\n".encode() for text in report.translations)


def seen(corpus, test) -> str:
    """Say how many test sentences were in training: a score on those means nothing."""
    from lstm_lib.text.tokenizer import normalize

    if corpus is None:
        return "how many stood in training is unknown"
    counts = []
    for side, texts in enumerate((test.sources, chain.from_iterable(test.references))):
        trained = {normalize(pair[side]) for pair in corpus.train} - {""}
        counts.append(sum(normalize(text) in trained for text in texts))
    sources, targets = counts
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
    print(f"\nTest: {len(test.sources):,} sentences; {seen(corpus, test)}")
    print_report(report, copy, search)
    with atomic_file(folder / "test.json") as file:
        file.write(json.dumps(scores_as_json(report, copy, search), indent=2).encode() + b"\n")
    return report


def print_report(report, copy, search) -> None:
    """Print one line for each score; without the training part there is no baseline, and `copy` is None."""
    bleu = report.bleu
    precisions = " / ".join(f"{precision:.1f}" for precision in bleu.precisions)
    print(f"  BLEU         {bleu.score:6.2f}   {precisions}, brevity penalty {bleu.brevity_penalty:.3f}")
    print(f"               {bleu.signature}")
    if search["copy_unknown"]:
        print("               unknown words are copied from the source (--copy-unknown)")
    if copy is not None:
        low, high = copy.comparison.interval
        print(f"  baseline     {copy.bleu.score:6.2f}   copies what the nearest training sentence became;")
        print(f"               the model leads by {low:.1f} to {high:.1f} (95% paired bootstrap)")
    print(f"  nltk's BLEU  {report.nltk_bleu:6.2f}")
    print(f"  chrF         {report.chrf.score:6.2f}   {report.chrf.signature}")
    print(f"  perplexity   {report.perplexity:6.2f}   a token of the reference")
    if report.aer is not None:
        print(f"  AER          {report.aer:6.2f}   of the attention's peaks against gold alignments")

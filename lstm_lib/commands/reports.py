"""What commands print of corpora and scores."""

import argparse
import json
from pathlib import Path

import numpy as np

from lstm_lib.commands.options import search_options
from lstm_lib.evaluation import Baseline, Report, TestSet, evaluate_beside_copy
from lstm_lib.storage import atomic_file
from lstm_lib.text.corpus import PARTS, Corpus
from lstm_lib.translator import Translator

SAMPLES = 10


def print_corpus(corpus: Corpus) -> None:
    """Sizes, what was dropped, and whose it is."""
    print(f"{corpus.name}: {corpus.source_language} to {corpus.target_language}")
    print_counts(corpus.counts)
    for part in PARTS:
        pairs, sources = len(getattr(corpus, part)), len(corpus.references(part))
        print(f"  {part:<5} {pairs:>9,} pairs of {sources:,} sentences")
    print(f"  {corpus.attribution} License: {corpus.license}.")


def print_counts(counts: dict[str, int]) -> None:
    """What was read, repaired, dropped and kept."""
    for name, count in counts.items():
        print(f"  {name:<44}{count:>9,}")


def test_and_print(
    translator: Translator, corpus: Corpus, folder: Path, options: argparse.Namespace
) -> Report:
    """Score the test part, print it, and keep the figures in the run's `test.json`."""
    test, search = TestSet.of(corpus.test), search_options(options)
    report, copy = evaluate_beside_copy(translator, corpus, test, **search)
    print(f"\nTest: {len(test.sources):,} sentences, none of them, nor any reference, in training")
    print_report(report, copy)
    with atomic_file(folder / "test.json") as file:
        file.write(json.dumps(figures(report, copy, search), indent=2).encode() + b"\n")
    return report


def print_report(report: Report, copy: Baseline) -> None:
    """A line for each figure."""
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


def figures(report: Report, copy: Baseline, search: dict) -> dict:
    """The same as JSON holds it."""
    return {
        "bleu": report.bleu._asdict(),
        "nltk_bleu": report.nltk_bleu,
        "chrf": report.chrf._asdict(),
        "perplexity": report.perplexity,
        "aer": report.aer,
        "sentences": len(report.translations),
        "search": search,
        "baseline": {"bleu": copy.bleu._asdict(), "ahead_by_95": list(copy.comparison.interval)},
    }


def print_samples(corpus: Corpus, report: Report, seed: int = 0) -> None:
    """Ten test sentences, drawn at random and not picked, with a reference and the model's translation."""
    test = TestSet.of(corpus.test)
    drawn = np.random.default_rng(seed).permutation(len(test.sources))[:SAMPLES]
    print("\nTen of them, drawn at random:")
    for k in drawn:
        print(f"  {test.sources[k]}")
        print(f"    reference  {test.references[k][0]}\n    model      {report.translations[k]}")

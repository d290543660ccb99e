"""Train an LSTM translator, written from scratch in NumPy, and say how good it is.

Without options it learns English to Spanish from some 39,000 short sentences of Tatoeba in a few minutes, and
ends with BLEU on held-out sentences, the score of a baseline that copies, and ten translations to judge.

What suits your own files is chosen by the number of their pairs, and printed; what you give is kept.

--resume RUN goes on with a run that was interrupted, and after its end if --epochs is more than it was. The
learning rate is then what its schedule gives for a run of that length: cosine falls over all epochs, and so
jumps up where the shorter run ended. A warm-up is not repeated.
--init-from RUN starts a new run with the parameters, model and vocabularies of another one. Words that these
do not hold read <unk>. A --learning-rate below the first run's keeps more of what it has learned.
"""

from __future__ import annotations

import argparse
from contextlib import suppress
from dataclasses import fields, replace
from itertools import count, groupby
from pathlib import Path

from lstm_lib.commands.corpus import print_corpus
from lstm_lib.commands.evaluate import test_and_print
from lstm_lib.commands.options import (
    add_option,
    add_search_options,
    check_new_folder,
    new_parser,
    search_options,
)
from lstm_lib.errors import UserError
from lstm_lib.recipe import Recipe, spelled

EXAMPLES = """\
examples:
  python -m lstm_lib train
  python -m lstm_lib train --corpus dates --epochs 3       offline, in a minute
  python -m lstm_lib train --cell gru --attention luong-general --seed 1
  python -m lstm_lib train --source-file my.en --target-file my.es --workers 2
  python -m lstm_lib train --resume runs/tatoeba-small     go on after an interruption
  python -m lstm_lib train --init-from runs/tatoeba-small --source-file my.en --target-file my.es
"""


def add_parser(commands: argparse._SubParsersAction) -> None:
    usage = "python -m lstm_lib train [--corpus NAME | --source-file FILE ...] [OPTIONS]"
    meaning = "train a translator and say how good it is"
    parser = new_parser(commands, "train", meaning, run, usage=usage, epilog=EXAMPLES)
    parser.add_argument(
        "--out", metavar="RUN", help="folder for the run (default: runs/CORPUS, numbered if that exists)"
    )
    parser.add_argument(
        "--resume", metavar="RUN", help="go on with a run; only --epochs, --patience, --workers may change"
    )
    for title, options in groupby(fields(Recipe), lambda option: option.metadata["group"]):
        group = parser.add_argument_group(title)
        for option in options:
            add_option(group, option)
    add_search_options(parser.add_argument_group("search, for the final test"))


def run(options: argparse.Namespace, further: list[str]) -> None:
    given = {name: getattr(options, name) for name in Recipe.__dataclass_fields__ if hasattr(options, name)}
    given |= {"subwords": None} if given.get("subwords") == 0 else {}
    search = search_options(options)  # before the training, not after it
    from lstm_lib import runs
    from lstm_lib.storage import claimed
    from lstm_lib.training.trainer import check_nothing_to_lose
    from lstm_lib.translator import check_copying

    if options.resume is not None:
        fixed = [name for name in given if name not in runs.CHANGEABLE] + ["out"] * (options.out is not None)
        if told := ", ".join(map(spelled, fixed)):
            raise UserError(f"--resume goes on with the run's own options; leave out {told}")
        folder = Path(options.resume)
        recipe = replace(runs.read_recipe(folder), **given)
        check_nothing_to_lose(folder)  # before the corpus is read, not after it
    else:
        recipe = Recipe.of(**given) if "init_from" not in given else runs.fine_tuning(**given)
        folder = None if options.out is None else Path(options.out)
        if folder is not None:
            runs.check_folder(folder)
            if not folder.exists():
                check_new_folder(str(folder))
    runs.check(recipe)
    if search["copy_unknown"]:
        check_copying(recipe.attention, "words" if recipe.subwords is None else "subwords")
        given.setdefault("subwords", None)  # which could not be copied
    corpus = runs.read_corpus(recipe)
    print_corpus(corpus)
    if recipe.source_file is not None and options.resume is None and recipe.init_from is None:
        recipe, chosen = runs.suited(recipe, corpus, given)
        print(chosen)
    with claimed(folder := folder or free_folder(recipe)):
        train_and_report(recipe, corpus, folder, options)


def free_folder(recipe: Recipe) -> Path:
    """Make the first of runs/CORPUS, runs/CORPUS-2, runs/CORPUS-3 ... that does not exist."""
    from lstm_lib.storage import disk_errors

    name = recipe.corpus if recipe.source_file is None else Path(recipe.source_file).name.split(".")[0]
    for number in count(1):
        folder = Path("runs") / (name if number == 1 else f"{name}-{number}")
        with disk_errors(folder), suppress(FileExistsError):  # of another training, perhaps of this moment
            folder.mkdir(parents=True)
            return folder


def train_and_report(recipe: Recipe, corpus, folder: Path, options: argparse.Namespace) -> None:
    """Train and test, and print the results of both as they come."""
    from lstm_lib import runs

    if recipe.init_from is not None and options.resume is None:
        print_unknown(corpus, recipe.init_from)

    def show(metrics) -> None:
        epoch, bleu, perplexity = (metrics[name] for name in ("epoch", "bleu", "perplexity"))
        print(f"epoch {epoch:>3}: development BLEU {bleu:5.1f}, perplexity {perplexity:6.2f}", flush=True)

    print(f"\nTraining in {folder}", flush=True)
    warmup = runs.warmup_steps(recipe, -(-len(corpus.train) // recipe.batch_size))
    if warmup < recipe.warmup_steps:
        print(f"Warm-up cut to {warmup:,} updates, a tenth of all: {recipe.warmup_steps:,} are over half")
    resume = options.resume is not None
    translator, history = runs.train(recipe, corpus, folder, resume=resume, on_evaluation=show)
    if history.evaluations:  # a finished run that lost its history has none
        best = max(history.evaluations, key=lambda at: (at["metrics"]["bleu"], -at["metrics"]["perplexity"]))
        size, seconds = translator.model.num_parameters, history.records[-1]["seconds"]
        print(f"Trained {size:,} parameters in {seconds:.0f} s; the best stood at epoch {best['epoch']}")
    report = test_and_print(translator, corpus, folder, options)
    print_samples(corpus, report)
    print(f'\nTranslate with it: python -m lstm_lib translate {folder} "TEXT"')


def print_unknown(corpus, init_from: str) -> None:
    """Print how much of the training part the vocabularies of another run do not hold."""
    from lstm_lib.text.vocabulary import UNK
    from lstm_lib.translator import Translator

    base = Translator.load(init_from)
    for side, codec in (("source", base.source_codec), ("target", base.target_codec)):
        ids = [i for pair in corpus.train for i in codec.encode(getattr(pair, side))]
        print(f"  {side}: {ids.count(UNK):,} of {len(ids):,} tokens read <unk>, as {init_from} has no others")


def print_samples(corpus, report) -> None:
    """Print ten test sentences, drawn at random, with a reference and the model's translation."""
    import numpy as np

    from lstm_lib.evaluation import TestSet

    test = TestSet.of(corpus.test)
    print("\nTen of them, drawn at random:")
    for k in np.random.default_rng(0).permutation(len(test.sources))[:10]:
        print(f"  {test.sources[k]}\n    reference  {test.references[k][0]}")
        print(f"    model      {report.translations[k]}")

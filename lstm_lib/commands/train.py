"""Train an LSTM translator, written from scratch in NumPy, and say how good it is.

Without options it learns English to Spanish from some 39,000 short sentences of Tatoeba in a few minutes, and
ends with BLEU on held-out sentences, the score of a baseline that copies, and ten translations to judge.
"""

from __future__ import annotations

import argparse
from dataclasses import fields
from itertools import count
from pathlib import Path

from lstm_lib.commands.corpus import print_corpus
from lstm_lib.commands.evaluate import test_and_print
from lstm_lib.commands.options import add_search_options, new_parser, search_options
from lstm_lib.errors import UserError
from lstm_lib.recipe import Recipe, spelled

SAMPLES = 10
EXAMPLES = """\
examples:
  python -m lstm_lib train
  python -m lstm_lib train --corpus dates --epochs 3       offline, in a minute
  python -m lstm_lib train --cell gru --attention luong-general --seed 1
  python -m lstm_lib train --source-file my.en --target-file my.es --subwords 8000 --hidden-size 256
  python -m lstm_lib train --resume runs/tatoeba-small     go on after an interruption
"""


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    usage = "python -m lstm_lib train [--corpus NAME | --source-file FILE ...] [OPTIONS]"
    meaning = "train a translator and say how good it is"
    parser = new_parser(commands, "train", meaning, run, usage=usage, epilog=EXAMPLES)
    parser.add_argument(
        "--out", metavar="RUN", help="folder for the run (default: runs/CORPUS, numbered if that exists)"
    )
    parser.add_argument("--resume", metavar="RUN", help="go on with an interrupted run, with its own options")
    groups: dict[str, argparse._ArgumentGroup] = {}
    for option in fields(Recipe):
        title = option.metadata["group"]
        group = groups.get(title) or groups.setdefault(title, parser.add_argument_group(title))
        add_option(group, option)
    add_search_options(parser.add_argument_group("search, for the final test"))


def add_option(group: argparse._ArgumentGroup, option) -> None:
    """Add one field of `Recipe`. An option that is not given is absent: the defaults stay in `Recipe`."""
    kind, default = type(option.default), option.default
    argument = {"type": str if default is None else kind, **option.metadata["argument"]}
    if kind is bool:
        argument, default = {"action": argparse.BooleanOptionalAction}, "yes" if default else "no"
    elif "choices" not in argument:
        argument.setdefault("metavar", "X" if kind is float else "N")
    shown = "" if default is None else f" (default: {default})"
    meaning = option.metadata["help"] + shown
    group.add_argument(spelled(option.name), default=argparse.SUPPRESS, help=meaning, **argument)


def run(options: argparse.Namespace, further: list[str]) -> int:
    """Run the command and return the exit status."""
    given = {name: getattr(options, name) for name in Recipe.__dataclass_fields__ if hasattr(options, name)}
    search_options(options)  # before the training, not after it
    from lstm_lib import runs
    from lstm_lib.training.trainer import check_nothing_to_lose

    if options.resume is not None:
        if given or options.out is not None:
            names = ", ".join(spelled(name) for name in [*given, *(["out"] if options.out else [])])
            raise UserError(f"--resume goes on with the run's own options; leave out {names}")
        folder = Path(options.resume)
        recipe = runs.read_recipe(folder)
        check_nothing_to_lose(folder)  # before the corpus is read, not after it
    else:
        recipe = Recipe.of(**given)
        folder = Path(options.out) if options.out is not None else free_folder(recipe)
        runs.check_folder(folder)
    runs.check(recipe)
    train_and_report(recipe, folder, options)
    return 0


def free_folder(recipe: Recipe) -> Path:
    """Return the first of runs/CORPUS, runs/CORPUS-2, runs/CORPUS-3 ... that does not exist."""
    name = recipe.corpus if recipe.source_file is None else Path(recipe.source_file).name.split(".")[0]
    folders = (Path("runs") / (name if number == 1 else f"{name}-{number}") for number in count(1))
    return next(folder for folder in folders if not folder.exists())


def train_and_report(recipe: Recipe, folder: Path, options: argparse.Namespace) -> None:
    """Train and test, and print the results of both as they come."""
    from lstm_lib import runs

    corpus = runs.read_corpus(recipe)
    print_corpus(corpus)
    if recipe.subwords is None:
        print_advice(corpus)

    def show(metrics) -> None:
        epoch, bleu, perplexity = (metrics[name] for name in ("epoch", "bleu", "perplexity"))
        print(f"epoch {epoch:>3}: development BLEU {bleu:5.1f}, perplexity {perplexity:6.2f}", flush=True)

    print(f"\nTraining in {folder}", flush=True)
    warmup = runs.warmup_steps(recipe, -(-len(corpus.train) // recipe.batch_size))
    if warmup < recipe.warmup_steps:
        print(f"Warm-up cut to {warmup:,} updates, a tenth of all: {recipe.warmup_steps:,} would not fit")
    translator, history = runs.train(
        recipe, corpus, folder, resume=options.resume is not None, on_evaluation=show
    )
    if history.evaluations:  # a finished run that lost its history has none
        best = max(history.evaluations, key=lambda at: (at["metrics"]["bleu"], -at["metrics"]["perplexity"]))
        size, seconds = translator.model.num_parameters, history.records[-1]["seconds"]
        print(f"Trained {size:,} parameters in {seconds:.0f} s; the best stood at epoch {best['epoch']}")
    report = test_and_print(translator, corpus, folder, options)
    print_samples(corpus, report)
    print(f'\nTranslate with it: python -m lstm_lib translate {folder} "TEXT"')


def print_advice(corpus) -> None:
    """Recommend subwords where a word codec has nothing but characters."""
    from lstm_lib.text.tokenizer import writing

    for side in ("source", "target"):
        if writing(getattr(pair, side) for pair in corpus.train[:1000]) not in ("spaced", "Korean"):
            print(f"The {side} has no spaces between words: each character is a token; try --subwords 8000")


def print_samples(corpus, report) -> None:
    """Print ten test sentences, drawn at random, with a reference and the model's translation."""
    import numpy as np

    from lstm_lib.text.corpus import gather_references

    references = list(gather_references(corpus.test).items())
    print("\nTen of them, drawn at random:")
    for k in np.random.default_rng(0).permutation(len(references))[:SAMPLES]:
        source, targets = references[k]
        print(f"  {source}\n    reference  {targets[0]}\n    model      {report.translations[k]}")

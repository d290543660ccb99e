"""Write what is needed to translate to a new folder: parameters in half precision, vocabularies, the recipe.

It then scores the copy on the run's own test part.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lstm_lib.commands.evaluate import test_and_print
from lstm_lib.commands.options import add_search_options, check_new_folder, new_parser, search_options


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = new_parser(commands, "export", "write a trained translator in half precision", run)
    parser.add_argument("run_folder", metavar="RUN", help="folder that train wrote, or a model's name")
    parser.add_argument("out", metavar="FOLDER", help="a new folder")
    add_search_options(parser)


def run(options: argparse.Namespace, further: list[str]) -> int:
    """Run the command and return the exit status."""
    search_options(options)  # before the work, not after it
    from lstm_lib import runs
    from lstm_lib.translator import Translator, find_run, read_config

    check_new_folder(options.out)
    folder, out = find_run(options.run_folder), Path(options.out)
    translator = Translator.load(folder)
    corpus = runs.check_corpus(folder, runs.read_corpus(runs.read_recipe(folder)))
    translator.export(out, read_config(folder))
    size = sum(path.stat().st_size for path in out.iterdir())
    print(f"Wrote {translator.model.num_parameters:,} parameters to {out}, {size / 1e6:.1f} MB in all")
    test_and_print(Translator.load(out), corpus, out, options)
    return 0

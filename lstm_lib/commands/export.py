"""Write what translating needs to a new folder, parameters in half precision, and score it on the test part.

With --to nothing is rounded or scored: torch writes a folder for PyTorch, numpy makes a run of it again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lstm_lib.commands.checkout import load
from lstm_lib.commands.evaluate import test_and_print
from lstm_lib.commands.options import add_search_options, check_new_folder, new_parser, search_options


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = new_parser(commands, "export", "write a trained translator in half precision", run)
    parser.add_argument("run_folder", metavar="RUN", help="folder that train wrote, or a model's name")
    parser.add_argument("out", metavar="FOLDER", help="a new folder")
    parser.add_argument("--to", choices=("torch", "numpy"), help="write for PyTorch, or a run from there")
    add_search_options(parser)


def run(options: argparse.Namespace, further: list[str]) -> int:
    check_new_folder(options.out)  # both before the work, not after it
    search_options(options)
    if options.to is not None:
        return load("figures.frameworks.exchange").export(options)
    from lstm_lib.runs import check_corpus, read_corpus, read_recipe
    from lstm_lib.translator import Translator, find_run, read_config

    folder, out = find_run(options.run_folder), Path(options.out)
    translator, corpus = Translator.load(folder), check_corpus(folder, read_corpus(read_recipe(folder)))
    translator.export(out, read_config(folder))
    print(f"Wrote {out}, {sum(path.stat().st_size for path in out.iterdir()) / 1e6:.1f} MB in all")
    test_and_print(Translator.load(out), corpus, out, options)
    return 0

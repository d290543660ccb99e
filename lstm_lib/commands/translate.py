"""Translate with a trained model: the TEXTs given, or standard input, a line a sentence.

An empty line stays an empty line.  Words that the model does not know are named on standard error.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from lstm_lib.commands.options import add_search_options, new_parser, picture_file, search_options
from lstm_lib.errors import UserError

CHUNK = 512  # lines of standard input translated at once


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = new_parser(commands, "translate", "translate sentences with a trained model", run)
    parser.add_argument("run_folder", metavar="RUN", help="folder that train wrote, or a model's name")
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="sentences (default: standard input)")
    picture = "draw the attention of one TEXT (.png, .pdf, .svg)"
    parser.add_argument("--attention", metavar="PICTURE", help=picture)
    add_search_options(parser, n_best=True)
    parser.set_defaults(takes_further=True)


def run(options: argparse.Namespace, further: list[str]) -> int:
    """Run the command and return the exit status."""
    if unknown := [argument for argument in further if argument.startswith("-")]:
        raise UserError(f"unrecognized arguments: {' '.join(unknown)}; see translate --help")
    texts = [*options.texts, *further]  # argparse sets aside the TEXTs that follow an option
    if options.attention is not None and len(texts) != 1:
        raise UserError(f"--attention draws the picture of one TEXT; got {len(texts)}")
    if options.attention is not None:
        picture_file("--attention", options.attention)
    search = search_options(options)
    given = [
        decode(text.encode("utf-8", "surrogateescape"), f"TEXT {number}")
        for number, text in enumerate(texts, start=1)
    ]
    from lstm_lib.translator import Translator

    translator = Translator.load(Path(options.run_folder))
    if options.attention is not None and translator.model.config.attention == "none":
        raise UserError(f"--attention: the model in {options.run_folder} has no attention to draw")
    first = 1
    for texts in [given] if given else read_chunks(sys.stdin.buffer, sys.stdin.isatty()):
        found = translator.translate(texts, **search)
        for number, (text, translations) in enumerate(zip(texts, found, strict=True), start=first):
            show(translator, number, text, translations, options)
        first += len(texts)
    return 0


def show(translator, number: int, text: str, translations, options: argparse.Namespace) -> None:
    """Print one sentence's translations, each after its score if several are wanted."""
    if unknown := translator.unknown(text):
        print(f"line {number}: not in the vocabulary: {', '.join(unknown)}", file=sys.stderr)
    for found in translations:
        print(found.text if options.n_best == 1 else f"{found.score:.3f}\t{found.text}", flush=True)
    if options.attention is not None:
        draw_attention(translations[0], options.attention)


def draw_attention(translation, picture: str) -> None:
    """Write the attention's heat map; raise a UserError if the picture cannot be written."""
    if translation.attention is None:
        raise UserError("--attention: an empty TEXT has nothing to draw")
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    from lstm_lib.heatmap import attention_heatmap
    from lstm_lib.storage import atomic_file

    ax = attention_heatmap(translation.attention, translation.source_pieces, translation.target_pieces)
    image = io.BytesIO()
    try:
        ax.figure.savefig(image, format=Path(picture).suffix[1:], bbox_inches="tight", dpi=150)
    except ValueError as error:
        raise UserError(f"--attention {picture}: cannot be drawn ({error}); name a .png") from error
    finally:
        plt.close(ax.figure)
    with atomic_file(Path(picture)) as file:
        file.write(image.getvalue())


def read_chunks(stream: BinaryIO, interactive: bool) -> Iterator[list[str]]:
    """Yield the lines of a stream, many at a time, or one by one as a person types them.

    Raises:
        UserError: a line is not UTF-8; the message gives its number.
    """
    if interactive:
        print("Type a sentence a line; end with Ctrl-D (Windows: Ctrl-Z, Enter).", file=sys.stderr)
    lines = (decode(line, f"standard input, line {number}") for number, line in enumerate(stream, start=1))
    while chunk := list(islice(lines, 1 if interactive else CHUNK)):
        yield chunk


def decode(text: bytes, where: str) -> str:
    """Return UTF-8 bytes as text without white space at its ends; raise a UserError if they are not UTF-8."""
    try:
        return text.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UserError(f"{where}: not UTF-8 ({error.reason}); convert it first") from error

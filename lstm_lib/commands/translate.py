"""Translate with a trained model: the TEXTs given, or standard input, a line a sentence.

An empty line stays an empty line.  Words that the model does not know are named on standard error, and so is
a sentence of more than 1,000 tokens, whose line stays empty; the exit status is then 2.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from lstm_lib.commands.options import add_search_options, new_parser, output_file, search_options
from lstm_lib.errors import UserError, printable

CHUNK = 32_768  # bytes of standard input, about, translated at once
MOST_BYTES = 1_000_000  # of a line
MOST_DRAWN = 100  # tokens of a sentence in a picture


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = new_parser(commands, "translate", "translate sentences with a trained model", run)
    parser.add_argument("run_folder", metavar="RUN", help="folder that train wrote, or a model's name")
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="sentences (default: standard input)")
    picture = "draw the attention of one TEXT (.png, .pdf, .svg)"
    parser.add_argument("--attention", metavar="PICTURE", help=picture)
    pairs = "for each line written, write pairs i-j to FILE: token j attends most to token i of the source"
    parser.add_argument("--alignments", metavar="FILE", help=f"{pairs} (from 0; subwords count as tokens)")
    add_search_options(parser, n_best=True)
    parser.set_defaults(takes_further=True)


def run(options: argparse.Namespace, further: list[str]) -> None:
    if unknown := [argument for argument in further if argument.startswith("-")]:
        raise UserError(f"unrecognized arguments: {' '.join(unknown)}; see translate --help")
    texts = [*options.texts, *further]  # argparse sets aside the TEXTs that follow an option
    if options.attention is not None and len(texts) != 1:
        raise UserError(f"--attention draws the picture of one TEXT; got {len(texts)}")
    files = [name for name in ("attention", "alignments") if getattr(options, name) is not None]
    for name in files:
        output_file(f"--{name}", getattr(options, name))
    if options.attention is not None:
        check_picture(options.attention)
    search = search_options(options)
    given = [
        decode(text.encode("utf-8", "surrogateescape"), f"TEXT {number}")
        for number, text in enumerate(texts, start=1)
    ]
    from lstm_lib.translator import MOST_TOKENS, Translator

    translator = Translator.load(Path(options.run_folder))
    if files and translator.model.config.attention == "none":
        raise UserError(f"--{min(files)}: the model in {options.run_folder} has no attention to show")
    if options.attention is not None and (length := translator.num_tokens(given[0])) > MOST_DRAWN:
        raise UserError(f"--attention: a picture shows at most {MOST_DRAWN} tokens; TEXT has {length:,}")
    number, too_long, alignments = 0, 0, []
    for texts in [given] if given else read_chunks(sys.stdin.buffer, sys.stdin.isatty()):
        fitting = [text if translator.num_tokens(text) <= MOST_TOKENS else "" for text in texts]
        found = translator.translate(fitting, **search)
        for text, fits, translations in zip(texts, fitting, found, strict=True):
            number += 1
            if text != fits:
                too_long += 1
                print(f"line {number}: has more than {MOST_TOKENS:,} tokens; split it", file=sys.stderr)
            show(translator, number, fits, translations, options)
            alignments += [each.alignment for each in translations]
    if options.alignments is not None:
        write_alignments(alignments, Path(options.alignments))
    if too_long:
        raise UserError(f"{too_long} of {number} lines are too long and were not translated")


def write_alignments(alignments: list[list[tuple[int, int]]], path: Path) -> None:
    """Write pairs i-j (the Pharaoh format), a line for each translation."""
    from lstm_lib.storage import atomic_file

    with atomic_file(path) as file:
        file.writelines(" ".join(f"{i}-{j}" for i, j in pairs).encode() + b"\n" for pairs in alignments)


def show(translator, number: int, text: str, translations, options: argparse.Namespace) -> None:
    """Print one sentence's translations, each after its score if several are wanted."""
    if unknown := translator.unknown(text):
        print(f"line {number}: not in the vocabulary: {printable(', '.join(unknown))}", file=sys.stderr)
    for found in translations:
        print(found.text if options.n_best == 1 else f"{found.score:.3f}\t{found.text}", flush=True)
    if options.attention is not None:
        draw_attention(translations[0], options.attention)


def check_picture(name: str) -> None:
    """Raise a UserError if the name's ending is no format of pictures."""
    from matplotlib.figure import Figure

    try:
        Figure().savefig(io.BytesIO(), format=Path(name).suffix[1:])
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        told = f"cannot be drawn ({str(error).splitlines()[0]}); name a .png, .pdf or .svg"
        raise UserError(f"--attention {name}: {told}") from error


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
    except (ValueError, RuntimeError) as error:
        raise UserError(f"--attention {picture}: cannot be drawn ({error}); name a .png") from error
    finally:
        plt.close(ax.figure)
    with atomic_file(Path(picture)) as file:
        file.write(image.getvalue())


def read_chunks(stream: BinaryIO, interactive: bool) -> Iterator[list[str]]:
    """Yield the lines of a stream, many at a time, or one by one as a person types them.

    Raises: UserError, with its number, if a line is too long or not UTF-8.  The lines before it are yielded.
    """
    if interactive:
        print("Type a sentence a line; end with Ctrl-D (Windows: Ctrl-Z, Enter).", file=sys.stderr)
    chunk, size = [], 0
    try:
        for number, line in enumerate(iter(partial(stream.readline, MOST_BYTES + 1), b""), start=1):
            chunk.append(decode(line, f"standard input, line {number}"))
            size += len(line)
            if interactive or size >= CHUNK:
                yield chunk
                chunk, size = [], 0
    except UserError:
        yield chunk
        raise
    yield chunk


def decode(text: bytes, where: str) -> str:
    """Return UTF-8 bytes as text without white space at its ends.

    Raises: UserError if they are more than MOST_BYTES, or not UTF-8.
    """
    if len(text) > MOST_BYTES:
        raise UserError(f"{where}: is longer than {MOST_BYTES:,} bytes; put one sentence on each line")
    try:
        return text.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UserError(f"{where}: not UTF-8 ({error.reason}); convert it first") from error

"""The command line: `python -m lstm_lib COMMAND`; see `lstm_lib.commands`.

A Python that is too old for the course must get far enough to say so: what stands here, in `bootstrap` and in
`errors` keeps to an old syntax, and all else is imported once the version is known to do.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress

from lstm_lib import bootstrap
from lstm_lib.errors import UserError, explained, printable

PROGRAM = "lstm_lib"
# The matrices of these models are small: a second BLAS thread saves little on an idle machine, and on a busy
# one each product waits for it.  Whoever sets one of these in the environment decides.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

LIGHTER = {  # what takes less memory
    "train": "try a new run with a smaller --batch-size or --hidden-size",
    **dict.fromkeys(("translate", "evaluate", "export"), "try a smaller --beam-size"),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Args: argv: the command and its options, those of this process by default.
    Returns: the exit status: 2 after a mistake of the user's or of the machine's, which is told in one line;
        130 after Ctrl-C; 1 where the reader of the output has left.
    """
    argv = sys.argv[1:] if argv is None else argv
    try:
        status = dispatch(argv)
        sys.stdout.flush()  # here, where it can still be told that the disk is full
        return status
    except UserError as error:
        return complain(str(error))
    except MemoryError:
        return complain(f"out of memory; {LIGHTER.get(argv[0], 'close other programs')}")
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return drop_output(1)
    except OSError as error:
        return complain(f"{error.filename or 'standard output'}: {explained(error)}")


def complain(message: str) -> int:
    """Print a message of one line to standard error, if it can be written to.  Returns: the exit status."""
    with suppress(OSError):
        print(f"{PROGRAM}: {printable(message)}", file=sys.stderr)
    return drop_output(2)


def drop_output(status: int) -> int:
    """Forget what the output streams cannot take, or Python would complain of it at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return status


def dispatch(argv: list[str]) -> int:
    """Read the options and run the command that they name.  Returns: the exit status."""
    bootstrap.check_python(sys.version_info[:2])
    parser = make_parser()
    options, further = parser.parse_known_args(argv)
    if further and not options.takes_further:
        parser.error(f"unrecognized arguments: {' '.join(further)}")
    for name in BLAS_THREADS:
        os.environ.setdefault(name, "1")
    status = bootstrap.enter(argv)
    return (options.run(options, further) or 0) if status is None else status


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands, each with the function that runs it."""
    from lstm_lib.commands import checkout, corpus, evaluate, export, train, translate
    from lstm_lib.commands.options import Parser

    parser = Parser(prog="python -m lstm_lib", description="Translation with LSTMs from scratch in NumPy.")
    parser.set_defaults(takes_further=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    for command in (train, translate, evaluate, export, corpus):
        command.add_parser(commands)
    checkout.add_parsers(commands)
    for name, run, meaning, program in (
        ("lab", bootstrap.lab, "make the environment and open the course in JupyterLab", "jupyter lab"),
        ("test", bootstrap.test, "make the environment and run all tests", "pytest"),
    ):
        description = f"{meaning[0].upper()}{meaning[1:]}. More options go to {program}."
        passing = commands.add_parser(name, help=meaning, description=description, allow_abbrev=False)
        passing.set_defaults(run=lambda options, further, run=run: run(further), takes_further=True)
    return parser


def console() -> int:
    """Run the command of this process, whose output is UTF-8 in every terminal.  Returns: the exit status."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed: the next file to be opened would take its place
            device = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(device, True)
            setattr(sys, name, os.fdopen(device, "r" if name == "stdin" else "w", closefd=False))
    for stream in (sys.stdout, sys.stderr):  # file names may hold bytes that are not UTF-8
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return main()


if __name__ == "__main__":
    sys.exit(console())

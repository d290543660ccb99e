"""Run what is missing of a study, store each run as a row of data/results/STUDY.jsonl, and draw its figure.

A study that was stopped goes on where it was; a row that is deleted is measured again, and that row alone.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module

import matplotlib

from figures import LONG, STUDIES
from figures.lab.runner import FailedRunsError, RowsOf, stored
from figures.lab.setting import StudyOptions
from figures.lab.workers import shared
from lstm_lib.commands.options import Parser
from lstm_lib.errors import UserError

EXAMPLES = """\
examples:
  python -m lstm_lib study all --quick          every study in miniature, in minutes, into runs/quick
  python -m lstm_lib study gru --workers 2
  python -m lstm_lib study all --scheduler tcp://192.168.0.1:8786
"""


def main(argv: Sequence[str]) -> int:
    """Run the command `study`.  Returns: the exit status.

    Raises: UserError where a study failed; the others are run all the same.
    """
    options = parse(argv)
    matplotlib.use("Agg")
    told = StudyOptions.of(
        options.quick, seeds=options.seeds, workers=options.workers, scheduler=options.scheduler
    )
    failures = run_all(told) if options.name == "all" else run_one(options.name, told)
    if failures:
        raise UserError("; ".join(failures))
    return 0


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the options.  Raises: UserError on values that cannot be."""
    parser = Parser(
        prog="python -m lstm_lib study",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = (*STUDIES, "all")
    parser.add_argument("name", metavar="STUDY", choices=names, help=f"one of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="prove every path on tiny runs, without network")
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="seeds a configuration (default: what the study wants)"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes to work in (default: one a processor core)"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="work on the dask cluster at this address instead"
    )
    options = parser.parse_args(argv)
    for name in ("seeds", "workers"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise UserError(f"--{name} {value}: wanted at least 1")
    if options.scheduler is not None and options.workers is not None:
        raise UserError("--scheduler: the workers are the cluster's own; leave out --workers")
    return options


def run_all(options: StudyOptions) -> list[str]:
    """Run every study with the same workers; of those that take hours, what is stored is drawn.

    Returns and raises: as `run_one`.
    """
    drawn = () if options.quick else LONG
    failures = []
    with shared(options) as options:
        for name in STUDIES:
            failures += run_one(name, options, *([stored] if name in drawn else []))
    return failures


def run_one(name: str, options: StudyOptions, *rows_of: RowsOf) -> list[str]:
    """Run one study.  Args: rows_of: `runner.stored` where it takes hours, and nothing is to be run.

    Returns: a line that says that runs failed, if some did.
    Raises: UserError on what would fail the next study as well.
    """
    study = import_module(STUDIES[name])
    print(f"{name}: {study.__doc__.splitlines()[0]}", flush=True)
    try:
        study.run(options, *rows_of)
    except FailedRunsError as error:
        return [str(error)]
    return []

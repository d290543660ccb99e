"""`study`: measure what the report claims, and draw its figures."""

from __future__ import annotations

import argparse

from lstm_lib.commands.checkout import load
from lstm_lib.errors import UserError

DESCRIPTION = """\
Run what is missing of a study, store each run as a row of data/results/STUDY.jsonl, and draw its figure.

A study that was stopped goes on where it was; a row that is deleted is measured again, and that row alone.
"""
EXAMPLES = """\
examples:
  python -m lstm_lib study all --quick          every study in miniature, in minutes, into runs/quick
  python -m lstm_lib study gru --workers 2
  python -m lstm_lib study all --scheduler tcp://192.168.0.1:8786
"""


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "study",
        help="measure what the report claims, and draw its figures",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = _names()
    parser.add_argument("name", metavar="STUDY", choices=names or None, help=f"one of {', '.join(names)}")
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
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, further: list[str]) -> int:
    """Run the command.  Returns: the exit status, 2 where a study failed; the others are run all the same."""
    for name in ("seeds", "workers"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise UserError(f"--{name} {value}: wanted at least 1")
    if options.scheduler is not None and options.workers is not None:
        raise UserError("--scheduler: the workers are the cluster's own; leave out --workers")
    import matplotlib

    matplotlib.use("Agg")

    given = {name: getattr(options, name) for name in ("quick", "seeds", "workers", "scheduler")}
    told = load("figures.lab.setting").StudyOptions.of(**given)
    failures = run_all(told) if options.name == "all" else run_one(options.name, told)
    if failures:
        raise UserError("; ".join(failures))
    return 0


def _names() -> tuple[str, ...]:
    """What can be run, for `--help`; nothing where there is no checkout."""
    try:
        return (*load("figures").STUDIES, "all")
    except UserError:
        return ()


def run_all(options) -> list[str]:
    """Run every study with the same workers.  Returns and raises: as `run_one`."""
    with load("figures.lab.workers").shared(options) as options:
        return [failure for name in load("figures").STUDIES for failure in run_one(name, options)]


def run_one(name: str, options) -> list[str]:
    """Run one study.

    Returns: a line that says that runs failed, if some did.
    Raises: UserError on what would fail the next study as well.
    """
    study = load(load("figures").STUDIES[name])
    print(f"{name}: {study.__doc__.splitlines()[0]}", flush=True)
    try:
        study.run(options)
    except load("figures.lab.runner").FailedRunsError as error:
        return [str(error)]
    return []

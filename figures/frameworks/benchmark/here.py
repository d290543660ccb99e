"""Measure a benchmark on this processor, beside the rows that other processors have left.

    python -m figures.frameworks.benchmark.here frameworks

`study NAME` measures what no processor has measured; this measures what this one has not.  The tables then
show both, the one measured on last first; pictures and claims take the last one.  Leave the machine alone
meanwhile.
"""

import argparse
import sys
from collections.abc import Sequence

from figures import fig6_frameworks, scaling
from figures.frameworks.benchmark.contenders import available
from figures.frameworks.benchmark.store import measure
from figures.frameworks.benchmark.table import table
from figures.lab.results import Row, path_of
from figures.lab.script import end_with
from figures.lab.setting import StudyOptions
from lstm_lib.commands.options import Parser


def measure_here(name: str, options: StudyOptions) -> list[Row]:
    """Measure what this processor has not.  Args: name: "frameworks" or "scaling".

    Returns: the rows of all processors.
    """
    study, names = (fig6_frameworks, available()) if name == "frameworks" else (scaling, scaling.NAMES)
    plan = study.QUICK if options.quick else study.FULL
    return measure(name, path_of(name, options.results), study.MEASURES, plan, names, here=True)


def main(argv: Sequence[str]) -> int:
    """Run the command.  Returns: the exit status."""
    about = {"description": __doc__, "formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = Parser(prog="python -m figures.frameworks.benchmark.here", **about)
    parser.add_argument("name", choices=("frameworks", "scaling"), help="what to measure")
    parser.add_argument("--quick", action="store_true", help="the same path in seconds, into runs/quick")
    options = parser.parse_args(argv)
    rows, plan = measure_here(options.name, StudyOptions.of(options.quick)), scaling.plan_of(options.quick)
    print(table(rows) if options.name == "frameworks" else scaling.tables(rows, plan))
    return 0


if __name__ == "__main__":
    end_with(main, sys.argv[1:])

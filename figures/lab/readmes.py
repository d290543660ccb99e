"""The tables of README.md and data/README.md, made anew from the stored rows.

    python -m figures.lab.readmes

A table stands between `<!-- name -->` and `<!-- /name -->`; all else in the files is left as it is.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from figures import headline
from figures.claims import study as claims
from figures.claims import tables
from figures.frameworks.benchmark import table as benchmark
from figures.lab import costs
from figures.lab.options import RESULTS, ROOT, StudyOptions
from figures.lab.results import path_of, read_rows
from lstm_lib.storage import atomic_file, disk_errors

Tables = Mapping[str, Callable[[], str]]

READMES: Mapping[Path, Tables] = {
    ROOT / "README.md": {
        "headline": lambda: headline.table(read_rows(path_of("headline", RESULTS))),
        "frameworks": lambda: benchmark.summary(read_rows(path_of("frameworks", RESULTS))),
        "claims": lambda: tables.table(claims.ledger(StudyOptions())),
    },
    ROOT / "data" / "README.md": {"costs": lambda: costs.table(RESULTS)},
}


def with_tables(text: str, made: Tables) -> str:
    """The text, with each table between its marks as it is now.

    Raises: ValueError where the text has not exactly one place for a table.
    """
    for name, table in made.items():
        opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
        place = re.compile(f"{opening}.*?{closing}", re.DOTALL)
        new = f"{opening}\n\n{table()}\n\n{closing}"
        text, places = place.subn(lambda _, new=new: new, text)
        if places != 1:
            raise ValueError(f"{opening} … {closing} stands {places} times in the text, once is right")
    return text


def main() -> int:
    """Write the tables into the files."""
    for path, made in READMES.items():
        with disk_errors(path):
            text = with_tables(path.read_text(encoding="utf-8"), made)
            with atomic_file(path) as file:
                file.write(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())

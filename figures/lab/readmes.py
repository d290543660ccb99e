"""The tables of README.md, data/README.md and the pages in figures, made anew from the stored rows.

    python -m figures.lab.readmes

A table stands between `<!-- name -->` and `<!-- /name -->`; everything else in the files is left as it is.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from figures import STUDIES, headline
from figures.claims import study as claims
from figures.claims import tables
from figures.designs import size_design
from figures.designs import summary as designs
from figures.frameworks import scale_page
from figures.frameworks.benchmark import table as benchmark
from figures.lab.design import FILE as DESIGNS
from figures.lab.drawing import markdown
from figures.lab.results import Row, key, path_of, read_rows
from figures.lab.runner import stored
from figures.lab.setting import RESULTS, ROOT, StudyOptions
from lstm_lib.storage import atomic_file, disk_errors

Tables = Mapping[str, Callable[[], str]]

READMES: Mapping[Path, Tables] = {
    ROOT / "README.md": {
        "headline": lambda: headline.table(read_rows(path_of("headline", RESULTS))),
        "frameworks": lambda: benchmark.summary(read_rows(path_of("frameworks", RESULTS))),
        "claims": lambda: tables.table(claims.ledger(StudyOptions())),
    },
    ROOT / "data" / "README.md": {"costs": lambda: costs(RESULTS)},
    ROOT / "figures" / "README.md": {
        "sizes": lambda: size_design.table(size_design.collect(StudyOptions(), stored)),
        **{name: partial(designs.tables, name, StudyOptions()) for name in designs.NAMES},
    },
    ROOT / "figures" / "SCALE.md": scale_page.tables(),
}
WORKERS = (2, 16)


def with_tables(text: str, made: Tables) -> str:
    """Return the text with each table between its marks as it is now.

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


def costs(folder: Path) -> str:
    """Return what the studies cost, as a table in Markdown.

    Studies whose runs can be shared among workers have one line each, and one for their sum; below stand the
    benchmarks, which take one whole computer.  With few workers, a study takes its processor time divided by
    their number; with many, as long as its longest run.
    """
    rows = {name: read_rows(path_of(name, folder)) for name in (*STUDIES, DESIGNS)}
    of_runs = {name: found for name in rows if (found := run_seconds(rows[name]))}
    head = ["study", "runs", "minutes of processor time", *(f"{count} workers" for count in WORKERS)]
    body = []
    for name, found in of_runs.items():
        minutes = sum(found) / 60
        waits = [max(minutes / count, max(found) / 60) for count in WORKERS]
        body.append([name, str(len(found)), *(f"{value:.1f}" for value in (minutes, *waits))])
    total = [sum(map(float, column)) for column in zip(*(line[1:] for line in body), strict=True)]
    body.append(["all", *(f"{value:.0f}" for value in total)])
    benchmarks = {name: found for name in STUDIES if (found := unit_seconds(rows[name]))}
    told = ", ".join(f"{name} {sum(found) / 60:.0f} minutes" for name, found in benchmarks.items())
    return markdown(head, body) + (f"\n\nOn a computer of their own: {told}." if told else "")


def unit_seconds(rows: Iterable[Row]) -> list[float]:
    """Return the time of each unit of a benchmark, which the rows of all its contenders repeat."""
    units = {}
    for row in rows:
        if row["measure"].startswith("benchmark."):
            unit = row["configuration"] | {"contender": None}
            units[key(row["measure"], row["version"], unit, row["seed"])] = row["seconds"]
    return list(units.values())


def run_seconds(rows: Iterable[Row]) -> list[float]:
    """Return the processor time of each run that has noted it: the benchmark and old rows have not."""
    return [row["cpu_seconds"] for row in rows if row.get("cpu_seconds") is not None]


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

"""What the studies cost: processor time of their stored runs, and how long some workers take for them."""

from collections.abc import Iterable
from pathlib import Path

from figures import STUDIES
from figures.lab.markdown import markdown
from figures.lab.results import Row, key, path_of, read_rows

WORKERS = (2, 16)


def table(folder: Path) -> str:
    """A line a study whose runs can be shared among workers, in Markdown; the sum below; then the benchmarks,
    which take one whole computer.

    With few workers, a study takes its processor time over their number; with many, its longest run.
    """
    rows = {name: read_rows(path_of(name, folder)) for name in STUDIES}
    costs = {name: found for name in STUDIES if (found := run_seconds(rows[name]))}
    head = ["study", "runs", "minutes of processor time", *(f"{count} workers" for count in WORKERS)]
    body = [[name, *cells(found)] for name, found in costs.items()]
    total = [sum(map(float, column)) for column in zip(*(line[1:] for line in body), strict=True)]
    body.append(["all", *(f"{value:.0f}" for value in total)])
    benchmarks = {name: found for name in STUDIES if (found := unit_seconds(rows[name]))}
    told = ", ".join(f"{name} {sum(found) / 60:.0f} minutes" for name, found in benchmarks.items())
    return markdown(head, body) + (f"\n\nOn a computer of their own: {told}." if told else "")


def unit_seconds(rows: Iterable[Row]) -> list[float]:
    """The time of each unit of a benchmark, which all of its contenders' rows tell."""
    units = {}
    for row in rows:
        if row["measure"].startswith("benchmark."):
            unit = row["configuration"] | {"contender": None}
            units[key(row["measure"], row["version"], unit, row["seed"])] = row["seconds"]
    return list(units.values())


def run_seconds(rows: Iterable[Row]) -> list[float]:
    """The processor time of each run that has noted it: the framework benchmark and old rows have not."""
    return [row["cpu_seconds"] for row in rows if row.get("cpu_seconds") is not None]


def cells(seconds: list[float]) -> list[str]:
    """Runs; minutes of one processor, and of so many workers."""
    minutes = sum(seconds) / 60
    waits = [max(minutes / count, max(seconds) / 60) for count in WORKERS]
    return [str(len(seconds)), *(f"{value:.1f}" for value in (minutes, *waits))]

"""The runner does the runs that a study has planned and nobody has measured yet.

A study is a module of three parts:

    @measurement("gru.training", version=1)
    def measure(configuration, seed):            # in a worker: JSON in, JSON out
        ...

    def plan(options):                           # which runs the study wants
        recipes = {cell: {"recipe": study_recipe(options, cell=cell)} for cell in ("lstm", "gru")}
        return over_seeds(measure, recipes, options.seed_range(5))

    def draw(rows):                              # rows to a Figure, nothing else
        ...

    def run(options):
        rows = perform("gru", plan(options), options)
        save(draw(rows), options.figures, "fig7_gru")

Every finished run is stored at once (see `results`), so a study that was killed goes on where it was, and
`perform` only reads where nothing is missing.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from figures.lab.plan import Run
from figures.lab.provenance import provenance
from figures.lab.results import Row, append_row, as_stored, by_key, path_of, read_rows
from figures.lab.setting import StudyOptions
from figures.lab.workers import Cluster, Processes, connected, one_line
from lstm_lib.errors import UserError

RowsOf = Callable[..., list[Row]]  # `perform`, which runs what is missing, or `stored`, which runs nothing


class FailedRunsError(UserError):
    """Some runs of a study failed, or have not been done; those of other studies need not."""


def perform(
    study: str, plan: Sequence[Run], options: StudyOptions, *, at_once: int | None = None
) -> list[Row]:
    """Do the missing runs of a plan, as many at once as there are workers, and return the plan's rows.

    Args:
        study: the name of the file of rows.
        plan: runs; where two have the same address, it is run once.
        options: where the rows are, and who works.
        at_once: do no more runs than these at once: 1 where their seconds matter and others would disturb.
    Returns:
        A row for each run, in the plan's order, under the plan's name of the variant; other rows of the file
        stay where they are.
    Raises:
        FailedRunsError: some runs failed; the others are stored.
        UserError: there are no workers, or the rows cannot be read or written.
    """
    path = path_of(study, options.results)
    rows = rows_in(path)
    missing = {run.key: run for run in plan if run.key not in rows}
    if missing:
        try:
            with connected(options, len(missing)) as workers:
                failed = _do(study, list(missing.values()), workers, path, at_once or len(missing))
        except KeyboardInterrupt:
            print("Stopped. What finished is stored: the same command goes on from there.", file=sys.stderr)
            raise
        if failed:
            raise FailedRunsError(
                f"study {study}: {failed} of {len(missing)} runs failed, as told above; the rest is stored: "
                "mend the cause, and the same command runs those alone"
            )
        rows = rows_in(path)
    return _in_order(plan, rows)


def stored(study: str, plan: Sequence[Run], options: StudyOptions) -> list[Row]:
    """Return the rows of a plan that have been measured, in the plan's order; nothing is run."""
    rows = rows_in(path_of(study, options.results))
    return _in_order([run for run in plan if run.key in rows], rows)


def rows_in(path: Path) -> dict[str, Row]:
    """Return the rows of a file by their addresses; a file that has not changed is read once."""
    if not path.exists():
        return {}
    about = path.stat()
    return _read(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=16)
def _read(path: Path, changed: int, size: int) -> dict[str, Row]:
    return by_key(read_rows(path))


def _in_order(plan: Sequence[Run], rows: dict[str, Row]) -> list[Row]:
    return [{**rows[run.key], "variant": run.variant} for run in plan]


def _do(study: str, missing: list[Run], workers: Processes | Cluster, path: Path, at_once: int) -> int:
    """Do the runs, and store each row as it comes.  Returns: how many runs failed."""
    workers.fetch({run.corpus for run in missing if run.corpus})
    failed, pause = 0, 0.1 if sys.stderr.isatty() else 60  # a log needs no bar ten times a second
    with (
        tqdm(total=len(missing), desc=study, unit="run", mininterval=pause, dynamic_ncols=True) as bar,
        closing(workers.outcomes(execute, missing, at_once)) as outcomes,
    ):
        for run, outcome in outcomes:
            if isinstance(outcome, str):
                failed += 1
                told = f"{outcome}; its configuration: {json.dumps(run.configuration)}"
                bar.write(f"{study}: {run} failed: {told}", file=sys.stderr)
            else:
                append_row(path, outcome)
                bar.set_postfix_str(f"{run}: {outcome['seconds']:.1f} s", refresh=False)
            bar.update()
    return failed


def execute(run: Run) -> Row | str:
    """Do one run in this process, on one BLAS thread.  Returns: its row, or what went wrong in one line."""
    started, cpu_started = time.perf_counter(), time.process_time()
    try:
        with threadpool_limits(limits=1, user_api="blas"):
            origin, metrics = provenance(), run.measure(run.configuration, run.seed)
        row = {
            "variant": run.variant,
            "measure": run.name,
            "version": run.version,
            "configuration": run.configuration,
            "seed": run.seed,
            "metrics": metrics,
            "seconds": round(time.perf_counter() - started, 3),
            "cpu_seconds": round(time.process_time() - cpu_started, 3),
            **origin,
        }
        return as_stored(row)
    except Exception as error:  # whatever it is, it must not end the other runs
        return one_line(error)

"""The runner: runs what a study has planned and nobody has measured yet.

A study is a module of three parts:

    @measurement("gru.training", version=1)
    def measure(configuration, seed):            # in a worker: JSON in, JSON out
        ...

    def plan(options):                           # which runs the study wants
        seeds = options.seed_range(5)
        return [run for cell in ("lstm", "gru")
                for run in over_seeds(cell, measure, {"recipe": study_recipe(options, cell=cell)}, seeds)]

    def draw(rows):                              # rows to a Figure, nothing else
        ...

    def run(options):
        rows = perform("gru", plan(options), options)
        save(draw(rows), options.figures, "fig7_gru")

Every finished run is written down at once (see `results`), so a study that was killed goes on where it was,
and `perform` without anything missing only reads.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from distributed import Client, as_completed
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from figures.lab.options import StudyOptions
from figures.lab.plan import Run
from figures.lab.provenance import provenance
from figures.lab.results import Row, append_row, as_stored, by_key, path_of, read_rows
from figures.lab.workers import connected, fetch_corpora
from lstm_lib.errors import UserError


class FailedRunsError(UserError):
    """Some runs of a study failed; those of other studies need not."""


def perform(
    study: str, plan: Sequence[Run], options: StudyOptions, *, at_once: int | None = None
) -> list[Row]:
    """Run what is missing of a plan, as many at once as there are workers, and give back the plan's rows.

    Args:
        study: the name of the file of rows.
        plan: runs; where two have the same address, it is run once.
        options: where the rows are, and who works.
        at_once: no more runs than these at once: 1 where their seconds matter, and another run would disturb.
    Returns:
        A row for each run, in the plan's order, under the plan's name of the variant; other rows of the file
        stay where they are.
    Raises:
        FailedRunsError: some runs failed; the others are stored.
        UserError: there are no workers, or the rows cannot be read or written.
    """
    path = path_of(study, options.results)
    rows = by_key(read_rows(path))
    missing = {run.key: run for run in plan if run.key not in rows}
    if missing:
        try:
            with connected(options, len(missing)) as client:
                failed = _do(study, list(missing.values()), client, path, at_once or len(missing))
        except KeyboardInterrupt:
            print("Stopped. What finished is stored: the same command goes on from there.", file=sys.stderr)
            raise
        if failed:
            raise FailedRunsError(
                f"study {study}: {failed} of {len(missing)} runs failed, as told above; the rest is stored: "
                "mend the cause, and the same command runs those alone"
            )
        rows = by_key(read_rows(path))
    return _in_order(plan, rows)


def stored(study: str, plan: Sequence[Run], options: StudyOptions) -> list[Row]:
    """The rows of a plan that have been measured, in the plan's order; nothing is run."""
    rows = by_key(read_rows(path_of(study, options.results)))
    return _in_order([run for run in plan if run.key in rows], rows)


def _in_order(plan: Sequence[Run], rows: dict[str, Row]) -> list[Row]:
    return [{**rows[run.key], "variant": run.variant} for run in plan]


def _do(study: str, missing: list[Run], client: Client, path: Path, at_once: int) -> int:
    """Do the runs, and store each row as it comes.  Returns: how many runs failed."""
    fetch_corpora(client, {run.corpus for run in missing if run.corpus})
    failed, pause = 0, 0.1 if sys.stderr.isatty() else 60  # a log needs no bar ten times a second
    with tqdm(total=len(missing), desc=study, unit="run", mininterval=pause, dynamic_ncols=True) as bar:
        for run, outcome in _outcomes(missing, client, at_once):
            if isinstance(outcome, str):
                failed += 1
                told = f"{outcome}; its configuration: {json.dumps(run.configuration)}"
                bar.write(f"{study}: {run} failed: {told}", file=sys.stderr)
            else:
                append_row(path, outcome)
                bar.set_postfix_str(f"{run}: {outcome['seconds']:.1f} s", refresh=False)
            bar.update()
    return failed


def _outcomes(missing: list[Run], client: Client, at_once: int) -> Iterator[tuple[Run, Row | str]]:
    """Hand the runs out, and give each with what became of it, as it ends."""
    waiting = iter(missing)
    futures = {client.submit(execute, run, pure=False): run for run in islice(waiting, at_once)}
    for future in (finished := as_completed(futures)):
        yield futures.pop(future), _outcome(future)
        for run in islice(waiting, 1):
            following = client.submit(execute, run, pure=False)
            futures[following] = run
            finished.add(following)


def _outcome(future) -> Row | str:
    """Raises: UserError where the scheduler is gone, and all runs with it."""
    if future.status == "finished":
        return future.result()
    if future.status == "error":  # the worker died, or could not even begin
        return one_line(future.exception())
    raise UserError("the scheduler has gone away; what finished is stored: run the same command again")


def execute(run: Run) -> Row | str:
    """Do one run, here, on one BLAS thread.  Returns: its row, or what went wrong in one line."""
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


def one_line(error: BaseException) -> str:
    """An error as one line: what it says, and for one that nobody foresaw where it was raised."""
    message = " ".join(str(error).split())
    if isinstance(error, UserError):
        return message
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    return f"{type(error).__name__}: {message}{where}"

"""Grade submissions: notebooks of any names, each exercise in a process of its own.

Only the cells that an exercise needs are run.  The grades are a table, and a page that shows the class.
"""

import csv
import io
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tqdm import tqdm

from course.tools.class_page import class_page
from course.tools.execute import NOTEBOOKS, read
from course.tools.exercises import Exercise, code_of, exercises_of, needed_by
from lstm_lib.errors import UserError
from lstm_lib.storage import atomic_file, disk_errors

SAYS_AT_MOST = 400  # characters
NOT_OF_THE_COURSE = "This is none of the course's notebooks."


class Limits(NamedTuple):
    """What one exercise may take."""

    cpu_seconds: int = 60
    seconds: int = 300  # also while it sleeps, and on a busy machine
    megabytes: int = 3000  # of addresses; Python with the course takes 500


LIMITS = Limits()


class Grade(NamedTuple):
    """One line of the table."""

    student: str  # the folder in which the notebook lies, or else its own name
    file: str
    notebook: str  # of the course
    exercise: str  # the check's name
    right: int  # 1 or 0
    says: str  # the check's diagnosis


def main(folder: Path, output: Path | None = None) -> int:
    """Grade a folder.  Args: folder; output: a new folder.  Returns: the exit status.

    Raises: UserError: there are no notebooks, or the output is there already.
    """
    output = output or folder.with_name(f"{folder.resolve().name}-grades")
    if output.exists():
        raise UserError(f"{output}: exists already; name a new folder with --output")
    grades = grade_all(folder)
    with disk_errors(output):
        output.mkdir(parents=True)
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([Grade._fields, *grades])
    for name, text in (("grades.csv", table.getvalue()), ("class.html", class_page(grades))):
        with atomic_file(output / name) as file:
            file.write(text.encode())
    print(f"Graded {len({grade.file for grade in grades})} notebooks: see {output / 'class.html'}")
    return 0


def grade_all(folder: Path, limits: Limits = LIMITS, workers: int | None = None) -> list[Grade]:
    """Grade all notebooks in a folder and below it, several at a time.

    Args: folder; limits: for each exercise; workers: processes at a time, by default one for each core.
    Raises: UserError: there are none.
    """
    paths = [path for path in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
    if not paths:
        raise UserError(f"{folder}: there are no notebooks here")
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        jobs = [job for path in paths for job in jobs_of(path, folder)]
        graded = pool.map(lambda job: job if isinstance(job, Grade) else run_job(*job, limits), jobs)
        return list(tqdm(graded, total=len(jobs), unit="exercise"))


def jobs_of(path: Path, folder: Path) -> Iterator[Grade | tuple[Grade, Exercise, list[str]]]:
    """Give the exercises of a submission that are to be run, or the grade where there is nothing to run."""
    inside = path.relative_to(folder)
    student = inside.parts[0] if len(inside.parts) > 1 else path.stem
    empty = Grade(student, inside.as_posix(), "", "", 0, "")
    try:
        notebook = read(path)[1]
        sources, texts = code_of(notebook), {cell.source.strip() for cell in notebook.cells}
    except Exception as error:  # a file of anything
        yield empty._replace(says=f"The file cannot be read: {error}"[:SAYS_AT_MOST])
        return
    name = recognized(path.stem, texts)
    if name is None:
        yield empty._replace(says=NOT_OF_THE_COURSE)
        return
    for exercise in masters()[name][1]:
        line = empty._replace(notebook=name, exercise=exercise.check)
        yield line, exercise, [sources[number] for number in needed_by(exercise.arguments, sources)]


@cache
def masters() -> dict[str, tuple[set[str], list[Exercise]]]:
    """Return the texts and the exercises of each of the course's notebooks."""
    notebooks = {path.stem: read(path)[1] for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
    return {
        name: ({cell.source.strip() for cell in notebook.cells}, exercises_of(notebook))
        for name, notebook in notebooks.items()
    }


def recognized(stem: str, texts: set[str]) -> str | None:
    """Return the course's notebook with which a submission shares most cells, or else its name."""
    shared = {name: len(texts & known) for name, (known, _) in masters().items()}
    best = max(shared, key=shared.__getitem__)
    return best if shared[best] > 1 else next((name for name in shared if name in stem), None)


def environment(scratch: str) -> dict[str, str]:
    """Return the environment of a submission: where the course is, a home that is thrown away, no secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    own = {"HOME": scratch, "TMPDIR": scratch, "MPLCONFIGDIR": scratch, "OPENBLAS_NUM_THREADS": "1"}
    return (
        kept | own | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
    )


def run_job(line: Grade, exercise: Exercise, cells: list[str], limits: Limits) -> Grade:
    """Check one exercise in a process of its own, and fill in its line of the table."""
    token = secrets.token_hex()
    job = json.dumps({"token": token, "cells": cells, **exercise._asdict()})
    command = [
        sys.executable,
        "-m",
        "course.tools.graded_run",
        str(limits.cpu_seconds),
        str(limits.megabytes),
    ]
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        process = subprocess.Popen(
            command,
            cwd=scratch,
            env=environment(scratch),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            answer, _ = process.communicate(job, timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            answer = ""
        finally:
            end(process)
    try:
        told = json.loads(answer)
        if told["token"] == token:
            return line._replace(right=int(told["right"]), says=told["says"][:SAYS_AT_MOST])
    except (ValueError, TypeError, KeyError):
        pass
    return line._replace(says=what_ended(process.returncode, limits))


def end(process: subprocess.Popen) -> None:
    """End a process with all that it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, ProcessLookupError):  # Windows has no groups
        process.kill()
    process.communicate()


def what_ended(status: int, limits: Limits) -> str:
    """Say why a process gave no answer."""
    if status in (-signal.SIGTERM, -9, -24):
        return (
            f"The code found no end: stopped after {limits.cpu_seconds} s of computing or {limits.seconds} s."
        )
    return "The code ended Python before the exercise could be checked."

"""Check one exercise of one submission, in a process of its own that ends with it.

    python -m course.tools.graded_run CPU_SECONDS MEGABYTES < JOB

The job names cells, a check and its arguments; the answer is one line of JSON.  A student's code cannot
stand in for the check: all that was imported before it ran is put back, the course is imported anew, and in
the end the check must still call wrong answers wrong.  What the code prints goes nowhere.

An audit hook keeps the code from other processes, from the network and from files of others.  It stops
accidents and simple malice, and is no wall: strangers' code belongs in a container.
"""

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any

import matplotlib
import numpy as np

with contextlib.suppress(ImportError):
    import resource  # which Windows does not have

OWN = ("course", "lstm_lib", "figures")  # imported anew
WRONG_ANSWERS = (None, 0.0, np.full(3, 1e9))
LARGEST_FILE = 10_000_000  # bytes
FORBIDDEN = re.compile(r"os\.(kill|fork|exec|spawn|posix_spawn|system|startfile)|subprocess\.|socket\.|pty\.")
CHANGES = re.compile(r"os\.(remove|rename|rmdir|truncate|chmod|chown|link|symlink|utime)|shutil\.")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main(cpu_seconds: int, megabytes: int) -> None:
    """Read the job, do it, write the answer, and end at once: nothing that the code left runs any more."""
    job = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    limit(cpu_seconds, megabytes)
    matplotlib.use("agg")
    keep_inside(os.getcwd())
    right, says = graded(job["cells"], job["module"], job["check"], job["arguments"])
    answer.write(json.dumps({"token": job["token"], "right": right, "says": says}))
    answer.flush()
    os._exit(0)


def limit(cpu_seconds: int, megabytes: int) -> None:
    """Bound this process's time, memory and files, where the system can."""
    if "resource" in globals():
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20,) * 2)


def keep_inside(folder: str) -> None:
    """Forbid this process, from here on, all that reaches out of a folder."""

    def hook(event: str, arguments: tuple) -> None:
        if event == "open":
            path, _, flags = arguments
            changed = [path] if flags & WRITING and path != os.devnull else []
        else:
            changed = arguments if CHANGES.match(event) else []
        outside = [path for path in changed if isinstance(path, str | bytes) and not inside(path)]
        if outside or FORBIDDEN.match(event):
            raise PermissionError(f"{event} is not allowed in a graded notebook")

    def inside(path: str | bytes) -> bool:
        return os.path.realpath(os.fsdecode(path)).startswith(os.path.join(os.path.realpath(folder), ""))

    sys.addaudithook(hook)


def graded(cells: list[str], module: str, check: str, arguments: str) -> tuple[bool, str]:
    """Run the cells, call the check, and return whether the answer is right, and what was said."""
    getattr(import_module(module), check)  # a chapter imports what is asked for, with all that it needs
    before = snapshot()
    names: dict[str, Any] = {"__name__": "__main__"}
    failures = [failure for source in cells if (failure := run_cell(source, names))]
    restore(before)
    try:
        student, *others = eval(f"[{arguments}]", names)
    except BaseException as error:
        return False, failures[-1] if failures else f"Not written yet: {error}."
    trusted = getattr(import_module(module), check)
    try:
        right, says = verdict_of(trusted, quiet(student), *others)
        wrong = [
            verdict_of(trusted, lambda *_, answer=answer: answer, *others)[0] for answer in WRONG_ANSWERS
        ]
    except BaseException as error:
        return False, f"The check ended with {type(error).__name__}: {error}"
    if any(wrong):
        return False, "The code changes what checks it: the check now calls wrong answers right."
    return right, says


def run_cell(source: str, names: dict[str, Any]) -> str | None:
    """Run a cell as a notebook does: an error ends the cell, and the next one runs.  Returns: the error."""
    try:
        exec(compile(source, "cell", "exec"), names)
    except BaseException as error:  # also an exit, which must not end the grading
        return f"A cell stopped with {type(error).__name__}: {error}"
    return None


def verdict_of(check: Callable, student: Any, *others: Any) -> tuple[bool, str]:
    """Call a check.  Returns: whether it finds the answer right, and what it says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        verdict = check(student, *others)
    if verdict is None:  # it only prints
        return said.getvalue().startswith("Right"), said.getvalue().strip()
    return bool(verdict), str(verdict).strip()


def quiet(function: Any) -> Any:
    """Return the same function, but what it prints is not taken for the check's words."""
    if not callable(function):
        return function

    @wraps(function)
    def call(*arguments, **named):
        with contextlib.redirect_stdout(None):
            return function(*arguments, **named)

    return call


def snapshot() -> list[tuple[ModuleType, dict[str, Any]]]:
    """Return what each module holds, and what decides how others are imported."""
    found = [(module, dict(vars(module))) for module in list(sys.modules.values()) if module is not None]
    state = {name: list(getattr(sys, name)) for name in ("path", "meta_path", "path_hooks")}
    return [*found, (sys, state)]


def restore(before: list[tuple[ModuleType, dict[str, Any]]]) -> None:
    """Put back what a snapshot holds, and forget the course's modules, so that they are imported anew."""
    for module, held in before:
        for name, value in held.items():
            if vars(module).get(name) is not value:
                setattr(module, name, value)
    for name in [name for name in sys.modules if name.split(".")[0] in OWN]:
        del sys.modules[name]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

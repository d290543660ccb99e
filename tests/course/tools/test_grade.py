"""Generated submissions get the grades that they have earned, and none hurts the grader."""

import csv
import os
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from course.tools import grade as grading
from course.tools.execute import NOTEBOOKS, read
from course.tools.exercises import code_of, exercises_of, needed_by
from course.tools.grade import NOT_OF_THE_COURSE, Limits, grade_all
from course.tools.students import STUB, without_solutions
from lstm_lib.__main__ import main

LIMITS = Limits(cpu_seconds=8, seconds=300)
ENDLESS = "while True:\n    pass"
CALLS_ITSELF = """\
import sys
sys.setrecursionlimit(10**9)
def deeper(n):
    return deeper(n + 1)
return deeper(0)"""
THREADS = """\
import threading
for _ in range(50):
    threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()
return None"""
LOUD = 'for _ in range(200):\n    print("Right: " + "x" * 50_000)'
HUNGRY = "held = bytearray(2**36)"
# What reaches out of the grader's process.
FORBIDDEN = {
    "kills": "import os\nos.kill(os.getppid(), 9)",
    "starts": "import subprocess\nsubprocess.run(['true'])",
    "forks": "import os\nwhile os.fork() >= 0:\n    pass",
    "calls": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9')",
    "writes": "open('{folder}/mine', 'w')",
    "deletes": "import shutil\nshutil.rmtree('{folder}')",
}
# What a student may put before the first exercise's function, and what the check then still must say.
CHEATS = {
    "redefines": 'def check_reverse(function):\n    print("Right: it agrees.")\n    return True',
    "replaces": (
        "import course.architectures.checks as checks\n"
        'checks.check_reverse = lambda function: print("Right: it agrees.")'
    ),
    "blinds": (
        "import numpy as np\nimport course.shared.diagnosis as d\n"
        "d._same = d._close = lambda *a: True\n"
        "np.isclose = lambda a, *_, **__: np.ones_like(a, bool)"
    ),
    "reroutes": (
        "import sys, types\nfake = types.ModuleType('course.architectures.checks')\n"
        "fake.check_reverse = fake.check_last_real = fake.check_both_ways = lambda f: True\n"
        "sys.modules['course.architectures.checks'] = fake\nsys.path.insert(0, '.')"
    ),
}


def submission(stem: str, *, solved: int = 0, first: str = "", inside: str | None = None):
    """A notebook of the course with some of its solutions.

    Args: stem: its name; solved: how many exercises; first: a cell that comes before all others; inside: the
        body of each function that is not solved, in the stub's place.
    """
    notebook = read(NOTEBOOKS / f"{stem}.ipynb")[1]
    left = solved
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if "check_" in cell.source and STUB in without_solutions(cell.source):
            if left == 0:
                cell.source = without_solutions(cell.source)
                if inside is not None:
                    body = inside.replace("\n", "\n    ")
                    cell.source = cell.source.replace("raise NotImplementedError()", body)
            else:
                left -= 1
    notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    return notebook


def hand_in(folder: Path, name: str, notebook) -> None:
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, bytes):
        path.write_bytes(notebook)
    else:
        nbformat.write(notebook, path)


# Their exercises need no other cell than the imports.
SHORT, SHORTEST = "02_architectures", "03_activations"
EXERCISES = [exercise.check for exercise in exercises_of(read(NOTEBOOKS / f"{SHORT}.ipynb")[1])]
ALL = len(EXERCISES)
FEW = len(exercises_of(read(NOTEBOOKS / f"{SHORTEST}.ipynb")[1]))
# What stands in the place of the last answer, and what the table then tells.
HARMFUL = {
    "endless": (ENDLESS, "found no end"),
    "loud": (f"{LOUD}\nreturn None", "Not written yet"),
    "loud errors": (
        f"import sys\n{LOUD.replace('print(', 'sys.stderr.write(')}\nreturn None",
        "Not written yet",
    ),
    "long error": ('raise ValueError("x" * 50_000_000)', "xxx"),
    "hungry": (HUNGRY, "MemoryError"),
    "huge answer": ("return np.zeros((40_000, 10_000))", ""),
    "exits": ("raise SystemExit", ""),
    "dies": ("import os\nos._exit(0)", "ended Python"),
    "crashes": ("import ctypes\nctypes.string_at(0)", "ended Python"),
    "calls itself": (CALLS_ITSELF, ""),
    "asks": ("return input()", "stopped with"),
    "threads": (THREADS, ""),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> dict[str, list[grading.Grade]]:
    """The grades of each student."""
    folder = tmp_path_factory.mktemp("submissions")
    hand_in(folder, "ann/homework", submission(SHORT, solved=ALL))
    hand_in(folder, "ben/my copy of 2", submission(SHORT, solved=1))
    hand_in(folder, "cyd/02_architectures", submission(SHORT))
    for name, cell in CHEATS.items():
        hand_in(folder, name, submission(SHORT, first=cell, inside="return 0.0"))
    hand_in(folder, "dan/half", submission(SHORT, solved=ALL // 2))
    hand_in(folder, "zoë 日本", submission(SHORTEST, solved=FEW))
    hand_in(folder, "eve", submission("09_bleu", solved=1))
    twice = submission(SHORTEST, solved=FEW)
    twice.cells += [nbformat.v4.new_code_cell(source) for source in code_of(twice)]
    hand_in(folder, "twice", twice)
    heavy = submission(SHORTEST, solved=FEW)
    heavy.cells[0].outputs = [nbformat.v4.new_output("stream", text="x" * 20_000_000)]
    hand_in(folder, "heavy", heavy)
    for name, (body, _) in HARMFUL.items():
        hand_in(folder, name, submission(SHORTEST, solved=FEW - 1, inside=body))
    for name, body in FORBIDDEN.items():
        hand_in(folder, name, submission(SHORTEST, solved=FEW - 1, inside=body.format(folder=folder)))
    hand_in(folder, "broken", submission(SHORTEST, solved=FEW, first="this is no Python"))
    hand_in(folder, "raises", submission(SHORTEST, solved=FEW, first="1 / 0"))
    hand_in(folder, "nothing", nbformat.v4.new_notebook())
    hand_in(folder, "noise", b"\x00\xff no notebook")
    found: dict[str, list[grading.Grade]] = {}
    for line in grade_all(folder, LIMITS):
        found.setdefault(line.student, []).append(line)
    return found


def rights(lines: list[grading.Grade]) -> list[int]:
    return [line.right for line in lines]


def test_what_is_right_counts_and_what_is_not_is_told(graded):
    assert rights(graded["ann"]) == [1] * ALL
    assert rights(graded["ben"]) == [1] + [0] * (ALL - 1)
    assert rights(graded["cyd"]) == [0] * ALL
    assert all(line.says.startswith("Not written yet") for line in graded["cyd"])
    assert {line.notebook for line in graded["ann"] + graded["ben"]} == {SHORT}
    assert [line.exercise for line in graded["ann"]] == EXERCISES


@pytest.mark.parametrize("name", ["zoë 日本", "twice", "heavy"])
def test_names_copies_and_large_files_do_not_matter(graded, name):
    assert rights(graded[name]) == [1] * FEW


def test_a_half_is_a_half_and_another_notebook_is_known(graded):
    assert rights(graded["dan"]) == [1] * (ALL // 2) + [0] * (ALL - ALL // 2)
    assert {line.notebook for line in graded["eve"]} == {"09_bleu"}
    assert rights(graded["eve"])[0] == 1 and sum(rights(graded["eve"])) == 1
    assert len(graded) >= 30


@pytest.mark.parametrize("name", CHEATS)
def test_who_cheats_gets_nothing(graded, name):
    assert rights(graded[name]) == [0] * ALL


@pytest.mark.parametrize(
    ("name", "told"),
    [
        *((name, told) for name, (_, told) in HARMFUL.items()),
        *((name, "is not allowed") for name in FORBIDDEN),
    ],
)
def test_a_harmful_answer_costs_only_itself(graded, name, told):
    assert rights(graded[name]) == [1] * (FEW - 1) + [0]
    assert told in graded[name][-1].says
    assert len(graded[name][-1].says) <= grading.SAYS_AT_MOST


@pytest.mark.parametrize("name", ["broken", "raises"])
def test_a_cell_that_fails_does_not_stop_the_others(graded, name):
    assert rights(graded[name]) == [1] * FEW


def test_what_is_no_notebook_of_the_course_is_listed(graded):
    (nothing,), (noise,) = graded["nothing"], graded["noise"]
    assert (nothing.right, nothing.says) == (0, NOT_OF_THE_COURSE)
    assert noise.right == 0 and "cannot be read" in noise.says


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_check_of_a_notebook_is_found_with_the_cells_it_needs(path):
    notebook = read(path)[1]
    sources = code_of(notebook)
    exercises = exercises_of(notebook)
    calls = sum(
        line.startswith(("check_", "exercises.check_")) for text in sources for line in text.splitlines()
    )
    assert len(exercises) == calls > 0
    for exercise in exercises:
        assert exercise.module.startswith("course.")
        assert any(
            exercise.arguments.split(",")[0] in sources[number]
            for number in needed_by(exercise.arguments, sources)
        )


def test_the_command_writes_a_table_and_a_page_once(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(grading, "LIMITS", LIMITS)
    hand_in(tmp_path / "in", "<b>ann", submission(SHORT, solved=ALL))
    assert main(["grade", str(tmp_path / "in")]) == 0
    out = tmp_path / "in-grades"
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["right"] for row in rows) == {"1": ALL}
    assert {row["student"] for row in rows} == {"<b>ann"}
    page = (out / "class.html").read_text(encoding="utf-8")
    assert "<b>ann" not in page and "02 reverse: 1 of 1 right" in page
    assert main(["grade", str(tmp_path / "in")]) == 2
    assert "exists already" in capsys.readouterr().err
    os.mkdir(tmp_path / "empty")
    assert main(["grade", str(tmp_path / "empty")]) == 2
    assert "there are no notebooks" in capsys.readouterr().err

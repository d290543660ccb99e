"""The students' version: no solution is left in it, all else is as it was, and its checks answer kindly."""

import re
from pathlib import Path

import nbformat
import pytest

from course.tools import students
from course.tools.execute import ASSERTIONS, kernel, run_cell
from course.tools.exercises import needed_by
from course.tools.students import BEGIN, END, RAISE, STUB, without_assertions, without_solutions
from helpers.coded_exercises import NOTEBOOKS, check_called, code_of
from lstm_lib.__main__ import main

SOLUTION = re.compile(rf"^[ ]*{BEGIN}\n(.*?)^[ ]*{END}$", re.MULTILINE | re.DOTALL)
EXERCISES = [path for path in NOTEBOOKS if any(check_called(cell.source) for cell in code_of(path))]
LEAST_EXERCISES = 25


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("course") / "students"
    assert main(["students", str(folder)]) == 0
    return folder


def answers(cell) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_solutions_and_outputs_are_gone_and_nothing_else(handed_out, path):
    before, after = (nbformat.read(file, as_version=4) for file in (path, handed_out / path.name))
    before = without_assertions(before)
    assert len(before.cells) == len(after.cells)
    for old, new in zip(before.cells, after.cells, strict=True):
        if old.cell_type == "code":
            assert (new.outputs, new.execution_count) == ([], None)
        if BEGIN not in old.source:
            assert new.source == old.source
            continue
        for solution in SOLUTION.findall(old.source):
            assert solution.strip()
            assert solution not in new.source
        assert BEGIN not in new.source and END not in new.source
        kept = SOLUTION.sub("", old.source).split()
        assert [word for word in new.source.split() if word not in f"{STUB} {RAISE}"] == [
            word for word in kept if word not in f"{STUB} {RAISE}"
        ]


def test_no_prediction_is_given_away(handed_out):
    handed = [nbformat.read(handed_out / path.name, as_version=4).cells for path in NOTEBOOKS]
    assert not any(ASSERTIONS in cell.metadata.get("tags", []) for cells in handed for cell in cells)
    assert any(ASSERTIONS in cell.metadata.get("tags", []) for cell in nbformat.read(NOTEBOOKS[0], 4).cells)


def test_there_are_enough_exercises_and_the_solution_of_each_is_right():
    told = [answers(cell) for path in EXERCISES for cell in code_of(path) if check_called(cell.source)]
    assert len(told) >= LEAST_EXERCISES
    assert all(answer.startswith("Right: ") for answer in told)


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_every_check_answers_kindly_before_a_solution_is_written_and_passes_it_afterwards(handed_out, path):
    """Only what an exercise needs is run; nbval runs the cells before it, which are the same in both."""
    given, solved = ([cell.source for cell in code_of(file)] for file in (handed_out / path.name, path))
    numbers = [number for number, source in enumerate(given) if check_called(source)]
    with kernel(handed_out) as client:
        for number in numbers:
            for earlier in needed_by(solved[number], solved[:number]):
                run_cell(client, given[earlier])
            (told,) = run_cell(client, given[number])[0]
            assert told.get("text", "").startswith("Not written yet: ")
        for number in numbers:
            (told,) = run_cell(client, solved[number])[0]
            assert told.get("text", "").startswith("Right: ")


def test_a_kernel_stays_usable_after_an_endless_function_was_stopped(tmp_path):
    endless = """\
import _thread, threading
from course.lstm_cell.checks import check_lstm_step
remembered = 42
def lstm_step(*arrays):
    threading.Timer(0.1, _thread.interrupt_main).start()
    while True:
        pass
check_lstm_step(lstm_step)"""
    with kernel(tmp_path) as client:
        assert run_cell(client, endless)[0][-1].ename == "KeyboardInterrupt"
        assert run_cell(client, "remembered")[0][0].data["text/plain"] == "42"


# What is written, and what is not


def test_the_same_again_is_no_conflict_and_a_students_work_is_kept(tmp_path, capsys):
    folder = tmp_path / "mine"
    assert main(["students", str(folder)]) == 0
    assert main(["students", str(folder)]) == 0
    work, other = sorted(folder.iterdir())[:2]
    work.write_text("my work", encoding="utf-8")
    other.unlink()
    assert main(["students", str(folder)]) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith(f"lstm_lib: {work}: exists already") and complaint.count("\n") == 1
    assert work.read_text(encoding="utf-8") == "my work" and not other.exists(), "all or nothing"
    assert main(["students", str(folder), "--force"]) == 0
    assert BEGIN not in work.read_text(encoding="utf-8") and other.exists()
    assert {path.suffix for path in folder.iterdir()} == {".ipynb"}


@pytest.mark.parametrize("inside", ["", "students"])
def test_the_notebooks_themselves_are_never_overwritten(inside, capsys):
    before = [path.read_bytes() for path in NOTEBOOKS]
    assert main(["students", str(students.NOTEBOOKS / inside), "--force"]) == 2
    assert "with their solutions are here" in capsys.readouterr().err
    assert [path.read_bytes() for path in NOTEBOOKS] == before


def test_a_file_in_the_folders_place_gets_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["students", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_links_lead_where_they_led(tmp_path, monkeypatch):
    course = tmp_path / "course"
    (course / "notebooks").mkdir(parents=True)
    text = "[data](../data/README.md), ![figure](../figures/a.png), [next](01_next.ipynb), ../no/link"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    nbformat.write(notebook, course / "notebooks" / "00_first.ipynb")
    monkeypatch.setattr(students, "NOTEBOOKS", course / "notebooks")
    for folder, up in ((course / "students", ".."), (course / "out" / "2027", "../..")):
        (path,) = students.write_students_version(folder)
        links = (
            f"[data]({up}/data/README.md), ![figure]({up}/figures/a.png), [next](01_next.ipynb), ../no/link"
        )
        assert nbformat.read(path, as_version=4).cells[0].source == links


# The marks


def test_a_stub_stands_as_far_to_the_right_as_the_solution_did():
    source = f"def f(x):\n    {BEGIN}\n    return x\n    {END}\n\n\nf(1)\n{BEGIN}\nf(2)\n{END}"
    assert without_solutions(source) == f"def f(x):\n    {STUB}\n    {RAISE}\n\n\nf(1)\n{STUB}"


@pytest.mark.parametrize(
    "source", [BEGIN, END, f"{END}\n{BEGIN}", f"{BEGIN}\n{BEGIN}\n{END}", f"{BEGIN}\n{END}\n{END}"]
)
def test_a_mark_without_a_partner_stops_it(source):
    with pytest.raises(students.UserError, match=r"cell 7: ### (BEGIN|END) SOLUTION has no partner"):
        without_solutions(source, "cell 7")

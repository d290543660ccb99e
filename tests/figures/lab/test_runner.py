"""The runner: what is stored is not run again, what fails or is killed loses nothing else."""

import dataclasses
import json
import os
from itertools import pairwise
from multiprocessing import active_children
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from figures.lab.plan import Run
from figures.lab.provenance import blas_threads
from figures.lab.results import path_of, read_rows
from figures.lab.runner import FailedRunsError, execute, perform
from figures.lab.setting import StudyOptions
from figures.lab.workers import shared
from helpers.studies.study_runs import die, fail, slow, square_anew, squares


@pytest.fixture
def log(tmp_path):
    """The file in which runs leave a line each."""
    return str(tmp_path / "log")


def done(log):
    """Return the runs that were done since the last look."""
    if not os.path.exists(log):
        return []
    lines = Path(log).read_text().splitlines()
    os.remove(log)
    return lines


def lines_of(options):
    return path_of("squares", options.results).read_text().splitlines(keepends=True)


def test_rows_say_what_was_measured_and_where(options):
    (row,) = perform("squares", squares([3], seeds=[1]), options)
    assert row == read_rows(path_of("squares", options.results))[0]
    assert row["metrics"] == {"square": 10}
    assert (row["variant"], row["measure"], row["version"]) == ("number 3", "test.square", "1.1")
    assert (row["configuration"], row["seed"]) == ({"number": 3}, 1)
    assert 0 <= row["cpu_seconds"] < 60 and 0 <= row["seconds"] < 60
    assert row["versions"].keys() == {"lstm-lib", "numpy", "sacrebleu", "nltk"}
    assert row["machine"]["blas_threads"] == 1
    assert row["machine"]["cpus"] == os.cpu_count()
    assert {"commit", "python"} <= row.keys()


def test_what_is_stored_is_not_run_again(options, log):
    plan = squares([1, 2], seeds=[0, 1], log=log)
    first = perform("squares", plan, options)
    assert sorted(done(log)) == ["1 0", "1 1", "2 0", "2 1"]
    assert perform("squares", plan, options) == first
    assert [row["metrics"]["square"] for row in first] == [1, 2, 4, 5]
    wider = perform("squares", [*plan, *squares([3], log=log)], options)
    assert wider[:4] == first
    assert done(log) == ["3 0"]


def test_a_deleted_row_is_restored_and_no_other(options, log):
    plan = squares([1, 2, 3], log=log)
    perform("squares", plan, options)
    before, _ = lines_of(options), done(log)
    gone = next(line for line in before if '"number 2"' in line)
    path_of("squares", options.results).write_text("".join(line for line in before if line != gone))
    perform("squares", plan, options)
    after = lines_of(options)
    assert done(log) == ["2 0"]
    assert after[:2] == [line for line in before if line != gone]
    assert json.loads(after[2])["metrics"] == json.loads(gone)["metrics"]


def test_a_newer_version_is_measured_anew_and_a_new_name_is_not(options, log):
    plan = squares([1], log=log)
    perform("squares", plan, options)
    done(log)
    renamed = [dataclasses.replace(run, variant="one") for run in plan]
    assert perform("squares", renamed, options)[0]["variant"] == "one"
    assert done(log) == []
    perform("squares", squares([1], measure=square_anew, log=log), options)
    assert done(log) == ["1 0"]
    assert len(lines_of(options)) == 2


def test_runs_of_the_same_address_are_one(options, log):
    plan = squares([1], log=log)
    rows = perform("squares", [*plan, dataclasses.replace(plan[0], variant="again")], options)
    assert done(log) == ["1 0"]
    assert [row["variant"] for row in rows] == ["number 1", "again"]


def test_a_torn_last_line_is_run_again(options, log):
    plan = squares([1, 2], log=log)
    perform("squares", plan, options)
    done(log)
    path, (first, second) = path_of("squares", options.results), lines_of(options)
    path.write_text(first + second[:-40])
    rows = perform("squares", plan, options)
    assert len(done(log)) == 1
    assert len(lines_of(options)) == 2
    assert [row["metrics"]["square"] for row in rows] == [1, 4]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("user error", "failed: the corpus is gone: fetch it; its"),
        ("not JSON", "failed: ValueError: Out of range float values are not JSON compliant"),
        ("bug", "failed: ZeroDivisionError: division by zero (study_runs.py:"),
    ],
)
def test_a_failing_run_is_one_line_and_loses_no_other(options, capsys, tmp_path, how, told):
    mended = tmp_path / "mended"
    configuration = {"how": how, "zero": 0, "mended": str(mended)}
    bad = Run("bad", fail, configuration, 7)
    plan = [bad, *squares([1, 2])]
    with pytest.raises(FailedRunsError, match="study squares: 1 of 3 runs failed") as raised:
        perform("squares", plan, options)
    assert "\n" not in str(raised.value)
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "failed" in line]
    assert line.startswith(f"squares: bad, seed 7 {told}")
    assert json.dumps(configuration) in line
    assert len(lines_of(options)) == 2
    mended.touch()
    assert perform("squares", plan, options)[0]["metrics"] == {"square": 0}
    assert len(lines_of(options)) == 3


def test_a_run_that_kills_its_worker_loses_no_other(options, capsys):
    with pytest.raises(FailedRunsError, match="1 of 3 runs failed"):
        perform("squares", [Run("deadly", die, {}, 0), *squares([1, 2])], options)
    assert "squares: deadly, seed 0 failed: KilledWorker: " in capsys.readouterr().err
    assert len(lines_of(options)) == 2
    assert perform("squares", squares([1, 2, 3, 4]), options)


def test_a_run_that_a_worker_cannot_import_is_one_line(options, far, capsys):
    with pytest.raises(FailedRunsError, match="1 of 1 runs failed"):
        perform("squares", [far], options)
    assert "far, seed 0 failed: ModuleNotFoundError: No module named 'elsewhere'" in capsys.readouterr().err


def test_workers_start_when_they_are_needed_and_end_with_the_block(tmp_path):
    before = set(active_children())  # those of the other tests
    with shared(StudyOptions.of(quick=True, results=tmp_path, workers=2)) as options:
        assert set(active_children()) == before
        perform("squares", squares([1]), options)
        (worker,) = set(active_children()) - before
        worker.kill()
        perform("squares", squares([1, 2, 3]), options)
    assert set(active_children()) == before


def test_one_at_a_time_is_one_at_a_time(options):
    plan = [Run("slow", slow, {"seconds": 0.2}, seed) for seed in range(4)]

    def overlaps(at_once):
        rows = perform(f"at_once_{at_once}", plan, options, at_once=at_once)
        spans = sorted((row["metrics"]["started"], row["metrics"]["ended"]) for row in rows)
        return sum(after[0] < before[1] for before, after in pairwise(spans))

    assert overlaps(1) == 0
    assert overlaps(None) > 0


def test_a_run_has_one_blas_thread_and_leaves_the_others_as_they_were():
    with threadpool_limits(limits=2, user_api="blas"):
        row = execute(squares([1])[0])
        assert blas_threads() == 2
    assert row["machine"]["blas_threads"] == 1


def test_nothing_missing_starts_no_workers(options):
    perform("squares", squares([1]), options)
    nowhere = dataclasses.replace(options, scheduler="tcp://127.0.0.1:1")
    assert perform("squares", squares([1]), nowhere)

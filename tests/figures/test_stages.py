"""The stages compute what the library does, are counted right, and are measured and drawn as told."""

import numpy as np
import pytest

from course.shared.gradcheck import randomize
from course.vectorization.costs import STAGES, Size, cost
from course.vectorization.stages import variants
from figures import stages
from figures.lab.results import read_rows
from figures.lab.runner import execute
from figures.lab.setting import StudyOptions
from figures.stages.recording import Call, recorded, recording
from helpers.arrays import assert_close, frozen

SIZES = [(1, 1, 1), (3, 4, 5), (2, 6, 3)]  # batch, steps, width


def make_problem(batch: int, steps: int, width: int, dtype=np.float64) -> stages.Problem:
    given = stages.problem(batch, steps, width, seed=1, dtype=dtype)
    randomize(given.layer.params, np.random.default_rng(2))
    return given


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("stage", variants.VARIANTS)
def test_every_stage_computes_what_the_library_does(stage, size):
    given = make_problem(*size)
    frozen((given.x, given.dh, *given.layer.params.values()))
    wanted = variants.run_pass(variants.LIBRARY, *given)
    got = variants.run_pass(stage, *given)
    assert_close(got.h, wanted.h, "h", 1e-10)
    assert_close(got.dx, wanted.dx, "dx", 1e-10)
    assert got.grads.keys() == wanted.grads.keys()
    for name, gradient in wanted.grads.items():
        assert_close(got.grads[name], gradient, name, 1e-10)


@pytest.mark.parametrize("stage", variants.VARIANTS)
def test_inputs_may_be_of_another_width_than_the_units(stage):
    given = make_problem(3, 4, 5)
    layer = variants.LSTM(2, 5, np.random.default_rng(3), dtype=np.float64)
    wide = given._replace(layer=layer, x=np.random.default_rng(4).standard_normal((3, 4, 2)))
    wanted = variants.run_pass(variants.LIBRARY, *wide)
    got = variants.run_pass(stage, *wide)
    assert_close(got.dx, wanted.dx, "dx", 1e-10)
    assert_close(got.grads["W_x"], wanted.grads["W_x"], "W_x", 1e-10)


@pytest.mark.parametrize("stage", variants.TITLES)
def test_every_stage_stays_in_single_precision(stage):
    result = variants.run_pass(stage, *make_problem(3, 4, 5, np.float32))
    assert {array.dtype for array in (result.h, result.dx, *result.grads.values())} == {np.dtype(np.float32)}


# Counting


@pytest.mark.parametrize("size", [(3, 4, 5, 2), (2, 2, 3, 4), (4, 7, 2, 3)])  # B, T, E, H
@pytest.mark.parametrize("stage", STAGES)
def test_the_formulas_say_what_a_stage_does(stage, size):
    B, T, E, H = size
    rng = np.random.default_rng(0)
    layer = variants.LSTM(E, H, rng)
    given = stages.Problem(layer, rng.random((B, T, E), np.float32), rng.random((B, T, H), np.float32))
    counted = stages.counts(stages.record(stage, given))
    assert cost(STAGES[stage], Size(*size))._asdict() == counted


@pytest.mark.parametrize("stage", [*STAGES, variants.LIBRARY])
def test_no_stage_does_fewer_operations_or_products_than_the_mathematics_wants(stage):
    given = make_problem(3, 4, 5)
    counted = stages.counts(stages.record(stage, given))
    assert counted["operations"] == 24 * 3 * 4 * 5 * (5 + 5)
    assert counted["products"] >= 4 + 2 * 4


def test_recording_changes_no_result_and_ends():
    given = make_problem(3, 4, 5)
    empty = np.empty
    calls = stages.record("buffers", given)
    assert np.empty is empty
    replayed = [call.product() for call in calls if call.product is not None]
    wanted = variants.run_pass("buffers", *given)
    projected = given.x @ given.layer.params["W_x"]
    assert_close(replayed[0].reshape(4, 3, -1).swapaxes(0, 1), projected, "x W_x")
    assert_close(replayed[-1], wanted.grads["W_h"], "W_h")


def test_only_what_computes_or_copies_is_noted():
    calls: list[Call] = []
    a = recorded(np.arange(6.0).reshape(2, 3), calls)
    a.T, a[:, 1:], a.reshape(3, 2)
    assert calls == []
    a[0] += 1.0
    a[1] = 2.0
    a.T.reshape(-1)
    a.sum(axis=0)
    np.concatenate([a, a])
    with recording(calls):
        fresh = np.zeros((2, 2))
    fresh @ a
    noted = [(call.name, call.values) for call in calls]
    assert noted == [("add", 3), ("assign", 3), ("copy", 6), ("add", 6), ("concatenate", 12), ("matmul", 6)]
    assert (calls[-1].operations, calls[-1].operands) == (2 * 2 * 2 * 3, 4 + 6 + 6)


def test_memory_grows_with_the_steps():
    for stage in variants.VARIANTS:
        assert stages.peak(stage, make_problem(4, 16, 8)) > 2 * stages.peak(stage, make_problem(4, 4, 8))


# Measuring and drawing


@pytest.fixture(scope="module")
def rows():
    """The rows of a quick study, measured in this process."""
    found = [execute(run) for run in stages.plan(StudyOptions(quick=True))]
    assert all(isinstance(row, dict) for row in found), found
    return found


def test_rows_hold_every_stage_with_its_rounds(rows):
    assert [row["variant"] for row in rows] == list(stages.QUICK_SIZES)
    for row in rows:
        assert list(row["metrics"]) == row["configuration"]["stages"]
        assert row["machine"]["blas_threads"] and row["versions"]["numpy"]
        for found in row["metrics"].values():
            assert len(found["pass_seconds"]) == len(found["product_seconds"]) == stages.QUICK_ROUNDS
            assert min(found["pass_seconds"]) > 0
            assert found["peak_bytes"] > 0
    assert list(rows[0]["metrics"]) == list(variants.TITLES)
    assert variants.LOOPS not in rows[1]["metrics"]


def test_loops_in_python_are_slowest_even_at_the_smallest_size(rows):
    fastest = {stage: min(found["pass_seconds"]) for stage, found in rows[0]["metrics"].items()}
    assert max(fastest, key=fastest.get) == variants.LOOPS


def test_the_figure_draws_the_rows(rows):
    times, _, calls, memory = stages.draw(rows).axes
    found = rows[0]["metrics"].values()
    half = len(times.patches) // 2
    assert [bar.get_width() for bar in times.patches[:half]] == pytest.approx(
        [1000 * np.median(stage["pass_seconds"]) for stage in found]
    )
    assert [bar.get_width() for bar in times.patches[half:]] == pytest.approx(
        [1000 * np.median(stage["product_seconds"]) for stage in found]
    )
    assert [label.get_text() for label in times.get_yticklabels()] == list(variants.TITLES.values())
    last = rows[-1]["metrics"].values()
    assert [bar.get_width() for bar in calls.patches] == [stage["calls"] for stage in last]
    assert [bar.get_width() for bar in memory.patches] == pytest.approx([s["peak_bytes"] / 1e6 for s in last])


def test_the_numbers_of_a_panel_have_as_many_decimals(rows):
    times, _, calls, _ = stages.draw(rows).axes
    for ax in (times, calls):
        told = [text.get_text() for text in ax.texts if text.get_text()]
        assert len(told) >= len(rows[-1]["metrics"])
        assert len({len(number.partition(".")[2]) for number in told}) == 1
    assert all("." not in text.get_text() for text in calls.texts)


def test_the_study_stores_and_draws_and_does_not_measure_twice(tmp_path):
    options = StudyOptions(quick=True, workers=1, results=tmp_path / "results", figures=tmp_path / "figures")
    stages.run(options)
    stored = (tmp_path / "results" / "stages.jsonl").read_bytes()
    assert len(read_rows(tmp_path / "results" / "stages.jsonl")) == len(stages.QUICK_SIZES)
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"stages.png", "stages.pdf"}
    stages.run(options)
    assert (tmp_path / "results" / "stages.jsonl").read_bytes() == stored


def test_quick_runs_are_not_taken_for_measured_ones():
    full, quick = ({run.key for run in stages.plan(StudyOptions(quick=q))} for q in (False, True))
    assert not full & quick

"""The study of frameworks with NumPy alone: every measure runs, is kept, is told and drawn."""

import json
from dataclasses import replace

import numpy as np
import pytest

from figures import fig6_frameworks as frameworks
from figures.frameworks import plots
from figures.frameworks.benchmark import contenders, quality, readings, store
from figures.frameworks.benchmark.benchmarks import BOUNDS, PRODUCTS, within_bounds
from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.scope import QUICK
from figures.frameworks.benchmark.table import megabytes, table
from figures.frameworks.twins import INSTALL
from figures.lab.measures import train_and_test
from figures.lab.results import as_stored, path_of, read_rows
from figures.lab.runner import FailedRunsError
from figures.lab.setting import RESULTS, StudyOptions


@pytest.fixture(scope="module", autouse=True)
def alone():
    """No framework is installed."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (contenders, frameworks):
            patch.setattr(module, "available", lambda: (NUMPY,))
        yield


@pytest.fixture(scope="module")
def quick(two_workers, tmp_path_factory):
    """The options of a quick run that is done."""
    folder = tmp_path_factory.mktemp("frameworks")
    options = replace(two_workers, seeds=2, results=folder / "results", figures=folder / "figures")
    frameworks.run(options)
    return options


@pytest.fixture
def rows(quick):
    return read_rows(path_of("frameworks", quick.results))


def test_every_measure_has_its_rows(rows):
    names = {measure.name: measure.names((NUMPY,)) for measure in frameworks.MEASURES}
    assert names["parity"] == [] and set(names["lines"]) == set(TITLES)  # lines need no framework
    assert len(rows) == sum(len(names[each.name]) * len(each.units(QUICK)) for each in frameworks.MEASURES)
    assert {row["measure"] for row in rows} == {f"benchmark.{name}" for name in names if names[name]}
    for row in rows:
        assert row["machine"]["blas_threads"] == QUICK.threads and row["versions"]["numpy"]
        assert row["variant"] in (*TITLES.values(), PRODUCTS)


def test_numbers_are_those_of_the_plan(rows):
    for times in readings.step_times(rows).values():
        assert len(times[NUMPY]) == len(times[PRODUCTS]) == QUICK.rounds
        assert all(0 < alone < whole for alone, whole in zip(times[PRODUCTS], times[NUMPY], strict=True))
    ((_, memory),) = readings.units_of(rows, "memory")
    assert {len(found) for found in memory[NUMPY].values()} == {QUICK.memory_rounds}
    for before, peak in zip(memory[NUMPY]["before_bytes"], memory[NUMPY]["peak_bytes"], strict=True):
        assert 10e6 < before <= peak < 1e9
    for unit, metrics in readings.units_of(rows, "decoding"):
        assert metrics[NUMPY]["same_as_numpy"] == unit["sentences"]
        assert len(metrics[NUMPY]["seconds"]) == QUICK.decoding_rounds
    ((_, epoch),) = readings.units_of(rows, "training", goal="epoch")
    assert len(epoch[NUMPY]["turns"]) == QUICK.turns_an_epoch
    ((_, way),) = readings.units_of(rows, "training", goal="bleu")
    assert way[NUMPY]["seconds_to_target"] is None
    assert way[NUMPY]["updates"] == [0, 1, 2]


def test_tables_and_figure_tell_what_is_there_and_how_to_get_the_rest(rows, quick):
    text = table(rows)
    for name in ("PyTorch", "Keras", "JAX"):
        assert f"{name}: not installed; run {INSTALL}" in text
    two, one = readings.peak_memory(rows).items()
    for name, found in (two, one):
        assert f"| {name} | {megabytes(found[NUMPY])} |" in text
    assert {path.name for path in quick.figures.iterdir()} == {
        f"{name}.{end}" for name in ("frameworks_speed", "fig6_frameworks") for end in ("png", "pdf")
    }
    heights = [patch.get_height() for patch in plots.draw(rows).axes[2].patches]
    assert heights == [pytest.approx(np.median(two[1][NUMPY]) / 1e6)]


def test_what_is_stored_is_not_measured_again(quick, rows, monkeypatch):
    scores = read_rows(path_of(quality.FILE, quick.results))
    monkeypatch.setattr(store, "open_pool", None)
    frameworks.run(quick)
    assert read_rows(path_of("frameworks", quick.results)) == rows
    assert read_rows(path_of(quality.FILE, quick.results)) == scores


def test_bleu_is_that_of_the_training_studies(quick):
    scores = read_rows(path_of(quality.FILE, quick.results))
    assert [row["variant"] for row in scores] == ["NumPy", "NumPy"]
    assert {row["seed"] for row in scores} == {0, 1}
    for row in scores:
        trained = as_stored(train_and_test({"recipe": row["configuration"]["recipe"]}, row["seed"]))
        versions = row["metrics"]["versions"]
        assert versions == {"numpy": row["versions"]["numpy"]}
        assert row["metrics"] == {name: trained.get(name, versions) for name in row["metrics"]}


def test_rounds_of_a_training_are_its_turns_and_what_lies_between_later_evaluations():
    def training(contender, goal, **metrics):
        about = {"contender": contender, "goal": goal, "turns_an_epoch": 4, "evaluations_an_epoch": 2}
        return {"measure": "benchmark.training", "configuration": about, "metrics": metrics}

    ours, theirs = ([0, 2, 4, 7, 9], [0, 3, 6, 10, 13, 15])  # seconds at each evaluation, two an epoch
    curves = {
        name: [[second, 1.0] for second in seconds] for name, seconds in ((NUMPY, ours), ("jax", theirs))
    }
    rows = [
        *(
            training(name, "epoch", turns=[1.0, 1.0, 1.0, each])
            for name, each in ((NUMPY, 1.0), ("jax", 2.0))
        ),
        *(training(name, "bleu", curve=curve) for name, curve in curves.items()),
    ]
    found = readings.training_rounds(rows)
    assert found == {NUMPY: [1, 1, 1, 1, 3, 2], "jax": [1, 1, 1, 2, 4, 3]}
    assert readings.epoch_times(rows)[NUMPY] == [4, 4, 4, 4]


def test_the_picture_of_all_frameworks_is_that_of_the_rows():
    rows = read_rows(path_of("frameworks", RESULTS))
    scores = [
        {"variant": title, "seed": seed, "metrics": {"bleu": 40.0 + place + seed}}
        for place, title in enumerate(TITLES.values())
        for seed in range(2)
    ]
    epoch, memory, bleu = frameworks.draw(rows, scores).axes
    times = readings.epoch_times(rows)
    medians = [readings.quartiles(times[name]).median for name in TITLES]
    assert [bar.get_width() for bar in epoch.patches] == pytest.approx(medians)
    peaks = [found for name, found in readings.peak_memory(rows).items() if "two" in name]
    shown = [np.median(peak[name]) / 1e6 for peak in peaks for name in TITLES]
    assert [bar.get_width() for bar in memory.patches] == pytest.approx(shown)
    assert [text.get_text() for text in bleu.texts] == ["40.5", "41.5", "42.5", "43.5"]
    assert not any("not measured" in text.get_text() for ax in (epoch, memory) for text in ax.texts)


def test_the_picture_says_how_to_get_what_is_missing(rows, quick):
    epoch, memory, bleu = frameworks.draw(rows, read_rows(path_of(quality.FILE, quick.results))).axes
    for ax in (epoch, memory, bleu):
        told = [" ".join(text.get_text().split()) for text in ax.texts]
        assert sum(text.endswith(INSTALL) for text in told) == len(TITLES) - 1


def test_a_deleted_row_is_measured_again_with_those_it_is_compared_with(quick, rows, tmp_path):
    path = path_of("frameworks", tmp_path)
    kept = [
        row
        for row in rows
        if row["configuration"] != {**row["configuration"], "lengths": "full", "contender": NUMPY}
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    frameworks.run(replace(quick, results=tmp_path, figures=tmp_path))
    again = read_rows(path)[len(kept) :]
    assert [(row["configuration"]["lengths"], row["configuration"]["contender"]) for row in again] == [
        ("full", NUMPY),
        ("full", PRODUCTS),
    ]


def test_a_framework_that_has_come_is_measured_beside_all_others(quick):
    known = store.Store(path_of("frameworks", quick.results))
    for measure in frameworks.MEASURES:
        alone_missing = known.missing(measure, measure.units(QUICK), (NUMPY,))
        both_missing = known.missing(measure, measure.units(QUICK), (NUMPY, "pytorch"))
        assert alone_missing == []
        assert both_missing == ([] if measure.name in ("sgemm", "lines") else measure.units(QUICK))


def test_a_contender_that_fails_is_told_and_the_rest_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(frameworks, "available", lambda: (NUMPY, "nonsense"))
    monkeypatch.setitem(contenders.TITLES, "nonsense", "Nonsense")
    with pytest.raises(FailedRunsError, match="study frameworks: a contender failed, as told above"):
        frameworks.run(StudyOptions(quick=True, results=tmp_path, figures=tmp_path))
    assert "KeyError: 'nonsense'" in capsys.readouterr().err
    stored = {row["measure"] for row in read_rows(path_of("frameworks", tmp_path))}
    assert stored == {"benchmark.sgemm"}


def test_the_stored_differences_are_within_their_bounds():
    """Of every framework, in both precisions."""
    stored = readings.units_of(read_rows(path_of("frameworks", RESULTS)), "parity")
    assert {unit["dtype"]: set(metrics) for unit, metrics in stored} == dict.fromkeys(
        BOUNDS, set(TITLES) - {NUMPY}
    )
    for unit, metrics in stored:
        assert all(within_bounds(found, unit["dtype"]) for found in metrics.values())

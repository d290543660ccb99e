"""Rows of two processors: never compared with each other, both in the tables, the newest in the rest."""

from dataclasses import replace

import pytest

from figures.frameworks import plots
from figures.frameworks.benchmark import here, process, readings, store
from figures.frameworks.benchmark.benchmarks import PRODUCTS
from figures.frameworks.benchmark.contenders import NUMPY
from figures.frameworks.benchmark.processors import Processor, by_processor, processor_of
from figures.frameworks.benchmark.store import Measure, Store, measure
from figures.frameworks.benchmark.table import summary, table
from figures.lab import provenance, results
from figures.lab.results import path_of, read_rows
from figures.lab.setting import STUDY, StudyOptions, recipe_fields

OLD = {"processor": "AMD EPYC", "cpus": 2, "blas_threads": 2}
NEW = OLD | {"features": ["avx2", "fma", "avx512f"], "blas_kernel": "openblas 0.3.31 SkylakeX"}
STEP = {"size": "S", "lengths": "full", "rounds": 3}


def row(machine, contender, seconds, measure="step", **unit):
    """A row as the benchmark stores it."""
    return {
        "variant": contender,
        "measure": f"benchmark.{measure}",
        "version": "1.1",
        "configuration": {"contender": contender, **(unit or STEP)},
        "seed": 0,
        "metrics": {"seconds": seconds},
        "versions": {"numpy": "2.0"},
        "machine": machine,
    }


@pytest.fixture
def rows():
    """One step on two processors; the new one has a contender more, the old one a size more."""
    return [
        row(OLD, NUMPY, [1.0, 1.0, 1.0]),
        row(OLD, "pytorch", [2.0, 2.0, 2.0]),
        row(OLD, "jax", [4.0, 4.0, 4.0]),
        row(OLD, PRODUCTS, [0.2, 0.2, 0.2]),
        row(OLD, NUMPY, [8.0, 8.0, 8.0], size="L", lengths="full", rounds=3),
        row(OLD, "pytorch", [10.0, 10.0, 10.0], size="L", lengths="full", rounds=3),
        row(OLD, PRODUCTS, [4.0, 4.0, 4.0], size="L", lengths="full", rounds=3),
        row(NEW, NUMPY, [0.6, 0.6, 0.6]),
        row(NEW, PRODUCTS, [0.1, 0.1, 0.1]),
        row(NEW, "pytorch", [0.8, 0.8, 0.8]),
    ]


def test_a_processor_is_its_name_and_its_vector_instructions():
    old, new = Processor("AMD EPYC", None), Processor("AMD EPYC", ("avx2", "fma", "avx512f"))
    assert [processor_of({"machine": each}) for each in (OLD, NEW)] == [old, new]
    assert processor_of({}) == Processor(None, None)
    kernel = NEW | {"blas_kernel": "openblas 0.3.30 SkylakeX"}
    assert processor_of({"machine": kernel}) == new


def test_the_processor_measured_on_last_comes_first(rows):
    assert by_processor(rows) == [rows[7:], rows[:7]]
    assert by_processor([*rows[7:], *rows[:7]]) == [rows[:7], rows[7:]]
    assert by_processor([rows[0], rows[7], rows[1]]) == [[rows[0], rows[1]], [rows[7]]]
    assert by_processor([]) == []


def test_ratios_are_of_one_processor(rows):
    times = readings.step_times(rows)
    assert times["S full"] == {
        NUMPY: [0.6] * 3,
        PRODUCTS: [0.1] * 3,
        "pytorch": [0.8] * 3,
    }  # without the old one's JAX
    assert times["L full"] == {
        NUMPY: [8.0] * 3,
        "pytorch": [10.0] * 3,
        PRODUCTS: [4.0] * 3,
    }  # which the new one has not measured
    assert plots.against_numpy(times["S full"])["pytorch"].median == pytest.approx(0.8 / 0.6)
    assert readings.step_times(reversed(rows))["S full"][NUMPY] == [1.0] * 3


def test_a_unit_is_the_same_where_an_older_row_lacks_an_option():
    """A row that is older than the option was measured with its default: it is no other unit."""
    recipe = recipe_fields(STUDY)
    older = {name: value for name, value in recipe.items() if name != "repeats"}
    unit = {"search": "beam", "at_once": 1, "sentences": 4}
    found = [
        row(machine, NUMPY, [seconds], "decoding", recipe=options, **unit)
        for machine, seconds, options in ((OLD, 8.0, older), (NEW, 4.0, recipe))
    ]
    assert len(readings.units_of(found, "decoding")) == 1
    assert readings.sentence_times(found) == {"beam, 1 at once": {NUMPY: [1.0]}}


def test_the_summary_shows_both(rows):
    text = summary(rows)
    first, second = (
        text.index("| training step, S full | 0.75 | – | – |"),
        text.index("| training step, S full | 0.50 | – | 0.25 |"),
    )
    assert first < second < text.index("| training step, L full | 0.80 | – | – |")
    new, old = (
        "Measured on AMD EPYC (avx2, fma, avx512f), 2 cores, 2 threads each, BLAS kernel openblas 0.3.31",
        "Measured on AMD EPYC, 2 cores, 2 threads each, BLAS kernel not noted",
    )
    assert first < text.index(new) < second < text.index(old)
    assert text.count("NumPy's over theirs") == text.count("Measured on") == 2


def test_one_processor_has_one_table(rows):
    text = summary(rows[:7])
    assert text.count("NumPy's over theirs") == text.count("Measured on") == 1
    alone = [*rows[:7], row(NEW, NUMPY, [0.6])]  # compared with nobody
    assert summary(alone) == text


def test_all_tables_stand_once_for_each_processor(rows):
    text = table(rows)
    assert text.count("| training step, ms |") == text.count("Medians of interleaved rounds") == 2
    new, old = "| S full | 100 (100 to 100) | 600 (", "| S full | 200 (200 to 200) | 1,000 ("
    assert text.index(new) < text.index(old)


def test_both_parts_of_a_training_are_of_one_processor():
    about = {"turns_an_epoch": 1, "evaluations_an_epoch": 1}

    def training(machine, goal, **metrics):
        found = row(machine, NUMPY, [], "training", goal=goal, **about)
        return found | {"metrics": metrics}

    rows = [
        training(OLD, "epoch", turns=[5.0]),
        training(OLD, "bleu", curve=[[0, 0], [5, 1], [9, 2]]),
        training(NEW, "epoch", turns=[3.0]),
    ]
    assert readings.training_rounds(rows[:2]) == {NUMPY: [5.0, 4.0]}
    assert readings.training_rounds(rows) == {NUMPY: [3.0]}
    assert readings.training_rounds([]) == {}


# What is missing, and where


@pytest.fixture
def on(monkeypatch):
    """Let rows come from another processor from here on."""

    def change(name):
        found = provenance.provenance()
        machine = found["machine"] | {"processor": name}
        monkeypatch.setattr(store, "provenance", lambda: found | {"machine": machine})

    return change


@pytest.fixture
def timing(monkeypatch):
    """A measure of two units that starts no process; `asked` says which units were measured."""
    asked = []

    class Pool(process.Pool):
        def __init__(self, names, threads):
            self.kernel, self.versions = "kernel", {name: {} for name in names}

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

    def perform(pool, wanted, plan):
        for unit in wanted:
            asked.append(unit["size"])
            yield unit, {name: {"seconds": [1.0]} for name in pool.versions}

    monkeypatch.setattr(store, "open_pool", Pool)
    made = Measure("step", lambda plan: [STEP | {"size": size} for size in "SM"], perform)
    return made, asked


class Threads:
    threads = 1


def test_a_study_is_not_measured_again_on_another_processor(tmp_path, timing, on):
    (made, asked), path = timing, tmp_path / "rows.jsonl"
    on("One")
    measure("study", path, [made], Threads, [NUMPY, "jax"])
    on("Two")
    assert len(measure("study", path, [made], Threads, [NUMPY, "jax"])) == 4
    assert asked == ["S", "M"]


def test_here_it_is_and_both_are_kept(tmp_path, timing, on):
    (made, asked), path = timing, tmp_path / "rows.jsonl"
    on("One")
    measure("study", path, [made], Threads, [NUMPY])
    on("Two")
    found = measure("study", path, [made], Threads, [NUMPY], here=True)
    assert [each["machine"]["processor"] for each in found] == ["One", "One", "Two", "Two"]
    assert measure("study", path, [made], Threads, [NUMPY], here=True) == found == read_rows(path)
    assert asked == ["S", "M", "S", "M"]


def test_rows_of_two_processors_are_no_comparison(tmp_path, timing, on):
    """Each has measured one contender, and the unit is measured with both."""
    (made, asked), path = timing, tmp_path / "rows.jsonl"
    on("One")
    measure("study", path, [made], Threads, [NUMPY])
    on("Two")
    measure("study", path, [made], Threads, ["jax"])
    assert asked == ["S", "M", "S", "M"]
    measure("study", path, [made], Threads, [NUMPY, "jax"])
    assert asked == ["S", "M"] * 3
    rows = [each for each in Store(path).rows.values() if each["configuration"]["size"] == "S"]
    assert [(each["machine"]["processor"], each["variant"]) for each in rows] == [
        ("One", "NumPy"), ("Two", "NumPy"), ("Two", "JAX"),
    ]  # fmt: skip


def test_the_command_measures_here_what_others_have(tmp_path, monkeypatch, on):
    options = StudyOptions(quick=True, results=tmp_path, figures=tmp_path)
    path = path_of("scaling", tmp_path)
    monkeypatch.setattr(here.scaling, "MEASURES", (here.scaling.FAR,))
    quick = replace(here.scaling.QUICK, curves={"width": (4,)}, far={"width": (8,)})
    monkeypatch.setattr(here.scaling, "QUICK", quick)
    first = here.measure_here("scaling", options)
    on("Another")
    second = here.measure_here("scaling", options)
    assert len(first) == 1 and len(second) == 2 and second == read_rows(path)
    assert {each["machine"]["processor"] for each in second} == {
        provenance.provenance()["machine"]["processor"], "Another",
    }  # fmt: skip
    assert len(results.by_key(second)) == 1  # one address: what decides the numbers is the same

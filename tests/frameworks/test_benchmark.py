"""The study of frameworks with all of them, in miniature."""

import pytest

from lstm_lib.studies import frameworks
from lstm_lib.studies.benchmark.contenders import NUMPY, TITLES, available
from lstm_lib.studies.benchmark.parity import BOUNDS
from lstm_lib.studies.benchmark.picture import draw
from lstm_lib.studies.benchmark.plan import QUICK
from lstm_lib.studies.benchmark.readings import over_others, step_times, units_of
from lstm_lib.studies.benchmark.steps import PRODUCTS
from lstm_lib.studies.benchmark.table import table
from lstm_lib.studies.options import StudyOptions
from lstm_lib.studies.results import path_of, read_rows
from lstm_lib.studies.twins import FRAMEWORKS


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """What a quick run stores."""
    if len(available()) < len(TITLES):
        pytest.skip("needs all frameworks")
    folder = tmp_path_factory.mktemp("frameworks")
    frameworks.run(StudyOptions(quick=True, results=folder, figures=folder))
    return read_rows(path_of("frameworks", folder))


def test_every_contender_has_a_row_of_every_measure(rows):
    for measure in frameworks.MEASURES:
        found = units_of(rows, measure.name)
        assert [unit for unit, _ in found] == measure.units(QUICK)
        assert all(set(metrics) == set(measure.names(tuple(TITLES))) for _, metrics in found)
    versions = {row["configuration"]["contender"]: row["versions"] for row in rows}
    for name, framework in FRAMEWORKS.items():
        assert set(framework.packages) <= versions[name].keys()
    assert not set(FRAMEWORKS["pytorch"].packages) & versions[NUMPY].keys()


def test_numbers_can_be_compared(rows):
    for times in step_times(rows).values():
        assert {len(seconds) for seconds in times.values()} == {QUICK.rounds}
        assert set(times) == {*TITLES, PRODUCTS} and set(over_others(times)) == set(FRAMEWORKS)
    ((_, memory),) = units_of(rows, "memory")
    assert memory[NUMPY]["peak_bytes"] < min(memory[name]["before_bytes"] for name in FRAMEWORKS)


def test_all_are_the_same_model(rows):
    for unit, metrics in units_of(rows, "decoding"):
        assert {name: found["same_as_numpy"] for name, found in metrics.items()} == dict.fromkeys(
            TITLES, unit["sentences"]
        )
    for unit, metrics in units_of(rows, "parity"):
        assert max(value for found in metrics.values() for value in found.values()) <= BOUNDS[unit["dtype"]]
    ((_, ways),) = units_of(rows, "training", goal="bleu")
    assert len({tuple(way["updates"]) for way in ways.values()}) == 1


def test_tables_and_figure_have_all(rows):
    assert "not installed" not in table(rows)
    labels = draw(rows).axes[0].get_legend_handles_labels()[1]
    assert labels == list(TITLES.values())

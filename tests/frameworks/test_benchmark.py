"""The study of frameworks with all of them, in miniature."""

import pytest

from figures import fig6_frameworks as frameworks
from figures.frameworks import plots
from figures.frameworks.benchmark import quality
from figures.frameworks.benchmark.benchmarks import PRODUCTS, within_bounds
from figures.frameworks.benchmark.contenders import NUMPY, TITLES, available
from figures.frameworks.benchmark.readings import over_others, step_times, units_of
from figures.frameworks.benchmark.scope import QUICK
from figures.frameworks.benchmark.table import table
from figures.frameworks.twins import FRAMEWORKS
from figures.lab.results import path_of, read_rows
from figures.lab.setting import StudyOptions


@pytest.fixture(scope="module")
def rows(folder):
    """What a quick run stores."""
    return read_rows(path_of("frameworks", folder))


@pytest.fixture(scope="module")
def scores(folder):
    """What it stores of BLEU."""
    return read_rows(path_of(quality.FILE, folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a quick run has left its rows and pictures."""
    if len(available()) < len(TITLES):
        pytest.skip("needs all frameworks")
    folder = tmp_path_factory.mktemp("frameworks")
    frameworks.run(StudyOptions(quick=True, seeds=1, workers=1, results=folder, figures=folder))
    return folder


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
    assert max(memory[NUMPY]["peak_bytes"]) < min(min(memory[name]["before_bytes"]) for name in FRAMEWORKS)


def test_all_are_the_same_model(rows):
    for unit, metrics in units_of(rows, "decoding"):
        assert {name: found["same_as_numpy"] for name, found in metrics.items()} == dict.fromkeys(
            TITLES, unit["sentences"]
        )
    for unit, metrics in units_of(rows, "parity"):
        assert all(within_bounds(found, unit["dtype"]) for found in metrics.values())
    ((_, ways),) = units_of(rows, "training", goal="bleu")
    assert len({tuple(way["updates"]) for way in ways.values()}) == 1


def test_tables_and_figures_have_all(rows, scores):
    assert "not installed" not in table(rows)
    labels = plots.draw(rows).axes[0].get_legend_handles_labels()[1]
    assert labels == list(TITLES.values())
    assert len(frameworks.draw(rows, scores).axes[0].patches) == len(TITLES)


def test_all_are_judged_alike(scores):
    found = {row["configuration"]["contender"]: row["metrics"] for row in scores}
    assert set(found) == set(TITLES)
    for name, framework in FRAMEWORKS.items():
        assert set(framework.packages) <= found[name]["versions"].keys()
    assert len({metrics["sentences"] for metrics in found.values()}) == 1
    assert {len(metrics["dev_bleu"]) for metrics in found.values()} == {2}
    # Each has trained by its own noise: near NumPy, and not the same.
    perplexities = [metrics["perplexity"] for metrics in found.values()]
    assert len(set(perplexities)) == len(TITLES)
    assert max(perplexities) < 1.05 * min(perplexities)

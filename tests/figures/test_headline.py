"""The headline's stored runs are those of the default recipe, and the table and the figure show them."""

import pytest

from figures import headline
from figures.lab.results import by_key, path_of, read_rows
from figures.lab.setting import StudyOptions


@pytest.fixture(scope="module")
def rows():
    return read_rows(path_of("headline", StudyOptions().results))


def test_stored_runs_are_those_of_the_default_recipe(rows):
    """Nothing is missing, and nothing is left of a default that has changed since."""
    assert list(by_key(rows)) == [run.key for run in headline.plan(StudyOptions())]
    for row in rows:
        test = row["metrics"]["test"]
        assert test["bleu"]["score"] > test["baseline"]["bleu"]["score"]
        assert test["bleu"]["signature"].startswith("nrefs:")


def test_table_gives_mean_and_range():
    assert headline.spread([50.0, 52.0, 51.0]) == "51.0 (50.0 to 52.0)"
    assert headline.spread([40.04, 40.0]) == "40.0"


def test_figure_draws_the_stored_scores(rows):
    lines = [line for ax in headline.draw(rows).axes for line in ax.get_lines()]
    drawn = [list(line.get_ydata()) for line in lines]
    assert drawn == [[metrics["bleu"] for metrics in row["metrics"]["development"]] for row in rows]

"""README's table of results says what the stored results say."""

from pathlib import Path

from lstm_lib.recipe import Recipe
from lstm_lib.studies import headline

README = Path(__file__).resolve().parents[2] / "README.md"


def test_readme_shows_the_stored_results():
    shown = README.read_text(encoding="utf-8").split("<!-- headline -->")[1].split("<!-- /headline -->")[0]
    assert shown.strip() == headline.table(headline.read_results())


def test_stored_runs_are_those_of_the_default_recipe():
    rows = headline.read_results()
    assert len(rows) == len(headline.CORPORA) * len(headline.SEEDS)
    for row in rows:
        given = row["recipe"]
        assert Recipe(**given) == Recipe.of(corpus=given["corpus"], seed=given["seed"])
        assert row["test"]["bleu"]["score"] > row["test"]["baseline"]["bleu"]["score"]
        assert row["test"]["bleu"]["signature"].startswith("nrefs:")


def test_table_gives_mean_and_range():
    assert headline.spread([50.0, 52.0, 51.0]) == "51.0 (50.0 to 52.0)"
    assert headline.spread([40.04, 40.0]) == "40.0"


def test_figure_draws_the_stored_scores():
    rows = headline.read_results()
    lines = [line for ax in headline.draw(rows).axes for line in ax.get_lines()]
    drawn = [list(line.get_ydata()) for line in lines]
    assert drawn == [[metrics["bleu"] for metrics in row["development"]] for row in rows]

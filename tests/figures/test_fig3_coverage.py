"""The variants of the translator, and the figure that is drawn of their rows."""

from figures import fig3_coverage as coverage
from figures.lab.setting import StudyOptions


def test_the_variants_differ_in_what_they_say():
    runs = coverage.plan(StudyOptions())
    recipes = {run.variant: run.configuration["recipe"] for run in runs}
    assert len(runs) == 5 * len(recipes) == 30

    def names_with(option, value):
        return {name for name, recipe in recipes.items() if recipe[option] == value}

    assert names_with("bidirectional", True) == {"BiLSTM", "BiLSTM + dropout"}
    assert names_with("dropout", 0.2) == {"LSTM + dropout", "BiLSTM + dropout"}
    assert names_with("attention", "none") == {"LSTM, no attention"}
    assert names_with("cell", "gru") == {"GRU"}


def test_the_figure_draws_the_rows():
    rows = [
        {"variant": name, "metrics": {"bleu": bleu, "parameters": 750_000}}
        for name in coverage.VARIANTS
        for bleu in (30.0, 31.0, 35.0)
    ]
    (scores,) = coverage.draw(rows).axes
    assert [text.get_text() for text in scores.texts] == ["32.0"] * 6
    assert "750k parameters" in scores.get_yticklabels()[0].get_text()

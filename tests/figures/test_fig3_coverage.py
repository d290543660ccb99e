"""The ten requirements: each is taught by one notebook and proved by tests that are there."""

import re

import pytest

from figures import fig3_coverage as coverage
from figures.lab.options import ROOT, StudyOptions
from figures.requirements import REQUIREMENTS, count_test_functions

README = (ROOT / "README.md").read_text(encoding="utf-8")
PLANNED = re.findall(r"^\| (\d\d) \| .*\(planned\) \|$", README, re.MULTILINE)


def test_there_are_ten():
    assert [requirement.number for requirement in REQUIREMENTS] == list(range(1, 11))


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda each: f"{each.number:02}")
def test_the_notebook_is_there_unless_readme_plans_it(requirement):
    found = list((ROOT / "notebooks").glob(f"{requirement.number:02}_*.ipynb"))
    assert len(found) == 1 or (f"{requirement.number:02}" in PLANNED and not found)
    assert [requirement.notebook] == (found or [None])


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda each: f"{each.number:02}")
def test_the_tests_are_there(requirement):
    for path in requirement.test_files:
        assert count_test_functions(path) > 0
    assert len(set(requirement.tests)) == len(requirement.tests)


def test_counting_tests(tmp_path):
    path = tmp_path / "test_it.py"
    path.write_text("def test_a(): ...\ndef helper(): ...\nclass TestB:\n    def test_c(self): ...\n")
    assert count_test_functions(path) == 2


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
    requirements, scores = coverage.draw(rows).axes
    assert [text.get_text() for text in scores.texts] == ["32.0"] * 6
    assert "750k parameters" in scores.get_yticklabels()[0].get_text()
    counts = [requirement.count_tests() for requirement in REQUIREMENTS]
    assert [bar.get_width() for bar in requirements.patches] == counts

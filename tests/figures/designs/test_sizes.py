"""The study of own files' options: what it plans, how the best is found, and what its table says."""

from contextlib import nullcontext

import pytest

from figures.designs import size_design
from figures.designs.size_design import BEFORE, CANDIDATES, CHOICE, DIRECTIONS, collect, planned, table, told
from figures.lab import runner
from figures.lab.results import read_rows
from figures.lab.setting import StudyOptions, read_corpus, recipe_of
from lstm_lib import runs
from lstm_lib.__main__ import main
from lstm_lib.recipe import Recipe, suited_to
from lstm_lib.text.corpus import Pair

WHOLE = StudyOptions()


class Lab:
    """Stands in for the runner: BLEU is a function of the options, and each plan is noted."""

    def __init__(self, bleu):
        self.bleu, self.plans = bleu, []

    def __call__(self, study, plan, options):
        self.plans.append(plan)
        return [self.row(run) for run in plan]

    def row(self, run):
        score = self.bleu(run.configuration["recipe"])
        metrics = {"diverged": "why"} if score is None else {"dev": score, "test": score - 1}
        return {"variant": run.variant, "metrics": metrics}


def test_every_candidate_can_be_trained_and_no_two_are_one():
    for size, candidates in CANDIDATES.items():
        variants = {str(k): each for k, each in enumerate([{}, *candidates])}
        for direction in DIRECTIONS:
            plan = planned(size, direction, variants, WHOLE)
            assert len({run.key for run in plan}) == len(plan)
            for run in plan:
                recipe = recipe_of(run.configuration, 0)
                runs.check(recipe)
                assert (recipe.corpus, recipe.train_pairs) == ("tatoeba", size)


def test_the_choice_is_the_library_s_and_what_was_before_its_recipe():
    (one, other) = planned(5000, DIRECTIONS[0], {CHOICE: suited_to(5000), BEFORE: {}}, WHOLE)
    about = {"corpus": "tatoeba", "train_pairs": 5000, "seed": 0}
    for run, options in ((one, suited_to(5000)), (other, {})):
        recipe = recipe_of(run.configuration, 0)
        for name, value in vars(Recipe(**options)).items():
            assert getattr(recipe, name) == about.get(name, value)


@pytest.mark.parametrize("best", [0.1, 0.45])
def test_the_best_on_development_data_goes_on_to_the_other_direction(monkeypatch, best):
    candidates = tuple({"dropout": rate} for rate in (0.1, 0.45, 0.6))
    monkeypatch.setattr(size_design, "CANDIDATES", {7: candidates})
    lab = Lab(lambda recipe: None if recipe["dropout"] == 0.6 else 50 - abs(recipe["dropout"] - best))
    found = collect(WHOLE, lab)
    assert [[run.variant for run in plan] for plan in lab.plans] == [
        [CHOICE, BEFORE, "--dropout 0.1", "--dropout 0.45", "--dropout 0.6"],
        [CHOICE, BEFORE, f"--dropout {best}"],
    ]
    forward, backward = table(found).splitlines()[2:]
    assert f"| --dropout {best} | 50.0, 49.0 |" in forward and f"| --dropout {best} | 50.0" in backward
    assert "| English to Spanish | 5 |" in forward and "| Spanish to English | 3 |" in backward


def test_where_the_choice_is_best_the_table_says_so(monkeypatch):
    monkeypatch.setattr(size_design, "CANDIDATES", {7: ({"dropout": 0.1},)})
    lab = Lab(lambda recipe: 60.0 if recipe["subwords"] else 40.0)
    for line in table(collect(WHOLE, lab)).splitlines()[2:]:
        assert line.startswith("| 7 | ") and f"| {told(suited_to(7))} | 60.0, 59.0 | the same |" in line
        assert line.endswith("| 40.0, 39.0 |")


def test_what_is_missing_is_said(tmp_path):
    text = table(collect(StudyOptions(results=tmp_path), runner.stored))
    assert text.count("| 0 |") == 2 * len(CANDIDATES) and "not yet run" in text


def test_a_corpus_turned_round():
    (run,) = planned(9, DIRECTIONS[0], {"": {}}, StudyOptions(quick=True))
    corpus = read_corpus(recipe_of(run.configuration, 0))
    found = size_design.turned(corpus)
    assert found.train == tuple(Pair(pair.target, pair.source) for pair in corpus.train)
    assert (found.source_language, found.target_language) == ("French", "English")
    assert [len(part) for part in found.parts.values()] == [len(part) for part in corpus.parts.values()]


def test_from_end_to_end_in_miniature(two_workers, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "connected", lambda options, runs: nullcontext(two_workers.processes))
    for _ in range(2):
        assert main(["study", "sizes", "--quick"]) == 0
        printed = capsys.readouterr().out
        assert printed.count("| 160 |") == 2 and "not yet run" not in printed
    rows = read_rows(tmp_path / "runs" / "quick" / "results" / "sizes.jsonl")
    assert len(rows) == 4 and {row["configuration"]["direction"] for row in rows} == {*DIRECTIONS}
    assert len({row["metrics"]["fingerprint"] for row in rows}) == 2
    assert all(0 <= row["metrics"]["unknown"] <= 1 for row in rows)


def test_the_choice_is_within_one_bleu_of_the_best_stored():
    found = collect(WHOLE, runner.stored)
    run = {key: {row["variant"]: size_design.dev_bleu(row) for row in rows} for key, rows in found.items()}
    compared = {key: scores for key, scores in run.items() if {CHOICE, BEFORE} <= scores.keys()}
    assert compared
    for (size, _), scores in compared.items():
        assert scores[CHOICE] >= max(scores.values()) - 1
        assert size > 5_000 or scores[CHOICE] > scores[BEFORE] + 5

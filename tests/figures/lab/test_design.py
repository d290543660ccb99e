"""Designs: a search on a seed of its own keeps the best, trainings come seed by seed, and rows are found."""

import re

import pytest

from figures.designs import attention_design
from figures.designs.summary import lines, main, table, tables
from figures.lab.design import (
    DATA,
    FILE,
    RUNGS,
    SETTING,
    TUNING_SEED,
    Design,
    Variant,
    collect,
    configuration,
    extended,
    rates,
    train_and_test,
    train_to_choose,
    trainings_plan,
)
from figures.lab.measures import attention_metrics, trained_in_view
from figures.lab.results import append_row, by_key, key, path_of, read_rows
from figures.lab.runner import execute, stored
from figures.lab.setting import StudyOptions, data_of, read_corpus
from lstm_lib import runs
from lstm_lib.errors import UserError

TWO = Design({"a": Variant({}, rates(0.1, 0.2, 0.3)), "b": Variant({"cell": "gru"}, rates(0.1, 0.2, 0.3))}, 2)


class Lab:
    """Stands in for the runner: a run's losses follow from its rate, and it notes what was asked for."""

    def __init__(self, best, diverging=()):
        self.best, self.diverging, self.asked = best, diverging, []

    def __call__(self, study, plan, options):
        assert study == FILE
        self.asked.append(
            [(run.variant, run.configuration["recipe"]["learning_rate"], run.seed) for run in plan]
        )
        return [self.row(run) for run in plan]

    def row(self, run):
        recipe = run.configuration["recipe"]
        distance = abs(recipe["learning_rate"] - self.best[run.variant])
        metrics = {
            "dev_loss": [9.0, distance],
            "dev_bleu": [0.0, 50 - distance],
            "bleu": 40.0 - distance + run.seed,
        }
        if recipe["learning_rate"] in self.diverging:
            metrics = {"diverged": "why"}
        return {
            "variant": run.variant,
            "seed": run.seed,
            "configuration": run.configuration,
            "metrics": metrics,
        }


def test_the_search_halves_and_the_best_is_trained_seed_by_seed():
    lab = Lab({"a": 0.1, "b": 0.3})
    found = collect(TWO, StudyOptions(), lab)
    first, second, trainings = lab.asked
    assert first == [(name, rate, TUNING_SEED) for name in "ab" for rate in (0.1, 0.2, 0.3)]
    assert second == [
        ("a", 0.1, TUNING_SEED),
        ("a", 0.2, TUNING_SEED),
        ("b", 0.3, TUNING_SEED),
        ("b", 0.2, TUNING_SEED),
    ]
    assert trainings == [("a", 0.1, 0), ("b", 0.3, 0), ("a", 0.1, 1), ("b", 0.3, 1)]
    assert found.chosen == {"a": {"learning_rate": 0.1}, "b": {"learning_rate": 0.3}}
    assert {name: len(rows) for name, rows in found.by_variant.items()} == {"a": 2, "b": 2}


def test_what_diverges_is_not_chosen():
    assert collect(TWO, StudyOptions(), Lab({"a": 0.1, "b": 0.1}, diverging=(0.1,))).chosen["a"] == {
        "learning_rate": 0.2
    }


def test_the_rounds_get_as_many_epochs_as_they_say_and_trainings_the_whole():
    epochs = [configuration(TWO, "a", {}, StudyOptions(), rung)["recipe"]["epochs"] for rung, *_ in RUNGS]
    assert epochs == [3, 9]
    (run, *_) = trainings_plan(TWO, {"a": {"learning_rate": 0.2}}, StudyOptions())
    recipe = run.configuration["recipe"]
    assert (recipe["epochs"], recipe["patience"], recipe["train_pairs"]) == (30, 3, None)
    assert recipe["bidirectional"] and SETTING.encoder_size * 2 == SETTING.hidden_size
    assert run.measure is train_and_test


def test_variants_without_all_rows_are_left_out(tmp_path):
    options = StudyOptions(results=tmp_path)
    lab = Lab({"a": 0.1, "b": 0.1})

    def all_but_one(study, plan, options):
        return [
            row
            for row in lab(study, plan, options)
            if (row["variant"], row["configuration"]["recipe"]["learning_rate"]) != ("b", 0.3)
        ]

    found = collect(TWO, options, all_but_one)
    assert set(found.chosen) == set(found.by_variant) == {"a"}
    assert collect(TWO, options, stored).trainings == []


def test_rows_of_other_data_are_other_rows_and_no_run_takes_other_data(options):
    here = configuration(TWO, "a", {}, StudyOptions())
    assert here["data"] == DATA["tatoeba-small"]
    assert key("m", "1", here, 0) != key("m", "1", {**here, "data": "0" * 16}, 0)
    quick = configuration(TWO, "a", {}, options)
    with pytest.raises(UserError, match=r"^dates: its words have changed, from 0000 to "):
        trained_in_view({**quick, "data": "0000"}, 0)
    assert data_of("dates-fr") == DATA["dates-fr"]


def test_a_training_in_view_is_that_of_the_command(options):
    """The same recipe, with and without a look at the attention, ends with the same parameters."""
    told = configuration(TWO, "a", {"learning_rate": 0.02}, options)
    run = trained_in_view(told, 3)
    translator, history = runs.train(run.recipe, read_corpus(run.recipe), progress_bar=False)
    for name, array in run.translator.model.params.items():
        assert (array == translator.model.params[name]).all(), name
    seen = attention_metrics(translator, run.corpus.dev)
    assert 0 <= seen["attention_saturated"] <= 1 and seen["attention_entropy"] > 0
    assert (
        run.history.evaluations[-1]["metrics"].keys()
        == history.evaluations[-1]["metrics"].keys() | seen.keys()
    )


def test_attention_metrics_of_known_weights(monkeypatch, options):
    """Everyone looks at one place, or everywhere alike."""
    run = trained_in_view(configuration(TWO, "a", {}, options, 1), 0)
    model, real = run.translator.model, type(run.translator.model).attention_weights
    pairs = run.corpus.dev[:4]

    def weights(sharp):
        def found(self, batch):
            w = real(self, batch)
            w[...] = batch.source_mask[:, None] / batch.source_mask.sum(axis=1)[:, None, None]
            if sharp:
                w[...] = 0
                w[..., 0] = 1
            return w

        return found

    monkeypatch.setattr(type(model), "attention_weights", weights(sharp=True))
    sharp = attention_metrics(run.translator, pairs)
    assert (sharp["attention_entropy"], sharp["attention_saturated"]) == (0.0, 1.0)
    monkeypatch.setattr(type(model), "attention_weights", weights(sharp=False))
    flat = attention_metrics(run.translator, pairs)
    assert flat["attention_saturated"] == 0.0 and 1.0 < flat["attention_entropy"] < 2.5


@pytest.fixture
def some_rows(tmp_path):
    """Options of a folder with all rows of a quick design, made up."""
    options = StudyOptions(quick=True, results=tmp_path)
    design = attention_design.designs(options)["translation"]
    lab = Lab({"no attention": 2.016, "additive, before": 0.016, "scaled general, fed back": 0.008})

    def store(study, plan, options):
        for run in plan:
            about = {"measure": run.name, "version": run.version}
            append_row(path_of(study, options.results), {**lab.row(run), **about})
        return [lab.row(run) for run in plan]

    collect(design, options, store)
    return options, design


def test_a_table_has_a_line_per_variant_with_its_difference(some_rows):
    options, design = some_rows
    head, _, *body = table(design, options).splitlines()
    assert head == "| variant | chosen | seeds | bleu | minus additive, before | p |"
    assert [line.split(" | ")[0] for line in body] == [f"| {name}" for name in design.variants]
    assert body[0] == "| additive, before | 0.016 | 2 | 40.5 (34.1 to 46.9) |  |  |"
    assert body[-1] == "| no attention | 0.016 | 2 | 38.5 (32.1 to 44.9) | -2.00 | 0 |"


def test_what_is_missing_says_so(tmp_path):
    told = tables("attention-design", StudyOptions(results=tmp_path))
    assert told.count("Not yet run.") == 2 and "**translation**" in told and "**alignment**" in told


def test_every_row_is_found_by_the_command(some_rows, capsys):
    options, _ = some_rows
    rows = read_rows(path_of(FILE, options.results))
    told = [re.match(r"designs.jsonl:(\d+) (\w+) ", line) for line in lines("attention-design", options)]
    assert {match[2] for match in told} == {address[:12] for address in by_key(rows)}
    assert all(next(iter(by_key([rows[int(match[1]) - 1]]))).startswith(match[2]) for match in told)
    with pytest.raises(UserError, match="wanted the name of one study, of variant-design"):
        main(["gru"])


def test_curves_keep_their_best_where_they_stopped():
    assert extended([1.0, 3.0, 2.0], 5) == [1.0, 3.0, 3.0, 3.0, 3.0]


def test_a_quick_run_of_each_measure(options):
    for measure, wanted in ((train_to_choose, False), (train_and_test, True)):
        run = trainings_plan(TWO, {"b": {"learning_rate": 0.02}}, options)[0]
        row = execute(type(run)("b", measure, run.configuration, 1))
        assert ("bleu" in row["metrics"]) == wanted
        assert len(row["metrics"]["dev_bleu"]) == len(row["metrics"]["attention_entropy"]) == 2

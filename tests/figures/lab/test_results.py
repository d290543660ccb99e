"""Rows: their address, their file, and the numbers that a version stands for."""

import json

import numpy as np
import pytest

from figures.lab import results
from figures.lab.results import append_row, as_stored, by_key, key, read_rows
from figures.lab.setting import (
    QUICK,
    StudyOptions,
    completed,
    read_corpus,
    recipe_fields,
    recipe_of,
    study_recipe,
)
from lstm_lib import runs
from lstm_lib.errors import UserError

ROW = {"variant": "a", "measure": "m.f", "version": "1.1", "configuration": {"size": 3}, "seed": 0}


def address(**changes):
    return key(**{name: (ROW | changes)[name] for name in ("measure", "version", "configuration", "seed")})


@pytest.mark.parametrize(
    "changes", [{"measure": "m.g"}, {"version": "1.2"}, {"configuration": {"size": 4}}, {"seed": 1}]
)
def test_what_decides_the_numbers_is_in_the_address(changes):
    assert address(**changes) != address()


def test_the_order_of_options_is_not():
    assert address(configuration={"a": 1, "b": (2, 3)}) == address(configuration={"b": [2, 3], "a": 1})


def test_a_row_older_than_an_option_was_measured_with_its_default():
    recipe = study_recipe(StudyOptions())
    older = {name: value for name, value in recipe.items() if name != "activation"}
    assert address(configuration={"recipe": older}) == address(configuration={"recipe": recipe})
    other = {**recipe, "activation": "relu"}
    assert address(configuration={"recipe": other}) != address(configuration={"recipe": older})


@pytest.mark.parametrize("stale", [{"no_such_option": 1}, {"cell": "no such cell"}])
def test_a_row_with_an_option_that_is_gone_fits_no_run(stale):
    configuration = {"recipe": {**recipe_fields(QUICK), **stale}}
    assert completed(configuration) == configuration
    assert address(configuration=configuration) != address(configuration={"recipe": recipe_fields(QUICK)})


def test_rows_come_back_as_they_were(tmp_path):
    path = tmp_path / "new" / "rows.jsonl"
    assert read_rows(path) == []
    rows = [as_stored({**ROW, "seed": seed, "metrics": {"pair": (0.1, None)}}) for seed in range(3)]
    for row in rows:
        append_row(path, row)
    assert read_rows(path) == rows
    assert rows[0]["metrics"] == {"pair": [0.1, None]}
    assert len(by_key(rows)) == 3


def test_every_way_a_write_can_be_torn(tmp_path):
    path, first, second = tmp_path / "rows.jsonl", ROW, {**ROW, "seed": 1}
    append_row(path, first)
    start = len(path.read_bytes())
    append_row(path, second)
    whole = path.read_bytes()
    for end in range(start, len(whole)):
        path.write_bytes(whole[:end])
        # Without its newline alone, a line is whole all the same: an editor may have left it so.
        assert read_rows(path) == ([first, second] if end == len(whole) - 1 else [first])
        append_row(path, {**ROW, "seed": 2})
        assert [row["seed"] for row in read_rows(path)] == ([0, 1, 2] if end == len(whole) - 1 else [0, 2])


@pytest.mark.parametrize("line", ["{", "[]", '{"measure": "m.f"}', ""])
def test_a_line_that_is_no_row_is_named(tmp_path, line):
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(ROW)}\n{line}\n{json.dumps(ROW)}\n")
    with pytest.raises(UserError, match=r"rows\.jsonl: line 2: not a row of results"):
        read_rows(path)


def test_nan_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        as_stored({**ROW, "metrics": {"loss": np.nan}})


LOSSES = {("1", "lstm"): 3.18314, ("1", "gru"): 3.22727}  # by `NUMBERS`, after ten updates


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_library_still_computes_the_numbers_of_this_version(cell):
    """Where this fails on purpose, because the library computes other numbers now, raise `results.NUMBERS`,
    and put the new losses here: all stored rows are then measured anew.
    """
    recipe = recipe_of({"recipe": {**recipe_fields(QUICK), "cell": cell, "train_pairs": 320, "epochs": 1}}, 0)
    _, history = runs.train(recipe, read_corpus(recipe), progress_bar=False)
    assert len(history.steps) == 10
    assert history.steps[-1]["loss"] == pytest.approx(LOSSES[str(results.NUMBERS), cell], rel=3e-4)

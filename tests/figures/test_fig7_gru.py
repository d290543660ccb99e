"""LSTM beside GRU: gates as the cells compute them, times taken in turn, and the figures of both studies."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from figures import fig7_gru as gru
from figures import fig9_training as training
from figures.fig7_gru import interleaved_updates, watch_gates
from figures.lab.setting import (
    QUICK,
    StudyOptions,
    StudyRecipe,
    read_corpus,
    recipe_fields,
    recipe_of,
    study_recipe,
)
from lstm_lib import runs
from lstm_lib.nn.layers import map_state

OPTIONS = StudyOptions.of(quick=True)
# Where `Recurrent.step` leaves the values of its equations.
STEP_VALUES = {"lstm": {"i": 1, "f": 2, "o": 4}, "gru": {"r": 3, "u": 4}}


@pytest.mark.parametrize("cell", STEP_VALUES)
def test_gates_are_those_of_the_equations(cell):
    recipe = StudyRecipe(**{**recipe_fields(QUICK), "cell": cell}, seed=3)
    translator = runs.new_translator(recipe, read_corpus(recipe))
    layer, embedding = translator.model.encoder.rnn.layers[0], translator.model.encoder.embedding
    for name in ("b", "b_h"):  # the biases of a new GRU are 0, and would hide one that is left out
        if name in layer.params:
            layer.params[name] += np.random.default_rng(0).normal(size=layer.params[name].shape)
    text = "monday may first twelve oh one"
    words, gates = watch_gates(translator, text)
    assert words == [*text.split(), "</s>"]
    state, x = None, embedding.forward(np.array([[*translator.source_codec.encode(text), 2]]))[0]
    for t in range(len(words)):
        _, state, cache = layer.step(x[:, t], state)
        for gate, place in STEP_VALUES[cell].items():
            assert_allclose(gates[gate][t], cache.values[place].mean(), rtol=1e-5)
        state = map_state(np.copy, state)


def test_updates_in_turn():
    recipe = study_recipe(OPTIONS, hidden_size=16, embedding_size=16)
    found = interleaved_updates({"recipe": recipe, "rounds": 4}, seed=0)
    assert found["ratio"] > 0 and found["lstm"] > 0 and found["gru"] > 0
    for cell, parameters in found["parameters"].items():
        of_cell = recipe_of({"recipe": {**recipe, "cell": cell}}, seed=0)
        assert parameters == runs.new_translator(of_cell, read_corpus(of_cell)).model.num_parameters
    # Both layers read 16 + 16 numbers, the decoder's 16 more from the attention; a GRU has a second bias.
    assert found["recurrent_parameters"] == {
        "lstm": 4 * 16 * (32 + 1) + 4 * 16 * (48 + 1),
        "gru": 3 * 16 * (32 + 1) + 3 * 16 * (48 + 1) + 2 * 16,
    }


def test_more_rounds_than_batches():
    recipe = {**recipe_fields(QUICK), "train_pairs": 40}
    assert interleaved_updates({"recipe": recipe, "rounds": 5}, seed=0)["ratio"] > 0


def row(variant, seed, **metrics):
    return {"variant": variant, "seed": seed, "metrics": metrics}


@pytest.mark.parametrize("letters", ["ru", "rz"])  # stored rows of the first edition say z
def test_the_figure_of_both_cells_draws_the_rows(letters):
    counts = {"lstm": 1000, "gru": 750}
    timed = [
        row("hidden 96", seed, ratio=0.8 + seed / 10, parameters=counts, recurrent_parameters=counts)
        for seed in range(2)
    ]
    learned = [
        row(
            name,
            seed,
            bleu=30.0,
            dev_bleu=[1.0 + seed, 3.0 + seed],
            words=["a", "b"],
            gates={gate: [0.25, 0.75] for gate in ("ifo" if name == "LSTM" else letters)},
        )
        for name in ("LSTM", "GRU")
        for seed in range(2)
    ]
    parameters, ratios, convergence, _, lstm, gated = gru.draw(timed, learned).axes
    assert [bar.get_height() for bar in parameters.patches] == [1.0, 1.0, 0.75, 0.75]
    assert [text.get_text() for text in ratios.texts] == ["0.85"]
    assert [list(line.get_ydata()) for line in convergence.get_lines()] == [[1.5, 3.5]] * 2
    assert [len(ax.get_lines()) for ax in (lstm, gated)] == [3, 2]


def test_the_figure_of_the_full_training_draws_the_rows():
    rows = [
        row(name, seed, bleu=40.0 + seed, train_loss=[3.0, 1.0], dev_loss=[3.0, 2.0], dev_bleu=[10.0, 20.0])
        for name in training.VARIANTS
        for seed in range(2)
    ]
    train, dev, bleu, test = training.draw(rows).axes
    for ax, values in ((train, [3.0, 1.0]), (dev, [3.0, 2.0]), (bleu, [10.0, 20.0])):
        assert [list(line.get_ydata()) for line in ax.get_lines()] == [values] * 3
    assert [text.get_text() for text in test.texts] == ["40.5"] * 3


def test_the_full_training_is_fifty_epochs_of_five_seeds():
    runs_planned = training.plan(StudyOptions())
    assert {run.configuration["recipe"]["epochs"] for run in runs_planned} == {50}
    assert len({run.key for run in runs_planned}) == len(runs_planned) == 15

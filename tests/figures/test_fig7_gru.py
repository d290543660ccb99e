"""LSTM beside GRU: times taken in turn, and the figure that is drawn of their rows."""

from figures import fig7_gru as gru
from figures.fig7_gru import interleaved_updates
from figures.lab.setting import QUICK, StudyOptions, read_corpus, recipe_fields, recipe_of, study_recipe
from lstm_lib import runs

OPTIONS = StudyOptions.of(quick=True)


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


def test_the_figure_of_both_cells_draws_the_rows():
    counts = {"lstm": 1000, "gru": 750}
    timed = [
        row("hidden 96", seed, ratio=0.8 + seed / 10, parameters=counts, recurrent_parameters=counts)
        for seed in range(2)
    ]
    parameters, ratios = gru.draw(timed).axes
    assert [bar.get_height() for bar in parameters.patches] == [1.0, 1.0, 0.75, 0.75]
    assert [text.get_text() for text in ratios.texts] == ["0.85"]

"""What studies measure of a training, and how they choose learning rates."""

import numpy as np

from figures import fig1_activations as activations
from figures.lab.measures import best_rates, rate_grid, train_only
from figures.lab.setting import StudyOptions, recipe_fields
from helpers.studies.tiny_recipes import EXPLOSIVE


def test_a_training_that_diverges_says_so():
    found = train_only({"recipe": recipe_fields(EXPLOSIVE)}, seed=3)
    assert list(found) == ["diverged"] and "diverged" in found["diverged"]


def grid_row(name, rate, *dev_loss):
    metrics = {"dev_loss": list(dev_loss)} if dev_loss else {"diverged": "at once"}
    recipe = {"learning_rate": rate, "epochs": len(dev_loss)}
    return {"variant": name, "configuration": {"recipe": recipe}, "metrics": metrics}


def test_the_rate_with_the_lowest_loss_in_the_end_is_chosen():
    rows = [
        grid_row("SGD", 4.0),
        grid_row("SGD", 2.0, 3.0, 2.5),
        grid_row("SGD", 1.0, 4.0, 2.0),
        grid_row("Adam", 0.01, 1.0),
    ]
    assert best_rates(rows) == {"SGD": 1.0, "Adam": 0.01}


def test_every_activation_has_as_many_rates_a_factor_of_two_apart():
    grid = rate_grid(StudyOptions(), activations.CONTENDERS, {}, {})
    assert len({run.key for run in grid}) == len(grid) == 4 * len(activations.CONTENDERS)
    for contender in activations.CONTENDERS.values():
        assert np.allclose(np.divide(contender.rates[1:], contender.rates[:-1]), 2)

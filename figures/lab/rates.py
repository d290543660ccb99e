"""A fair learning rate for each: what is compared gets, of a few rates, the one that learns fastest.

Fastest is the lowest development loss after three epochs of a training with seed 0.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from figures.lab.accuracy import train_only
from figures.lab.drawing import by_variant
from figures.lab.options import StudyOptions
from figures.lab.plan import Run
from figures.lab.results import Row
from figures.lab.setting import study_recipe

GRID_EPOCHS = 3


class Contender(NamedTuple):
    """What is compared, as fields of a recipe, and the learning rates that it may have."""

    options: dict[str, Any]
    rates: tuple[float, ...]


def rate_grid(
    options: StudyOptions,
    contenders: Mapping[str, Contender],
    common: Mapping[str, Any],
    quick: Mapping[str, Any],
) -> list[Run]:
    """Short trainings of each at each of its rates, the test part untouched; every second one in a quick run.

    Args: common, quick: as `study_recipe` takes them, for all.
    """
    few = slice(1, None, 2) if options.quick else slice(None)

    def configuration(contender: Contender, rate: float) -> dict:
        variation = {**common, **contender.options, "learning_rate": rate, "epochs": GRID_EPOCHS}
        return {"recipe": study_recipe(options, quick=quick, **variation)}

    return [
        Run(name, train_only, configuration(contender, rate), 0)
        for name, contender in contenders.items()
        for rate in contender.rates[few]
    ]


def best_rates(rows: Iterable[Row]) -> dict[str, float]:
    """The learning rate that the grid's rows speak for, by variant."""

    def loss(row: Row) -> float:
        return row["metrics"].get("dev_loss", [math.inf])[-1]

    found = {name: min(of_name, key=loss) for name, of_name in by_variant(rows).items()}
    return {name: row["configuration"]["recipe"]["learning_rate"] for name, row in found.items()}

"""Training optimizations: optimizers, schedules, clipping, dropout, and the recipe that they make together.

All is measured around one recipe: Adam, step decay, clipping at 5, 20% dropout.  A variant changes one thing
of it, and where sections share one, as all share the recipe itself, it is trained once.

No optimizer is handicapped by its learning rate: each gets the best of five, a factor of 2 apart (`rates`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from figures.clipping import watch_updates
from figures.lab.accuracy import train_and_count
from figures.lab.drawing import save
from figures.lab.options import StudyOptions
from figures.lab.plan import Run, over_seeds
from figures.lab.rates import Contender, best_rates, rate_grid
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import study_recipe
from figures.optimization_picture import draw_clipping, draw_dropout, draw_optimization
from lstm_lib.recipe import RECURRENT_KINDS

NAME = "optimization"
CLIP_NORM = 5.0
RECIPE = {
    "optimizer": "adam",
    "schedule": "step",
    "decay": 0.5,
    "decay_steps": 400,  # of 1,504 updates
    "clip_norm": CLIP_NORM,
    "dropout": 0.2,
}
QUICK = {"epochs": 2, "decay_steps": 20}  # of 40


OPTIMIZERS = {
    "SGD": Contender({"optimizer": "sgd"}, (0.25, 0.5, 1.0, 2.0, 4.0)),
    "momentum": Contender({"optimizer": "sgd", "momentum": 0.9}, (0.125, 0.25, 0.5, 1.0, 2.0)),
    "RMSProp": Contender({"optimizer": "rmsprop"}, (0.002, 0.004, 0.008, 0.016, 0.032)),
    "Adam": Contender({"optimizer": "adam"}, (0.0015, 0.003, 0.006, 0.012, 0.024)),
    "AdamW": Contender({"optimizer": "adamw"}, (0.0015, 0.003, 0.006, 0.012, 0.024)),
}
SCHEDULES = ("constant", "step", "exponential", "cosine")
DROPOUT_RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
RECURRENT_DROPOUT = 0.2
HARSH = {"optimizer": "sgd", "rate": 3.0, "epochs": 3}  # steps so long that losses leap
CLAIMED = ("recipe", "schedules", "optimizers")  # sections where seeds are spent
FIGURES = {
    "fig8_optimization": draw_optimization,
    "fig8_clipping": draw_clipping,
    "fig8_dropout": draw_dropout,
}

Sections = dict[str, list[Row]]


def plan(options: StudyOptions, rates: Mapping[str, float]) -> dict[str, list[Run]]:
    """The runs of each section, with five seeds where a claim is tested.

    Where sections share a run, its row is stored under the name that it has in the last of them.
    """
    sections = {
        section: [
            run
            for name, variation in variants.items()
            for run in over_seeds(
                name,
                train_and_count,
                _configuration(options, **{"rate": rates["Adam"], **variation}),
                options.seed_range(5 if section in CLAIMED else 3),
            )
        ]
        for section, variants in variations(rates).items()
    }
    return {**sections, "clipping": _clipping(options, rates["Adam"])}


def variations(rates: Mapping[str, float]) -> dict[str, dict[str, dict]]:
    """What each variant changes of the recipe, by section."""
    optimizers = {name: {**each.options, "rate": rates[name]} for name, each in OPTIMIZERS.items()}
    return {
        "recipe": {
            "the whole recipe": {},
            "SGD": optimizers["SGD"],
            "constant": {"schedule": "constant"},
            "no clipping": {"clip_norm": 0.0},
            "dropout 0.0": {"dropout": 0.0},
        },
        "recurrent dropout": {
            "none": {},
            **{
                kind.replace("_", " "): {
                    "recurrent_dropout": RECURRENT_DROPOUT,
                    "recurrent_dropout_kind": kind,
                }
                for kind in RECURRENT_KINDS
            },
        },
        "dropout": {f"dropout {rate}": {"dropout": rate} for rate in DROPOUT_RATES},
        "schedules": {name: {"schedule": name} for name in SCHEDULES},
        "optimizers": optimizers,
    }


def _clipping(options: StudyOptions, rate: float) -> list[Run]:
    """The recipe's updates, and those of SGD at too high a rate, clipped and not."""
    watched = {
        "the recipe": {"rate": rate},
        "harsh, clipped": HARSH,
        "harsh, not clipped": {**HARSH, "clip_norm": 0.0},
    }
    return [
        run
        for name, variation in watched.items()
        for run in over_seeds(
            name, watch_updates, _configuration(options, **variation), options.seed_range(5)
        )
    ]


def _configuration(options: StudyOptions, rate: float, **variation: Any) -> dict:
    variation = {**RECIPE, "learning_rate": rate, **variation}
    return {"recipe": study_recipe(options, quick=QUICK, **variation)}


def collect(options: StudyOptions, rows_of: Callable[..., list[Row]] = perform) -> Sections:
    """All rows by section, those of the grid under "rates".

    Args: rows_of: `runner.perform` runs what is missing; `runner.stored` reads, and runs nothing.
    """
    grid = rows_of(NAME, rate_grid(options, OPTIMIZERS, RECIPE, QUICK), options)
    rates = best_rates(grid)
    if len(rates) < len(OPTIMIZERS):  # there is nothing to read
        return {}
    sections = plan(options, rates)
    # All at once, so that no worker waits at the end of a section.
    rows_of(NAME, [run for runs in sections.values() for run in runs], options)
    return {"rates": grid, **{section: rows_of(NAME, runs, options) for section, runs in sections.items()}}


def run(options: StudyOptions) -> None:
    """Run what is missing, and draw."""
    sections = collect(options)
    for name, draw in FIGURES.items():
        save(draw(sections), options.figures, name)

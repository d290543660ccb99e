"""Training optimizations: optimizers, schedules, clipping, dropout, and the recipe that they make together.

Everything is measured around one recipe: Adam, step decay, clipping at 5, 20% dropout.  A variant changes one
thing of it; where sections share a variant, as all share the recipe itself, it is trained once.

No optimizer is handicapped by its learning rate: each gets the best of five, a factor of 2 apart.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.shared.style import COLORS
from figures.fig8_clipping import BLEU_TITLE, BLEU_UNIT, draw_clipping, rate_of, watch_updates
from figures.lab.drawing import MARKERS, by_variant, draw_epochs, draw_intervals, new_figure, save, values
from figures.lab.measures import Contender, best_rates, rate_grid, train_and_count
from figures.lab.plan import Run, over_seeds
from figures.lab.results import Row
from figures.lab.runner import RowsOf, perform
from figures.lab.setting import StudyOptions, study_recipe
from figures.lab.stats import interval
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
Sections = Mapping[str, list[Row]]


def plan(options: StudyOptions, rates: Mapping[str, float]) -> dict[str, list[Run]]:
    """Plan the runs of each section, with five seeds where a claim is tested.

    Where sections share a run, its row is stored under the name that it has in the last of them.
    """
    sections = {}
    for section, variants in variations(rates).items():
        configurations = {
            name: _configuration(options, **{"rate": rates["Adam"], **variation})
            for name, variation in variants.items()
        }
        seeds = options.seed_range(5 if section in CLAIMED else 3)
        sections[section] = over_seeds(train_and_count, configurations, seeds)
    watched = {  # the recipe's updates, and those of SGD at too high a rate, clipped and not
        "the recipe": {"rate": rates["Adam"]},
        "harsh, clipped": HARSH,
        "harsh, not clipped": {**HARSH, "clip_norm": 0.0},
    }
    configurations = {name: _configuration(options, **each) for name, each in watched.items()}
    return {**sections, "clipping": over_seeds(watch_updates, configurations, options.seed_range(5))}


def variations(rates: Mapping[str, float]) -> dict[str, dict[str, dict]]:
    """Return what each variant changes of the recipe, by section."""
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


def _configuration(options: StudyOptions, rate: float, **variation: Any) -> dict:
    variation = {**RECIPE, "learning_rate": rate, **variation}
    return {"recipe": study_recipe(options, quick=QUICK, **variation)}


def collect(options: StudyOptions, rows_of: RowsOf = perform) -> Sections:
    """Return all rows by section, those of the grid under "rates".

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


def draw_optimization(sections: Sections) -> Figure:
    """Draw optimizers above; below, the grid that their rates come from on the left, then schedules."""
    figure, axes = new_figure(2, 3, (17, 10))
    optimizers, schedules = by_variant(sections["optimizers"]), by_variant(sections["schedules"])
    draw_epochs(axes[0, 0], optimizers, "dev_loss", "optimizers: development loss", "nats per token")
    draw_epochs(axes[0, 1], optimizers, "dev_bleu", f"optimizers: {BLEU_TITLE}", BLEU_UNIT)
    axes[0, 0].legend()
    scores = {f"{name}\nrate {rate_of(rows[0]):g}": values(rows, "bleu") for name, rows in optimizers.items()}
    draw_intervals(axes[0, 2], scores)
    _draw_rates(axes[1, 0], sections["rates"], {name: rate_of(rows[0]) for name, rows in optimizers.items()})
    draw_epochs(axes[1, 1], schedules, "dev_bleu", f"schedules: {BLEU_TITLE}", BLEU_UNIT)
    axes[1, 1].legend()
    draw_intervals(axes[1, 2], {name: values(rows, "bleu") for name, rows in schedules.items()})
    for ax, of_what in zip(axes[:, 2], ("optimizers", "schedules"), strict=True):
        ax.set(title=f"{of_what}: test BLEU, beam 5", xlabel="BLEU (0 to 100)")
    return figure


def _draw_rates(ax: Axes, rows: list[Row], chosen: Mapping[str, float]) -> None:
    """Draw the loss that a short training reaches with each learning rate; the chosen one in a ring."""
    for place, (name, found) in enumerate(by_variant(rows).items()):
        ended = [row for row in found if "diverged" not in row["metrics"]]
        losses = {rate_of(row): row["metrics"]["dev_loss"][-1] for row in ended}
        ax.plot(losses.keys(), losses.values(), marker=MARKERS[place], color=COLORS[place], label=name)
        if chosen[name] in losses:
            ring = {"markersize": 17, "markerfacecolor": "none", "color": "black", "markeredgewidth": 1.8}
            ax.plot(chosen[name], losses[chosen[name]], "o", **ring)
    epochs = rows[0]["configuration"]["recipe"]["epochs"]
    ax.set(
        title="how the rates were chosen (ring)",
        xlabel="peak learning rate",
        ylabel=f"development loss after {epochs} epochs",
        xscale="log",
    )
    ax.legend(fontsize="small")


def draw_dropout(sections: Sections) -> Figure:
    """Draw accuracy and BLEU by rate, and the recurrent dropouts side by side."""
    figure, ((accuracy, bleu, recurrent),) = new_figure(1, 3, (17, 5.6))
    _draw_by_rate(accuracy, sections["dropout"], {"train_accuracy": "training", "dev_accuracy": "validation"})
    accuracy.set(title="words right, read without noise", ylabel="accuracy (share of target tokens)")
    accuracy.legend()
    _draw_by_rate(bleu, sections["dropout"], {"bleu": "test"})
    bleu.set(title="test BLEU, beam 5", ylabel="BLEU (0 to 100)")
    kinds = by_variant(sections["recurrent dropout"])
    draw_intervals(recurrent, {name: values(rows, "bleu") for name, rows in kinds.items()})
    recurrent.set(title="recurrent dropout: test BLEU, beam 5", xlabel="BLEU (0 to 100)")
    return figure


def _draw_by_rate(ax: Axes, rows: list[Row], metrics: Mapping[str, str]) -> None:
    """Draw means with intervals by dropout rate, and seeds as dots.  Args: metrics: with their names."""
    for place, (metric, name) in enumerate(metrics.items()):
        found: dict[float, list[float]] = {}
        for row in rows:
            if metric in row["metrics"]:
                rate = row["configuration"]["recipe"]["dropout"]
                found.setdefault(rate, []).append(row["metrics"][metric])
        mean, low, high = np.array([interval(each)[:3] for each in found.values()]).reshape(-1, 3).T
        style = {"marker": MARKERS[place], "color": COLORS[place], "markersize": 9, "capsize": 6}
        ax.errorbar(list(found), mean, [mean - low, high - mean], label=name, **style)
        for rate, each in found.items():
            ax.plot(np.full(len(each), rate), each, ".", color="0.45", markersize=6)
    ax.set(xlabel="dropout rate")


FIGURES = {
    "fig8_optimization": draw_optimization,
    "fig8_clipping": draw_clipping,
    "fig8_dropout": draw_dropout,
}


def run(options: StudyOptions) -> None:
    """Run what is missing, and draw."""
    sections = collect(options)
    for name, draw in FIGURES.items():
        save(draw(sections), options.figures, name)

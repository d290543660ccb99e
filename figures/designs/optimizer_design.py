"""Optimizers as a design: which one, and whether the rest of the recipe matters more.

Question: with a rate of its own for each, found by the same search, and trained to a plateau, which optimizer
translates best?  Is it momentum (beta_1) that holds Adam back behind RMSProp early on?

Design: SGD, momentum, RMSProp, Adam with beta_1 = 0.9 and 0, AdamW.  Then one thing varied at a time around
Adam: the schedule, the warm-up, dropout (from none, where overfitting ends the training, to too much),
clipping, and the batch.

Budget: 5 seeds a variant; each rate is one of four, a factor of 2 apart.  A best rate at the end of its four
is told.  What a schedule is worth shows at its end, so those are searched by whole trainings at three rates.

What would change our mind: if no interval of a difference from Adam leaves out zero, the choice of an
optimizer is one of convenience here.  If beta_1 = 0 learns as slowly as 0.9, momentum was not the reason.
"""

import dataclasses
from collections.abc import Iterable, Mapping

from matplotlib.figure import Figure

from figures.lab.design import (
    ADAM_RATES,
    TO_THE_END,
    Design,
    Found,
    Variant,
    collect_all,
    draw_found,
    draw_scores,
    rates,
)
from figures.lab.drawing import new_figure, save
from figures.lab.runner import RowsOf, perform
from figures.lab.setting import StudyOptions

OPTIMIZERS = {
    "Adam": Variant({}, ADAM_RATES),
    "Adam, beta_1 = 0": Variant({"beta1": 0.0}, ADAM_RATES),
    "AdamW": Variant({"optimizer": "adamw"}, ADAM_RATES),
    "RMSProp": Variant({"optimizer": "rmsprop"}, rates(0.002, 0.004, 0.008, 0.016)),
    "momentum": Variant({"optimizer": "sgd", "momentum": 0.9}, rates(0.2, 0.4, 0.8, 1.6)),
    "SGD": Variant({"optimizer": "sgd"}, rates(1.0, 2.0, 4.0, 8.0)),
}
AROUND_ADAM = {
    "schedules": {
        "halved at a plateau": {},
        "constant": {"schedule": "constant"},
        "cosine over 20 epochs": {"schedule": "cosine", "epochs": 20, "patience": None},
        "no warm-up": {"warmup_steps": 0},
    },
    "dropout": {f"dropout {rate}": {"dropout": rate} for rate in (0.0, 0.2, 0.5)},
    "clipping": {"clipped at 1": {}, "not clipped": {"clip_norm": 0.0}},
    "batches": {f"batches of {size}": {"batch_size": size} for size in (32, 128, 512)},
}
SEARCHES = {"schedules": (ADAM_RATES[1:], TO_THE_END)}  # rates and rounds that differ from the usual ones
RECIPE = {  # the variant of each section that is the recipe itself, which the others are compared with
    "optimizers": "Adam",
    "schedules": "halved at a plateau",
    "dropout": "dropout 0.2",
    "clipping": "clipped at 1",
    "batches": "batches of 128",
}
QUICK = {
    "optimizers": ("Adam", "SGD"),
    "schedules": ("halved at a plateau", "constant"),
    "dropout": ("dropout 0.2", "dropout 0.5"),
}


def designs(options: StudyOptions) -> dict[str, Design]:
    """Return a design for each section, the most important first."""
    found = {"optimizers": Design(OPTIMIZERS, reference=RECIPE["optimizers"])}
    for section, variants in AROUND_ADAM.items():
        candidates, rungs = SEARCHES.get(section, (ADAM_RATES, None))
        tried = {name: Variant(changes, candidates) for name, changes in variants.items()}
        found[section] = Design(tried, reference=RECIPE[section], rungs=rungs)
    if options.quick:
        return {section: with_only(found[section], names) for section, names in QUICK.items()}
    return found


def with_only(design: Design, names: Iterable[str]) -> Design:
    """Return a design of some of its variants."""
    return dataclasses.replace(design, variants={name: design.variants[name] for name in names})


def run(options: StudyOptions, rows_of: RowsOf = perform) -> None:
    """Run what is missing, one section after the other, and draw.  Args: rows_of: see `collect`."""
    found = collect_all(designs(options), options, rows_of)
    save(draw(found), options.figures, "fig8_optimization")


def draw(found: Mapping[str, Found]) -> Figure:
    """Draw test BLEU of each section, and by epoch that of the first, the optimizers."""
    (first, of_first), *others = found.items()
    lines = (len(others) + 1) // 2
    figure, axes = new_figure(1 + lines, 2, (15, 4.5 + 3.5 * lines))
    draw_found(axes[0], first, of_first)
    below = axes[1:].ravel()
    for ax, (section, one) in zip(below, others, strict=False):
        draw_scores(ax, section, one)
    for ax in below[len(others) :]:
        ax.set_visible(False)
    return figure

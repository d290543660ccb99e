"""Designs: variants of one setting, each at the learning rate that suits it, trained to its plateau.

    design = Design({"Bahdanau": Variant({"attention": "bahdanau"}, ADAM_RATES), ...}, seeds=5)
    found = collect(design, options)    # runs what is missing; collect(design, options, stored) only reads

The setting: all of tatoeba-small, an encoder that reads both ways, 64 units.  The rate is halved after every
evaluation without a better development BLEU, and training stops after three of these in a row, or 30 epochs.

What a variant's candidates differ in, mostly the learning rate, is chosen on development data alone, by
successive halving (Jamieson and Talwalkar, 2016) with a seed that is used for nothing else, and the same
budget for each variant with as many candidates:

1. each candidate trains for 3 epochs; the two with the lowest development loss go on;
2. both train for 9 epochs; the higher development BLEU wins.

Then each variant is trained and tested, one seed of all variants after the other, so that a design that was
stopped is balanced.  The rows of all designs are in one file: two designs that share a run share its row.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.lab.drawing import by_variant, draw_intervals, new_figure, values
from figures.lab.measures import may_diverge, test_metrics, trained_in_view, training_metrics
from figures.lab.plan import Measure, Run, measurement
from figures.lab.results import Row
from figures.lab.runner import FailedRunsError, RowsOf, perform
from figures.lab.setting import QUICK, STUDY, StudyOptions, recipe_fields

FILE = "designs"
SETTING = dataclasses.replace(
    STUDY,
    train_pairs=None,
    embedding_size=64,
    hidden_size=64,
    encoder_size=32,  # of each direction, so that a dot product has vectors of one width
    bidirectional=True,
    batch_size=128,
    schedule="plateau",
    epochs=30,
    patience=3,
)
QUICK_SETTING = dataclasses.replace(
    QUICK,
    train_pairs=160,
    embedding_size=8,
    hidden_size=8,
    encoder_size=4,
    bidirectional=True,
    schedule="plateau",
    epochs=2,
)
DATA = {  # what the rows were measured on: another fingerprint, and they are rows of something else
    "tatoeba-small": "3f13b83bb0b57e1e",
    "dates-fr": "ffdb3927986b2221",
}
TUNING_SEED = 1000


class Variant(NamedTuple):
    """One thing that is compared.

    Args: changes: of the setting; candidates: the further changes among which the search chooses; beside:
        what its configuration holds beside the recipe, for the design's own measure.
    """

    changes: Mapping[str, Any]
    candidates: tuple[Mapping[str, Any], ...]
    beside: Mapping[str, Any] = MappingProxyType({})


def rates(*values: float) -> tuple[dict[str, float], ...]:
    """Return candidates that differ in the learning rate."""
    return tuple({"learning_rate": value} for value in values)


ADAM_RATES = rates(0.002, 0.004, 0.008, 0.016)


@dataclasses.dataclass(frozen=True)
class Design:
    """What is compared.

    Args:
        variants: by name, in the order of the figures.
        seeds: of the trainings that count: 0, 1, ...
        common: what all variants change of the setting.
        rungs: the rounds of the search: epochs, how many candidates go on, and what ranks them.
        metric: the number that the variants are compared by; reference: the variant that others are compared
            with, the first where it is None.
        measure, search: what is measured of the trainings that count, and of those of the search; None for
            `train_and_test` and `train_to_choose`.
    """

    variants: Mapping[str, Variant]
    seeds: int = 5
    common: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    rungs: tuple[tuple[int, int, Callable], ...] | None = None
    metric: str = "bleu"
    reference: str | None = None
    measure: Measure | None = None
    search: Measure | None = None


class Found(NamedTuple):
    """The rows of a design: both rounds of the search, and the trainings that count."""

    search: list[list[Row]]
    chosen: dict[str, Mapping[str, Any]]  # by variant
    trainings: list[Row]

    @property
    def by_variant(self) -> dict[str, list[Row]]:
        """The trainings of each variant."""
        return by_variant(self.trainings)


@measurement("design.search", version=1)
@may_diverge
def train_to_choose(configuration: dict, seed: int) -> dict:
    """Train the recipe under "recipe"; the test part is not touched."""
    return training_metrics(trained_in_view(configuration, seed))


@measurement("design.test", version=1)
@may_diverge
def train_and_test(configuration: dict, seed: int) -> dict:
    """Train the recipe under "recipe" and test its best epoch.

    Returns: `training_metrics` and `test_metrics`.
    """
    run = trained_in_view(configuration, seed)
    return {**training_metrics(run), **test_metrics(run)}


def collect(design: Design, options: StudyOptions, rows_of: RowsOf = perform) -> Found:
    """Return all rows of a design.

    Args: rows_of: `runner.perform` runs what is missing; `runner.stored` reads, and runs nothing: then
        variants whose search has not ended are left out.
    """
    search, going_on = [], {name: variant.candidates for name, variant in design.variants.items()}
    if options.quick:
        going_on = {name: candidates[-2:] for name, candidates in going_on.items()}
    for epochs, kept, better in design.rungs or RUNGS:
        runs = search_plan(design, going_on, epochs, options)
        rows = rows_of(FILE, runs, options)
        search.append(rows)
        going_on = selected(going_on, rows, kept, better)
    chosen = {name: candidates[0] for name, candidates in going_on.items()}
    return Found(search, chosen, rows_of(FILE, trainings_plan(design, chosen, options), options))


def collect_all(
    designs: Mapping[str, Design], options: StudyOptions, rows_of: RowsOf = perform, whole: bool = False
) -> dict[str, Found]:
    """Return what `collect` returns of each design, without those that have nothing to compare yet.

    Args: whole: the figure needs all of them.
    Raises: FailedRunsError where none has, or one has not that is needed.
    """
    found = {part: collect(design, options, rows_of) for part, design in designs.items()}
    compared = {part: one for part, one in found.items() if len(one.by_variant) > 1}
    check_drawable(part for part in found if part not in compared and (whole or not compared))
    return compared


def check_drawable(waiting: Iterable[str]) -> None:
    """Raise a FailedRunsError if parts of a figure wait for their rows."""
    if parts := ", ".join(waiting):
        raise FailedRunsError(f"{parts}: no rows to draw yet; run this study by its own name")


def search_plan(
    design: Design, going_on: Mapping[str, tuple], epochs: int, options: StudyOptions
) -> list[Run]:
    """Plan a round of the search; a variant with one candidate needs none."""
    return [
        Run(
            name,
            design.search or train_to_choose,
            configuration(design, name, each, options, epochs),
            TUNING_SEED,
        )
        for name, candidates in going_on.items()
        if len(candidates) > 1
        for each in candidates
    ]


def trainings_plan(design: Design, chosen: Mapping[str, Mapping], options: StudyOptions) -> list[Run]:
    """Plan the trainings that count, of the variants whose candidate is chosen, seed by seed."""
    return [
        Run(name, design.measure or train_and_test, configuration(design, name, each, options), seed)
        for seed in options.seed_range(design.seeds)
        for name, each in chosen.items()
    ]


def configuration(
    design: Design, name: str, candidate: Mapping, options: StudyOptions, epochs: int | None = None
) -> dict:
    """Return what decides a run but its seed: its recipe, and the fingerprint of what it learns from."""
    variant, base = design.variants[name], QUICK_SETTING if options.quick else SETTING
    recipe = dataclasses.replace(base, **design.common, **variant.changes, **candidate)
    longest = min(epochs or recipe.epochs, base.epochs)
    recipe = dataclasses.replace(recipe, epochs=min(longest, recipe.epochs))
    data = None if options.quick else DATA.get(recipe.corpus)
    return {"recipe": recipe_fields(recipe), "data": data, **variant.beside}


def selected(going_on: Mapping[str, tuple], rows: list[Row], kept: int, better: Callable) -> dict[str, tuple]:
    """Return the best candidates of each variant; a variant that misses a row is left out."""
    found = by_variant(rows)
    best = {}
    for name, candidates in going_on.items():
        of_name = found.get(name, [])
        if len(candidates) == 1:
            best[name] = candidates
        elif len(of_name) == len(candidates):
            ranked = sorted(zip(candidates, of_name, strict=True), key=lambda pair: better(pair[1]))
            best[name] = tuple(candidate for candidate, _ in ranked[:kept])
    return best


def lowest_loss(row: Row) -> float:
    """Rank a row by its lowest development loss; one that diverged comes last."""
    return min(row["metrics"].get("dev_loss", [math.inf]))


def highest_bleu(row: Row) -> tuple[float, float]:
    """Rank a row by its highest development BLEU, and by loss where that is equal."""
    return -max(row["metrics"].get("dev_bleu", [-math.inf])), lowest_loss(row)


RUNGS = ((3, 2, lowest_loss), (9, 1, highest_bleu))
TO_THE_END = ((SETTING.epochs, 1, highest_bleu),)  # of what slows learning down, and pays only late


def draw_found(axes: Sequence[Axes], what: str, found: Found) -> None:
    """Draw test BLEU of each variant, and how the median seed learns."""
    draw_scores(axes[0], what, found)
    for name, rows in found.by_variant.items():
        curves = [extended(row["metrics"]["dev_bleu"]) for row in rows if "dev_bleu" in row["metrics"]]
        if curves:
            axes[1].plot(range(1, len(curves[0]) + 1), np.median(curves, axis=0), label=name)
    axes[1].set(title=f"{what}: the median seed", xlabel="epoch", ylabel="best development BLEU so far")
    axes[1].legend(fontsize="small")


def draw_scores(ax: Axes, what: str, found: Found) -> None:
    """Draw test BLEU of each variant, whose name has the candidate that was chosen beside it."""
    scores = {}
    for name, rows in found.by_variant.items():
        chosen = ", ".join(f"{value:g}" for value in found.chosen[name].values())
        scores[f"{name} ({chosen})" if len(found.chosen[name]) else name] = values(rows, "bleu")
    draw_intervals(ax, scores)
    ax.set(title=f"{what}: test BLEU, beam 5", xlabel="BLEU (0 to 100)")


def draw_all(found: Mapping[str, Found], height: float) -> Figure:
    """Draw `draw_found` of each part of a design, one below the other, each `height` inches high."""
    figure, axes = new_figure(len(found), 2, (15, height * len(found)))
    for pair, (part, one) in zip(axes, found.items(), strict=True):
        draw_found(pair, part, one)
    return figure


def extended(curve: Sequence[float], length: int = SETTING.epochs) -> list[float]:
    """Return the best so far at each of `length` epochs; a training that stopped stays where it was."""
    best = np.maximum.accumulate(curve)
    return [*best, *[best[-1]] * (length - len(best))]

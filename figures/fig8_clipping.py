"""Clipping: what it does to the gradients, update by update.

The report's recipe of training, of Adam, step decay, clipping at 5 and 20% dropout, never meets a gradient
that long.  So beside it stands SGD at a rate so high that losses leap, with clipping and without.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.shared.style import COLORS
from figures.lab.drawing import by_variant, draw_lines, new_figure, save
from figures.lab.plan import Run, measurement, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions, StudyRecipe, read_corpus, recipe_of, study_recipe
from lstm_lib import runs
from lstm_lib.evaluation import negative_log_likelihood
from lstm_lib.text.corpus import Pair
from lstm_lib.training import clip_by_global_norm, global_norm
from lstm_lib.translator import Translator

NAME = "clipping"
CLIP_NORM = 5.0
RECIPE = {
    "optimizer": "adam",
    "learning_rate": 0.012,  # which learned fastest in three epochs, of five rates
    "schedule": "step",
    "decay": 0.5,
    "decay_steps": 400,  # of 1,504 updates
    "clip_norm": CLIP_NORM,
    "dropout": 0.2,
}
HARSH = {"optimizer": "sgd", "learning_rate": 3.0, "epochs": 3}  # steps so long that losses leap
VARIANTS = {"the recipe": {}, "harsh, clipped": HARSH, "harsh, not clipped": {**HARSH, "clip_norm": 0.0}}
QUICK = {"epochs": 2, "decay_steps": 20}  # of 40
SMOOTHED = 24  # blocks of updates, whose mean losses make a line


class Update(NamedTuple):
    """An update's loss in nats per token, and the global norm of its gradients."""

    loss: float
    before: float  # the norm before clipping
    after: float  # the norm that reached the optimizer, measured anew


@measurement("optimization.clipping", version=1)
def watch_updates(configuration: dict, seed: int) -> dict:
    """Train the recipe under "recipe" whether or not it ends well, and note each update.

    Returns: loss, before and after, one value per update; longest_after, the largest after, not rounded;
        clipped, how many updates were; diverged, whether loss or gradients ended in infinity or NaN;
        dev_loss at the end, nats per token, None where it diverged.
    """
    recipe = recipe_of(configuration, seed)
    corpus = read_corpus(recipe)
    translator = runs.new_translator(recipe, corpus)
    with np.errstate(over="ignore", invalid="ignore"):  # a training that diverges may do so
        updates, diverged = train_watched(translator, recipe, corpus.train)
        nll, tokens = negative_log_likelihood(translator, corpus.dev)
    return {
        **{name: [_short(getattr(each, name)) for each in updates] for name in Update._fields},
        "longest_after": max((each.after for each in updates), default=0.0),
        "clipped": sum(each.after < each.before for each in updates),
        "diverged": diverged,
        "dev_loss": None if diverged or not math.isfinite(nll) else nll / tokens,
    }


def train_watched(
    translator: Translator, recipe: StudyRecipe, pairs: list[Pair]
) -> tuple[list[Update], bool]:
    """Make the updates of `runs.train` in the open: no evaluation between them, none lost to an error.

    Returns: the updates, up to the first whose loss or gradients are not finite; whether there was one.
    """
    model, optimizer = translator.model, runs.make_optimizer(recipe)
    batches_of_epoch = runs.training_batches(recipe, translator, pairs)
    schedule = runs.make_schedule(recipe, len(batches_of_epoch(1)))
    rng, updates = np.random.default_rng(recipe.seed), []
    for epoch in range(1, recipe.epochs + 1):
        for batch in batches_of_epoch(epoch):
            loss, grads, _ = model.loss_and_grads(batch, rng)
            before = clip_by_global_norm(grads, recipe.clip_norm or None)
            if not (math.isfinite(loss) and math.isfinite(before)):
                return updates, True
            updates.append(Update(float(loss), before, global_norm(grads)))
            optimizer.update(model.params, grads, schedule(len(updates) - 1))
    return updates, False


def _short(number: float) -> float:
    """Round to five digits, which are enough to draw."""
    return float(f"{number:.5g}")


def plan(options: StudyOptions) -> list[Run]:
    """Plan each variant with five seeds."""
    configurations = {
        name: {"recipe": study_recipe(options, quick=QUICK, **{**RECIPE, **changes})}
        for name, changes in VARIANTS.items()
    }
    return over_seeds(watch_updates, configurations, options.seed_range(5))


def draw(rows: Sequence[Row]) -> Figure:
    """Draw norms before and after clipping, of the recipe and where steps are too long, and losses there."""
    figure, ((calm, harsh, losses),) = new_figure(1, 3, (17, 5.4))
    watched = by_variant(rows)
    _draw_norms(calm, "the recipe", watched["the recipe"])
    _draw_norms(harsh, _harsh_name(watched), watched["harsh, clipped"])
    _draw_losses(losses, watched)
    return figure


def _harsh_name(watched: Mapping[str, list[Row]]) -> str:
    rate = watched["harsh, clipped"][0]["configuration"]["recipe"]["learning_rate"]
    return f"SGD at rate {rate:g}"


def _draw_norms(ax: Axes, name: str, rows: list[Row]) -> None:
    """Draw the first seed's norm at every update, before clipping and as it reached the optimizer."""
    limit = rows[0]["configuration"]["recipe"]["clip_norm"]
    before, after = rows[0]["metrics"]["before"], rows[0]["metrics"]["after"]
    updates = range(1, len(before) + 1)
    ax.plot(updates, before, "-", color="0.6", linewidth=1.2, label="before clipping")
    ax.plot(updates, after, "-", color=COLORS[0], linewidth=0.8, label="after clipping")
    ax.axhline(limit, color="black", linestyle="--", linewidth=1.5, label=f"longest allowed, {limit:g}")
    share = sum(row["metrics"]["clipped"] for row in rows) / sum(len(row["metrics"]["loss"]) for row in rows)
    ax.set(title=f"{name}: {share:.1%} of updates clipped", xlabel="update", yscale="log")
    ax.set_ylabel("global norm of the gradients")
    ax.set_ylim(None, 6 * max(limit, *before))  # room for the legend
    ax.legend(loc="upper right", fontsize="small")


def _draw_losses(ax: Axes, watched: Mapping[str, list[Row]]) -> None:
    """Draw the training loss where steps are too long, with clipping and without, and what it ends at.

    Above the dotted line, training has made the model worse than it was.
    """
    for name in ("clipped", "not clipped"):
        rows = watched[f"harsh, {name}"]
        length = min(len(row["metrics"]["loss"]) for row in rows)  # shorter where one diverged
        losses = np.array([row["metrics"]["loss"][:length] for row in rows])  # (seeds, updates)
        blocks = np.array_split(losses, min(SMOOTHED, length), axis=1)
        ends = np.cumsum([block.shape[1] for block in blocks])
        means = np.stack([block.mean(axis=1) for block in blocks], axis=1)
        draw_lines(ax, ends, {f"{name}: {_ending(rows)}": means})
    untrained = np.mean([row["metrics"]["loss"][0] for row in watched["harsh, clipped"]])
    ax.axhline(
        untrained, color="black", linestyle=":", linewidth=2, label=f"before training: {untrained:.1f}"
    )
    ax.set(title=f"{_harsh_name(watched)}: training loss", xlabel="update", ylabel="nats per token")
    ax.set_ylim(0, 1.25 * ax.get_ylim()[1])  # room for the legend
    ax.legend(fontsize="small")


def _ending(rows: Sequence[Row]) -> str:
    """Say how trainings ended, by the median of their development losses."""
    ended = [row["metrics"]["dev_loss"] for row in rows if row["metrics"]["dev_loss"] is not None]
    lost = len(rows) - len(ended)
    told = f"development loss {np.median(ended):.1f}" if ended else ""
    return ", ".join(filter(None, [told, f"{lost} of {len(rows)} diverged" if lost else ""]))


def run(options: StudyOptions) -> None:
    """Run what is missing, and draw."""
    save(draw(perform(NAME, plan(options), options)), options.figures, "fig8_clipping")

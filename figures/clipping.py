"""What the clipping of gradients is judged by: every update of a training, before and after."""

import math
from typing import NamedTuple

import numpy as np

from figures.lab.plan import measurement
from figures.lab.setting import StudyRecipe, read_corpus, recipe_of
from lstm_lib import runs
from lstm_lib.evaluation import negative_log_likelihood
from lstm_lib.text.corpus import Pair
from lstm_lib.training import clip_by_global_norm, global_norm
from lstm_lib.translator import Translator


class Update(NamedTuple):
    """What an update found: its loss in nats a token, and the global norm of its gradients."""

    loss: float
    before: float  # the norm before clipping
    after: float  # the norm that reached the optimizer, measured anew


@measurement("optimization.clipping", version=1)
def watch_updates(configuration: dict, seed: int) -> dict:
    """Train the recipe under "recipe" whether or not it ends well, and note each update.

    Returns: loss, before and after, a value an update; longest_after, the largest of the last, not rounded;
        clipped, how many updates were; diverged, whether loss or gradients ended in infinity or NaN;
        dev_loss at the end, nats a token, None where it diverged.
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
    """The updates of `runs.train`, in the open: no evaluation between them, and none is lost to an error.

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
    """Five digits, which are enough to draw."""
    return float(f"{number:.5g}")

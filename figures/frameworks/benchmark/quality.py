"""Test BLEU of the studies' recipe, trained by each contender.

For a seed all start from the same weights and take the same batches in the same order at the same learning
rates; only the noise of dropout is each one's own.  NumPy translates for all, with the weights that were best
on the development part, so that NumPy's own numbers are those of `measures.train_and_test`.  The recipe is
that of the other studies, but with a bidirectional encoder, as the twins have it.
"""

import math
import os
import time
from collections.abc import Iterable

from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.process import open_pool
from figures.frameworks.benchmark.scope import QUICK, TINY, Plan
from figures.frameworks.benchmark.training import Race
from figures.lab.measures import Trained, test_metrics
from figures.lab.plan import Run, measurement, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform, stored
from figures.lab.setting import StudyOptions, recipe_fields, recipe_of, study_recipe
from lstm_lib.evaluation import negative_log_likelihood
from lstm_lib.nn.layers import Params
from lstm_lib.text.metrics import perplexity
from lstm_lib.training.history import History

FILE = "frameworks_bleu"


@measurement("frameworks.training", version=1)
def train_elsewhere(configuration: dict, seed: int) -> dict:
    """Train a recipe with a contender, in a process of its own with one thread, and test it.

    Args: configuration: recipe; contender, its name; options, of its class.
    Returns: versions of what it imports; dev_bleu, greedy, one value per epoch; `measures.test_metrics`.
    """
    name, recipe = configuration["contender"], recipe_of(configuration, seed)
    options = {"clip_norm": recipe.clip_norm or None, "seed": seed, **configuration["options"]}
    alone = {"turns_an_epoch": 1, "evaluations_an_epoch": 1, "target_bleu": math.inf}
    started = time.perf_counter()
    # On whichever core is free, as other runs may be at work.
    with open_pool([name], threads=1, cores=os.cpu_count()) as pool:
        race = Race(pool, Plan(recipe=recipe, options={name: options}, **alone))
        dev_bleu = train_to_the_best(race, name)
        versions = pool.versions[name]
    seconds = round(time.perf_counter() - started, 3)
    run = Trained(recipe, race.corpus, race.judge, History({}), seconds)
    return {"versions": versions, "dev_bleu": dev_bleu, **test_metrics(run)}


def train_to_the_best(race: Race, name: str) -> list[float]:
    """Train all epochs, and leave the best weights in the race's judge; perplexity decides ties.

    Returns: BLEU of the development part after each epoch.
    """
    params, scores, ranks = race.judge.model.params, [], []
    best: Params = {}
    for epoch in range(1, race.plan.recipe.epochs + 1):
        race.run_epoch(epoch)
        _, score = race.scores[name][-1]
        rank = score, -perplexity(*negative_log_likelihood(race.judge, race.corpus.dev))
        if rank > max(ranks, default=(-math.inf,)):
            best = {key: array.copy() for key, array in params.items()}
        scores.append(score)
        ranks.append(rank)
    for key, array in best.items():
        params[key][...] = array
    return scores


def plan(options: StudyOptions, names: Iterable[str]) -> list[Run]:
    """Plan each contender with five seeds, as whose BLEU is higher is a claim; in a quick run with one."""
    recipe = recipe_fields(TINY) if options.quick else study_recipe(options, bidirectional=True)
    of_class = {**QUICK.options, NUMPY: {}} if options.quick else {}
    configurations = {
        TITLES[name]: {"contender": name, "options": of_class.get(name, {}), "recipe": recipe}
        for name in names
    }
    seeds = range(options.seeds or 1) if options.quick else options.seed_range(5)
    return over_seeds(train_elsewhere, configurations, seeds)


def measured(options: StudyOptions, names: Iterable[str]) -> list[Row]:
    """Run what is missing.  Args: names: of the contenders that can run.

    Returns: the rows of all contenders, also of those that were measured elsewhere.
    """
    perform(FILE, plan(options, names), options)
    return stored(FILE, plan(options, TITLES), options)

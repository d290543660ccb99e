"""The headline: what `python -m lstm_lib train` reaches with its default options, for several seeds.

README.md shows the table, figures/headline.png the development BLEU by epoch.  Runs are done one at a time,
and on this machine even where there is a scheduler, as their seconds are part of the table.
"""

import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures.lab.drawing import by_variant, markdown, new_figure, save
from figures.lab.measures import SEARCH
from figures.lab.plan import Run, measurement, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions, StudyRecipe, read_corpus, recipe_fields, recipe_of, study_recipe
from lstm_lib import runs
from lstm_lib.evaluation import TestSet, evaluate_beside_copy, scores_as_json

CORPORA = ("tatoeba-small", "dates")
SEEDS = 3
PROCESSES = 2  # that share each update


@measurement("headline.training", version=1)
def train_as_users_do(configuration: dict, seed: int) -> dict:
    """Train and test a recipe as the command does, with checkpoints on the disk.

    Returns: fingerprint of the corpus; parameters; training_seconds; development: BLEU and perplexity after
        each epoch; test: what the command prints, the copy baseline beside it.
    """
    recipe = recipe_of(configuration, seed)
    corpus = read_corpus(recipe)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        translator, history = runs.train(recipe, corpus, Path(folder) / "run", progress_bar=False)
        seconds = time.perf_counter() - started
    test = TestSet.of(corpus.test)
    report, copy = evaluate_beside_copy(translator, corpus, test, **SEARCH)
    return {
        "fingerprint": runs.fingerprint(corpus),
        "parameters": translator.model.num_parameters,
        "training_seconds": round(seconds, 1),
        "development": [record["metrics"] for record in history.evaluations],
        "test": scores_as_json(report, copy, SEARCH),
    }


def plan(options: StudyOptions) -> list[Run]:
    """Plan the default recipe of both corpora."""
    recipes = {corpus: recipe_fields(StudyRecipe.of(corpus=corpus, workers=PROCESSES)) for corpus in CORPORA}
    if options.quick:
        recipes = {"dates": study_recipe(options, workers=PROCESSES)}
    configurations = {corpus: {"recipe": recipe} for corpus, recipe in recipes.items()}
    return over_seeds(train_as_users_do, configurations, options.seed_range(SEEDS))


def table(rows: list[Row]) -> str:
    """Return one line per corpus: scores as mean and range over seeds, and the longest training time."""
    head = ["corpus", "seeds", "test BLEU", "copy baseline", "chrF", "perplexity", "training, at most"]
    body = []
    for corpus, of_corpus in by_variant(rows).items():
        tests = [row["metrics"]["test"] for row in of_corpus]
        cells = [
            corpus,
            str(len(of_corpus)),
            spread([test["bleu"]["score"] for test in tests]),
            spread([test["baseline"]["bleu"]["score"] for test in tests]),
            spread([test["chrf"]["score"] for test in tests]),
            spread([test["perplexity"] for test in tests]),
            f"{max(row['metrics']['training_seconds'] for row in of_corpus):.0f} s",
        ]
        body.append(cells)
    return markdown(head, body)


def spread(values: list[float]) -> str:
    """Write mean and range, or the one value that all share."""
    texts = [f"{value:.1f}" for value in (np.mean(values), min(values), max(values))]
    return texts[0] if texts[1] == texts[2] else f"{texts[0]} ({texts[1]} to {texts[2]})"


def draw(rows: list[Row]) -> Figure:
    """Draw development BLEU after each epoch: one panel per corpus, one line per seed."""
    corpora = by_variant(rows)
    figure, panels = new_figure(1, len(corpora), (9, 3.4))
    for (corpus, of_corpus), ax in zip(corpora.items(), panels[0], strict=True):
        for row, style in zip(of_corpus, ("-", "--", ":"), strict=False):
            scores = [metrics["bleu"] for metrics in row["metrics"]["development"]]
            ax.plot(range(1, len(scores) + 1), scores, style, marker="o", label=f"seed {row['seed']}")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(title=corpus, xlabel="epoch", ylabel="development BLEU, greedy", ylim=(0, 105))
        ax.legend(loc="lower right")
    return figure


def run(options: StudyOptions) -> None:
    """Run what is missing, print the table, and draw."""
    rows = perform("headline", plan(options), dataclasses.replace(options, scheduler=None), at_once=1)
    print(table(rows))
    save(draw(rows), options.figures, "headline")

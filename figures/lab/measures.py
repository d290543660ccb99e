"""What the training studies measure of a run, all in the same way."""

import math
import time
from typing import NamedTuple

from figures.lab.plan import measurement
from figures.lab.setting import StudyRecipe, read_corpus, recipe_of
from figures.lab.stats import pack
from lstm_lib import runs
from lstm_lib.evaluation import Report, TestSet, evaluate
from lstm_lib.text.corpus import Corpus
from lstm_lib.text.metrics import bleu_statistics
from lstm_lib.training import DivergedError
from lstm_lib.training.history import History
from lstm_lib.translator import Translator

SEARCH = {"beam_size": 5, "length_penalty": 1.0}


class Trained(NamedTuple):
    """A training that has ended, with the parameters that were best on the development part."""

    recipe: StudyRecipe
    corpus: Corpus
    translator: Translator
    history: History
    seconds: float


def trained(configuration: dict, seed: int) -> Trained:
    """Train the configuration's recipe.  Raises: DivergedError."""
    recipe = recipe_of(configuration, seed)
    corpus = read_corpus(recipe)
    started = time.perf_counter()
    translator, history = runs.train(recipe, corpus, progress_bar=False)
    return Trained(recipe, corpus, translator, history, round(time.perf_counter() - started, 3))


@measurement("training.test", version=1)
def train_and_test(configuration: dict, seed: int) -> dict:
    """Train the recipe under "recipe", and test it.

    Returns: the metrics of `training_metrics` and `test_metrics`; of a training that diverged, `diverged`
        alone: why.
    """
    try:
        run = trained(configuration, seed)
    except DivergedError as error:
        return {"diverged": str(error)}
    return {**training_metrics(run), **test_metrics(run)}


def training_metrics(run: Trained) -> dict:
    """Of the way there.

    Returns: parameters; training_seconds; update_ms, the median time of an update, evaluations not counted;
        and a list each with a value an epoch: train_loss (with dropout) and dev_loss, nats a token; dev_bleu,
        greedy, 0 to 100; epoch_seconds, since the start.
    """
    history = run.history
    losses: dict[int, list[float]] = {}
    for step in history.steps:
        losses.setdefault(step["epoch"], []).append(step["loss"])
    pauses = sorted(
        after["seconds"] - before["seconds"]
        for before, after in zip(history.steps, history.steps[1:], strict=False)
    )
    return {
        "parameters": run.translator.model.num_parameters,
        "training_seconds": run.seconds,
        "update_ms": round(1000 * pauses[len(pauses) // 2], 3),
        "train_loss": [sum(epoch) / len(epoch) for epoch in losses.values()],
        "dev_loss": [math.log(record["metrics"]["perplexity"]) for record in history.evaluations],
        "dev_bleu": [record["metrics"]["bleu"] for record in history.evaluations],
        "epoch_seconds": [record["seconds"] for record in history.evaluations],
    }


def test_metrics(run: Trained) -> dict:
    """Of the test part, with beam 5.

    Returns: bleu and chrf, 0 to 100; precisions of 1- to 4-grams and brevity_penalty; perplexity; aer, None
        without gold alignments; sentences; statistics, what `stats.block_bootstrap` needs, packed.
    """
    test = TestSet.of(run.corpus.test)
    report: Report = evaluate(run.translator, test, **SEARCH)
    return {
        "bleu": report.bleu.score,
        "precisions": report.bleu.precisions,
        "brevity_penalty": report.bleu.brevity_penalty,
        "signature": report.bleu.signature,
        "chrf": report.chrf.score,
        "perplexity": report.perplexity,
        "aer": report.aer,
        "sentences": len(test.sources),
        "statistics": pack(bleu_statistics(report.translations, test.references)),
    }


test_metrics.__test__ = False  # for pytest, which would take it for a test where a test module imports it

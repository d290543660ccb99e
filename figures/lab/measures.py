"""What the training studies measure of a run, all in the same way, and how they choose learning rates."""

import functools
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from figures.lab.drawing import by_variant
from figures.lab.plan import Measure, Run, measurement
from figures.lab.results import Row
from figures.lab.setting import StudyOptions, StudyRecipe, data_of, read_corpus, recipe_of, study_recipe
from figures.lab.state_noise import add_state_noise
from figures.lab.stats import pack
from lstm_lib import runs
from lstm_lib.errors import UserError
from lstm_lib.evaluation import Report, TestSet, attention_error_rate, batches, evaluate, quick_evaluation
from lstm_lib.text.corpus import Corpus, Pair
from lstm_lib.text.metrics import bleu_statistics
from lstm_lib.training import DivergedError
from lstm_lib.training.history import History
from lstm_lib.translator import Translator

SEARCH = {"beam_size": 5, "length_penalty": 1.0}
GRID_EPOCHS = 3
SATURATED = 0.99  # a weight above it leaves nothing to the other positions, and hardly a gradient


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


def trained_in_view(configuration: dict, seed: int, corpus: Corpus | None = None) -> Trained:
    """Train the configuration's recipe, and look at the attention after each epoch.

    Args: corpus: what to learn from, if not the recipe's.
    Raises: UserError where the corpus is not what the configuration's "data" says; DivergedError.
    """
    recipe = recipe_of(configuration, seed)
    wanted, there = configuration["data"], data_of(recipe.corpus)
    if wanted not in (None, there):
        raise UserError(f"{recipe.corpus}: its words have changed, from {wanted} to {there}: see DATA")
    corpus = corpus or read_corpus(recipe)
    translator = runs.new_translator(recipe, corpus)
    if recipe.state_noise_rate > 0:
        add_state_noise(translator.model, recipe.state_noise, recipe.state_noise_rate)
    batches_of_epoch = runs.training_batches(recipe, translator, corpus.train)
    trainer = runs.make_trainer(recipe, translator, len(batches_of_epoch(1)), progress_bar=False)

    def evaluate() -> dict[str, float]:
        scores = quick_evaluation(translator, corpus.dev)
        if not math.isfinite(scores["perplexity"]):
            raise DivergedError(f"the development perplexity is {scores['perplexity']}")
        return scores | attention_metrics(translator, corpus.dev)

    started = time.perf_counter()
    with np.errstate(over="ignore", invalid="ignore"):  # a training that diverges may do so
        history = trainer.fit(batches_of_epoch, recipe.epochs, evaluate)
    return Trained(recipe, corpus, translator, history, round(time.perf_counter() - started, 3))


def attention_metrics(translator: Translator, pairs: Sequence[Pair]) -> dict[str, float]:
    """Measure where the decoder looks while it reads the references; nothing without attention.

    Returns: attention_entropy, -sum_s w_ts ln w_ts in nats, and attention_saturated, the share of weights
        w_t with one entry above `SATURATED`: means over all real target tokens; attention_aer, with gold
        alignments.
    """
    if translator.model.config.attention == "none":
        return {}
    rows = []
    for batch in batches(translator, pairs):
        weights = translator.model.attention_weights(batch)[batch.target_mask].astype(float)  # (N, S)
        entropy = -np.sum(weights * np.log(np.where(weights > 0, weights, 1.0)), axis=1)
        rows.append(np.stack([entropy, weights.max(axis=1) > SATURATED]))
    entropy, saturated = np.concatenate(rows, axis=1).mean(axis=1)
    found = {"attention_entropy": float(entropy), "attention_saturated": float(saturated)}
    aer = attention_error_rate(translator, pairs)
    return found if aer is None else found | {"attention_aer": aer}


def may_diverge(measure: Measure) -> Measure:
    """Decorate a measure: of a training that diverged it returns `diverged` alone, which says why."""

    @functools.wraps(measure)
    def measure_or_tell(configuration: dict, seed: int) -> dict:
        try:
            return measure(configuration, seed)
        except DivergedError as error:
            return {"diverged": str(error)}

    return measure_or_tell


@measurement("training.test", version=1)
@may_diverge
def train_and_test(configuration: dict, seed: int) -> dict:
    """Train the recipe under "recipe", and return its `training_metrics` and `test_metrics`."""
    run = trained(configuration, seed)
    return {**training_metrics(run), **test_metrics(run)}


@measurement("training.development", version=1)
@may_diverge
def train_only(configuration: dict, seed: int) -> dict:
    """Train the recipe, and leave the test part alone: learning rates are chosen by these metrics."""
    return training_metrics(trained(configuration, seed))


def training_metrics(run: Trained) -> dict:
    """Return what a training's history tells.

    Returns: parameters; training_seconds; update_ms, the median time of an update, evaluations not counted;
        and lists with one value per epoch: train_loss (with dropout) and dev_loss, nats per token; dev_bleu,
        greedy, 0 to 100; epoch_seconds, since the start; of `trained_in_view`, what `attention_metrics` says.
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
        **{
            name: [record["metrics"][name] for record in history.evaluations]
            for name in history.evaluations[0]["metrics"]
            if name.startswith("attention_")
        },
    }


def test_metrics(run: Trained) -> dict:
    """Translate the test part with beam 5, and return its scores.

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
    """Plan a short training of each contender at each of its rates, at every second one in a quick run.

    What is compared gets, of its rates, the one that learns fastest: the lowest development loss after three
    epochs with seed 0.  The test part is not touched.

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
    """Return the learning rate with the lowest final development loss among the grid's rows, by variant."""

    def loss(row: Row) -> float:
        return row["metrics"].get("dev_loss", [math.inf])[-1]

    found = {name: min(of_name, key=loss) for name, of_name in by_variant(rows).items()}
    return {name: row["configuration"]["recipe"]["learning_rate"] for name, row in found.items()}

"""The measures but for the training: the units of each, and how they are performed."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from figures.frameworks.benchmark.contenders import (
    NUMPY,
    differences,
    hold,
    release,
    train,
    training_memory,
    translate,
)
from figures.frameworks.benchmark.process import Pool, open_pool
from figures.frameworks.benchmark.scope import Plan
from figures.frameworks.benchmark.store import Measure, Metrics, Unit
from figures.frameworks.benchmark.workload import (
    LENGTHS,
    RATE,
    Shape,
    first_params,
    model_config,
    products,
    random_batches,
    replay,
    sgemm_rate,
)
from figures.frameworks.twins.lines import counterpart_lines, twin_lines
from figures.lab.setting import read_corpus, recipe_fields
from lstm_lib import runs
from lstm_lib.text.batching import pad_sources
from lstm_lib.text.corpus import Corpus
from lstm_lib.translator import RULES, Translator

PRODUCTS = "products"  # beside the contenders: the matrix products of the very same steps, in NumPy
WARM_UP = 2  # steps before the clock runs: where there is a compiler, the first step of a shape compiles

# How much the numbers of a twin may differ from NumPy's, as the order of additions does.  Training amplifies
# the differences: where a gradient is nearly zero, Adam's step may even change its sign.
BOUNDS = {
    "float64": {"loss": 1e-9, "gradients": 1e-9, "curve": 1e-9},
    "float32": {"loss": 1e-6, "gradients": 1e-6, "curve": 1e-2},
}


def within_bounds(found: dict[str, float], dtype: str) -> bool:
    """Return whether the differences of one contender are small enough for it to be the same model."""
    return all(found[name] <= bound for name, bound in BOUNDS[dtype].items())


# The machine's matrix products


def _sgemm_units(plan: Plan) -> list[Unit]:
    shapes = list(map(list, plan.sgemm_shapes))
    return [{"shapes": shapes, "repeats": plan.sgemm_repeats, "threads": plan.threads}]


def _measure_sgemm(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    for unit in wanted:
        worker, repeats = pool.workers[NUMPY], unit["repeats"]
        rates = [worker.ask(sgemm_rate, *shape, repeats) for shape in unit["shapes"]]
        yield unit, {NUMPY: {"operations_per_second": rates}}


# Whole training steps: forward, backward, clipping, Adam


def _step_units(plan: Plan) -> list[Unit]:
    return [
        {
            "size": name,
            "lengths": lengths,
            **asdict(size),
            "turn": plan.turns[name],
            "rounds": plan.rounds,
            "threads": plan.threads,
        }
        for name, size in plan.sizes.items()
        for lengths in LENGTHS
    ]


def _measure_steps(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """In each round every contender takes a turn of a few steps, and NumPy a turn of their products alone."""
    for unit in wanted:
        size, turn = plan.sizes[unit["size"]], unit["turn"]
        config, batches = model_config(size), random_batches(size, unit["lengths"], turn)
        alone = [products(config, Shape.of(batch)) for batch in batches]
        pool.together(hold, "step", config, first_params(config), plan.options)
        pool.together(train, "step", batches[:1] * WARM_UP, [RATE] * WARM_UP)
        seconds: dict[str, list[float]] = {name: [] for name in (*pool.workers, PRODUCTS)}
        for _ in range(unit["rounds"]):
            for name, of_steps in pool.in_turn(train, "step", batches, [RATE] * turn).items():
                seconds[name].append(sum(of_steps) / turn)
            seconds[PRODUCTS].append(sum(pool.workers[NUMPY].ask(replay, alone)) / turn)
        pool.together(release, "step")
        yield unit, {name: {"seconds": found} for name, found in seconds.items()}


# Peak resident memory of a training process, which has done nothing else


def _memory_units(plan: Plan) -> list[Unit]:
    return [
        {
            "size": name,
            "lengths": "ragged",
            **asdict(plan.sizes[name]),
            "steps_trained": plan.memory_steps,
            "rounds": plan.memory_rounds,
            "threads": plan.threads,
        }
        for name in plan.memory_sizes
    ]


def _measure_memory(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """Train in a fresh process for each contender, unit and round, from weights and on batches of the round.

    Yields: with each unit what `training_memory` returns, one number per round; one_process_bytes is NumPy's
        peak in a training without a team.
    """

    def peaks(name: str, unit: Unit, options: dict[str, dict], seed: int) -> dict:
        with open_pool([name], unit["threads"]) as fresh:
            arguments = plan.sizes[unit["size"]], unit["lengths"], unit["steps_trained"], options, seed
            return fresh.workers[name].ask(training_memory, *arguments)

    for unit in wanted:
        metrics: Metrics = {name: {} for name in pool.workers}
        for seed in range(unit["rounds"]):
            found = {name: peaks(name, unit, plan.options, seed) for name in pool.workers}
            found[NUMPY]["one_process_bytes"] = peaks(NUMPY, unit, {}, seed)["peak_bytes"]
            for name, numbers in found.items():
                for key, number in numbers.items():
                    metrics[name].setdefault(key, []).append(number)
        yield unit, metrics


# Translating: a trained NumPy model, moved into each twin

Source = tuple[np.ndarray, np.ndarray]  # ids and mask (B, S)


def _decoding_units(plan: Plan) -> list[Unit]:
    """Both searches, in batches and one sentence at a time.  A beam is 5 wide."""
    return [
        {
            "search": search,
            "at_once": at_once,
            "sentences": sentences,
            "rounds": plan.decoding_rounds,
            "recipe": recipe_fields(plan.translator),
            "threads": plan.threads,
        }
        for search in ("greedy", "beam")
        for at_once, sentences in plan.decoded.items()
    ]


def _measure_decoding(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """The contenders take turns at the same sentences, after a first round that compiles and compares."""
    corpus = read_corpus(plan.translator)
    translator = checkpointed(plan.translator, corpus)
    pool.together(hold, "decoding", translator.model.config, translator.model.params, plan.options)
    for unit in wanted:
        sources = _pick_sources(translator, corpus, unit["at_once"], unit["sentences"])
        request = translate, "decoding", unit["search"], sources, RULES
        first = {name: ids for name, (_, ids) in pool.together(*request).items()}
        rounds = [pool.in_turn(*request) for _ in range(unit["rounds"])]
        metrics = {
            name: {
                "seconds": [answers[name][0] for answers in rounds],
                "same_as_numpy": sum(map(np.array_equal, first[name], first[NUMPY])),
                "words": sum(map(len, first[name])),
            }
            for name in pool.workers
        }
        yield unit, metrics
    pool.together(release, "decoding")


def checkpointed(recipe, corpus: Corpus) -> Translator:
    """Train a translator, save it as `train` does, and read it back."""
    with tempfile.TemporaryDirectory() as folder:
        runs.train(recipe, corpus, Path(folder) / "run", progress_bar=False)
        return Translator.load(Path(folder) / "run")


def _pick_sources(translator: Translator, corpus: Corpus, batch_size: int, sentences: int) -> list[Source]:
    """Full batches of development sentences of similar length, from the shortest to the longest."""
    texts = dict.fromkeys(pair.source for pair in corpus.dev)
    encoded = sorted((translator.source_codec.encode(text) for text in texts), key=len)
    starts = np.linspace(0, len(encoded) - batch_size, sentences // batch_size).astype(int)
    return [pad_sources(encoded[start : start + batch_size]) for start in starts]


# Parity: the largest differences between NumPy's numbers and a twin's


def _parity_units(plan: Plan) -> list[Unit]:
    size = {"size": plan.parity_size, **asdict(plan.sizes[plan.parity_size])}
    return [{"dtype": dtype, **size, "steps_trained": plan.parity_steps} for dtype in BOUNDS]


def _measure_parity(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    for unit in wanted:
        arguments = plan.sizes[unit["size"]], unit["dtype"], unit["steps_trained"], plan.options
        found = pool.together(differences, *arguments)
        yield unit, {name: metrics for name, metrics in found.items() if name != NUMPY}


# Lines of code


def _count_lines(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    counted = {NUMPY: counterpart_lines(), **twin_lines()}
    for unit in wanted:
        yield unit, {name: {"lines": lines} for name, lines in counted.items()}


SGEMM = Measure("sgemm", _sgemm_units, _measure_sgemm, lambda names: (NUMPY,))
STEPS = Measure("step", _step_units, _measure_steps, lambda names: (*names, PRODUCTS))
MEMORY = Measure("memory", _memory_units, _measure_memory)
DECODING = Measure("decoding", _decoding_units, _measure_decoding)
PARITY = Measure("parity", _parity_units, _measure_parity, lambda names: [n for n in names if n != NUMPY])
LINES = Measure("lines", lambda plan: [{}], _count_lines, lambda names: (NUMPY, *twin_lines()))

"""Sentences a second: a trained NumPy model, moved into each twin, translates with all of them."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from figures.frameworks.benchmark.contenders import NUMPY
from figures.frameworks.benchmark.measure import Measure, Metrics, Unit
from figures.frameworks.benchmark.plan import Plan
from figures.frameworks.benchmark.process import Pool
from figures.frameworks.benchmark.tasks import hold, release, translate
from figures.lab.setting import read_corpus, recipe_fields
from lstm_lib import runs
from lstm_lib.text.batching import pad_sources
from lstm_lib.text.corpus import Corpus
from lstm_lib.translator import RULES, Translator

Source = tuple[np.ndarray, np.ndarray]  # ids and mask (B, S)


def units(plan: Plan) -> list[Unit]:
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


def perform(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """The contenders take turns at the same sentences, after a first round that compiles and compares."""
    corpus = read_corpus(plan.translator)
    translator = checkpointed(plan.translator, corpus)
    model = translator.model
    pool.together(hold, "decoding", model.config, model.params, plan.options)
    for unit in wanted:
        sources = pick_sources(translator, corpus, unit["at_once"], unit["sentences"])
        request = translate, "decoding", unit["search"], sources, RULES
        first = {name: ids for name, (_, ids) in pool.together(*request).items()}
        rounds = [pool.in_turn(*request) for _ in range(unit["rounds"])]
        yield (
            unit,
            {
                name: {
                    "seconds": [answers[name][0] for answers in rounds],
                    "same_as_numpy": sum(map(np.array_equal, first[name], first[NUMPY])),
                    "words": sum(map(len, first[name])),
                }
                for name in pool.workers
            },
        )
    pool.together(release, "decoding")


def checkpointed(recipe, corpus: Corpus) -> Translator:
    """Train a translator, save it as `train` does, and read it back."""
    with tempfile.TemporaryDirectory() as folder:
        runs.train(recipe, corpus, Path(folder) / "run", progress_bar=False)
        return Translator.load(Path(folder) / "run")


def pick_sources(translator: Translator, corpus: Corpus, batch_size: int, sentences: int) -> list[Source]:
    """Full batches of development sentences of like length, from the shortest to the longest."""
    texts = dict.fromkeys(pair.source for pair in corpus.dev)
    encoded = sorted((translator.source_codec.encode(text) for text in texts), key=len)
    starts = np.linspace(0, len(encoded) - batch_size, sentences // batch_size).astype(int)
    return [pad_sources(encoded[start : start + batch_size]) for start in starts]


MEASURE = Measure("decoding", units, perform)

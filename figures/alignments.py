"""What the study of attention measures: where a decoder looks, and how widely."""

from collections.abc import Sequence

import numpy as np

from course.attention.reading import gaze
from figures.lab.measures import Trained, test_metrics, trained, training_metrics
from figures.lab.plan import measurement
from lstm_lib.evaluation import TestSet, batches
from lstm_lib.text.corpus import Pair
from lstm_lib.text.metrics import alignment_error_rate
from lstm_lib.text.tokenizer import tokenize
from lstm_lib.text.vocabulary import EOS
from lstm_lib.training import DivergedError
from lstm_lib.translator import Translator


@measurement("attention.alignments", version=1)
def train_and_align(configuration: dict, seed: int) -> dict:
    """Train and test the recipe, then see where its decoder looks while it reads the test references.

    Args: configuration: recipe; watched: places in the test part of the pairs whose attention is kept, with
        their words, so of a corpus that may be stored.
    Returns: the metrics of `measures.train_and_test`; source_tokens, of each test source, in the order of
        `statistics`; with attention those of `gaze_metrics`.
    """
    try:
        run = trained(configuration, seed)
    except DivergedError as error:
        return {"diverged": str(error)}
    sources = TestSet.of(run.corpus.test).sources
    found = {
        **training_metrics(run),
        **test_metrics(run),
        "source_tokens": [len(tokenize(source)) for source in sources],
    }
    if run.translator.model.config.attention != "none":
        found |= gaze_metrics(run, configuration["watched"])
    return found


def gaze_metrics(run: Trained, watched: Sequence[int]) -> dict:
    """Of the attention, on the test part.

    Returns: entropy and uniform_entropy, nats, means over all real target tokens; least_aer, None without
        gold alignments; gazes, one for each pair that is watched: source and target (their words), weights,
        gold.
    """
    entropy, uniform = attention_entropy(run.translator, run.corpus.test)
    gold = all(pair.alignment is not None for pair in run.corpus.test)
    return {
        "entropy": entropy,
        "uniform_entropy": uniform,
        "least_aer": least_error_rate(run.corpus.test) if gold else None,
        "gazes": [kept_gaze(run.translator, run.corpus.test[place]) for place in watched],
    }


def attention_entropy(translator: Translator, pairs: Sequence[Pair]) -> tuple[float, float]:
    """How widely the decoder looks while it reads the references: H_t = -sum_s w_ts ln w_ts.

    Ends of sentence count as tokens, of either side; padding has no weight.

    Returns: the mean of H in nats over all real target tokens; the same of a decoder that looks at all source
        tokens alike, the most there can be.
    """
    found, most = [], []
    for batch in batches(translator, pairs):
        weights = translator.model.attention_weights(batch)[batch.target_mask].astype(float)  # (N, S)
        found.append(-np.sum(weights * np.log(np.where(weights > 0, weights, 1.0)), axis=1))
        lengths = batch.source_mask.sum(axis=1)
        most.append(np.repeat(np.log(lengths), batch.target_mask.sum(axis=1)))
    return float(np.concatenate(found).mean()), float(np.concatenate(most).mean())


def least_error_rate(pairs: Sequence[Pair]) -> float:
    """The alignment error rate of the best alignment that gives every target word one source word.

    Peaks of attention are such an alignment, so no attention comes below: a gold alignment may link a word to
    several, or to none.
    """
    best = []
    for pair in pairs:
        linked = {target: source for source, target in pair.alignment}
        best.append({(linked.get(target, 0), target) for target in range(len(tokenize(pair.target)))})
    return alignment_error_rate(best, [pair.alignment for pair in pairs])


def kept_gaze(translator: Translator, pair: Pair) -> dict:
    """The attention on a pair (target pieces, source pieces), with its words and its gold links, for JSON."""
    pieces = {
        side: codec.pieces([*codec.encode(text), EOS])
        for side, codec, text in (
            ("source", translator.source_codec, pair.source),
            ("target", translator.target_codec, pair.target),
        )
    }
    weights = gaze(translator, pair).astype(float).round(4).tolist()
    return {**pieces, "weights": weights, "gold": sorted(pair.alignment or ())}

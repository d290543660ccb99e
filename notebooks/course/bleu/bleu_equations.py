"""BLEU as a list of equations, and its known mistakes: a wrong equation in place of a right one.

A corpus of N sentences has (N, 4) counts of n-grams, one column per order: `matched` (clipped) and `total`;
its lengths `h` and `r` are (N,).
"""

from collections import Counter
from collections.abc import Callable

import numpy as np

from course.bleu.ngrams import ORDERS, ngrams
from course.shared.equations import Equations, Values

AFTER_FIRST = np.array([0, 1, 1, 1])  # orders above 1


def counts(v: Values, count: Callable[[Counter, Counter], int]) -> np.ndarray:
    """Count something in each order's n-grams of each hypothesis and its reference: (N, 4)."""
    return np.array([[count(h, r) for h, r in of_sentence] for of_sentence in v.ngrams], float)


def clipped(h: Counter, r: Counter) -> int:
    """Count matches so that each n-gram of the reference is used once."""
    return (h & r).total()


def without_end(h: Counter, r: Counter) -> int:
    """Count matches so that an n-gram of the reference is never used up."""
    return sum(count for ngram, count in h.items() if ngram in r)


def distinct(h: Counter, r: Counter) -> int:
    """Count each n-gram that matches once."""
    return len(h.keys() & r.keys())


def pooled(v: Values) -> np.ndarray:
    """Count matches in any sentence's reference, (1, 4)."""
    orders = [zip(*pairs, strict=True) for pairs in zip(*v.ngrams, strict=True)]
    return np.array([[clipped(*(sum(side, Counter()) for side in order)) for order in orders]], float)


def ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a / b, and 0 where there is nothing to divide by."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def root(p: np.ndarray) -> np.ndarray:
    """Return the geometric mean along the last axis."""
    return p.prod(axis=-1) ** (1 / p.shape[-1])


def penalty(h: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Return the brevity penalty."""
    return np.exp(np.minimum(0, 1 - r / h))


def smoothed(rule: Callable[[np.ndarray], np.ndarray]) -> Equations:
    """Give each order without a match the count that a rule computes from the matches of all four."""
    return {"counted": lambda v: np.where(v.sums > 0, v.sums, rule(v.sums))}


def halving(matched: np.ndarray) -> np.ndarray:
    """Return 1/2 of a match for the first order without any, 1/4 for the next, and so on."""
    return 0.5 ** np.cumsum(matched == 0)


CORPUS_BLEU: Equations = {
    "split": lambda v: str.split,
    "units": lambda v: [[v.split(h), v.split(r)] for h, r in zip(v.hypotheses, v.references, strict=True)],
    "ngrams": lambda v: [[[Counter(ngrams(side, n)) for side in pair] for n in ORDERS] for pair in v.units],
    "matched": lambda v: counts(v, clipped),
    "total": lambda v: counts(v, lambda h, r: h.total()),
    "h": lambda v: np.array([len(h) for h, _ in v.units], float),
    "r": lambda v: np.array([len(r) for _, r in v.units], float),
    "sums": lambda v: v.matched.sum(axis=0),
    "counted": lambda v: v.sums,
    "p": lambda v: ratio(v.counted, v.total.sum(axis=0)),
    "mean": lambda v: root(v.p),
    "penalty": lambda v: penalty(v.h.sum(), v.r.sum()),
    "score": lambda v: 100 * v.penalty * v.mean,
}

COMMON_MISTAKES: dict[str, Equations] = {
    "n-grams are not clipped: one that occurs k times in the reference matches at most k times": {
        "matched": lambda v: counts(v, without_end)
    },
    "each n-gram is counted once, however often it occurs: a set loses the counts": {
        "matched": lambda v: counts(v, distinct)
    },
    "each n-gram is counted once, in the numerator and the denominator: a set loses the counts": {
        "matched": lambda v: counts(v, distinct),
        "total": lambda v: counts(v, lambda h, r: len(h)),
    },
    "n-grams of characters are counted, not of words: split the sentences first": {"split": lambda v: list},
    "the matches are divided by the number of n-grams in the reference: precision divides by that of "
    "the hypothesis": {"total": lambda v: counts(v, lambda h, r: r.total())},
    "the mean of the precisions is arithmetic: it is geometric, the fourth root of their product": {
        "mean": lambda v: v.p.mean()
    },
    "the precisions are multiplied, and the fourth root is left out": {"mean": lambda v: v.p.prod()},
    "only the last precision is used: BLEU takes the geometric mean of all four": {"mean": lambda v: v.p[3]},
    "4-grams are left out: n goes from 1 to 4": {"mean": lambda v: root(v.p[:3])},
    "the brevity penalty is left out": {"penalty": lambda v: 1.0},
    "h and r are swapped in the brevity penalty: it is exp(1 - r/h)": {
        "penalty": lambda v: penalty(v.r.sum(), v.h.sum())
    },
    "the brevity penalty has no upper bound: where the hypothesis is longer, it is 1": {
        "penalty": lambda v: np.exp(1 - v.r.sum() / v.h.sum())
    },
    "the brevity penalty is h/r: it is exp(1 - r/h)": {"penalty": lambda v: min(1.0, v.h.sum() / v.r.sum())},
    "the brevity penalty is exp(-r/h), where the 1 is missing: it is exp(1 - r/h)": {
        "penalty": lambda v: np.exp(-v.r.sum() / v.h.sum()) if v.h.sum() < v.r.sum() else 1.0
    },
    "the score is given as a fraction: BLEU goes from 0 to 100": {"score": lambda v: v.penalty * v.mean},
}

CORPUS_MISTAKES: dict[str, Equations] = {
    **COMMON_MISTAKES,
    "sentence scores are averaged: add up the counts of all sentences, then divide once": {
        "score": lambda v: 100 * (penalty(v.h, v.r) * root(ratio(v.matched, v.total))).mean()
    },
    "sentence precisions are averaged: add up the counts of all sentences, then divide once": {
        "p": lambda v: ratio(v.matched, v.total).mean(axis=0)
    },
    "sentence brevity penalties are averaged: add up the lengths first": {
        "penalty": lambda v: penalty(v.h, v.r).mean()
    },
    "lengths are counted in characters: count words": {
        "penalty": lambda v: penalty(sum(map(len, v.hypotheses)), sum(map(len, v.references)))
    },
    "all sentences are joined into one text: no n-gram may cross the end of a sentence": {
        "units": lambda v: [(" ".join(v.hypotheses).split(), " ".join(v.references).split())]
    },
    "n-grams are matched with the references of other sentences: clip within each sentence, then add up": {
        "matched": pooled
    },
    "an order with no match is smoothed: in this exercise BLEU is 0 then": smoothed(halving),
}

SENTENCE_BLEU: Equations = {
    **CORPUS_BLEU,
    "units": lambda v: [[v.split(v.hypothesis), v.split(v.reference)]],
    **smoothed(halving),  # without it, most would be 0
}

SENTENCE_MISTAKES: dict[str, Equations] = {
    **COMMON_MISTAKES,
    "an order with no match is not smoothed: its precision is 0, and so is the geometric mean": smoothed(
        np.zeros_like
    ),
    "an order with no match is left out of the mean: give it 1/2 of a match, the next 1/4": {
        "mean": lambda v: root(v.p[v.matched[0] > 0])
    },
    "every order with no match gets 1/2: the second one gets 1/4, the third 1/8": smoothed(
        lambda matched: 0.5
    ),
    "the first order with no match gets a whole match: it gets 1/2, the next 1/4": smoothed(
        lambda matched: 2 * halving(matched)
    ),
    "an order with no match gets 1/2 to the power of n: halve once for each such order": smoothed(
        lambda matched: 0.5 ** np.array(ORDERS)
    ),
    "an order with no match gets a tiny number: it gets 1/2 of a match, the next 1/4": smoothed(
        lambda matched: 1e-9
    ),
    "the precision of an order with no match is set to 1/2, 1/4, ...: these are counts, still to be "
    "divided": {"p": lambda v: np.where(v.matched[0] > 0, v.matched[0] / v.total[0], halving(v.matched[0]))},
    "1 is added to all counts: smooth only an order with no match": {
        "p": lambda v: (v.matched[0] + 1) / (v.total[0] + 1)
    },
    "1 is added to the counts of 2-, 3- and 4-grams: smooth only an order with no match": {
        "p": lambda v: (v.matched[0] + AFTER_FIRST) / (v.total[0] + AFTER_FIRST)
    },
}

"""chrF: the counts of a corpus for resampling, and the check of the exercise that scores one sentence."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from course.bleu.ngrams import ngrams
from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, function_of, mistakes_of
from lstm_lib.text.metrics import References

ORDERS = range(1, 7)  # letters in a run
BETA = 2  # how many times as much recall weighs as precision


def chrf_statistics(hypotheses: Sequence[str], references: References) -> np.ndarray:
    """Count what chrF needs of each sentence, without regard to case; the sums give chrF of all of them.

    Of several references, the one with the highest chrF counts.

    Returns: (N, 18): runs of 1 to 6 letters in the hypothesis, in the reference, and in both.
    """
    return np.array([_best(h, texts) for h, texts in zip(hypotheses, references, strict=True)], float)


def chrf_from_statistics(statistics: np.ndarray) -> np.ndarray:
    """Compute chrF, 0 to 100, from counts that may be summed: (..., 18) to (...)."""
    h, r, matched = np.split(statistics, 3, axis=-1)
    counted = (h > 0) & (r > 0)  # orders that both texts are long enough for
    orders = np.maximum(counted.sum(axis=-1), 1)
    p, q = (np.sum(counted * matched / np.maximum(n, 1), axis=-1) / orders for n in (h, r))
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(100 * (1 + BETA**2) * p * q / (BETA**2 * p + q))


def _best(hypothesis: str, texts: Sequence[str]) -> np.ndarray:
    h = _runs(hypothesis)
    counts = [_counts(h, _runs(text)) for text in texts]
    return max(counts, key=chrf_from_statistics)


def _counts(h: Sequence[Counter], r: Sequence[Counter]) -> np.ndarray:
    h = [a if b else Counter() for a, b in zip(h, r, strict=True)]  # where the reference is too short
    both = [a & b for a, b in zip(h, r, strict=True)]
    return np.array([count.total() for runs in (h, r, both) for count in runs], float)


def _runs(text: str) -> list[Counter]:
    letters = "".join(text.lower().split())
    return [Counter(ngrams(letters, n)) for n in ORDERS]


# The exercise: chrF of one sentence

CHRF_PAIRS = (  # hypothesis, reference: together they tell all mistakes apart
    ("the banana bands began", "a banana band begins to play"),
    ("she reads the reader", "she read"),
    ("mamma mia mamma", "mamma and mama are there"),
    ("Tom tells Tim to tell them", "tom told tim all of it"),
    ("we went home too late", "we went home too late again and again"),
    ("no no no never", "not now"),
    ("singing", "he sings"),
    ("high up high up", "besten salat"),  # no letter in common
)


CHRF: Equations = {
    "h": lambda v: "".join(v.hypothesis.split()),
    "r": lambda v: "".join(v.reference.split()),
    "orders": lambda v: ORDERS,
    "h_runs": lambda v: [Counter(ngrams(v.h, n)) for n in v.orders],
    "r_runs": lambda v: [Counter(ngrams(v.r, n)) for n in v.orders],
    "matched": lambda v: np.array([(a & b).total() for a, b in zip(v.h_runs, v.r_runs, strict=True)], float),
    "of_h": lambda v: np.array([max(runs.total(), 1) for runs in v.h_runs]),
    "of_r": lambda v: np.array([max(runs.total(), 1) for runs in v.r_runs]),
    "p": lambda v: v.matched / v.of_h,
    "q": lambda v: v.matched / v.of_r,
    "precision": lambda v: v.p.mean(),
    "recall": lambda v: v.q.mean(),
    "weight": lambda v: BETA**2,
    "score": lambda v: 100 * f_score(v.precision, v.recall, v.weight),
}


def f_score(precision, recall, weight):
    """Return (1 + w) p r / (w p + r), and 0 where both are 0."""
    below = weight * precision + recall
    return (1 + weight) * precision * recall / np.where(below > 0, below, 1)


def _without_end(v: Values) -> np.ndarray:
    return np.array(
        [sum(k for run, k in a.items() if run in b) for a, b in zip(v.h_runs, v.r_runs, strict=True)], float
    )


CHRF_MISTAKES: dict[str, Equations] = {
    "spaces are counted as letters: remove them first": {
        "h": lambda v: v.hypothesis,
        "r": lambda v: v.reference,
    },
    "runs of words are counted: count runs of letters": {
        "h": lambda v: v.hypothesis.split(),
        "r": lambda v: v.reference.split(),
    },
    "runs have up to 4 letters, as in BLEU: here n goes from 1 to 6": {"orders": lambda v: range(1, 5)},
    "runs have up to 5 letters: the last n is 6": {"orders": lambda v: range(1, 6)},
    "only runs of 6 letters are counted: take all n from 1 to 6": {"orders": lambda v: range(6, 7)},
    "runs are not clipped: one that occurs k times in the reference matches at most k times": {
        "matched": _without_end
    },
    "each run is counted once, however often it occurs: a set loses the counts": {
        "matched": lambda v: np.array(
            [len(a.keys() & b.keys()) for a, b in zip(v.h_runs, v.r_runs, strict=True)], float
        )
    },
    "precision and recall get equal weight: recall has twice the weight, so beta squared is 4": {
        "weight": lambda v: 1
    },
    "beta is not squared: beta is 2, so its square is 4": {"weight": lambda v: BETA},
    "precision gets twice the weight: recall should": {"weight": lambda v: 1 / BETA**2},
    "only the precision is returned": {"score": lambda v: 100 * v.precision},
    "only the recall is returned": {"score": lambda v: 100 * v.recall},
    "the arithmetic mean of precision and recall is returned": {
        "score": lambda v: 100 * (v.precision + v.recall) / 2
    },
    "chrF is computed for each n and then averaged: average precisions and recalls over n first": {
        "score": lambda v: 100 * f_score(v.p, v.q, v.weight).mean()
    },
    "precisions and recalls are averaged geometrically, as in BLEU: use the arithmetic mean over n": {
        "precision": lambda v: v.p.prod() ** (1 / len(v.p)),
        "recall": lambda v: v.q.prod() ** (1 / len(v.q)),
    },
    "the counts of all n are added up before dividing: divide for each n, then take the mean": {
        "precision": lambda v: v.matched.sum() / v.of_h.sum(),
        "recall": lambda v: v.matched.sum() / v.of_r.sum(),
    },
    "letters are lower-cased: compare the texts as they are": {
        "h": lambda v: "".join(v.hypothesis.lower().split()),
        "r": lambda v: "".join(v.reference.lower().split()),
    },
    "the score is given as a fraction: chrF goes from 0 to 100": {
        "score": lambda v: f_score(v.precision, v.recall, v.weight)
    },
}
CHRF_ARGUMENTS = ("hypothesis", "reference")
CHRF_EXERCISE = Exercise(
    CHRF_ARGUMENTS,
    ("chrf",),
    lambda rng: CHRF_PAIRS,
    function_of(CHRF, CHRF_ARGUMENTS, ("score",)),
    mistakes_of(CHRF, CHRF_MISTAKES, CHRF_ARGUMENTS, ("score",)),
)


def check_chrf(student: Callable) -> Verdict:
    """Check chrF of one sentence, chrf_of(hypothesis, reference) -> 0 to 100.

    Args: student: takes two texts of six letters or more, with spaces between words, compared as they are.
    """
    return judge(student, CHRF_EXERCISE)

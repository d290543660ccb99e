"""Checks of the exercises on intervals, early stopping and the paired bootstrap."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import t as student_t

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, function_of, mistakes_of
from course.shared.student import Student, Wrong
from lstm_lib.text.metrics import bleu_from_statistics

# Half of a 95% interval of a mean

NORMAL = 1.96  # between whose negative and positive lie 95% of a normal distribution
SAMPLES_OF_SCORES = (  # BLEU of the seeds of one system
    ([33.1, 35.8, 30.2, 34.4, 32.0],),
    ([50.25, 51.0, 49.0],),
    ([12.0, 18.5],),
    ([27.1, 26.4, 28.8, 27.9, 25.2, 27.3, 26.6, 29.4],),
)


HALF_WIDTH: Equations = {
    "n": lambda v: len(v.values),
    "degrees": lambda v: v.n - 1,
    "t": lambda v: student_t.ppf(0.975, v.degrees),
    "ddof": lambda v: 1,
    "spread": lambda v: np.std(v.values, ddof=v.ddof),
    "over": lambda v: v.n**0.5,
    "half": lambda v: v.t * v.spread / v.over,
}
HALF_WIDTH_MISTAKES: dict[str, Equations] = {
    "the quantile is that of the normal distribution, 1.96: for few values use Student's t, "
    "t_quantile(n - 1)": {"t": lambda v: NORMAL},
    "the standard deviation divides by n: for a sample, divide by n - 1 (ddof=1)": {"ddof": lambda v: 0},
    "the quantile is that of the normal distribution, and the standard deviation divides by n": {
        "t": lambda v: NORMAL,
        "ddof": lambda v: 0,
    },
    "the square root of n is left out: this measures the spread of single values, not of their mean": {
        "over": lambda v: 1.0
    },
    "the standard deviation is divided by n, not by its square root": {"over": lambda v: v.n},
    "the standard deviation is divided by the square root of n - 1: here it is the square root of n": {
        "over": lambda v: (v.n - 1) ** 0.5
    },
    "the quantile is taken with n degrees of freedom: the mean uses up one, so take n - 1": {
        "degrees": lambda v: v.n
    },
    "the full width is returned: return half of it": {"half": lambda v: 2 * v.t * v.spread / v.over},
    "the quantile is left out: one standard error either way covers the true mean far less often than 95%": {
        "t": lambda v: 1.0
    },
    "the variance is used instead of the standard deviation: take its square root": {
        "spread": lambda v: np.var(v.values, ddof=1)
    },
    "half the range is returned, which grows with the number of values": {
        "half": lambda v: np.ptp(v.values) / 2
    },
}


HALF = Exercise(
    ("values",),
    ("half width",),
    lambda rng: SAMPLES_OF_SCORES,
    function_of(HALF_WIDTH, ("values",), ("half",)),
    mistakes_of(HALF_WIDTH, HALF_WIDTH_MISTAKES, ("values",), ("half",)),
)


def check_half_width(student: Callable) -> Verdict:
    """Check half of a 95% interval of a mean, half_width(values) -> number.

    Args: student: takes a list of n numbers, two or more, and returns what goes to either side of their mean.
    """
    return judge(student, HALF)


# Early stopping

Losses = Sequence[float]
CURVES = (  # development losses, patience: together they tell all mistakes apart
    ([3.0, 2.0, 2.5, 1.9, 2.1, 2.2, 2.3, 1.0], 3),
    ([2.0, 1.8, 1.9, 1.95, 1.5, 1.6, 1.7, 1.2], 2),
    ([4.0, 3.0, 3.5, 3.4, 3.3, 2.0, 2.2, 2.1, 2.05, 2.3], 3),
    ([1.9, 1.7, 1.8, 1.6, 1.65, 1.5, 1.55, 1.4], 2),
    ([2.0, 2.1, 2.2], 5),
    ([2.0, 2.0, 2.5], 3),
    ([1.0], 2),
    ([3.0, 2.0, 2.5, 1.0], 1),
    ([5.0, 4.0, 4.0, 4.0, 3.0], 2),
    ([2.0, 1.5, 1.6, 1.7, 1.4, 1.5, 1.6, 1.7, 1.8, 1.0], 3),
    ([3.0, 2.0, 2.5, 1.5, 1.6, 1.7], 3),
    ([2.0, 1.5, 1.6, 1.7, 1.8, 1.9, 1.95, 1.0], 3),
    ([2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 1.0], 2),
)


def seen(losses: Losses, patience: int, *, resets: bool = True, best_so_far: bool = True) -> int:
    """Return after how many evaluations a training stops: `patience` in a row were no new best.

    Args: losses; patience; resets: whether a new best sets the count back; best_so_far: whether a loss is
        compared with the best, or with the one before it.
    """
    compared, stale = np.inf, 0
    for count, loss in enumerate(losses, start=1):
        stale = stale * (not resets) if loss < compared else stale + 1
        compared = min(compared, loss) if best_so_far else loss
        if stale == patience:
            return count
    return len(losses)


def kept(losses: Losses, patience: int, **wrong: bool) -> int:
    """Return the index of the best of the evaluations that were seen.  Args: wrong: as for `seen`."""
    return int(np.argmin(losses[: seen(losses, patience, **wrong)]))


STOPPING_MISTAKES: dict[str, Callable[[Losses, int], float]] = {
    "it stops at the first rise: it should wait for `patience` evaluations in a row without a new best": (
        lambda losses, patience: kept(losses, 1)
    ),
    "the last epoch is returned, and not the best of those seen": (
        lambda losses, patience: seen(losses, patience) - 1
    ),
    "the patience is one too long: stop as soon as `patience` evaluations in a row brought no new best": (
        lambda losses, patience: kept(losses, patience + 1)
    ),
    "the patience is one too short: `patience` evaluations without a new best are needed to stop": (
        lambda losses, patience: kept(losses, max(patience - 1, 1))
    ),
    "the highest loss counts as the best: the lowest is": (
        lambda losses, patience: kept([-loss for loss in losses], patience)
    ),
    "it never stops: the best of all epochs is returned, including those after the stop": (
        lambda losses, patience: np.argmin(losses)
    ),
    "epochs are counted from 1: return the index, counted from 0": (
        lambda losses, patience: kept(losses, patience) + 1
    ),
    "the count of evaluations without a new best is not reset to 0 by a new best": (
        lambda losses, patience: kept(losses, patience, resets=False)
    ),
    "a loss is compared with the one before it: compare it with the best so far": (
        lambda losses, patience: kept(losses, patience, best_so_far=False)
    ),
    "the lowest loss is returned, and not its index": (
        lambda losses, patience: losses[kept(losses, patience)]
    ),
}


STOPPING = Exercise(("losses", "patience"), ("best epoch",), lambda rng: CURVES, kept, STOPPING_MISTAKES)


def check_early_stopping(student: Callable) -> Verdict:
    """Check early stopping, early_stopping(losses, patience) -> the index of the epoch that is kept.

    Args: student: takes the development losses in the order of the epochs, and after how many evaluations in
        a row without a new best the training stops; returns the index of the best epoch until then, from 0.
    """
    return judge(student, STOPPING)


# The paired bootstrap

SYSTEMS = ((150, -0.12, 2500), (90, 0.3, 1500))  # sentences, how much better the second is, draws
DRAWS_OF_KNOWN = 20_000  # more, so that the luck is the student's alone
FEW = 40  # draws, where luck plays no part
LUCK, LUCK_OF_P = 0.07, 0.05  # what draws may change: of an interval's ends, in its widths, and of p


def two_systems(rng: np.random.Generator, sentences: int, gain: float) -> tuple[np.ndarray, np.ndarray]:
    """Return BLEU statistics (sentences, 10) of two made-up systems; the second gains a little."""
    lengths = rng.integers(4, 16, sentences)
    difficulty = rng.normal(0.0, 1.0, sentences)  # the same for both: that is why one should pair them

    def statistics(gain: float) -> np.ndarray:
        chance = 1 / (1 + np.exp(difficulty - gain - 1.0))  # of a word to be right
        totals = np.stack([lengths - n for n in range(4)], axis=1)  # (N, 4)
        matches = rng.binomial(totals, chance[:, np.newaxis] ** np.arange(1, 5))
        return np.column_stack([lengths, lengths, matches, totals])

    return statistics(0.0), statistics(gain)


def _draws(v: Values) -> np.ndarray:
    """How often each sentence is drawn: (samples, sentences)."""
    sentences = len(v.first)
    return v.rng.multinomial(sentences, np.full(sentences, 1 / sentences), size=v.samples)


def _of_sentences(v: Values) -> np.ndarray:
    each = bleu_from_statistics(v.first) - bleu_from_statistics(v.second)
    return v.drawn @ each / len(v.first)


BOOTSTRAP: Equations = {
    "drawn": _draws,
    "others": lambda v: v.drawn,
    "whole": lambda v: bleu_from_statistics(v.first.sum(axis=0)) - bleu_from_statistics(v.second.sum(axis=0)),
    "found": lambda v: bleu_from_statistics(v.drawn @ v.first) - bleu_from_statistics(v.others @ v.second),
    "low": lambda v: np.percentile(v.found, 2.5),
    "high": lambda v: np.percentile(v.found, 97.5),
    "luck": lambda v: v.found - v.found.mean(),
    "p": lambda v: (1 + np.sum(np.abs(v.luck) >= abs(v.whole) - 1e-9)) / (1 + v.samples),
}
BOOTSTRAP_RETURNS = ("low", "high", "p")
BOOTSTRAP_MISTAKES: dict[str, Equations] = {
    "the two systems are resampled independently: use the same draw of sentences for both": {
        "others": _draws
    },
    "the BLEU of single sentences is averaged: add up the statistics, then compute BLEU from the sums": {
        "found": _of_sentences
    },
    "sentences are drawn without replacement: every draw is then the whole test set in another order": {
        "found": lambda v: np.full(v.samples, v.whole)
    },
    "p counts one side only: a difference as large the other way counts too": {
        "p": lambda v: np.mean(v.luck >= v.whole)
    },
    "p compares draws that are not centered: subtract their mean, as if there were no difference": {
        "p": lambda v: np.mean(np.abs(v.found) >= abs(v.whole))
    },
    "1 - p is returned in place of p": {"p": lambda v: 1 - BOOTSTRAP["p"](v)},
    "the interval covers 90%: for 95%, leave 2.5% on each side": {
        "low": lambda v: np.percentile(v.found, 5),
        "high": lambda v: np.percentile(v.found, 95),
    },
    "the difference has the wrong sign: subtract the second system from the first": {
        "whole": lambda v: -BOOTSTRAP["whole"](v),
        "found": lambda v: -BOOTSTRAP["found"](v),
    },
}


BOOTSTRAP_ARGUMENTS = ("first", "second", "rng", "samples")
bootstrap = function_of(BOOTSTRAP, BOOTSTRAP_ARGUMENTS, BOOTSTRAP_RETURNS)
WRONG_BOOTSTRAPS = mistakes_of(BOOTSTRAP, BOOTSTRAP_MISTAKES, BOOTSTRAP_ARGUMENTS, BOOTSTRAP_RETURNS)
_known: dict[tuple, np.ndarray] = {}  # answers to problems, so that each is computed once


def known_answer(function: Callable, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return low, high and p of a function of the course, with so many draws that luck hardly shows."""
    key = function, first.tobytes()
    if key not in _known:
        _known[key] = np.array(function(first, second, np.random.default_rng(0), DRAWS_OF_KNOWN))
    return _known[key]


def _without_luck(function: Callable, first: np.ndarray, second: np.ndarray, rng, samples: int):
    """Return the known answer that differs by luck alone; else right numbers where luck explains them."""
    if not isinstance(function, Student):
        return known_answer(function, first, second)
    given = function(first, second, rng, samples)
    numbers = np.asarray(given, dtype=float)
    if numbers.shape != (len(BOOTSTRAP_RETURNS),):
        return given
    _look_at_draws(function, numbers, first, second, rng)
    right = known_answer(bootstrap, first, second)
    width = right[1] - right[0]

    def near(answer: np.ndarray) -> np.ndarray:
        spread = answer[1] - answer[0] or width
        return np.abs(answer - numbers) < (LUCK * spread, LUCK * spread, LUCK_OF_P)

    for known in (bootstrap, *WRONG_BOOTSTRAPS.values()):
        if near(answer := known_answer(known, first, second)).all():
            if known is bootstrap:
                _look_at_smallest_p(function)
            return tuple(answer)
    return tuple(np.where(near(right), right, numbers))


def _look_at_draws(student: Student, numbers: np.ndarray, first, second, rng: np.random.Generator) -> None:
    """Raises: Wrong: the draws do not come from the generator, or their number is another."""
    few = [student(first, second, np.random.default_rng(seed), FEW) for seed in (1, 1, 2)]
    if not np.array_equal(few[0], few[1]):
        raise Wrong("Not yet. The same generator gives another answer: draw from rng, and from nothing else.")
    if np.array_equal(few[0], few[2]) and numbers[0] < numbers[1]:
        raise Wrong("Not yet. Another generator gives the same answer: draw from rng.")
    low, high, _ = student(first, second, np.random.default_rng(1), 1)
    if high - low > 1e-9:
        raise Wrong("Not yet. A single draw gives an interval of some width: draw `samples` times.")


def _look_at_smallest_p(student: Student) -> None:
    """Raises: Wrong: for two systems that no draw confuses, p is not that of the test set alone.

    It is twice as large where the two sides are counted apart.
    """
    first, second = two_systems(np.random.default_rng(3), 60, 4.0)
    _, _, p = student(first, second, np.random.default_rng(1), FEW)
    if np.abs(p - np.array([1, 2]) / (1 + FEW)).min() > 1e-4:
        raise Wrong(
            f"Not yet. For two very different systems and {FEW} draws, p is {p:.4g}; it should be "
            f"1/{1 + FEW} = {1 / (1 + FEW):.4g}, since the test set itself counts as one more draw."
        )


PAIRED_BOOTSTRAP = Exercise(
    BOOTSTRAP_ARGUMENTS,
    BOOTSTRAP_RETURNS,
    lambda rng: [
        (*two_systems(np.random.default_rng(3), sentences, gain), np.random.default_rng(1), draws)
        for sentences, gain, draws in SYSTEMS
    ],
    bootstrap,
    WRONG_BOOTSTRAPS,
    _without_luck,
)


def check_paired_bootstrap(student: Callable) -> Verdict:
    """Check a paired bootstrap, paired_bootstrap(first, second, rng, samples) -> (low, high, p).

    It draws at random, so answers count as the same where only other draws lie between them.

    Args: student: takes the BLEU statistics (N, 10) of two systems on the same sentences, a generator and the
        number of draws; returns the 95% interval of first minus second, and the two-sided p value.
    """
    return judge(student, PAIRED_BOOTSTRAP)

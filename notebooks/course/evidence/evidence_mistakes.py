"""Intervals, early stopping and the paired bootstrap as students write them, and the known mistakes."""

from collections.abc import Callable, Sequence

import numpy as np

from figures.lab.stats import t_quantile
from lstm_lib.text.metrics import bleu_from_statistics

NORMAL = 1.96  # between whose negative and positive lie 95% of a normal distribution

Values = Sequence[float]


def _half_width(quantile: Callable[[int], float], ddof: int, over: Callable[[int], float]) -> Callable:
    """quantile(n) times the standard deviation, divided by over(n)."""
    return lambda values: quantile(len(values)) * float(np.std(values, ddof=ddof)) / over(len(values))


def _student(n: int) -> float:
    return t_quantile(n - 1)


def _normal(n: int) -> float:
    return NORMAL


def _root(n: int) -> float:
    return n**0.5


half_width = _half_width(_student, 1, _root)
HALF_WIDTH_MISTAKES: dict[str, Callable[[Values], float]] = {
    "the quantile is the normal distribution's, 1.96: with few values it is Student's, t_quantile(n - 1)": (
        _half_width(_normal, 1, _root)
    ),
    "the standard deviation is that of a whole population: of a sample, divide by n - 1 (ddof=1)": (
        _half_width(_student, 0, _root)
    ),
    "the quantile is the normal distribution's, and the standard deviation a whole population's": (
        _half_width(_normal, 0, _root)
    ),
    "the square root of n is left out: this is how far single values scatter, not their mean": (
        _half_width(_student, 1, lambda n: 1.0)
    ),
    "the standard deviation is divided by n, not by its square root": _half_width(_student, 1, float),
    "the standard deviation is divided by the root of n - 1: n - 1 is in it already, here it is n": (
        _half_width(_student, 1, lambda n: (n - 1) ** 0.5)
    ),
    "the quantile is taken with n degrees of freedom: the mean has used up one of them": (
        _half_width(t_quantile, 1, _root)
    ),
    "the whole width is returned: the half goes to either side of the mean": (
        lambda values: 2 * half_width(values)
    ),
    "the quantile is left out: mean ± one standard error holds the true mean far less often than 95%": (
        _half_width(lambda n: 1.0, 1, _root)
    ),
    "the variance stands where the standard deviation belongs: take its root": (
        lambda values: t_quantile(len(values) - 1) * float(np.var(values, ddof=1)) / len(values) ** 0.5
    ),
    "it is half the distance from the lowest value to the highest, which grows with every further value": (
        lambda values: float(np.ptp(values)) / 2
    ),
}


def seen(losses: Values, patience: int) -> int:
    """After how many evaluations the training stops: as many as `patience` in a row were no new best."""
    best, stale = np.inf, 0
    for count, loss in enumerate(losses, start=1):
        best, stale = (loss, 0) if loss < best else (best, stale + 1)
        if stale == patience:
            return count
    return len(losses)


def kept(losses: Values, patience: int) -> int:
    """The index of the best of the evaluations that were seen."""
    return int(np.argmin(losses[: seen(losses, patience)]))


def _stale_in_all(losses: Values, patience: int) -> int:
    """As `kept`, but the count of evaluations without a new best never goes back to 0."""
    best, stale = 0, 0
    for index, loss in enumerate(losses):
        if loss < losses[best]:
            best = index
        elif index:
            stale += 1
        if stale == patience:
            break
    return best


def _against_the_last(losses: Values, patience: int) -> int:
    """As `kept`, but a loss counts as better where it is below the one before it."""
    stale, end = 0, len(losses)
    for index in range(1, len(losses)):
        stale = 0 if losses[index] < losses[index - 1] else stale + 1
        if stale == patience:
            end = index + 1
            break
    return int(np.argmin(losses[:end]))


STOPPING_MISTAKES: dict[str, Callable[[Values, int], int]] = {
    "it stops at the first rise: it should wait for `patience` evaluations in a row without a new best": (
        lambda losses, patience: kept(losses, 1)
    ),
    "the last epoch is returned, and not the best of those seen": (
        lambda losses, patience: seen(losses, patience) - 1
    ),
    "the patience is one too long: stop as soon as `patience` evaluations in a row were no new best": (
        lambda losses, patience: kept(losses, patience + 1)
    ),
    "the patience is one too short: `patience` evaluations without a new best are needed to stop": (
        lambda losses, patience: kept(losses, max(patience - 1, 1))
    ),
    "a loss is maximized: the best one is the lowest": (
        lambda losses, patience: kept([-loss for loss in losses], patience)
    ),
    "it never stops: the best of all epochs is returned, those behind the stop included": (
        lambda losses, patience: int(np.argmin(losses))
    ),
    "epochs are counted from 1: wanted is the index, from 0": (
        lambda losses, patience: kept(losses, patience) + 1
    ),
    "the count of evaluations without a new best is not set back to 0 by a new best": _stale_in_all,
    "a loss is compared with the one before it: compare it with the best so far": _against_the_last,
    "the lowest loss is returned, and not its index": (
        lambda losses, patience: losses[kept(losses, patience)]
    ),
}

Differences = Callable[[np.ndarray, np.ndarray, np.random.Generator, int], np.ndarray]


def _draws(rng: np.random.Generator, sentences: int, samples: int) -> np.ndarray:
    """How often each sentence is drawn: (samples, sentences)."""
    return rng.multinomial(sentences, np.full(sentences, 1 / sentences), size=samples)


def together(first: np.ndarray, second: np.ndarray, rng: np.random.Generator, samples: int) -> np.ndarray:
    """Differences of BLEU, (samples,), on the same draws.  Args: first, second (N, 10); rng; samples."""
    drawn = _draws(rng, len(first), samples)
    return bleu_from_statistics(drawn @ first) - bleu_from_statistics(drawn @ second)


def _apart(first: np.ndarray, second: np.ndarray, rng: np.random.Generator, samples: int) -> np.ndarray:
    drawn, others = (_draws(rng, len(first), samples) for _ in range(2))
    return bleu_from_statistics(drawn @ first) - bleu_from_statistics(others @ second)


def _of_sentences(
    first: np.ndarray, second: np.ndarray, rng: np.random.Generator, samples: int
) -> np.ndarray:
    each = bleu_from_statistics(first) - bleu_from_statistics(second)
    return _draws(rng, len(first), samples) @ each / len(first)


def _without_return(
    first: np.ndarray, second: np.ndarray, rng: np.random.Generator, samples: int
) -> np.ndarray:
    return np.full(samples, _whole(first, second))


def _whole(first: np.ndarray, second: np.ndarray) -> float:
    return float(bleu_from_statistics(first.sum(axis=0)) - bleu_from_statistics(second.sum(axis=0)))


def _bootstrap(
    differences: Differences = together,
    share: float = 0.95,
    p_value: Callable[[np.ndarray, float], float] | None = None,
) -> Callable[..., tuple[float, float, float]]:
    """The interval of the differences, and a p value of them and of the whole test set's difference."""

    def bootstrap(
        first: np.ndarray, second: np.ndarray, rng: np.random.Generator, samples: int
    ) -> tuple[float, float, float]:
        found = differences(first, second, rng, samples)
        low, high = np.percentile(found, [50 - 50 * share, 50 + 50 * share])
        return float(low), float(high), (p_value or _two_sided)(found, _whole(first, second))

    return bootstrap


def _two_sided(found: np.ndarray, whole: float) -> float:
    return float(np.mean(np.abs(found - found.mean()) >= abs(whole) - 1e-9))


def _swapped(first: np.ndarray, second: np.ndarray, rng: np.random.Generator, samples: int):
    return bootstrap(second, first, rng, samples)


bootstrap = _bootstrap()
BOOTSTRAP_MISTAKES: dict[str, Callable[..., tuple[float, float, float]]] = {
    "the two systems are drawn independently: the same draw of sentences has to serve both": (
        _bootstrap(_apart)
    ),
    "the BLEU of single sentences is averaged: add the statistics up, and take BLEU of the sums": (
        _bootstrap(_of_sentences)
    ),
    "sentences are drawn without replacement: every draw is then the same test set in another order": (
        _bootstrap(_without_return)
    ),
    "p counts one side alone: a difference as large the other way would have been as surprising": (
        _bootstrap(p_value=lambda found, whole: float(np.mean(found - found.mean() >= whole)))
    ),
    "p compares draws that were not shifted: if there were no difference, their mean would be 0": (
        _bootstrap(p_value=lambda found, whole: float(np.mean(np.abs(found) >= abs(whole))))
    ),
    "p is the chance of the opposite, 1 - p": (
        _bootstrap(p_value=lambda found, whole: 1 - _two_sided(found, whole))
    ),
    "the interval holds 90%: 95% leave 2.5% on either side": _bootstrap(share=0.9),
    "the difference is the second system's minus the first's": _swapped,
}

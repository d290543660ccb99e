"""Checks of the exercises on intervals, early stopping and the paired bootstrap; see `exercises`."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps

import numpy as np

from course.bleu.checks import verdict_on_all
from course.evidence import evidence_mistakes as known
from course.shared.diagnosis import Answer, Exercise, Mistake, verdict

SAMPLES_OF_SCORES = (  # BLEU of the seeds of one system
    ([33.1, 35.8, 30.2, 34.4, 32.0],),
    ([50.25, 51.0, 49.0],),
    ([12.0, 18.5],),
    ([27.1, 26.4, 28.8, 27.9, 25.2, 27.3, 26.6, 29.4],),
)
CURVES = (  # development losses, patience: together they tell all mistakes apart
    ([3.0, 2.0, 2.5, 1.9, 2.1, 2.2, 2.3, 1.0], 3),
    ([2.0, 1.8, 1.9, 1.95, 1.5, 1.6, 1.7, 1.2], 2),
    ([4.0, 3.0, 3.5, 3.4, 3.3, 2.0, 2.2, 2.1, 2.05, 2.3], 3),
    ([1.9, 1.7, 1.8, 1.6, 1.65, 1.5, 1.55, 1.4], 2),
    ([2.0, 2.1, 2.2], 5),
    ([5.0, 4.0, 4.0, 4.0, 3.0], 2),
    ([2.0, 1.5, 1.6, 1.7, 1.4, 1.5, 1.6, 1.7, 1.8, 1.0], 3),
)
SENTENCES, DRAWS = 150, 4000
DRAWS_OF_KNOWN = 20_000  # more, so that the luck is the student's alone
LUCK, LUCK_OF_P = 0.06, 0.03  # what draws may change: of an interval's ends, in its widths, and of p


def check_half_width(student: Callable) -> None:
    """Check half of a 95% interval of a mean, half_width(values) -> number.

    Args: student: takes a list of n numbers, two or more, and returns what goes to either side of their mean.
    """
    right, mistakes = _on_all(SAMPLES_OF_SCORES, known.half_width, known.HALF_WIDTH_MISTAKES)
    print(verdict_on_all(student, SAMPLES_OF_SCORES, "half width", (right, mistakes)))


def check_early_stopping(student: Callable) -> None:
    """Check early stopping, early_stopping(losses, patience) -> the index of the epoch that is kept.

    Args: student: takes the development losses in the order of the epochs, and after how many evaluations in
        a row without a new best the training stops; returns the index of the best epoch until then, from 0.
    """
    right, mistakes = _on_all(CURVES, known.kept, known.STOPPING_MISTAKES)
    print(verdict_on_all(student, CURVES, "best epoch", (right, mistakes)))


def check_paired_bootstrap(student: Callable) -> None:
    """Check a paired bootstrap, paired_bootstrap(first, second, rng, samples) -> (low, high, p).

    It draws at random, so answers count as the same where only other draws lie between them.

    Args: student: takes the BLEU statistics (N, 10) of two systems on the same sentences, a generator and the
        number of draws; returns the 95% interval of first minus second, and the two-sided p value.
    """
    exercise = bootstrap_exercise()
    print(verdict(_without_luck(student, exercise) if callable(student) else student, exercise))


@cache
def bootstrap_exercise() -> Exercise:
    """The exercise; its answers are made with so many draws that they hold next to no luck."""
    systems = two_systems()

    def answer(bootstrap: Callable) -> Answer:
        return [np.array(number) for number in bootstrap(*systems, np.random.default_rng(0), DRAWS_OF_KNOWN)]

    right = answer(known.bootstrap)
    mistakes = [Mistake(says, answer(wrong)) for says, wrong in known.BOOTSTRAP_MISTAKES.items()]
    arguments = dict(zip(("first", "second"), systems, strict=True))
    return Exercise(arguments, ("low", "high", "p"), right, mistakes)


def two_systems() -> tuple[np.ndarray, np.ndarray]:
    """BLEU statistics (SENTENCES, 10) of two made-up systems, of which the first is a little better."""
    rng = np.random.default_rng(3)
    lengths = rng.integers(4, 16, SENTENCES)
    difficulty = rng.normal(0.0, 1.0, SENTENCES)  # the same for both: that is why one should pair them
    return tuple(_statistics(rng, lengths, difficulty - gain) for gain in (0.0, -0.12))


def _statistics(rng: np.random.Generator, lengths: np.ndarray, difficulty: np.ndarray) -> np.ndarray:
    chance = 1 / (1 + np.exp(difficulty - 1.0))  # of a word to be right
    totals = np.stack([lengths - n for n in range(4)], axis=1)  # (N, 4)
    matches = rng.binomial(totals, chance[:, np.newaxis] ** np.arange(1, 5))
    return np.column_stack([lengths, lengths, matches, totals])


def _on_all(
    problems: Sequence, right: Callable, wrong: Mapping[str, Callable]
) -> tuple[np.ndarray, list[Mistake]]:
    def numbers(function: Callable) -> np.ndarray:
        return np.array([function(*problem) for problem in problems], float)

    return numbers(right), [Mistake(says, [numbers(function)]) for says, function in wrong.items()]


def _without_luck(student: Callable, exercise: Exercise) -> Callable:
    """The student's function, whose answer becomes the known one, right or wrong, that lies nearest to it,
    if only luck lies between.
    """
    answers = np.array([exercise.right, *(mistake.answer for mistake in exercise.mistakes)])
    low, high, _ = answers.T
    ends = LUCK * np.where(high > low, high - low, high[0] - low[0])
    luck = np.stack([ends, ends, np.full_like(ends, LUCK_OF_P)], axis=1)  # (answers, 3)

    @wraps(student)
    def settled(*systems: np.ndarray):
        given = student(*systems, np.random.default_rng(1), DRAWS)
        try:
            numbers = np.array([float(number) for number in given])
        except (TypeError, ValueError):
            return given  # no numbers: the verdict tells
        if numbers.shape != (len(exercise.returns),):
            return given
        apart = (np.abs(answers - numbers) / luck).max(axis=1)  # (answers,)
        nearest = int(apart.argmin())
        return tuple(answers[nearest] if apart[nearest] < 1 else numbers)

    return settled

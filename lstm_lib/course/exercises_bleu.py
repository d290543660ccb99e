"""Checks of the exercises on BLEU; see `exercises`."""

from collections import Counter
from collections.abc import Callable
from functools import wraps

import numpy as np

from lstm_lib.course.diagnosis import Exercise, Mistake, verdict

PRECISION_PAIRS = (  # hypothesis, reference: together they tell all mistakes below apart
    ("mardi quatorze mars", "mardi quatorze mars"),
    ("lundi deux mai mille", "lundi six mai mille cent dix"),
    ("mille mille mille cent", "mille deux cent"),
    ("samedi samedi dix dix juin", "samedi dix juin mille dix dix"),
    ("juin juin trois cent", "deux mille trois cents"),
)
PRECISION_MISTAKES: dict[str, Callable[[list[str], list[str]], float]] = {
    "a repeated word matches without end: it matches as often as it stands in the reference, and no more": (
        lambda h, r: sum(word in r for word in h) / len(h)
    ),
    "the matches are divided by the length of the reference: precision divides by the hypothesis's": (
        lambda h, r: _clipped_matches(h, r) / len(r)
    ),
    "hypothesis and reference are swapped: count the words of the hypothesis that the reference has": (
        lambda h, r: sum(word in h for word in r) / len(r)
    ),
    "a repeated word matches without end, and the matches are divided by the length of the reference": (
        lambda h, r: sum(word in r for word in h) / len(r)
    ),
    "a word is counted once, however often it stands there: a set forgets the number": (
        lambda h, r: len(set(h) & set(r)) / len(h)
    ),
    "words are counted once, both above and below the line: a set forgets the number": (
        lambda h, r: len(set(h) & set(r)) / len(set(h))
    ),
    "words match only at the same place in both sentences: their order does not matter here": (
        lambda h, r: sum(a == b for a, b in zip(h, r, strict=False)) / len(h)
    ),
    "matches are counted, and not divided by the number of words": (
        lambda h, r: float(_clipped_matches(h, r))
    ),
    "the precision is given in percent: it is a share, from 0 to 1": (
        lambda h, r: 100 * _clipped_matches(h, r) / len(h)
    ),
    "the share of words that do not match is returned": lambda h, r: 1 - _clipped_matches(h, r) / len(h),
    "characters are compared, not words: split the sentences first": (
        lambda h, r: _clipped_matches(" ".join(h), " ".join(r)) / len(" ".join(h))
    ),
    "characters are compared, not words, and a repeated one matches without end: split the sentences": (
        lambda h, r: sum(letter in " ".join(r) for letter in " ".join(h)) / len(" ".join(h))
    ),
    "each word is looked for inside the text of the reference": (
        lambda h, r: sum(word in " ".join(r) for word in h) / len(h)
    ),
}


def check_unigram_precision(student: Callable) -> None:
    """Check the clipped unigram precision, unigram_precision(hypothesis, reference) -> share of words.

    Args: student: takes two sentences, words parted by spaces, and returns a number from 0 to 1.
    """
    right = _precisions(lambda h, r: _clipped_matches(h, r) / len(h))
    mistakes = [Mistake(says, [_precisions(wrong)]) for says, wrong in PRECISION_MISTAKES.items()]
    arguments = {"pair": np.arange(len(PRECISION_PAIRS))}
    function = _on_all_pairs(student) if callable(student) else student
    print(verdict(function, Exercise(arguments, ["precision"], [right], mistakes)))


def _on_all_pairs(student: Callable) -> Callable:
    """The student's function on every pair, as one function from the pairs' numbers to an array."""

    @wraps(student)
    def precisions(numbers: np.ndarray) -> list | None:
        found = [student(*PRECISION_PAIRS[number]) for number in numbers]
        return None if None in found else found

    return precisions


def _precisions(precision: Callable[[list[str], list[str]], float]) -> np.ndarray:
    pairs = [(hypothesis.split(), reference.split()) for hypothesis, reference in PRECISION_PAIRS]
    return np.array([precision(hypothesis, reference) for hypothesis, reference in pairs])


def _clipped_matches(hypothesis, reference) -> int:
    """How many words (or letters) of the hypothesis find one of their own in the reference."""
    return (Counter(hypothesis) & Counter(reference)).total()

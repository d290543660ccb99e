"""Checks of the exercises on BLEU; see `exercises`."""

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import wraps

import numpy as np

from course.bleu import bleu_mistakes as known
from course.lstm_cell.lstm_mistakes import Equations, solve
from course.shared.diagnosis import Exercise, Mistake, verdict

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

# Each first problem has matches of all four orders, each last one has none of some order.
CORPORA = (  # hypotheses, references: together they tell all mistakes in a corpus' BLEU apart
    (
        ["the old man is in the garden", "she reads", "he gave the dog the dog the old shoe"],
        ["the old man sits in the garden", "she reads a book", "he gave the dog the old shoe again today"],
    ),
    (
        ["we came home late and we slept well", "the the cat sat on the mat", "do not go home late"],
        ["we came home late", "the cat sat on the mat", "never go there and do not go home"],
    ),
    (["a cat sat", "on the red mat"], ["a cat sat on it", "the red mat on the floor"]),
)
SENTENCES = (  # hypothesis, reference
    ("the old man is in the garden now", "the old man is in the garden with the dog"),
    ("we came home late and came home late again", "we came home late"),
    ("do you know the man", "you know the tall man very well"),
    ("she is not there yet", "there she is at last"),
    ("cats do like milk", "milk is what cats like"),
)

Problem = Sequence  # what a student's function is called with
Catalog = tuple[np.ndarray, list[Mistake]]  # the right answer to all problems, and the wrong ones


def check_unigram_precision(student: Callable) -> None:
    """Check the clipped unigram precision, unigram_precision(hypothesis, reference) -> share of words.

    Args: student: takes two sentences, words parted by spaces, and returns a number from 0 to 1.
    """
    right = _precisions(lambda h, r: _clipped_matches(h, r) / len(h))
    mistakes = [Mistake(says, [_precisions(wrong)]) for says, wrong in PRECISION_MISTAKES.items()]
    print(verdict_on_all(student, PRECISION_PAIRS, "precision", (right, mistakes)))


def check_corpus_bleu(student: Callable) -> None:
    """Check BLEU of a corpus without smoothing, corpus_bleu(hypotheses, references) -> 0 to 100.

    Args: student: takes two lists of sentences, words parted by spaces, a reference for each hypothesis.
    """
    catalog = _catalog(CORPORA, known.CORPUS_BLEU, known.CORPUS_MISTAKES)
    print(_without_a_match(student, CORPORA) or verdict_on_all(student, CORPORA, "bleu", catalog))


def check_sentence_bleu(student: Callable) -> None:
    """Check the BLEU of one sentence, smoothed as by sacreBLEU: sentence_bleu(hypothesis, reference).

    Args: student: takes two sentences, words parted by spaces, and returns a number from 0 to 100.
    """
    corpora = [([hypothesis], [reference]) for hypothesis, reference in SENTENCES]
    catalog = _catalog(corpora, known.SENTENCE_BLEU, known.SENTENCE_MISTAKES)
    print(_without_a_match(student, SENTENCES) or verdict_on_all(student, SENTENCES, "bleu", catalog))


def verdict_on_all(student: Callable, problems: Sequence[Problem], name: str, catalog: Catalog) -> str:
    """The verdict on a function that gives one number for each problem.

    Args: student; problems: its arguments, each time; name: of the number; catalog: see `Catalog`.
    """

    @wraps(student)
    def on_all(numbers: np.ndarray) -> list | None:
        found = [student(*copy.deepcopy(problems[number])) for number in numbers]
        return None if any(value is None for value in found) else found

    right, mistakes = catalog
    exercise = Exercise({"number": np.arange(len(problems))}, [name], [right], mistakes)
    return verdict(on_all if callable(student) else student, exercise)


def _catalog(corpora: Sequence[Problem], right: Equations, wrong: Mapping[str, Equations]) -> Catalog:
    def scores(equations: Equations) -> np.ndarray:
        both = [{"hypotheses": hypotheses, "references": references} for hypotheses, references in corpora]
        return np.array([solve(equations, arguments, ("score",))[0] for arguments in both])

    return scores(right), [Mistake(says, [scores({**right, **some})]) for says, some in wrong.items()]


def _without_a_match(student: Callable, problems: Sequence[Problem]) -> str | None:
    """What to say of a function that solves the first problem, and fails for want of matches at the last."""
    try:
        if not np.isfinite(student(*copy.deepcopy(problems[0]))):
            return None
    except Exception:
        return None  # not for want of a match; the verdict tells what it is
    try:
        if np.isfinite(student(*copy.deepcopy(problems[-1]))):
            return None
        fate = "gives no number"
    except (ValueError, ArithmeticError, RuntimeWarning) as error:
        fate = f"stops with {type(error).__name__}"
    except Exception:
        return None
    return (
        "Not yet. It looks as if an order without any match is not provided for: its precision is 0, and 0 "
        f"has no logarithm. The function {fate} on {problems[-1]}."
    )


def _precisions(precision: Callable[[list[str], list[str]], float]) -> np.ndarray:
    pairs = [(hypothesis.split(), reference.split()) for hypothesis, reference in PRECISION_PAIRS]
    return np.array([precision(hypothesis, reference) for hypothesis, reference in pairs])


def _clipped_matches(hypothesis, reference) -> int:
    """How many words (or letters) of the hypothesis find one of their own in the reference."""
    return (Counter(hypothesis) & Counter(reference)).total()

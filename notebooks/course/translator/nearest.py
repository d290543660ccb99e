"""The check of the baseline's heart: which training sentence has the most words in common with a new one."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from course.shared.diagnosis import Exercise, Verdict, judge

Sentences = Sequence[str]
PROBLEMS = (  # a sentence, and the training sentences
    (
        "friday the fifth of may ten thirty",
        ["monday may fifth", "friday the fifth of june ten", "friday the fifth of may"],
    ),
    ("ten ten ten", ["ten", "ten twenty ten", "ten thirty ten", "twenty"]),
    ("an art", ["than artful partners", "the art", "an ant", "art an"]),
    ("one two", ["two one one one", "three two one", "one two"]),
    ("may day", ["june", "july", "august"]),
    ("a b c d", ["d c b a x y z w v", "a b c", "d e f"]),
    ("the cat saw the dog and the bird", ["cat dog bird", "the the the the", "the dog saw the cat"]),
    ("May day", ["may day", "May day", "day"]),
    ("five five five past ten", ["past ten", "five past", "five five"]),
    ("noon on friday", ["on friday", "noon noon noon"]),
)


def in_common(words: list[str], others: list[str]) -> float:
    """Count the words of both, each as often as it stands in both."""
    return (Counter(words) & Counter(others)).total()


def nearest(
    sentence: str,
    sources: Sentences,
    *,
    split: Callable[[str], list[str]] = str.split,
    likeness: Callable[[list[str], list[str]], float] = in_common,
    choose: Callable = max,
    last: bool = False,
) -> int:
    """Return the place of the most similar source.

    Args: split: makes words of a text; likeness: of two lists of words; choose: among the places; last: of
        several that are alike, take the last.
    """
    scores = [likeness(split(sentence), split(source)) for source in sources]
    places = range(len(sources))
    return choose(reversed(places) if last else places, key=scores.__getitem__)


def _each_once(words: list[str], others: list[str]) -> float:
    return len({*words} & {*others})


def _at_one_place(words: list[str], others: list[str]) -> float:
    return sum(a == b for a, b in zip(words, others, strict=False))


def _read_once(words: list[str], others: list[str]) -> float:
    return sum(word in others for word in words)


def _written_once(words: list[str], others: list[str]) -> float:
    return sum(word in words for word in others)


NEAREST = Exercise(
    ("sentence", "sources"),
    ("index",),
    lambda rng: PROBLEMS,
    nearest,
    {
        "each word counts once: count it as often as it occurs in both sentences": partial(
            nearest, likeness=_each_once
        ),
        "a repeated word of the sentence counts every time: count it at most as often as it occurs in "
        "the source": partial(nearest, likeness=_read_once),
        "a repeated word of the source counts every time: count it at most as often as it occurs in "
        "the sentence": partial(nearest, likeness=_written_once),
        "ties go to the last source: return the first": partial(nearest, last=True),
        "the least similar source is returned: return the most similar": partial(nearest, choose=min),
        "words count only at the same position: position does not matter": partial(
            nearest, likeness=_at_one_place
        ),
        "letters are compared: compare words": partial(nearest, split=list),
        'a word counts inside a longer one, like "an" in "than": compare whole words': partial(
            nearest, likeness=lambda words, others: sum(word in " ".join(others) for word in words)
        ),
        "words are lower-cased: May and may are two different words": partial(
            nearest, split=lambda text: text.lower().split()
        ),
        "the count is divided by the source's length: don't penalize long sources": partial(
            nearest, likeness=lambda words, others: in_common(words, others) / len(others)
        ),
        "the longest source is returned: return the one with the most words in common": partial(
            nearest, likeness=lambda words, others: len(others)
        ),
        "the number of words in common is returned: return the source's index": (
            lambda sentence, sources: max(in_common(sentence.split(), text.split()) for text in sources)
        ),
        "indices are counted from 1: the first source has index 0": (
            lambda sentence, sources: nearest(sentence, sources) + 1
        ),
        "the first source is returned, whatever the sentence": lambda sentence, sources: 0,
    },
)


def check_nearest(student: Callable) -> Verdict:
    """Check the choice of the most similar sentence, nearest(sentence, sources) -> place in sources.

    Args: student: takes a sentence and a list of sentences, words parted by spaces; returns the place, from
        0, of the one with the most words in common, each counted as often as it stands in both, and the
        first of those where several have as many.
    """
    return judge(student, NEAREST)

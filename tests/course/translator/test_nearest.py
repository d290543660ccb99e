"""The check of the most similar sentence passes right answers, and tells what is wrong with others."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from course.translator.nearest import check_nearest, nearest

RIGHT = "Right: index agrees with the library.\n"


def by_removal(sentence, sources):
    best, most = 0, -1
    for place, source in enumerate(sources):
        left, common = sentence.split(), 0
        for word in source.split():
            if word in left:
                left.remove(word)
                common += 1
        if common > most:
            best, most = place, common
    return best


def by_minima(sentence, sources):
    words = sentence.split(" ")
    scores = [sum(min(words.count(w), s.split(" ").count(w)) for w in set(words)) for s in sources]
    return scores.index(max(scores))


def with_numpy(sentence, sources):
    vocabulary = sorted({word for text in [sentence, *sources] for word in text.split()})
    counts = np.array([[text.split().count(word) for word in vocabulary] for text in [sentence, *sources]])
    return np.minimum(counts[0], counts[1:]).sum(axis=1).argmax()


def by_sorting(sentence, sources):
    want = Counter(sentence.split())
    ranked = sorted(
        range(len(sources)), key=lambda k: (-sum((want & Counter(sources[k].split())).values()), k)
    )
    return ranked[0]


def by_what_is_missing(sentence, sources):
    """The same order: what is common is all but what is missing."""
    missing = [(Counter(sentence.split()) - Counter(source.split())).total() for source in sources]
    return np.array(int(np.argmin(missing)))


@pytest.mark.parametrize(
    "student", [nearest, by_removal, by_minima, with_numpy, by_sorting, by_what_is_missing]
)
def test_right_places_pass(says, student):
    assert says(check_nearest, student) == RIGHT


def jaccard(sentence, sources):
    a = set(sentence.split())
    return max(
        range(len(sources)), key=lambda k: len(a & {*sources[k].split()}) / len(a | {*sources[k].split()})
    )


def by_pairs(sentence, sources):
    """Wrong: counts pairs of neighbors."""

    def pairs(text):
        words = text.split()
        return {*pairwise(words)}

    return max(range(len(sources)), key=lambda k: len(pairs(sentence) & pairs(sources[k])))


def shortest(sentence, sources):
    return min(range(len(sources)), key=lambda k: len(sources[k].split()))


def by_first_word(sentence, sources):
    return max(range(len(sources)), key=lambda k: sources[k].split()[0] == sentence.split()[0])


@pytest.mark.parametrize("student", [jaccard, by_pairs, shortest, by_first_word])
def test_an_unknown_mistake_is_told_by_what_differs(says, student):
    told = says(check_nearest, student)
    assert told.startswith("Not yet.") and "looks as if" not in told


def shortened(sentence, sources):
    place = nearest(sentence, sources)
    sources.pop()
    return place


def test_other_answers_are_told(says):
    assert "changes its argument sources in place" in says(check_nearest, shortened)
    assert "should be an array of numbers" in says(check_nearest, lambda sentence, sources: sources[0])

"""The check of batching by length passes right batches, and tells what is wrong with others."""

from collections import defaultdict
from itertools import islice

import numpy as np
import pytest

from course.architectures.length_batches import batched, check_batches_by_length

RIGHT = "Right: order and sizes agree with the library.\n"


def by_stable_sort(lengths, size):
    order = np.argsort(lengths, kind="stable")
    return np.split(order, range(size, len(order), size))


def with_pairs(lengths, size):
    order = [place for _, place in sorted((length, place) for place, length in enumerate(lengths))]
    return tuple(tuple(order[k : k + size]) for k in range(0, len(order), size))


def with_buckets(lengths, size):
    buckets, order = defaultdict(list), []
    for place, length in enumerate(lengths):
        buckets[length].append(place)
    for length in sorted(buckets):
        order += buckets[length]
    places = iter(order)
    return list(iter(lambda: list(islice(places, size)), []))


def one_after_the_other(lengths, size):
    left, batches = list(range(len(lengths))), [[]]
    while left:
        shortest = min(left, key=lambda place: lengths[place])
        left.remove(shortest)
        if len(batches[-1]) == size:
            batches.append([])
        batches[-1].append(shortest)
    return batches


def as_a_generator(lengths, size):
    order = np.lexsort((np.arange(len(lengths)), lengths))
    yield from (order[k : k + size].tolist() for k in range(0, len(order), size))


@pytest.mark.parametrize(
    "student", [batched, by_stable_sort, with_pairs, with_buckets, one_after_the_other, as_a_generator]
)
def test_right_batches_pass(says, student):
    assert says(check_batches_by_length, student) == RIGHT


def last_batch_first(lengths, size):
    return batched(lengths, size)[::-1]


def of_size_three(lengths, size):
    return batched(lengths, 3)


def one_more_in_each(lengths, size):
    return batched(lengths, size + 1)


def first_batch_small(lengths, size):
    order, first = batched(lengths, len(lengths))[0], len(lengths) % size
    return [order[:first]] * bool(first) + [order[k : k + size] for k in range(first, len(order), size)]


def by_length_alone(lengths, size):
    """Wrong: batches never mix lengths."""
    pure = defaultdict(list)
    for place, length in enumerate(lengths):
        pure[length].append(place)
    return [pure[k][j : j + size] for k in sorted(pure) for j in range(0, len(pure[k]), size)]


@pytest.mark.parametrize(
    "student", [last_batch_first, of_size_three, one_more_in_each, first_batch_small, by_length_alone]
)
def test_an_unknown_mistake_is_told_by_what_differs(says, student):
    told = says(check_batches_by_length, student)
    assert told.startswith("Not yet.") and "looks as if" not in told


def sorted_in_place(lengths, size):
    batches = batched(list(lengths), size)
    lengths.sort()
    return batches


def test_other_batches_are_told(says):
    assert "changes its argument lengths in place" in says(check_batches_by_length, sorted_in_place)
    assert "not have the form asked for" in says(check_batches_by_length, lambda lengths, size: [0, 1, 2])

"""The check of batching by length: sentences of similar length in one batch need little padding."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge

Batches = list[list[int]]
PROBLEMS = (  # the sentences' lengths, and how many go into a batch
    ([5, 2, 9, 4, 7, 2, 4], 3),
    ([3, 1, 2], 1),
    ([6, 6, 2, 6, 1, 2, 8, 3], 4),
    ([4, 9, 7], 5),
    ([8, 3, 5, 3, 8, 1, 9, 2, 7, 7, 4], 2),
)


def batched(
    lengths: Sequence[int],
    size: int,
    *,
    key: Callable = lambda place, lengths: (lengths[place], place),
    cut: Callable | None = None,
) -> Batches:
    """Return the places of the sentences, batch by batch.

    Args: key: what the places are sorted by; cut: takes sorted places and the size, and gives the batches.
    """
    order = sorted(range(len(lengths)), key=lambda place: key(place, lengths))
    return (cut or in_pieces)(order, size)


def in_pieces(order: Sequence[int], size: int) -> Batches:
    """Cut into batches of this size; the last one may be smaller."""
    return [list(order[start : start + size]) for start in range(0, len(order), size)]


def _merged(order: Sequence[int], size: int) -> Batches:
    pieces = in_pieces(order, size)
    if len(pieces) > 1 and len(pieces[-1]) < size:
        pieces[-2:] = [pieces[-2] + pieces[-1]]
    return pieces


def _filled(order: Sequence[int], size: int) -> Batches:
    return [piece + piece[-1:] * (size - len(piece)) for piece in in_pieces(order, size)]


def _sorted_within(lengths: Sequence[int], size: int) -> Batches:
    pieces = in_pieces(range(len(lengths)), size)
    return [sorted(piece, key=lambda place: lengths[place]) for piece in pieces]


def _nearly_equal(order: Sequence[int], size: int) -> Batches:
    return [part.tolist() for part in np.array_split(order, -(-len(order) // size))]


def _flat(function: Callable, lengths: Sequence[int], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places one after the other, and the size of each batch."""
    batches = [list(batch) for batch in function(lengths, size)]
    return np.array([place for batch in batches for place in batch]), np.array([*map(len, batches)])


BATCHING = Exercise(
    ("lengths", "size"),
    ("order", "sizes"),
    lambda rng: PROBLEMS,
    batched,
    {
        "sentences stay in the order of the text: sort them by length first": partial(
            batched, key=lambda place, lengths: place
        ),
        "the longest sentences come first: sort from shortest to longest": partial(
            batched, key=lambda place, lengths: (-lengths[place], place)
        ),
        "sentences of equal length are in reverse order: keep the order of the text": partial(
            batched, key=lambda place, lengths: (lengths[place], -place)
        ),
        "the batches hold lengths: they should hold the indices of the sentences": (
            lambda lengths, size: in_pieces(sorted(lengths), size)
        ),
        "indices are counted from 1: the first sentence has index 0": (
            lambda lengths, size: [[place + 1 for place in batch] for batch in batched(lengths, size)]
        ),
        "the text is cut into batches first, and each of them sorted: sort, then cut": _sorted_within,
        "an incomplete last batch is dropped: its sentences would never be read": partial(
            batched,
            cut=lambda order, size: [piece for piece in in_pieces(order, size) if len(piece) == size],
        ),
        "an incomplete last batch is merged into the one before it: keep it as a batch of its own": partial(
            batched, cut=_merged
        ),
        "the last batch is filled up with copies of its last sentence: let it be smaller": partial(
            batched, cut=_filled
        ),
        "the batches are of nearly equal size: all but the last should have `size` sentences": partial(
            batched, cut=_nearly_equal
        ),
        "there are `size` batches: `size` is the number of sentences in a batch": partial(
            batched, cut=lambda order, size: [part.tolist() for part in np.array_split(order, size)]
        ),
        "each batch takes sentences from all over the sorted order: neighbors in that order belong "
        "together": partial(
            batched,
            cut=lambda order, size: [
                order[k :: -(-len(order) // size)] for k in range(-(-len(order) // size))
            ],
        ),
        "all sentences are in one batch: cut them into pieces of `size`": partial(
            batched, cut=lambda order, size: [order]
        ),
    },
    _flat,
)


def check_batches_by_length(student: Callable) -> Verdict:
    """Check batching by length, batches_by_length(lengths, size) -> list of lists of places.

    Args: student: takes the lengths of N sentences and the size of a batch; returns the places 0 to N - 1,
        sorted by length, in the order of the text where lengths are equal, and cut into batches of that size,
        of which the last may be smaller.
    """
    return judge(student, BATCHING)

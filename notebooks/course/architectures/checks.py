"""Checks of padding and directions, and the mistakes that they know."""

from collections.abc import Callable

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from lstm_lib.nn.rnn import RNN

# Lengths and steps: where no sentence fills all steps, where some do, and where all do
PADDED = (((4, 2, 5), 6), ((1, 7, 4, 7), 7), ((5,), 7), ((4, 4), 4))
WIDTHS = (2, 3, 5, 3)  # of x, one for each of these
HIDDEN = (4, 3, 2, 5)
Arrays = Callable[[np.ndarray, np.ndarray], np.ndarray]
Reading = Callable[[Callable, Callable, np.ndarray, np.ndarray], np.ndarray]


def _padded(rng: np.random.Generator, widths: tuple[int, ...] = WIDTHS) -> list[tuple[np.ndarray, ...]]:
    """Return sequences of different lengths, whose padding is anything but zero, and their masks."""
    return [
        (
            rng.standard_normal((len(lengths), steps, width)),
            np.arange(steps) < np.array(lengths)[:, np.newaxis],
        )
        for (lengths, steps), width in zip(PADDED, widths, strict=True)
    ]


def reverse_within(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Reverse each sequence's real steps and leave its padding where it was.

    Args: x (B, T, N); mask (B, T).
    """
    result = x.copy()
    for row, length in enumerate(mask.sum(axis=1)):
        result[row, :length] = x[row, :length][::-1]
    return result


REVERSE_MISTAKES: dict[str, Arrays] = {
    "the padding is reversed too and now comes first: reverse each sequence within its own length": (
        lambda x, mask: x[:, ::-1]
    ),
    "the batch axis is flipped, axis 0: time is axis 1": lambda x, mask: x[::-1],
    "the features are flipped, axis 2: time is axis 1": lambda x, mask: x[:, :, ::-1],
    "all axes are flipped: reverse only time, axis 1": lambda x, mask: x[::-1, ::-1, ::-1],
    "nothing is reversed": lambda x, mask: x.copy(),
    "all sequences are reversed within the length of the longest: use each one's own length": (
        lambda x, mask: reverse_within(x, np.broadcast_to(mask.any(axis=0), mask.shape))
    ),
    "all sequences are reversed within the length of the first: use each one's own length": (
        lambda x, mask: reverse_within(x, np.broadcast_to(mask[0], mask.shape))
    ),
    "the last real step stays where it is: a length is one more than the last index": (
        lambda x, mask: reverse_within(x, mask[:, [*range(1, mask.shape[1]), -1]])
    ),
    "one step of padding is reversed along with the real ones: a length is one more than the last index": (
        lambda x, mask: reverse_within(x, mask[:, [0, *range(mask.shape[1] - 1)]])
    ),
    "the padding is set to zero: leave it unchanged": (
        lambda x, mask: np.where(mask[:, :, np.newaxis], reverse_within(x, mask), 0.0)
    ),
}


REVERSE = Exercise(("x", "mask"), ("reversed",), _padded, reverse_within, REVERSE_MISTAKES)


def check_reverse(student: Callable) -> Verdict:
    """Check the reversal of padded sequences, reverse(x, mask) -> x with each one's real steps reversed.

    Args: student: takes x (B, T, N) and mask (B, T) bool, True = real step, the real ones first, and returns
        an array like x, in which the padding stands where it stood.
    """
    return judge(student, REVERSE)


def at_steps(h: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the state at one step of each sequence.  Args: h (B, T, H); steps (B,)."""
    return h[np.arange(len(h)), steps]


def last_of(h: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the state at each sequence's last real step."""
    return at_steps(h, mask.sum(axis=1) - 1)


LAST_MISTAKES: dict[str, Arrays] = {
    "the last column is taken: for a short sequence that is padding": lambda h, mask: h[:, -1],
    "the index is one too large: the last of n real steps has index n - 1": (
        lambda h, mask: at_steps(h, mask.sum(axis=1) % mask.shape[1])
    ),
    "the index is one too small: the last of n real steps has index n - 1": (
        lambda h, mask: at_steps(h, mask.sum(axis=1) - 2)
    ),
    "the first step is returned: return the last real one": lambda h, mask: h[:, 0],
    "all sequences get the last step of the first one: each has its own length": (
        lambda h, mask: h[:, mask[0].sum() - 1]
    ),
    "all sequences get the last step of the longest one: each has its own length": (
        lambda h, mask: h[:, mask.sum(axis=1).max() - 1]
    ),
    "all sequences get the last step of the shortest one: each has its own length": (
        lambda h, mask: h[:, mask.sum(axis=1).min() - 1]
    ),
    "every sequence is paired with every length: index rows and steps together, h[rows, steps]": (
        lambda h, mask: h[:, mask.sum(axis=1) - 1]
    ),
    "the mean over the real steps is returned: return the last of them": (
        lambda h, mask: (h * mask[:, :, np.newaxis]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    ),
    "the mean over all steps is returned, padding included: return the last real one": (
        lambda h, mask: h.mean(axis=1)
    ),
    "the sum over the real steps is returned: return the last of them": (
        lambda h, mask: (h * mask[:, :, np.newaxis]).sum(axis=1)
    ),
}


LAST = Exercise(("h", "mask"), ("last",), _padded, last_of, LAST_MISTAKES)


def check_last_real(student: Callable) -> Verdict:
    """Check the choice of the last real step, last_real(h, mask) -> (B, H).

    Args: student: takes h (B, T, H), which is not carried over the padding, and mask (B, T) bool, True =
        real step, the real ones first.
    """
    return judge(student, LAST)


def both_ways(forward: Callable, backward: Callable, x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return what two layers put out, side by side; the second of them reads from the right."""
    restored = reverse_within(backward(reverse_within(x, mask)), mask)
    return np.concatenate([forward(x), restored], axis=2)


BOTH_WAYS_MISTAKES: dict[str, Reading] = {
    "the order of time is not restored: reverse the backward layer's output again": (
        lambda f, b, x, mask: np.concatenate([f(x), b(reverse_within(x, mask))], axis=2)
    ),
    "the backward layer reads the padding first: reverse each sequence within its own length": (
        lambda f, b, x, mask: np.concatenate([f(x), b(x[:, ::-1])[:, ::-1]], axis=2)
    ),
    "the backward layer reads the padding first, and the order of time is not restored": (
        lambda f, b, x, mask: np.concatenate([f(x), b(x[:, ::-1])], axis=2)
    ),
    "the backward layer's output is reversed along all steps: reverse within each sequence's own "
    "length both times": (
        lambda f, b, x, mask: np.concatenate([f(x), b(reverse_within(x, mask))[:, ::-1]], axis=2)
    ),
    "the backward layer also reads left to right: reverse its input": (
        lambda f, b, x, mask: np.concatenate([f(x), b(x)], axis=2)
    ),
    "only the output of the backward layer is reversed: reverse its input as well": (
        lambda f, b, x, mask: np.concatenate([f(x), reverse_within(b(x), mask)], axis=2)
    ),
    "the forward layer is used for both directions: the backward layer is never called": (
        lambda f, b, x, mask: both_ways(f, f, x, mask)
    ),
    "the two halves are swapped: forward comes first": (
        lambda f, b, x, mask: np.dstack(np.split(both_ways(f, b, x, mask), 2, axis=2)[::-1])
    ),
    "the two layers are swapped: the forward one reads left to right": (
        lambda f, b, x, mask: both_ways(b, f, x, mask)
    ),
    "padding is set to zero and read first, where the bias already changes the state: reverse within "
    "each sequence's own length": (
        lambda f, b, x, mask: np.concatenate(
            [f(x), b(np.where(mask[:, :, np.newaxis], x, 0.0)[:, ::-1])[:, ::-1]], axis=2
        )
    ),
    "the two outputs are added: concatenate them": (
        lambda f, b, x, mask: np.add(*np.split(both_ways(f, b, x, mask), 2, axis=2))
    ),
    "the batch is flipped for the backward layer, axis 0: time is axis 1": (
        lambda f, b, x, mask: np.concatenate([f(x), b(x[::-1])], axis=2)
    ),
    "the outputs are concatenated along time: concatenate them along the last axis": (
        lambda f, b, x, mask: np.concatenate(np.split(both_ways(f, b, x, mask), 2, axis=2), axis=1)
    ),
}


def _readings(rng: np.random.Generator) -> list[tuple]:
    """Return two layers with biases, which no padding of zeros leaves at rest, and what they read."""

    def reader(width: int, units: int) -> Callable[[np.ndarray], np.ndarray]:
        layer = RNN(width, units, rng, dtype=np.float64)
        layer.params["b"][...] = rng.standard_normal(units)
        return lambda x: layer.forward(x)[0]

    pairs = [(reader(*sizes), reader(*sizes)) for sizes in zip(WIDTHS, HIDDEN, strict=True)]
    return [(*pair, *read) for pair, read in zip(pairs, _padded(rng), strict=True)]


def _at_real_steps(reading: Callable, forward: Callable, backward: Callable, x: np.ndarray, mask: np.ndarray):
    """Return what a function puts out, with zeros at the padding."""
    h = reading(forward, backward, x, mask)
    try:
        array = np.asarray(h, dtype=np.float64)
    except (TypeError, ValueError):
        return h  # no array: the verdict tells
    return np.where(mask[:, :, np.newaxis], array, 0.0) if array.shape[:-1] == mask.shape else array


BOTH_WAYS = Exercise(
    ("forward", "backward", "x", "mask"), ("h",), _readings, both_ways, BOTH_WAYS_MISTAKES, _at_real_steps
)


def check_both_ways(student: Callable) -> Verdict:
    """Check a bidirectional layer made of two, both_ways(forward, backward, x, mask) -> (B, T, 2H).

    Only real steps are compared: what is put out at the padding does not matter.

    Args: student: takes two functions from x (B, T, N) to h (B, T, H), each of which reads from the left and
        knows no padding; x (B, T, N); and mask (B, T) bool, True = real step, the real ones first.
    """
    return judge(student, BOTH_WAYS)

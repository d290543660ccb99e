"""The bug hunt for padding: a function of a padded batch, four of whose lines let the padding in."""

from collections.abc import Callable, Collection
from itertools import combinations

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge

SUMMARIES = ("last", "mean", "highest", "attended")
# B, T, E, H and lengths: full and ragged rows, and one batch in which no sentence fills all steps
SIZES = ((4, 6, 2, 3, (6, 2, 4, 1)), (3, 5, 3, 5, (2, 3, 1)), (1, 4, 2, 4, (4,)), (2, 3, 1, 3, (3, 2)))


def broken_features(x, mask, W_x, W_h, b, v):
    """Run a tanh RNN over x, and return four summaries of its states, each (B, H)."""
    real, h, states = mask[:, :, np.newaxis], np.zeros((len(x), len(b))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W_x + h @ W_h + b) * real[:, t]
        states.append(h)
    states = np.stack(states, axis=1)  # (B, T, H)
    mean = states.mean(axis=1)
    highest = (states * real).max(axis=1)
    weights = np.exp((states @ v[:, np.newaxis]) * real)  # attention, (B, T, 1)
    return h, mean, highest, (weights * states).sum(axis=1) / weights.sum(axis=1)


def features(x, mask, W_x, W_h, b, v, *, broken: Collection[str] = ()):
    """Return the four summaries with padding kept out.

    Args: broken: the summaries in which it is not.
    """
    real, h, states = mask[:, :, np.newaxis], np.zeros((len(x), len(b))), []
    for t in range(x.shape[1]):
        h_new = np.tanh(x[:, t] @ W_x + h @ W_h + b)
        h = h_new * real[:, t] if "last" in broken else np.where(real[:, t], h_new, h)
        states.append(h)
    states = np.stack(states, axis=1)
    mean = (states * real).sum(axis=1) / real.sum(axis=1)
    highest, scores = np.where(real, states, -np.inf).max(axis=1), states @ v[:, np.newaxis]
    weights = np.exp(scores) * real
    if "mean" in broken:
        mean = states.mean(axis=1)
    if "highest" in broken:
        highest = (states * real).max(axis=1)
    if "attended" in broken:
        weights = np.exp(scores * real)
    return h, mean, highest, (weights * states).sum(axis=1) / weights.sum(axis=1)


def _batches(rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
    """Return batches whose padding is anything but zero, and weights."""
    problems = []
    for B, T, E, H, lengths in SIZES:
        mask = np.arange(T) < np.array(lengths)[:, np.newaxis]
        shapes = ((B, T, E), (E, H), (H, H), H, H)
        x, W_x, W_h, b, v = (rng.standard_normal(shape) for shape in shapes)
        problems.append((x, mask, W_x, W_h, b - 1.0, v))
    return problems


def _left(names: Collection[str]) -> Callable:
    return lambda *arguments: features(*arguments, broken=names)


def _changed(change: Callable) -> Callable:
    """Return the right function with its answer changed.  Args: change: takes the mask and the answer."""
    return lambda *arguments: change(arguments[1], *features(*arguments))


def _half_masked(x, mask, W_x, W_h, b, v):
    """Attend to padding in the sum of the weights alone."""
    last, mean, highest, attended = features(x, mask, W_x, W_h, b, v)
    states = np.stack([features(x[:, :t], mask[:, :t], W_x, W_h, b, v)[0] for t in _steps(x)], axis=1)
    weights = np.exp(states @ v)
    kept = (weights * mask).sum(axis=1) / weights.sum(axis=1)
    return last, mean, highest, attended * kept[:, np.newaxis]


def _steps(x: np.ndarray) -> range:
    return range(1, x.shape[1] + 1)


def _bugs_left() -> dict[str, Callable]:
    """Return every choice of bugs that may be left, all four first."""
    choices = [names for count in (4, 3, 2, 1) for names in combinations(SUMMARIES, count)]
    said = {names: " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) for names in choices}
    return {f"padding still leaks into {said[names]}": _left(names) for names in choices}


PADDING_HUNT = Exercise(
    ("x", "mask", "W_x", "W_h", "b", "v"),
    SUMMARIES,
    _batches,
    features,
    {
        **_bugs_left(),
        "the mean is divided by the number of all steps: divide by the number of real ones": _changed(
            lambda mask, last, mean, *others: (
                last,
                mean * mask.sum(axis=1, keepdims=True) / mask.shape[1],
                *others,
            )
        ),
        "the mean is only a sum over the real steps: divide it by their number": _changed(
            lambda mask, last, mean, *others: (last, mean * mask.sum(axis=1, keepdims=True), *others)
        ),
        "padding is masked after the softmax: the weights of the real steps no longer sum to 1": _half_masked,
        "the mask is inverted: True is a real step": (lambda x, mask, *weights: features(x, ~mask, *weights)),
        "the mask is ignored: every step counts as real": (
            lambda x, mask, *weights: features(x, np.ones_like(mask), *weights)
        ),
    },
)


def check_padding_hunt(student: Callable) -> Verdict:
    """Check the corrected function, features(x, mask, W_x, W_h, b, v) -> last, mean, highest, attended.

    Args: student: takes x (B, T, E), mask (B, T) bool, the weights of a tanh RNN and v (H,), which scores a
        state for attention; returns the state after the last real step, the mean and the maximum of the real
        steps' states, and their mean weighted by the softmax of states @ v, each (B, H).
    """
    return judge(student, PADDING_HUNT)

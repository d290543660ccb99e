"""The bug hunt of attention: forward and backward with the general score, four of whose lines are wrong."""

from collections.abc import Callable, Collection
from functools import partial
from itertools import combinations

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge

# B, T, S, Q, D and the sentences' lengths: all different, so that a wrong axis shows
SIZES = ((3, 2, 5, 4, 6, (5, 2, 3)), (2, 3, 4, 5, 3, (4, 1)), (1, 4, 3, 3, 5, (3,)))
ARGUMENTS = ("q", "values", "W", "mask", "dcontext")
BUGS = {  # and what each does to a reader of its results
    "scale": "the attention weights are more uniform than they should be",
    "mask": "the weights of a sentence with padding do not sum to 1",
    "softmax": "the gradients of the scores in a row do not sum to 0",
    "keys": "dvalues holds only the gradient that comes from the context",
}
NUMBERS = {2: "two", 3: "three", 4: "all four"}

Arrays = tuple[np.ndarray, ...]


def broken_attention(q, values, W, mask, dcontext):
    """Return the context, dq, dvalues and dW; the score is general, scaled and masked."""
    scale, keys, real = 1 / q.shape[2], values @ W, mask[:, np.newaxis]
    exponentials = np.exp(scale * (q @ keys.swapaxes(1, 2)))  # (B, T, S)
    w = exponentials / exponentials.sum(axis=2, keepdims=True) * real
    dw = dcontext @ values.swapaxes(1, 2)
    de = scale * w * dw
    dkeys = de.swapaxes(1, 2) @ q
    dvalues = w.swapaxes(1, 2) @ dcontext
    return w @ values, de @ keys, dvalues, np.einsum("bsd,bsq->dq", values, dkeys)


def attention(q, values, W, mask, dcontext, *, broken: Collection[str] = ()) -> Arrays:
    """Return the context (B, T, D), dq, dvalues and dW.

    Args: broken: which of the bugs are in it.
    """
    d, keys, real = q.shape[2], values @ W, mask[:, np.newaxis]
    scale = 1 / d if "scale" in broken else d**-0.5
    exponentials = np.exp(scale * (q @ keys.swapaxes(1, 2)))
    counted = exponentials if "mask" in broken else exponentials * real
    w = exponentials * real / counted.sum(axis=2, keepdims=True)
    dw = dcontext @ values.swapaxes(1, 2)
    mean = 0.0 if "softmax" in broken else (w * dw).sum(axis=2, keepdims=True)
    de = scale * w * (dw - mean)
    dkeys = de.swapaxes(1, 2) @ q
    dvalues = w.swapaxes(1, 2) @ dcontext
    if "keys" not in broken:
        dvalues = dvalues + dkeys @ W.T
    return w @ values, de @ keys, dvalues, np.einsum("bsd,bsq->dq", values, dkeys)


def _mistakes() -> dict[str, Callable | tuple[Callable, ...]]:
    """Every set of bugs that may be left: how many there are, and of a single one what it does."""
    several = {
        f"{NUMBERS[count]} bugs are still there": tuple(
            partial(attention, broken=broken) for broken in combinations(BUGS, count)
        )
        for count in (4, 3, 2)
    }
    alone = {
        f"one bug is still there: {does}": partial(attention, broken=(bug,)) for bug, does in BUGS.items()
    }
    return several | alone


def _passes(rng: np.random.Generator) -> list[Arrays]:
    """Return batches with padding, which holds numbers as well."""
    problems = []
    for B, T, S, Q, D, lengths in SIZES:
        q, values, W, dcontext = map(rng.standard_normal, ((B, T, Q), (B, S, D), (D, Q), (B, T, D)))
        problems.append((q, values, W, np.arange(S) < np.array(lengths)[:, np.newaxis], dcontext))
    return problems


HUNT = Exercise(ARGUMENTS, ("context", "dq", "dvalues", "dW"), _passes, attention, _mistakes())


def check_attention_hunt(student: Callable) -> Verdict:
    """Check the corrected attention, attention(q, values, W, mask, dcontext) -> context, dq, dvalues, dW.

    Args: student: takes q (B, T, Q), values (B, S, D), W (D, Q), mask (B, S) bool, True = real word, and the
        gradient dcontext (B, T, D) of the context.
    """
    return judge(student, HUNT)

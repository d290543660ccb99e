"""The check of an embedding table's gradient: each word's row adds up the gradients of all its uses."""

from collections.abc import Callable

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.vectorization.checks import Problems, by_step, rows


def table_gradient(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
    """Add up the gradients of each word's uses."""
    table = np.zeros((V, dx.shape[-1]))
    np.add.at(table, ids, dx)
    return table


def _buffered(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
    """`table[ids] += dx`: of a word that comes several times, one use counts, the last."""
    table = np.zeros((V, dx.shape[-1]))
    table[ids] += dx
    return table


def _in_parts(axis: int) -> Callable:
    """`table[ids] += dx` for each sequence, axis 0, or for each step, axis 1."""

    def gradient(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
        parts = zip(np.moveaxis(ids, axis, 0), np.moveaxis(dx, axis, 0), strict=True)
        return sum(_buffered(*part, V) for part in parts)

    return gradient


def _by_count(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
    uses = np.bincount(ids.ravel(), minlength=V)[:, np.newaxis]
    return table_gradient(ids, dx, V) / np.maximum(uses, 1)


def _first_use(ids: np.ndarray, dx: np.ndarray, V: int) -> np.ndarray:
    return _buffered(ids[::-1, ::-1], dx[::-1, ::-1], V)


TABLE_MISTAKES: dict[str, Callable] = {
    "table[ids] += dx keeps only one use of a repeated word: add up all its uses": _buffered,
    "only the first use of a word is kept: add up all its uses": _first_use,
    "a word that occurs twice in a sequence counts once there: add up all its uses": _in_parts(0),
    "a word that occurs twice at one step counts once there: add up all its uses": _in_parts(1),
    "each row is the mean over the word's uses: it is the sum": _by_count,
    "the gradient is divided by the number of sequences: it is the sum": (
        lambda ids, dx, V: table_gradient(ids, dx, V) / len(ids)
    ),
    "the gradient is divided by the number of words read: it is the sum": (
        lambda ids, dx, V: table_gradient(ids, dx, V) / ids.size
    ),
    "the table is transposed: it is (V, E)": lambda ids, dx, V: table_gradient(ids, dx, V).T,
    "the table has rows only for words that occur: it needs V rows, with zeros for the others": (
        lambda ids, dx, V: table_gradient(ids, dx, V)[np.unique(ids)]
    ),
    "the table ends at the largest id that occurs: it has V rows": (
        lambda ids, dx, V: table_gradient(ids, dx, V)[: ids.max() + 1]
    ),
    "batch and time are mixed up: the ids go sequence by sequence, the rows of dx step by step": (
        lambda ids, dx, V: table_gradient(ids.ravel(), by_step(dx), V)
    ),
    "only the last step is used: every step looked up a row": (
        lambda ids, dx, V: table_gradient(ids[:, -1:], dx[:, -1:], V)
    ),
    "only the first sequence is used": lambda ids, dx, V: table_gradient(ids[:1], dx[:1], V),
    "the gradient has the wrong sign": lambda ids, dx, V: -table_gradient(ids, dx, V),
    "every row gets the sum of all gradients: a row gets only those of its own word": (
        lambda ids, dx, V: np.tile(rows(dx).sum(axis=0), (V, 1))
    ),
}


def _looked_up(rng: np.random.Generator) -> Problems:
    """Words that come again within a sequence and at a step, and words that never come."""
    found = []
    for B, T, E, V in ((3, 5, 4, 6), (2, 6, 3, 5), (4, 3, 2, 9)):
        ids = rng.integers(V - 1, size=(B, T))
        ids[0, 1] = ids[0, -1]
        ids[-1, 0] = ids[0, 0]
        found.append((ids, rng.standard_normal((B, T, E)), V))
    return found


TABLE_GRADIENT = Exercise(("ids", "dx", "V"), ("dtable",), _looked_up, table_gradient, TABLE_MISTAKES)


def check_table_gradient(student: Callable) -> Verdict:
    """Check the gradient of an embedding table, table_gradient(ids, dx, V) -> dtable.

    Args: student: takes ids (B, T), whole numbers below V, and dx (B, T, E), the gradient of table[ids];
        returns the gradient of the table, (V, E).
    """
    return judge(student, TABLE_GRADIENT)

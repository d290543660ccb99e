"""The check of an embedding table's gradient passes right answers and tells wrong ones."""

import numpy as np
import pytest

from course.vectorization.table_gradient import check_table_gradient, table_gradient


def table_by_loop(ids, dx, V):
    table = np.zeros((V, dx.shape[2]))
    for n in range(ids.shape[0]):
        for t in range(ids.shape[1]):
            table[ids[n, t]] += dx[n, t]
    return table


def table_by_one_hot(ids, dx, V):
    return np.eye(V)[ids.ravel()].T @ dx.reshape(ids.size, -1)


def table_by_word(ids, dx, V):
    return [dx[ids == word].sum(axis=0).tolist() for word in range(V)]


def table_by_bincount(ids, dx, V):
    return np.stack([np.bincount(ids.ravel(), dx[..., e].ravel(), V) for e in range(dx.shape[2])], axis=1)


def table_by_sorting(ids, dx, V):
    order = np.argsort(ids, axis=None, kind="stable")
    words, first = np.unique(ids.ravel()[order], return_index=True)
    table = np.zeros((V, dx.shape[2]), np.float32)
    table[words] = np.add.reduceat(dx.reshape(ids.size, -1)[order], first)
    return table


@pytest.mark.parametrize(
    "student",
    [
        table_gradient,
        table_by_loop,
        table_by_one_hot,
        table_by_word,
        table_by_bincount,
        table_by_sorting,
    ],
)
def test_right_tables_pass(says, student):
    assert says(check_table_gradient, student).startswith("Right: ")


def table_of_a_set(ids, dx, V):
    table = np.zeros((V, dx.shape[-1]))
    table[ids] += dx
    return table


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (table_of_a_set, "keeps only one use of a repeated word"),
        (
            lambda ids, dx, V: sum(table_of_a_set(i, d, V) for i, d in zip(ids, dx, strict=True)),
            "in a sequence",
        ),
        (lambda ids, dx, V: table_by_loop(ids, dx, V) / len(ids), "the number of sequences"),
        (lambda ids, dx, V: table_by_loop(ids, dx, ids.max() + 1), "the table ends at the largest id"),
        (lambda ids, dx, V: table_by_loop(ids, dx**2, V), "dtable differs"),
        (lambda ids, dx, V: table_by_loop(V - 1 - ids, dx, V), "dtable differs"),
        (lambda ids, dx, V: table_by_loop(ids[:, 1:], dx[:, 1:], V), "dtable differs"),
        (lambda ids, dx, V: np.maximum(table_by_loop(ids, dx, V), 0), "dtable differs"),
    ],
)
def test_wrong_tables_fail(says, student, told):
    assert told in says(check_table_gradient, student)

"""The check of the way back through the projection passes right answers and tells wrong ones."""

import numpy as np
import pytest

from course.vectorization.weight_gradients import check_projection_backward


def back_by_loops(x, mask, dz, W_x):
    dx, dW_x, db = np.zeros_like(x), np.zeros_like(W_x), np.zeros(W_x.shape[1])
    for n, t in np.argwhere(mask):
        dx[n, t] = W_x @ dz[n, t]
        dW_x += np.outer(x[n, t], dz[n, t])
        db += dz[n, t]
    return dx, dW_x, db


def back_by_product_with_the_mask(x, mask, dz, W_x):
    dz = (dz * mask[..., None]).reshape(-1, W_x.shape[1])
    return (dz @ W_x.T).reshape(x.shape), x.reshape(len(dz), -1).T @ dz, dz.sum(0)


def back_by_real_rows(x, mask, dz, W_x):
    dx = np.zeros(x.shape)
    dx[mask] = dz[mask] @ W_x.T
    return [dx, x[mask].T @ dz[mask], dz[mask].sum(axis=0)]


def back_with_where(x, mask, dz, W_x):
    dz = np.where(mask[:, :, None], dz, 0).astype(np.float32)
    return dz @ W_x.T, np.tensordot(x, dz, ([0, 1], [0, 1])), dz.sum(axis=(0, 1))


def back_with_einsum(x, mask, dz, W_x):
    dz = dz * mask[:, :, np.newaxis]
    return np.einsum("btg,eg->bte", dz, W_x), np.einsum("bte,btg->eg", x, dz), dz.sum((0, 1))


def back_with_zeros_set(x, mask, dz, W_x):
    dz = np.array(dz)
    dz[~mask] = 0
    flat = dz.reshape(-1, dz.shape[-1])
    return np.dot(dz, W_x.T), np.dot(x.reshape(len(flat), -1).T, flat), np.add.reduce(flat)


def back_with_one_product_of_ones(x, mask, dz, W_x):
    """Right: a column of ones beside x makes db a row of the same product."""
    dz = np.where(mask[:, :, None], dz, 0)
    wide = np.concatenate([x, np.ones((*mask.shape, 1))], axis=2).reshape(mask.size, -1)
    both = wide.T @ dz.reshape(mask.size, -1)
    return dz @ W_x.T, both[:-1], both[-1]


@pytest.mark.parametrize(
    "student",
    [
        back_by_product_with_the_mask,
        back_by_real_rows,
        back_with_where,
        back_with_einsum,
        back_with_zeros_set,
        back_with_one_product_of_ones,
    ],
)
def test_right_ways_back_pass(says, student):
    assert says(check_projection_backward, student).startswith("Right: ")


def test_a_loop_over_steps_is_right_and_too_many_products_are_told(says):
    def by_step(x, mask, dz, W_x):
        dz = dz * mask[:, :, None]
        dx = np.stack([dz[:, t] @ W_x.T for t in range(mask.shape[1])], axis=1)
        return dx, sum(x[:, t].T @ dz[:, t] for t in range(mask.shape[1])), dz.sum((0, 1))

    assert "two do it, one for dx and one for dW_x" in says(check_projection_backward, by_step)
    assert says(check_projection_backward, back_by_loops).startswith(("Right: ", "The answer is right"))


NO_NAME = "is the first that differs"


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda x, m, dz, W: back_with_where(x, m | True, dz, W), "the mask is ignored: whatever dz"),
        (lambda x, m, dz, W: back_with_where(x, ~m, dz, W), "the mask is inverted"),
        (lambda x, m, dz, W: (dz @ W.T, *back_with_where(x, m, dz, W)[1:]), "the mask is ignored in dx: "),
        (
            lambda x, m, dz, W: (*back_with_where(x, m, dz, W)[:2], dz.sum((0, 1))),
            "the mask is ignored in db",
        ),
        (lambda x, m, dz, W: back_with_where(-x, m, dz, W), NO_NAME),
        (lambda x, m, dz, W: back_with_where(x, m, 2 * dz, W), NO_NAME),
        (lambda x, m, dz, W: back_with_where(x, m[:, ::-1], dz, W), NO_NAME),
        (lambda x, m, dz, W: back_with_where(np.abs(x), m, dz, W), NO_NAME),
    ],
)
def test_wrong_ways_back_fail(says, student, told):
    assert told in says(check_projection_backward, student)

"""The check of a GRU's way back through time passes right passes, and tells what is wrong with others."""

import numpy as np
import pytest

from course.gru.layer_backward import backward, check_gru_layer_backward, gates_backward
from lstm_lib.nn.gru import GRU, GRUState


def test_what_is_right_is_what_the_library_computes():
    rng = np.random.default_rng(0)
    layer = GRU(2, 3, rng, dtype=np.float64)
    layer.params["b_h"] += rng.standard_normal(3)
    x, first = rng.standard_normal((2, 4, 2)), GRUState(rng.standard_normal((2, 3)))
    mask = np.array([[True] * 4, [True, True, False, False]])
    _, _, cache = layer.forward(x, first, mask)
    dh_all = rng.standard_normal((2, 4, 3))
    dx, dfirst, grads = layer.backward(dh_all, None, cache)
    r, u, n = np.split(cache.gates, 3, axis=2)
    W_h = layer.params["W_h"]
    d_x, d_h, dh0 = backward(dh_all, mask, cache.state.h[:, :-1], r, u, n, cache.past, W_h)
    np.testing.assert_allclose(dh0, dfirst.h, rtol=1e-12)
    np.testing.assert_allclose(d_x @ layer.params["W_x"].T, dx, rtol=1e-12)
    np.testing.assert_allclose(d_x.sum(axis=(0, 1)), grads["b"], rtol=1e-12)
    np.testing.assert_allclose(d_h.sum(axis=(0, 1))[6:], grads["b_h"], rtol=1e-12)
    dW_h = np.einsum("bth,btg->hg", cache.state.h[:, :-1], d_h)
    np.testing.assert_allclose(dW_h, grads["W_h"], rtol=1e-12)


# Right, in six styles


def one_sentence_at_a_time(dh_all, mask, h_before, r, u, n, past, W_h):
    parts = []
    for k, length in enumerate(mask.sum(axis=1)):
        late = dh_all[[k], length:].sum(axis=1)
        dh = dh_all[[k], :length].copy()
        dh[:, -1] += late
        alone = np.ones((1, length), bool)
        d_x, d_h, dh0 = backward(dh, alone, *(a[[k], :length] for a in (h_before, r, u, n, past)), W_h)
        fill = [(0, 0), (0, mask.shape[1] - length), (0, 0)]
        parts.append((np.pad(d_x, fill), np.pad(d_h, fill), dh0))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def mask_as_a_factor(dh_all, mask, h_before, r, u, n, past, W_h):
    found, dh = [], np.zeros_like(u[:, 0])
    for t in range(mask.shape[1])[::-1]:
        m, dh = mask[:, t, None].astype(float), dh + dh_all[:, t]
        d_x, d_h = gates_backward(m * dh, h_before[:, t], r[:, t], u[:, t], n[:, t], past[:, t])
        dh = (1 - m) * dh + m * dh * u[:, t] + d_h @ W_h.T
        found.insert(0, (d_x, d_h))
    d_x, d_h = zip(*found, strict=True)
    return np.stack(d_x, 1), np.stack(d_h, 1), dh


def block_by_block(dh_all, mask, h_before, r, u, n, past, W_h):
    W_r, W_u, W_n = np.split(W_h, 3, axis=1)
    shape = (*mask.shape, W_h.shape[1])
    d_x, d_h, dh = np.zeros(shape), np.zeros(shape), 0
    for t in reversed(range(mask.shape[1])):
        dh, m = dh + dh_all[:, t], mask[:, [t]]
        dz_n = dh * (1 - u[:, t]) * (1 - n[:, t] * n[:, t])
        dz_u = dh * (h_before[:, t] - n[:, t]) * u[:, t] * (1 - u[:, t])
        dz_r = dz_n * past[:, t] * r[:, t] * (1 - r[:, t])
        d_x[:, t] = np.where(m, np.concatenate([dz_r, dz_u, dz_n], axis=1), 0)
        d_h[:, t] = np.where(m, np.concatenate([dz_r, dz_u, dz_n * r[:, t]], axis=1), 0)
        new = dh * u[:, t] + dz_r @ W_r.T + dz_u @ W_u.T + (dz_n * r[:, t]) @ W_n.T
        dh = np.where(m, new, dh)
    return d_x, d_h, dh


def slopes_first(dh_all, mask, h_before, r, u, n, past, W_h):
    of_n, of_u = (1 - u) * (1 - n**2), (h_before - n) * u * (1 - u)
    of_r = of_n * past * r * (1 - r)
    side_x = np.concatenate([of_r, of_u, of_n], axis=2) * mask[:, :, None]
    side_h = np.concatenate([of_r, of_u, of_n * r], axis=2) * mask[:, :, None]
    keep, dh = np.where(mask[:, :, None], u, 1), 0
    d_x, d_h = np.empty_like(side_x), np.empty_like(side_h)
    for t in reversed(range(mask.shape[1])):
        dh = dh + dh_all[:, t]
        d_x[:, t], d_h[:, t] = (np.tile(dh, 3) * side[:, t] for side in (side_x, side_h))
        dh = dh * keep[:, t] + d_h[:, t] @ W_h.T
    return d_x, d_h, dh


def in_lists(*arguments):
    return [found.tolist() for found in backward(*arguments)]


def in_single_precision(*arguments):
    return tuple(found.astype(np.float32) for found in backward(*arguments))


RIGHT = [
    one_sentence_at_a_time,
    mask_as_a_factor,
    block_by_block,
    slopes_first,
    in_lists,
    in_single_precision,
]


@pytest.mark.parametrize("student", RIGHT)
def test_right_passes_pass(says, student):
    assert says(check_gru_layer_backward, student) == "Right: d_x, d_h and dh0 agree with the library.\n"


# Wrong


def without_the_direct_path(dh_all, mask, h_before, r, u, n, past, W_h):
    d_x, d_h, dh = np.zeros((*mask.shape, W_h.shape[1])), np.zeros((*mask.shape, W_h.shape[1])), 0
    for t in reversed(range(mask.shape[1])):
        dh, m = dh + dh_all[:, t], mask[:, [t]]
        d_x[:, t], d_h[:, t] = m * gates_backward(dh, *(a[:, t] for a in (h_before, r, u, n, past)))
        dh = np.where(m, d_h[:, t] @ W_h.T, dh)
    return d_x, d_h, dh


def same_on_both_sides(*arguments):
    d_x, _, dh0 = backward(*arguments)
    return d_x, d_x.copy(), dh0


OTHER = "is the first that differs"


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (without_the_direct_path, "the direct path is missing"),
        (same_on_both_sides, "d_h equals d_x"),
        (lambda dh, m, *rest: backward(dh, m | True, *rest), "the mask is ignored"),
        (
            lambda dh, m, *rest: backward(dh * m[:, :, None], m, *rest),
            "the gradient that arrives at padding is lost",
        ),
        (lambda dh, m, h, r, u, *rest: backward(dh, m, h, u, r, *rest), OTHER),
        (lambda dh, m, h, *rest: backward(dh, m, 0 * h, *rest), OTHER),
        (lambda dh, m, *rest: backward(2 * dh, m, *rest), OTHER),
        (lambda *a: tuple(np.clip(found, -1, 1) for found in backward(*a)), OTHER),
    ],
)
def test_wrong_passes_fail(says, student, told):
    assert told in says(check_gru_layer_backward, student)

"""The checks of comparing times and moving weights pass right answers, and name mistakes written by hand."""

import numpy as np
import pytest

from course.frameworks.checks import check_fair_ratio, check_gru_transfer, check_weight_transfer
from figures.frameworks.twins.transfer import to_keras, to_torch

# Right answers


def ratio_in_a_loop(ours, theirs):
    found = sorted(a / b for a, b in list(zip(ours, theirs, strict=True))[1:])
    return (found[len(found) // 2] + found[(len(found) - 1) // 2]) / 2


def ratio_by_percentile(ours, theirs):
    return np.percentile(np.exp(np.log(ours) - np.log(theirs))[1:], 50).astype(np.float32)


def bias_first(W_x, W_h, b):
    return W_x.T, W_h.T, b, np.zeros(len(b))


def bias_second(W_x, W_h, b):
    return [np.swapaxes(W_x, 0, 1).copy(), np.einsum("ij->ji", W_h), 0 * b, b.copy()]


def bias_halved(W_x, W_h, b):
    stacked = (np.concatenate([part.T for part in np.split(W, 4, axis=1)]) for W in (W_x, W_h))
    return (*stacked, b / 2, b / 2)


def by_the_library(W_x, W_h, b):
    return tuple(to_torch({"W_x": W_x, "W_h": W_h, "b": b}).values())


def keras_by_blocks(W_x, W_h, b, b_h):
    H = len(b_h)

    def moved(a):
        return np.hstack([a[..., H : 2 * H], a[..., :H], a[..., 2 * H :]])

    return moved(W_x), moved(W_h), np.stack([moved(b), np.hstack([np.zeros(2 * H), b_h])])


def keras_with_gates_in_the_second_row(W_x, W_h, b, b_h):
    kernel, recurrent_kernel, bias = to_keras({"W_x": W_x, "W_h": W_h, "b": b, "b_h": b_h})
    gates = slice(2 * len(b_h))
    bias[1, gates], bias[0, gates] = bias[0, gates].copy(), 0
    return kernel, recurrent_kernel, bias


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_fair_ratio, ratio_in_a_loop),
        (check_fair_ratio, ratio_by_percentile),
        (check_weight_transfer, bias_first),
        (check_weight_transfer, bias_second),
        (check_weight_transfer, bias_halved),
        (check_weight_transfer, by_the_library),
        (check_gru_transfer, keras_by_blocks),
        (check_gru_transfer, keras_with_gates_in_the_second_row),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: ")


# Known mistakes


def ratio_of_means(ours, theirs):
    return ours[1:].mean() / theirs[1:].mean()


def mean_of_ratios_with_warm_up(ours, theirs):
    return np.mean([a / b for a, b in zip(ours, theirs, strict=True)])


def theirs_over_ours(ours, theirs):
    return np.median(theirs[1:] / ours[1:])


def bias_in_both_copies(W_x, W_h, b):
    return W_x.T, W_h.T, b, b.copy()


def gates_i_f_o_g(W_x, W_h, b):
    H = len(W_h)
    order = np.r_[0 : 2 * H, 3 * H : 4 * H, 2 * H : 3 * H]
    return W_x[:, order].T, W_h[:, order].T, b[order], np.zeros(4 * H)


def as_they_are(W_x, W_h, b):
    return W_x, W_h, b, np.zeros_like(b)


def keras_as_they_are(W_x, W_h, b, b_h):
    return W_x, W_h, np.stack([b, np.append(np.zeros(2 * len(b_h)), b_h)])


@pytest.mark.parametrize(
    ("check", "student", "told"),
    [
        (check_fair_ratio, ratio_of_means, "the ratio of the means is taken"),
        (
            check_fair_ratio,
            mean_of_ratios_with_warm_up,
            "the mean of the ratios is taken: a single slow round shifts it",
        ),
        (check_fair_ratio, mean_of_ratios_with_warm_up, "and the warm-up round is counted"),
        (check_fair_ratio, theirs_over_ours, "theirs is divided by ours"),
        (check_weight_transfer, bias_in_both_copies, "b is in both biases"),
        (check_weight_transfer, gates_i_f_o_g, "the gates stand in the order i, f, o, g"),
        (check_weight_transfer, as_they_are, "the matrices are not transposed"),
        (check_gru_transfer, keras_as_they_are, "the gates are in our order, r, u, n"),
    ],
)
def test_mistakes_written_by_hand_are_named(says, check, student, told):
    assert told in says(check, student)


# Other answers


@pytest.mark.parametrize(
    ("check", "student", "told"),
    [
        (check_weight_transfer, lambda W_x, W_h, b: (W_x.T, W_h.T, b), "4 arrays, not 3"),
        (
            check_weight_transfer,
            lambda W_x, W_h, b: (W_x.T, W_h.T, b, 0.0),
            "bias_hh has shape (); wanted (12",
        ),
        (
            check_weight_transfer,
            lambda W_x, W_h, b: (W_x.T, W_h.T, b, None),
            "bias_hh should be an array of numbers",
        ),
        (check_gru_transfer, lambda *arrays: arrays, "3 arrays, not 4"),
        (check_gru_transfer, lambda W_x, W_h, b, b_h: (W_x, W_h, np.append(b, b_h)), "kernel is the first"),
        (check_fair_ratio, lambda ours, theirs: ours[1:] / theirs[1:], "ratio has shape (9,); wanted ()"),
    ],
)
def test_any_other_answer_gets_a_plain_line(says, check, student, told):
    assert told in says(check, student)

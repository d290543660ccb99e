"""The checks of a layer through time pass right layers, and tell what is wrong with others."""

import numpy as np
import pytest

from course.lstm_cell.through_time import (
    backward,
    check_lstm_layer,
    check_lstm_layer_backward,
    layer,
    library_layer,
)


def one_sentence_at_a_time(x, mask, h0, c0, W_x, W_h, b):
    """Right, but unlike the course's: no padding is ever read."""
    found = []
    for k, length in enumerate(mask.sum(axis=1)):
        alone = np.ones((1, length), bool)
        h, h_T, c_T = layer(x[[k], :length], alone, h0[[k]], c0[[k]], W_x, W_h, b)
        found.append((np.pad(h[0], [(0, mask.shape[1] - length), (0, 0)], mode="edge"), h_T[0], c_T[0]))
    return [np.array(part) for part in zip(*found, strict=True)]


def by_arithmetic(x, mask, h, c, W_x, W_h, b):
    """Right: the mask as a factor."""
    outputs = np.empty((*mask.shape, h.shape[1]))
    for t, real in enumerate(mask.T[:, :, None].astype(float)):
        _, h_new, c_new = layer(x[:, [t]], mask[:, [t]] | True, h, c, W_x, W_h, b)
        h, c = real * h_new + (1 - real) * h, c + real * (c_new - c)
        outputs[:, t] = h
    return outputs, h, c


def only_the_first_padding_is_seen(x, mask, h, c, *weights):
    return layer(x, np.arange(x.shape[1]) < mask.sum(axis=1).max() + 0 * mask[:, :1], h, c, *weights)


def last_step_is_left_out(x, mask, h, c, *weights):
    short, h_T, c_T = layer(x[:, :-1], mask[:, :-1], h, c, *weights)
    return np.concatenate([short, short[:, -1:]], axis=1), h_T, c_T


@pytest.mark.parametrize("student", [library_layer, layer, one_sentence_at_a_time, by_arithmetic])
def test_right_layers_pass(says, student):
    assert says(check_lstm_layer, student) == "Right: h, h_T and c_T agree with the library.\n"


@pytest.mark.parametrize("student", [only_the_first_padding_is_seen, last_step_is_left_out])
def test_an_unknown_mistake_is_told_by_what_differs(says, student):
    told = says(check_lstm_layer, student)
    assert told.startswith("Not yet.") and "looks as if" not in told


def by_scaled_steps(dh_all, dh, dc, x, mask, h_before, c_before, W_x, W_h, b):
    """Right: one sentence at a time, whose padding is skipped."""
    dx, first, grads = np.zeros_like(x), [], [0.0, 0.0, 0.0]
    for k, length in enumerate(mask.sum(axis=1)):
        at = dh[[k]] + dh_all[[k], length:].sum(axis=1)
        real = slice(0, length)
        parts = [array[[k], real] for array in (x, mask, h_before, c_before)]
        dx[[k], real], *state, W, U, bias = backward(dh_all[[k], real], at, dc[[k]], *parts, W_x, W_h, b)
        first.append(state)
        grads = [total + one for total, one in zip(grads, (W, U, bias), strict=True)]
    dh0, dc0 = (np.concatenate(part) for part in zip(*first, strict=True))
    return [dx, dh0, dc0, *grads]


@pytest.mark.parametrize("student", [backward, by_scaled_steps])
def test_right_ways_back_pass(says, student):
    assert says(check_lstm_layer_backward, student).startswith("Right: dx, dh0, dc0, dW_x, dW_h and db")


def test_a_part_of_the_way_back_is_told(says):
    def student(*arguments):
        dx, dh0, dc0, dW_x, dW_h, db = backward(*arguments)
        return dx, dh0, dc0, dW_x, dW_h / 2, db

    told = says(check_lstm_layer_backward, student)
    assert told.startswith("Not yet. Right so far: dx, dh0, dc0, dW_x, db. dW_h is the first that differs")

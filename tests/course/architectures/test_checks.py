"""The checks of reversal, last real step and two directions pass right answers and tell what is wrong."""

import numpy as np
import pytest

from course.architectures import checks as known
from course.architectures.checks import check_both_ways, check_last_real, check_reverse


def reverse_by_index(x, mask):
    """Right, but unlike the course's: one gather, no loop."""
    steps, lengths = np.arange(mask.shape[1]), mask.sum(axis=1, keepdims=True)
    order = np.where(mask, lengths - 1 - steps, steps)
    return np.take_along_axis(x, order[:, :, None], axis=1)


def last_by_mask(h, mask):
    """Right, but unlike the course's: the step that is real and has no real one after it."""
    ends = mask & ~np.pad(mask[:, 1:], [(0, 0), (0, 1)])
    return h[ends].astype(np.float32)


def one_sequence_at_a_time(forward, backward, x, mask):
    """Right, but unlike the course's: no padding ever reaches a layer, and what is put out there is junk."""
    h = np.full((*mask.shape, 2 * forward(x).shape[2]), 7.0)
    for row, length in enumerate(mask.sum(axis=1)):
        alone = x[row : row + 1, :length]
        h[row, :length] = np.dstack([forward(alone), backward(alone[:, ::-1])[:, ::-1]])[0]
    return h


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_reverse, known.reverse_within),
        (check_reverse, reverse_by_index),
        (check_last_real, lambda h, mask: known.at_steps(h, mask.sum(axis=1) - 1)),
        (check_last_real, last_by_mask),
        (check_both_ways, known.both_ways),
        (check_both_ways, one_sequence_at_a_time),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: ")


def test_a_mistake_written_by_hand_is_named(says):
    def student(forward, backward, x, mask):
        return np.dstack([forward(x), np.flip(backward(np.flip(x, 1)), 1)])

    assert "reads the padding first" in says(check_both_ways, student)


@pytest.mark.parametrize("check", [check_reverse, check_last_real, check_both_ways])
@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda *arguments: arguments[-2][0], "has shape"),
        (lambda *arguments: "backwards", "should be an array of numbers"),
    ],
)
def test_any_other_answer_gets_a_plain_line(says, check, student, told):
    assert told in says(check, student)


def test_an_input_reversed_in_place_is_told(says):
    def student(x, mask):
        reversed_x = known.reverse_within(x, mask)
        x[...] = reversed_x
        return x

    assert "changes its argument x in place" in says(check_reverse, student)

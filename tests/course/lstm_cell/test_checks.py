"""The checks of one step and its gradient pass every right answer, and tell what is wrong with all others."""

import numpy as np
import pytest

from course.lstm_cell import checks
from course.lstm_cell.checks import check_lstm_step, check_lstm_step_backward
from course.shared.equations import function_of

student_step = function_of(checks.STEP, checks.STEP_ARGUMENTS, checks.STEP_RETURNS)
student_backward = function_of(checks.STEP_BACKWARD, checks.BACKWARD_ARGUMENTS, checks.STEP_BACKWARD_RETURNS)


# Right answers


def sigma(z):
    return 1 / (1 + np.exp(-z))


def other_step(x, h, c, W_x, W_h, b):
    """Right, but unlike the library: one matrix product, one sample at a time, a list returned."""
    H = c.shape[1]
    rows = []
    for row, memory in zip(np.hstack([x, h]), c, strict=True):
        z = row @ np.vstack([W_x, W_h]) + b
        memory = sigma(z[H : 2 * H]) * memory + sigma(z[:H]) * np.tanh(z[2 * H : -H])
        rows.append((sigma(z[-H:]) * np.tanh(memory), memory))
    return [np.array(part) for part in zip(*rows, strict=True)]


def other_backward(dh, dc, x, h, c, W_x, W_h, b):
    """Right, but unlike the library: in float32 and with einsum."""
    dh, dc, x, h, c, W_x, W_h, b = (np.float32(a) for a in (dh, dc, x, h, c, W_x, W_h, b))
    i, f, g, o = np.split(x @ W_x + h @ W_h + b, 4, axis=1)
    i, f, g, o = sigma(i), sigma(f), np.tanh(g), sigma(o)
    tanh_c = np.tanh(f * c + i * g)
    dc = dc + dh * o / np.cosh(f * c + i * g) ** 2
    slopes = np.stack([g * i * (1 - i), c * f * (1 - f), i * (1 - g * g)], axis=1)
    dz = np.hstack([*np.moveaxis(dc[:, None] * slopes, 1, 0), dh * tanh_c * o * (1 - o)])
    weights = [np.einsum("bn,bm->nm", a, dz) for a in (x, h)]
    return np.einsum("bm,nm->bn", dz, W_x), dz @ W_h.T, dc * f, *weights, np.einsum("bm->m", dz)


@pytest.mark.parametrize("student", [student_step, other_step])
def test_right_steps_pass(says, student):
    assert says(check_lstm_step, student) == "Right: h and c agree with the library.\n"


@pytest.mark.parametrize("student", [student_backward, other_backward])
def test_right_gradients_pass(says, student):
    assert says(check_lstm_step_backward, student).startswith("Right: dx, dh_before, dc_before, dW_x")


# Known mistakes; those of the catalogues are in test_every_check


def test_a_mistake_written_by_hand_is_named(says):
    def student(x, h, c, W_x, W_h, b):
        i, f, g, o = np.split(x @ W_x + h @ W_h + b, 4, axis=1)
        c = sigma(f) * c + sigma(i) * sigma(g)
        return sigma(o) * np.tanh(c), c

    assert "the candidate uses sigma" in says(check_lstm_step, student)


# Unknown mistakes


def test_the_first_array_and_index_that_differ_are_named(says):
    def student(*arrays):
        h, c = student_step(*arrays)
        c[-1, 0] += 1.0
        return h, c

    told = says(check_lstm_step, student)
    assert told.startswith("Not yet. Right so far: h. c is the first that differs: c[2, 0] is ")


def test_a_wrong_shape_is_told(says):
    def student(*arrays):
        dx, dh, dc, dW_x, dW_h, db = student_backward(*arrays)
        return dx, dh, dc, dW_x.T, dW_h, db

    assert says(check_lstm_step_backward, student) == (
        "Not yet. Right so far: dx, dh_before, dc_before, dW_h, db. "
        "dW_x has shape (20, 4); wanted (4, 20). Is it transposed?\n"
    )


def test_an_argument_changed_in_place_is_told(says):
    def student(x, h, c, W_x, W_h, b):
        answer = student_step(x, h, c, W_x, W_h, b)
        b += 1.0
        return answer

    assert "changes its argument b in place" in says(check_lstm_step, student)


# What is no answer at all


def crashing(x, h, c, W_x, W_h, b):
    return x @ W_h


def test_an_exception_becomes_two_lines_with_the_line_at_fault(says):
    first, second = says(check_lstm_step, crashing).splitlines()
    assert first.startswith("The function stopped with ValueError: matmul")
    assert second == "It happened at: return x @ W_h"


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (np.ones(3), "the function itself, without parentheses; it got ndarray"),
        (lambda *arrays: arrays[1], "should return h, c: 2 arrays, not 1"),
        (lambda *arrays: (arrays[1], None), "c should be an array of numbers; it is NoneType"),
        (lambda *arrays: ("h", "c"), "h should be an array of numbers; it is str"),
        (lambda *arrays: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_any_other_answer_gets_a_line_and_no_traceback(says, student, told):
    lines = says(check_lstm_step, student).splitlines()
    assert told in lines[0]
    assert len(lines) <= 2

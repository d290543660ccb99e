"""The checks of the GRU's exercises name each known mistake and pass right answers, however written."""

from itertools import combinations

import numpy as np
import pytest

from course.gru import checks as exercises_gru
from course.gru import gru_mistakes as known
from course.gru.checks import check_gru_parameters, check_gru_state_backward, check_gru_step
from course.lstm_cell.lstm_mistakes import solve

STEP_ARGUMENTS = ("x", "h", "W_x", "W_h", "b", "b_h")
STATE_ARGUMENTS = ("dh_new", "h", "r", "z", "n", "past", "W_h")


def step_with(**wrong):
    """What a student writes who has these equations wrong."""
    return lambda *arrays: solve(
        {**known.STEP, **wrong}, dict(zip(STEP_ARGUMENTS, arrays, strict=True)), ("h_new",)
    )[0]


def state_with(**wrong):
    return lambda *arrays: solve(
        {**known.STATE_BACKWARD, **wrong}, dict(zip(STATE_ARGUMENTS, arrays, strict=True)), ("dh",)
    )[0]


def step_unit_by_unit(x, h, W_x, W_h, b, b_h):
    """Right, but unlike the library: a loop over units, exponentials, and a list."""
    H, rows = h.shape[1], []
    for x_row, h_row in zip(x, h, strict=True):
        new = []
        for j in range(H):
            r, z = (1 / (1 + np.exp(-(x_row @ W_x[:, k] + h_row @ W_h[:, k] + b[k]))) for k in (j, H + j))
            k = 2 * H + j
            n = np.tanh(x_row @ W_x[:, k] + b[k] + r * (h_row @ W_h[:, k] + b_h[j]))
            new.append(n + z * (h_row[j] - n))
        rows.append(new)
    return rows


def state_backward_in_one_product(dh_new, h, r, z, n, past, W_h):
    """Right, but unlike the library: one product, float32."""
    dn = dh_new * (1 - z) * (1 - n**2)
    dproduct = np.hstack([dn * past * r * (1 - r), dh_new * (h - n) * z * (1 - z), dn * r])
    return (dproduct @ W_h.T + dh_new * z).astype(np.float32)


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_gru_step, step_with()),
        (check_gru_step, step_unit_by_unit),
        (check_gru_state_backward, state_with()),
        (check_gru_state_backward, state_backward_in_one_product),
        (check_gru_parameters, lambda E, H: 3 * H * (E + H + 1) + H),
        (check_gru_parameters, lambda E, H: float(sum(H * (E + H + 1) for _ in "rzn") + H)),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: ")


@pytest.mark.parametrize("mistake", known.STEP_MISTAKES)
def test_each_wrong_step_is_named(says, mistake):
    student = step_with(**known.STEP_MISTAKES[mistake])
    assert says(check_gru_step, student) == f"Not yet. It looks as if {mistake}.\n"


@pytest.mark.parametrize("mistake", known.STATE_MISTAKES)
def test_each_wrong_gradient_is_named(says, mistake):
    student = state_with(**known.STATE_MISTAKES[mistake])
    assert says(check_gru_state_backward, student) == f"Not yet. It looks as if {mistake}.\n"


@pytest.mark.parametrize("mistake", known.COUNT_MISTAKES)
def test_each_wrong_count_is_named(says, mistake):
    student = known.COUNT_MISTAKES[mistake]
    assert says(check_gru_parameters, student) == f"Not yet. It looks as if {mistake}.\n"


def test_no_two_wrong_counts_are_the_same():
    for one, other in combinations(known.COUNT_MISTAKES.values(), 2):
        assert [one(*sizes) for sizes in exercises_gru.SIZES] != [
            other(*sizes) for sizes in exercises_gru.SIZES
        ]


def test_a_mistake_written_by_hand_is_named(says):
    def student(x, h, W_x, W_h, b, b_h):
        H = h.shape[1]
        rz = 1 / (1 + np.exp(-(x @ W_x[:, : 2 * H] + h @ W_h[:, : 2 * H] + b[: 2 * H])))
        r, z = rz[:, :H], rz[:, H:]
        n = np.tanh(x @ W_x[:, 2 * H :] + b[2 * H :] + r * (h @ W_h[:, 2 * H :] + b_h))
        return z * n + (1 - z) * h

    assert "the update gate is inverted" in says(check_gru_step, student)

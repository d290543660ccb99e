"""The checks of the GRU's exercises pass right answers, however written, and name mistakes."""

import numpy as np
import pytest

from course.gru import checks
from course.gru.checks import check_gru_parameters, check_gru_state_backward, check_gru_step
from course.shared.equations import function_of


def step_unit_by_unit(x, h, W_x, W_h, b, b_h):
    """Right, but unlike the library: a loop over units, exponentials, and a list."""
    H, rows = h.shape[1], []
    for x_row, h_row in zip(x, h, strict=True):
        new = []
        for j in range(H):
            r, u = (1 / (1 + np.exp(-(x_row @ W_x[:, k] + h_row @ W_h[:, k] + b[k]))) for k in (j, H + j))
            k = 2 * H + j
            n = np.tanh(x_row @ W_x[:, k] + b[k] + r * (h_row @ W_h[:, k] + b_h[j]))
            new.append(n + u * (h_row[j] - n))
        rows.append(new)
    return rows


def state_backward_in_one_product(dh_new, h, r, u, n, past, W_h):
    """Right, but unlike the library: one product, float32."""
    dz_n = dh_new * (1 - u) * (1 - n**2)
    dproduct = np.hstack([dz_n * past * r * (1 - r), dh_new * (h - n) * u * (1 - u), dz_n * r])
    return (dproduct @ W_h.T + dh_new * u).astype(np.float32)


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_gru_step, function_of(checks.STEP, checks.STEP_ARGUMENTS, ("h_new",))),
        (check_gru_step, step_unit_by_unit),
        (check_gru_state_backward, function_of(checks.STATE_BACKWARD, checks.STATE_ARGUMENTS, ("dh",))),
        (check_gru_state_backward, state_backward_in_one_product),
        (check_gru_parameters, lambda E, H: 3 * H * (E + H + 1) + H),
        (check_gru_parameters, lambda E, H: float(sum(H * (E + H + 1) for _ in "run") + H)),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: ")


def test_a_mistake_written_by_hand_is_named(says):
    def student(x, h, W_x, W_h, b, b_h):
        H = h.shape[1]
        ru = 1 / (1 + np.exp(-(x @ W_x[:, : 2 * H] + h @ W_h[:, : 2 * H] + b[: 2 * H])))
        r, u = ru[:, :H], ru[:, H:]
        n = np.tanh(x @ W_x[:, 2 * H :] + b[2 * H :] + r * (h @ W_h[:, 2 * H :] + b_h))
        return u * n + (1 - u) * h

    assert "the update gate is inverted" in says(check_gru_step, student)

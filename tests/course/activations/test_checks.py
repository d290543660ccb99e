"""The checks of slopes and of gradients through time pass right answers and name mistakes."""

from functools import partial

import numpy as np
import pytest

from course.activations import checks as known
from course.activations.checks import check_gradient_norms, check_slopes
from course.shared.equations import function_of


def slopes_by_masks(s, t, r, e):
    """Right, but unlike the library: masks, logarithms, a list, and float32."""
    slope_of_elu = np.ones_like(e, dtype=np.float32)
    slope_of_elu[e < 0] = np.exp(np.log1p(e[e < 0]))
    return [s - s * s, (1 - t) * (1 + t), np.sign(r), slope_of_elu]


@pytest.mark.parametrize("student", [known.slopes, slopes_by_masks])
def test_right_slopes_pass(says, student):
    assert says(check_slopes, student) == "Right: sigmoid, tanh, relu and elu agree with the library.\n"


def test_several_wrong_slopes_are_all_named(says):
    wrong = {name: next(iter(known.SLOPE_MISTAKES[name])) for name in ("sigmoid", "tanh", "elu")}
    told = says(check_slopes, partial(known.slopes, wrong=wrong))
    for name, mistake in wrong.items():
        assert mistake in told, name
    assert "relu'" not in told


def norms_by_projection(dh, h, W_h):
    """Right, but unlike the library: one product of Jacobians for every lag."""
    jacobian, norms = np.eye(len(dh)), []
    for state in [None, *h[::-1]]:
        if state is not None:
            jacobian = jacobian @ np.diag(1 / np.cosh(np.arctanh(state)) ** 2) @ W_h.T
        norms.append(np.sqrt(np.sum((dh @ jacobian) ** 2)))
    return norms


norms_step_by_step = function_of(known.NORMS, known.NORM_ARGUMENTS, ("norms",))


@pytest.mark.parametrize("student", [norms_step_by_step, norms_by_projection])
def test_right_norms_pass(says, student):
    assert says(check_gradient_norms, student) == "Right: norms agrees with the library.\n"


def test_a_mistake_written_by_hand_is_named(says):
    def student(dh, h, W_h):
        norms = [np.linalg.norm(dh)]
        for t in range(len(h)):  # forward in time, where it should go back
            dh = (dh * (1 - h[t] ** 2)) @ W_h.T
            norms.append(np.linalg.norm(dh))
        return norms

    assert "in the order of time: the way back meets the last step first" in says(
        check_gradient_norms, student
    )

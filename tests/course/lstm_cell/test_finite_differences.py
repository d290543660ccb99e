"""The check of a gradient checker passes every central difference, and no other."""

import numpy as np
import pytest

from course.lstm_cell.finite_differences import check_numerical_gradient
from course.shared.gradcheck import numerical_gradients


def in_place(f, x, epsilon):
    """Right: the same array is nudged and set back."""
    gradient = np.empty(x.shape)
    for index, value in np.ndenumerate(x):
        ends = []
        for x[index] in (value + epsilon, value - epsilon):
            ends.append(f(x))
        x[index] = value
        gradient[index] = (ends[0] - ends[1]) / (2 * epsilon)
    return gradient


def back_by_adding(f, x, epsilon):
    """Right but for rounding: what was added is taken away again."""
    flat, gradient = x.reshape(-1), []
    for k in range(len(flat)):
        flat[k] += epsilon
        up = f(x)
        flat[k] -= 2 * epsilon
        gradient.append((up - f(x)) / 2 / epsilon)
        flat[k] += epsilon
    return np.reshape(gradient, x.shape)


def by_unit_vectors(f, x, epsilon):
    nudges = epsilon * np.eye(x.size).reshape(-1, *x.shape)
    return [[f(x + nudge) / epsilon / 2 - f(x - nudge) / epsilon / 2] for nudge in nudges]


def by_unit_vectors_in_shape(f, x, epsilon):
    return np.array(by_unit_vectors(f, x, epsilon)).reshape(x.shape).tolist()


@pytest.mark.parametrize("student", [in_place, back_by_adding, by_unit_vectors_in_shape])
def test_right_differences_pass(says, student):
    assert says(check_numerical_gradient, student) == "Right: gradient agrees with the library.\n"


def with_a_step_of_its_own(f, x, epsilon):
    return in_place(f, x, 1e-4)


def of_fourth_order(f, x, epsilon):
    upstream = [np.ones(())]
    return numerical_gradients(lambda arrays: [np.array(f(arrays["x"]))], {"x": x}, upstream)["x"]


def of_two_dimensions_only(f, x, epsilon):
    rows, columns = x.shape
    return in_place(f, x, epsilon).reshape(rows, columns)


@pytest.mark.parametrize(
    "student", [with_a_step_of_its_own, of_fourth_order, of_two_dimensions_only, by_unit_vectors]
)
def test_other_differences_fail_and_are_not_called_what_they_are_not(says, student):
    told = says(check_numerical_gradient, student)
    assert not told.startswith("Right") and "looks as if" not in told


def test_an_array_left_nudged_is_told(says):
    def student(f, x, epsilon):
        gradient = in_place(f, x.copy(), epsilon)
        x.flat[-1] += epsilon
        return gradient

    assert "changes its argument x in place" in says(check_numerical_gradient, student)

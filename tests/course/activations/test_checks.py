"""The checks of slopes and of gradients through time pass right answers and name mistakes."""

import math
from functools import partial

import numpy as np
import pytest

from course.activations import checks as known
from course.activations.checks import SCALE, check_gradient_norms, check_slopes
from course.shared.equations import function_of


def slopes_by_way_of_z(p, s, t, scaled):
    """Right, but unlike the model: back to z, a list, and float32."""
    z_of_s = s / (1 - np.abs(s))
    cosh = np.cosh(np.arctanh(scaled / 1.7159))
    return [
        1 / (1 + 1 / np.expm1(p)),
        (1 + abs(z_of_s)) ** -2.0,
        np.float32(1 / (1 + np.tan(t) ** 2)),
        1.7159 / 1.5 / cosh**2,
    ]


def slopes_by_differences(*values):
    """Right: the inverse function's difference quotients."""
    inverse = (
        lambda a: np.log(np.expm1(a)),
        lambda a: a / (1 - np.abs(a)),
        np.tan,
        lambda a: 1.5 * np.arctanh(a / 1.7159),
    )
    return tuple(2e-7 / (z(a + 1e-7) - z(a - 1e-7)) for z, a in zip(inverse, values, strict=True))


def slopes_by_identities(softplus, softsign, arctan, scaled):
    """Right: other identities."""
    t = scaled / 1.7159
    return (
        -np.expm1(-softplus),
        1 - 2 * abs(softsign) + softsign**2,
        (1 + np.cos(2 * arctan)) / 2,
        (1 - t) * (1 + t) * 1.7159 * 2 / 3,
    )


def slopes_one_by_one(*values):
    """Right: entry by entry, in plain Python."""
    formulas = (
        lambda a: (math.exp(a) - 1) / math.exp(a),
        lambda a: (1 - a) ** 2 if a > 0 else (1 + a) ** 2,
        lambda a: 1 - math.sin(a) ** 2,
        lambda a: 2 * 1.7159 / 3 - 2 * a * a / (3 * 1.7159),
    )
    return [[formula(a) for a in column.tolist()] for formula, column in zip(formulas, values, strict=True)]


def slopes_as_one_array(*values):
    """Right: four rows of one array."""
    return np.array([slope(a) for slope, a in zip(known.SLOPES.values(), values, strict=True)])


RIGHT_SLOPES = [
    known.slopes,
    slopes_by_way_of_z,
    slopes_by_differences,
    slopes_by_identities,
    slopes_one_by_one,
    slopes_as_one_array,
]


@pytest.mark.parametrize("student", RIGHT_SLOPES)
def test_right_slopes_pass(says, student):
    wanted = "Right: softplus, softsign, arctan and scaled_tanh agree with the library.\n"
    assert says(check_slopes, student) == wanted


@pytest.mark.parametrize("name", known.SLOPES)
def test_the_slopes_are_those_of_the_functions(name):
    z, phi = np.linspace(-3, 3, 50), known.FUNCTIONS[name]
    central = (phi(z + 1e-6) - phi(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(known.SLOPES[name](phi(z)), central, rtol=1e-7)


def test_several_wrong_slopes_are_all_named(says):
    wrong = {name: next(iter(known.SLOPE_MISTAKES[name])) for name in ("softplus", "arctan", "scaled_tanh")}
    told = says(check_slopes, partial(known.slopes, wrong=wrong))
    for name, mistake in wrong.items():
        assert mistake in told, name
    assert "softsign'" not in told


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("softplus", lambda a: 1 - 0.9 * np.exp(-a)),
        ("softsign", lambda a: (1 - np.abs(a)) ** 3),
        ("arctan", lambda a: np.cos(2 * a) ** 2),
        ("scaled_tanh", lambda a: (SCALE - a**2 / SCALE) / 2),
    ],
)
def test_an_unknown_wrong_slope_is_told_by_its_first_difference(says, name, wrong):
    chosen = known.SLOPES | {name: wrong}
    told = says(check_slopes, lambda *values: [s(a) for s, a in zip(chosen.values(), values, strict=True)])
    assert f"{name} is the first that differs" in told and "looks as if" not in told


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

    assert "in forward order: the backward pass starts at the last step" in says(
        check_gradient_norms, student
    )

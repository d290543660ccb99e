"""Activation functions against their definitions, and their slopes against difference quotients."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.shared.gradcheck import central_difference
from helpers.gradients import KINKS
from lstm_lib.nn.activations import ACTIVATIONS, get_activation

DEFINITIONS = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "hard_sigmoid": lambda z: min(max(z / 6 + 0.5, 0), 1),
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "softsign": lambda z: z / (1 + abs(z)),
    "gelu": lambda z: 0.5 * z * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "identity": lambda z: z,
}
every_activation = pytest.mark.parametrize("name", ACTIVATIONS)
POINTS = np.array([-9.0, -3.5, -2.5, -1.0, -0.1, -0.01, 0.01, 0.1, 1.0, 2.5, 3.5, 9.0])


def slope(activation, z):
    """The derivative, without the pre-activation where the activation says that it needs none."""
    return activation.derivative(z if activation.needs_input else None, activation(z))


def test_all_are_defined_here():
    assert set(ACTIVATIONS) == set(DEFINITIONS)


@every_activation
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=5))
def test_value_equals_definition(name, z):
    got = get_activation(name)(np.array(z))
    np.testing.assert_allclose(got, [DEFINITIONS[name](value) for value in z], rtol=1e-12, atol=1e-15)


@every_activation
@given(st.floats(-8, 8))
def test_derivative_equals_central_difference(name, z):
    step = 1e-4
    if any(abs(z - kink) <= 2 * step for kink in KINKS.get(name, ())):
        return
    activation = get_activation(name)
    estimate = central_difference(lambda change: float(activation(np.array([z + change]))[0]), step)
    assert slope(activation, np.array([z]))[0] == pytest.approx(estimate, abs=1e-10)


@every_activation
def test_float32_stays_float32(name):
    activation, z = get_activation(name), POINTS.astype(np.float32)
    assert activation(z).dtype == slope(activation, z).dtype == np.float32
    np.testing.assert_allclose(activation(z), activation(POINTS), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope(activation, z), slope(activation, POINTS), rtol=1e-4, atol=1e-6)


@every_activation
def test_arguments_stay_as_they_are_and_results_are_fresh(name):
    activation, z = get_activation(name), POINTS.copy()
    a = activation(z)
    for array in (z, a):
        array.flags.writeable = False
    for result in (activation(z), activation.derivative(z, a)):
        assert result.flags.writeable and result.shape == z.shape
        assert not np.shares_memory(result, z) and not np.shares_memory(result, a)


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_inputs_give_finite_results_without_warnings(name, dtype):
    largest = np.finfo(dtype).max
    z = np.array([-largest, -1e30, -1e4, -40, -1e-30, 0, 1e-30, 40, 1e4, 1e30, largest], dtype)
    activation = get_activation(name)
    assert np.isfinite(activation(z)).all()
    assert np.isfinite(slope(activation, z)).all()
    assert (np.abs(slope(activation, z)) <= 1.2).all()  # gelu's rises to 1.13


def test_unknown_name_is_told_with_the_choices():
    with pytest.raises(ValueError, match=r"^activation is 'swish'; wanted one of sigmoid, .*identity$"):
        get_activation("swish")

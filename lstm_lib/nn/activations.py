"""Activation functions and their derivatives, in a registry.

An activation is a value a = f(z) and a slope da/dz.  Most slopes can be read off the value alone (that of
tanh is 1 - a^2), which spares a recurrent layer from keeping every pre-activation.  `needs_input` marks the
one that cannot.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lstm_lib.limits import check, one_of

Array = np.ndarray


class Activation(NamedTuple):
    """One activation function.

    `function(z)` returns f(z) with z's shape and dtype and leaves z as it is.  `derivative(z, a)` returns
    f'(z) given the pre-activation z and the value a = f(z).  Where `needs_input` is False, only a is read and
    z may be None.
    """

    name: str
    function: Callable[[Array], Array]
    derivative: Callable[[Array | None, Array], Array]
    needs_input: bool = False

    def __call__(self, z: Array) -> Array:
        return self.function(z)

    def __reduce__(self):
        """Pickle by name, since the registry has the functions."""
        return get_activation, (self.name,)


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), written with tanh so that no exponential can overflow."""
    return 0.5 * np.tanh(0.5 * z) + 0.5


def hard_sigmoid(z: Array) -> Array:
    """z / 6 + 1/2 clipped to [0, 1], the piecewise linear sigmoid of PyTorch and Keras 3."""
    return np.clip(z / 6.0 + 0.5, 0.0, 1.0)


def relu(z: Array) -> Array:
    """max(z, 0) (Nair and Hinton, 2010)."""
    return np.maximum(z, 0.0)


LEAKY_SLOPE = 0.01


def leaky_relu(z: Array) -> Array:
    """z where positive, 0.01 z elsewhere (Maas et al., 2013)."""
    return np.where(z > 0, z, LEAKY_SLOPE * z)


def elu(z: Array) -> Array:
    """z where positive, exp(z) - 1 elsewhere (Clevert et al., 2016)."""
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0.0)))


def softsign(z: Array) -> Array:
    """z / (1 + |z|) (Bergstra et al., 2009)."""
    return z / (1.0 + np.abs(z))


GELU_SCALE, GELU_CUBIC = math.sqrt(2.0 / math.pi), 0.044715
GELU_FLAT = 30.0  # the tanh is exactly 1 long before; beyond, the cube could only overflow


def gelu(z: Array) -> Array:
    """z Phi(z) as z (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3))) / 2 (Hendrycks and Gimpel, 2016)."""
    return 0.5 * z * (1.0 + np.tanh(_gelu_cubic(np.clip(z, -GELU_FLAT, GELU_FLAT))))


def gelu_derivative(z: Array, a: Array) -> Array:
    """The slope of `gelu`, by the product rule."""
    near = np.clip(z, -GELU_FLAT, GELU_FLAT)
    tanh = np.tanh(_gelu_cubic(near))
    slope = GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * near * near)
    return 0.5 * (1.0 + tanh) + 0.5 * near * (1.0 - tanh * tanh) * slope


def _gelu_cubic(z: Array) -> Array:
    return GELU_SCALE * (z + GELU_CUBIC * z * z * z)


def identity(z: Array) -> Array:
    """z itself, as a fresh array."""
    return z.copy()


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid, lambda z, a: a * (1.0 - a)),
        Activation(
            "hard_sigmoid", hard_sigmoid, lambda z, a: np.where((a > 0) & (a < 1), a.dtype.type(1 / 6), 0)
        ),
        Activation("tanh", np.tanh, lambda z, a: 1.0 - a * a),
        Activation("relu", relu, lambda z, a: (a > 0).astype(a.dtype)),
        Activation("leaky_relu", leaky_relu, lambda z, a: np.where(a > 0, a.dtype.type(1), LEAKY_SLOPE)),
        Activation("elu", elu, lambda z, a: np.where(a > 0, a.dtype.type(1), a + 1)),
        Activation("softsign", softsign, lambda z, a: (1.0 - np.abs(a)) ** 2),
        Activation("gelu", gelu, gelu_derivative, needs_input=True),
        Activation("identity", identity, lambda z, a: np.ones_like(a)),
    )
}


def get_activation(name: str) -> Activation:
    """Return the activation of this name.  Raises: ValueError that lists those there are."""
    check("activation", name, one_of(ACTIVATIONS))
    return ACTIVATIONS[name]

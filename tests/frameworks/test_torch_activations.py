"""Activations and the loss: values and slopes are those of PyTorch's functions of the same name."""

import numpy as np
import pytest

from lstm_lib.nn.activations import ACTIVATIONS
from lstm_lib.nn.losses import cross_entropy

torch = pytest.importorskip("torch")
functional = torch.nn.functional

TWINS = {
    "sigmoid": torch.sigmoid,
    # functional.hardsigmoid has its slope, 1/6, in single precision only.
    "hard_sigmoid": lambda z: functional.relu6(z + 3) / 6,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "softsign": functional.softsign,
    "gelu": lambda z: functional.gelu(z, approximate="tanh"),
    "identity": lambda z: z,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_slopes_are_pytorchs(name):
    z = np.concatenate([np.linspace(-8, 8, 400), [-300.0, 300.0]])
    tensor = torch.tensor(z, requires_grad=True)
    wanted = TWINS[name](tensor)
    wanted.sum().backward()
    activation = ACTIVATIONS[name]
    np.testing.assert_allclose(activation(z), wanted.detach(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(activation.derivative(z, activation(z)), tensor.grad, rtol=0, atol=1e-12)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_cross_entropy_is_pytorchs(label_smoothing):
    rng = np.random.default_rng(0)
    logits, targets = 5 * rng.standard_normal((6, 9)), rng.integers(0, 9, 6)
    loss, nll, dlogits = cross_entropy(logits, targets, label_smoothing=label_smoothing)
    tensor = torch.tensor(logits, requires_grad=True)
    wanted = functional.cross_entropy(tensor, torch.tensor(targets), label_smoothing=label_smoothing)
    wanted.backward()
    np.testing.assert_allclose(loss, wanted.item(), rtol=0, atol=1e-12)
    unsmoothed = functional.cross_entropy(tensor, torch.tensor(targets))
    np.testing.assert_allclose(nll, unsmoothed.item(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(dlogits, tensor.grad, rtol=0, atol=1e-12)

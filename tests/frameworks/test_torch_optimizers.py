"""Every optimizer walks the path that PyTorch's walks."""

import numpy as np
import pytest

from lstm_lib.training import SGD, Adam, AdamW, RMSProp

torch = pytest.importorskip("torch")

PAIRS = {
    "sgd": (lambda: SGD(), lambda p: torch.optim.SGD(p)),
    "momentum": (lambda: SGD(momentum=0.9), lambda p: torch.optim.SGD(p, momentum=0.9)),
    "nesterov": (
        lambda: SGD(momentum=0.9, nesterov=True),
        lambda p: torch.optim.SGD(p, momentum=0.9, nesterov=True),
    ),
    "rmsprop": (lambda: RMSProp(decay=0.95), lambda p: torch.optim.RMSprop(p, alpha=0.95)),
    "adam": (lambda: Adam(beta1=0.8), lambda p: torch.optim.Adam(p, betas=(0.8, 0.999))),
    "adamw": (lambda: AdamW(weight_decay=0.1), lambda p: torch.optim.AdamW(p, weight_decay=0.1)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_same_path_as_pytorch(name):
    ours, theirs = PAIRS[name]
    rng = np.random.default_rng(0)
    params = {"w": rng.standard_normal((4, 6)), "b": rng.standard_normal(6)}
    tensors = {key: torch.tensor(value, requires_grad=True) for key, value in params.items()}
    optimizer, reference = ours(), theirs(list(tensors.values()))
    for step in range(30):
        learning_rate = 0.1 * 0.95**step
        grads = {key: rng.standard_normal(value.shape) for key, value in params.items()}
        for key, tensor in tensors.items():
            tensor.grad = torch.tensor(grads[key])
        reference.param_groups[0]["lr"] = learning_rate
        reference.step()
        optimizer.update(params, grads, learning_rate)
    for key, tensor in tensors.items():
        np.testing.assert_allclose(params[key], tensor.detach().numpy(), rtol=1e-12, atol=1e-12)

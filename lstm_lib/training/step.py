"""One training step: gradients, clipping, update."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Protocol

import numpy as np

from lstm_lib.training.clipping import clip_by_global_norm
from lstm_lib.training.optimizers import Arrays, Optimizer


class Trainable(Protocol):
    """What training asks of a model."""

    params: Arrays

    def loss_and_grads(self, batch: Any, rng: np.random.Generator) -> tuple[float, Arrays, int]:
        """Return the mean loss a token, its gradients (keys as in `params`) and the number of tokens."""


class Step(NamedTuple):
    """What a training step found."""

    loss: float  # the mean a token, before the update
    grad_norm: float  # the global norm before clipping
    tokens: int

    @property
    def is_finite(self) -> bool:
        return math.isfinite(self.loss) and math.isfinite(self.grad_norm)


def take_step(
    model: Trainable,
    optimizer: Optimizer,
    batch: Any,
    rng: np.random.Generator,
    learning_rate: float,
    clip_norm: float | None,
) -> Step:
    """Update the model's parameters in place; not so where loss or gradients are not finite.

    Args:
        batch, rng: for `model.loss_and_grads`.
        clip_norm: the longest allowed global norm of the gradients; None leaves them as they are.
    """
    loss, grads, tokens = model.loss_and_grads(batch, rng)
    step = Step(float(loss), clip_by_global_norm(grads, clip_norm), tokens)
    if step.is_finite:
        optimizer.update(model.params, grads, learning_rate)
    return step

"""One training step: gradients, clipping, update; and the memory that each step uses again."""

import ctypes
import math
import platform
from typing import Any, NamedTuple, Protocol

import numpy as np

from lstm_lib.limits import Positive, check
from lstm_lib.training.optimizers import Arrays, Optimizer, blocks, flat_view

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # options of mallopt(3)
LARGEST_INT = 2**31 - 1


class Trainable(Protocol):
    """What training asks of a model."""

    params: Arrays

    def loss_and_grads(self, batch: Any, rng: np.random.Generator) -> tuple[float, Arrays, int]:
        """Return the mean loss per token, its gradients (keys as in `params`) and the number of tokens."""


class Step(NamedTuple):
    """The loss and gradient norm that a training step found."""

    loss: float  # mean per token, before the update
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
    """Update the model's parameters in place, unless the loss or a gradient is infinite or NaN.

    Args: batch, rng: passed to `model.loss_and_grads`; clip_norm: see `clip_by_global_norm`.
    """
    loss, grads, tokens = model.loss_and_grads(batch, rng)
    step = Step(float(loss), clip_by_global_norm(grads, clip_norm), tokens)
    if step.is_finite:
        optimizer.update(model.params, grads, learning_rate)
    return step


def clip_by_global_norm(grads: dict[str, np.ndarray], max_norm: float | None) -> float:
    """Shrink all gradients by one common factor, in place, so that their global norm is at most `max_norm`.

        g = g * min(1, max_norm / norm)                     (Pascanu et al., 2013, algorithm 1)

    A common factor keeps the direction; clipping each parameter separately would change it.

    Args: grads: C-contiguous, of any shape; max_norm: the largest allowed norm, None only measures.
    Returns: the norm before clipping. If it is infinite or NaN, the gradients are left as they are.
    """
    norm = global_norm(grads)
    factor = clip_factor(norm, max_norm)
    if factor != 1.0:
        for key, grad in grads.items():
            flat = flat_view(f"grads[{key!r}]", grad)
            flat *= factor
    return norm


def global_norm(grads: dict[str, np.ndarray]) -> float:
    """Return sqrt(sum of all g^2), the norm of all gradients as one vector; it may be infinite or NaN."""
    flat_grads = [grad.reshape(-1) for grad in grads.values()]
    return math.sqrt(sum(squared_norm(flat[block]) for flat in flat_grads for block in blocks(flat.size)))


def squared_norm(block: np.ndarray) -> float:
    """Return the sum of the squares of a flat array, in float64, where no float32 value overflows."""
    wide = block.astype(np.float64, copy=False)
    return float(np.dot(wide, wide))


def clip_factor(norm: float, max_norm: float | None) -> float:
    """Return min(1, max_norm / norm), by which clipping multiplies the gradients; 1 if `max_norm` is None."""
    check("max_norm", max_norm, Positive | None)  # a negative one would turn the gradients round
    return max_norm / norm if max_norm is not None and max_norm < norm < math.inf else 1.0


def keep_freed_memory() -> bool:
    """Make this process keep the memory that it frees, for the arrays of the next step.

    A step makes and frees arrays of megabytes. By default, glibc returns large pieces to the operating
    system and then gets them back page by page, which takes time.

    Returns: whether the C library could be told to: glibc can; others are left as they are.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    # No mapping of its own for a large array, and nothing returned from the end of the heap.
    return bool(mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, LARGEST_INT))

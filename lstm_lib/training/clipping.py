"""Keeping one freak batch from throwing the parameters far away."""

import math

import numpy as np

from lstm_lib.training.blocks import blocks, flat_view


def global_norm(grads: dict[str, np.ndarray]) -> float:
    """Return the length of all gradients as one long vector: sqrt(sum of all g^2).

    Squares are summed in float64, where no float32 value overflows. Infinity and NaN come out as they are.
    """
    total = 0.0
    for grad in grads.values():
        flat = grad.reshape(-1)
        for block in blocks(flat.size):
            piece = flat[block].astype(np.float64, copy=False)
            total += float(np.dot(piece, piece))
    return math.sqrt(total)


def clip_by_global_norm(grads: dict[str, np.ndarray], max_norm: float | None) -> float:
    """Shrink all gradients by one common factor, in place, so that their global norm is at most `max_norm`.

        g = g * min(1, max_norm / norm)

    One factor for all keeps the direction; clipping each parameter by itself would turn it.

    Args:
        grads: gradients of any shape, C-contiguous; changed in place where the norm is too large.
        max_norm: the longest allowed norm; None only measures.

    Returns:
        The norm before clipping. Where it is infinite or NaN the gradients are left alone.

    Source: Pascanu et al. (2013), algorithm 1.
    """
    norm = global_norm(grads)
    if max_norm is not None and max_norm < norm < math.inf:
        for key, grad in grads.items():
            flat = flat_view(f"grads[{key!r}]", grad)
            flat *= max_norm / norm
    return norm

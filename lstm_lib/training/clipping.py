"""Keeping one freak batch from throwing the parameters far away."""

import math

import numpy as np

from lstm_lib.training.blocks import blocks, flat_view


def squared_norm(piece: np.ndarray) -> float:
    """The sum of all squares of a short flat array, in float64, where no float32 value overflows."""
    wide = piece.astype(np.float64, copy=False)
    return float(np.dot(wide, wide))


def global_norm(grads: dict[str, np.ndarray]) -> float:
    """Return the length of all gradients as one long vector: sqrt(sum of all g^2).

    Infinity and NaN come out as they are.
    """
    flat_grads = [grad.reshape(-1) for grad in grads.values()]
    return math.sqrt(sum(squared_norm(flat[block]) for flat in flat_grads for block in blocks(flat.size)))


def clip_factor(norm: float, max_norm: float | None) -> float:
    """min(1, max_norm / norm), what clipping multiplies the gradients with; 1 if `max_norm` is None."""
    return max_norm / norm if max_norm is not None and max_norm < norm < math.inf else 1.0


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
    factor = clip_factor(norm, max_norm)
    if factor != 1.0:
        for key, grad in grads.items():
            flat = flat_view(f"grads[{key!r}]", grad)
            flat *= factor
    return norm

"""Adam's step and clipping by the global norm as students write them, and the known mistakes in each."""

import math
from collections.abc import Callable

import numpy as np

from course.lstm_cell.lstm_mistakes import Equations

Grads = dict[str, np.ndarray]
Clipper = Callable[[Grads, float], tuple[Grads, float]]

ADAM: Equations = {
    "m_new": lambda v: v.beta1 * v.m + (1 - v.beta1) * v.g,
    "v_new": lambda v: v.beta2 * v.v + (1 - v.beta2) * v.g**2,
    "m_hat": lambda v: v.m_new / (1 - v.beta1**v.t),
    "v_hat": lambda v: v.v_new / (1 - v.beta2**v.t),
    "step": lambda v: v.learning_rate * v.m_hat / (np.sqrt(v.v_hat) + v.epsilon),
    "p_new": lambda v: v.p - v.step,
}
ADAM_RETURNS = ("p_new", "m_new", "v_new")


def _corrected_with(t: Callable[[np.ndarray], np.ndarray]) -> Equations:
    """Both corrections, counted in another way."""
    return {
        "m_hat": lambda v: v.m_new / (1 - v.beta1 ** t(v.t)),
        "v_hat": lambda v: v.v_new / (1 - v.beta2 ** t(v.t)),
    }


ADAM_MISTAKES: dict[str, Equations] = {
    "there is no bias correction: m / (1 - beta1^t) and v / (1 - beta2^t)": {
        "m_hat": lambda v: v.m_new,
        "v_hat": lambda v: v.v_new,
    },
    "m is not corrected for its start at 0: m / (1 - beta1^t)": {"m_hat": lambda v: v.m_new},
    "v is not corrected for its start at 0: v / (1 - beta2^t)": {"v_hat": lambda v: v.v_new},
    "the bias correction counts steps from 0: t is 1 at the first step": _corrected_with(lambda t: t - 1),
    "the bias correction is one step ahead: t is 1 at the first step already": _corrected_with(
        lambda t: t + 1
    ),
    "the bias correction lacks its power: 1 - beta^t, not 1 - beta": _corrected_with(np.ones_like),
    "beta is multiplied by t in the bias correction: it is to the power of t": {
        "m_hat": lambda v: v.m_new / (1 - v.beta1 * v.t),
        "v_hat": lambda v: v.v_new / (1 - v.beta2 * v.t),
    },
    "the bias correction multiplies by 1 - beta^t: it divides by it": {
        "m_hat": lambda v: v.m_new * (1 - v.beta1**v.t),
        "v_hat": lambda v: v.v_new * (1 - v.beta2**v.t),
    },
    "the corrected averages are handed on as m and v: the next step needs the uncorrected ones": {
        "m_new": lambda v: (v.beta1 * v.m + (1 - v.beta1) * v.g) / (1 - v.beta1**v.t),
        "v_new": lambda v: (v.beta2 * v.v + (1 - v.beta2) * v.g**2) / (1 - v.beta2**v.t),
        "m_hat": lambda v: v.m_new,
        "v_hat": lambda v: v.v_new,
    },
    "m and v are swapped in the update: it is m / (sqrt(v) + epsilon)": {
        "step": lambda v: v.learning_rate * v.v_hat / (np.sqrt(v.m_hat) + v.epsilon)
    },
    "beta1 and beta2 are swapped: beta1 belongs to m": {
        "m_new": lambda v: v.beta2 * v.m + (1 - v.beta2) * v.g,
        "v_new": lambda v: v.beta1 * v.v + (1 - v.beta1) * v.g**2,
        "m_hat": lambda v: v.m_new / (1 - v.beta2**v.t),
        "v_hat": lambda v: v.v_new / (1 - v.beta1**v.t),
    },
    "epsilon is added inside the root: it is added to the root": {
        "step": lambda v: v.learning_rate * v.m_hat / np.sqrt(v.v_hat + v.epsilon)
    },
    "epsilon is left out": {"step": lambda v: v.learning_rate * v.m_hat / np.sqrt(v.v_hat)},
    "epsilon is added to the root of v before its correction: correct v first": {
        "step": lambda v: (
            v.learning_rate * v.m_hat * np.sqrt(1 - v.beta2**v.t) / (np.sqrt(v.v_new) + v.epsilon)
        )
    },
    "both averages are sums: m = beta1 m + (1 - beta1) g, and v likewise": {
        "m_new": lambda v: v.beta1 * v.m + v.g,
        "v_new": lambda v: v.beta2 * v.v + v.g**2,
    },
    "m is a sum, not an average: m = beta1 m + (1 - beta1) g": {"m_new": lambda v: v.beta1 * v.m + v.g},
    "v is a sum, not an average: v = beta2 v + (1 - beta2) g^2": {"v_new": lambda v: v.beta2 * v.v + v.g**2},
    "beta and 1 - beta are exchanged in both averages: beta is the share of the old one": {
        "m_new": lambda v: (1 - v.beta1) * v.m + v.beta1 * v.g,
        "v_new": lambda v: (1 - v.beta2) * v.v + v.beta2 * v.g**2,
    },
    "the gradient is not squared in v": {"v_new": lambda v: v.beta2 * v.v + (1 - v.beta2) * v.g},
    "1 - beta2 is squared along with g": {"v_new": lambda v: v.beta2 * v.v + ((1 - v.beta2) * v.g) ** 2},
    "v averages the squares of m: it averages those of g": {
        "v_new": lambda v: v.beta2 * v.v + (1 - v.beta2) * v.m_new**2
    },
    "the root is missing: m / (sqrt(v) + epsilon)": {
        "step": lambda v: v.learning_rate * v.m_hat / (v.v_hat + v.epsilon)
    },
    "the update uses g in place of m: that is RMSProp": {
        "step": lambda v: v.learning_rate * v.g / (np.sqrt(v.v_hat) + v.epsilon)
    },
    "the update uses the averages from before this step: average first": {
        "m_hat": lambda v: v.m / (1 - v.beta1**v.t),
        "v_hat": lambda v: v.v / (1 - v.beta2**v.t),
    },
    "the step goes uphill: it is subtracted from p": {"p_new": lambda v: v.p + v.step},
    "the learning rate is left out": {"step": lambda v: v.m_hat / (np.sqrt(v.v_hat) + v.epsilon)},
    "the step is returned in place of the new p": {"p_new": lambda v: v.step},
}


def norm_of(grads: Grads) -> float:
    return math.sqrt(sum(float((grad**2).sum()) for grad in grads.values()))


def clipped_by(norm: Callable[[Grads], float], least: float = 1.0) -> Clipper:
    """One factor for all, from that norm."""

    def clip(grads: Grads, max_norm: float) -> tuple[Grads, float]:
        factor = min(least, max_norm / norm(grads))
        return {name: grad * factor for name, grad in grads.items()}, norm(grads)

    return clip


def _each(change: Callable[[np.ndarray, float], np.ndarray]) -> Clipper:
    """Every array by itself."""

    def clip(grads: Grads, max_norm: float) -> tuple[Grads, float]:
        return {name: change(grad, max_norm) for name, grad in grads.items()}, norm_of(grads)

    return clip


def _where_long(factor: Callable[[float, float], float]) -> Clipper:
    """One factor for all where the norm is too large."""

    def clip(grads: Grads, max_norm: float) -> tuple[Grads, float]:
        norm = norm_of(grads)
        scale = factor(norm, max_norm) if norm > max_norm else 1.0
        return {name: grad * scale for name, grad in grads.items()}, norm

    return clip


def _norm_after(grads: Grads, max_norm: float) -> tuple[Grads, float]:
    clipped, _ = clip(grads, max_norm)
    return clipped, norm_of(clipped)


clip = clipped_by(norm_of)
CLIP_MISTAKES: dict[str, Clipper] = {
    "each parameter is clipped by its own norm: one norm and one factor for all keep the direction": _each(
        lambda grad, most: grad * min(1.0, most / float(np.linalg.norm(grad)))
    ),
    "each number is clipped by itself: one factor for all keeps the direction": _each(
        lambda grad, most: np.clip(grad, -most, most)
    ),
    "the norm lacks its root: sqrt(sum of all g^2)": clipped_by(lambda grads: norm_of(grads) ** 2),
    "the norms of the parameters are added up: add up the squares, then take one root": clipped_by(
        lambda grads: sum(float(np.linalg.norm(grad)) for grad in grads.values())
    ),
    "sizes are added up, not squares: the norm is sqrt(sum of all g^2)": clipped_by(
        lambda grads: sum(float(np.abs(grad).sum()) for grad in grads.values())
    ),
    "the norm is the largest entry: it is sqrt(sum of all g^2)": clipped_by(
        lambda grads: max(float(np.abs(grad).max()) for grad in grads.values())
    ),
    "the norm is a mean: it is sqrt(sum of all g^2), however many there are": clipped_by(
        lambda grads: norm_of(grads) / math.sqrt(sum(grad.size for grad in grads.values()))
    ),
    "the norm is that of the first parameter alone": clipped_by(
        lambda grads: float(np.linalg.norm(next(iter(grads.values()))))
    ),
    "the norm is that of the last parameter alone": clipped_by(
        lambda grads: float(np.linalg.norm(list(grads.values())[-1]))
    ),
    "short gradients are lengthened: the factor is min(1, max_norm / norm)": clipped_by(norm_of, math.inf),
    "only short gradients are scaled: the factor is min(1, max_norm / norm), not max": (
        lambda grads, most: (
            {name: grad * max(1.0, most / norm_of(grads)) for name, grad in grads.items()},
            norm_of(grads),
        )
    ),
    "long gradients are scaled to length 1: to max_norm": _where_long(lambda norm, most: 1 / norm),
    "the factor is upside down: max_norm / norm": _where_long(lambda norm, most: norm / most),
    "the factor is max_norm: it is max_norm / norm": _where_long(lambda norm, most: most),
    "long gradients are set to zero: they are shortened": _where_long(lambda norm, most: 0.0),
    "nothing is clipped": _where_long(lambda norm, most: 1.0),
    "the norm after clipping is returned: the one before is asked for": _norm_after,
}

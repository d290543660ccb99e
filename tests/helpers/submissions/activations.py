"""Submissions for the exercise on gradients through time."""

from functools import reduce
from itertools import accumulate

import numpy as np


def by_jacobians(dh, h, W_h):
    """One matrix for all steps up to a lag: the product of the steps' Jacobians."""
    product, norms = np.eye(len(dh)), [np.linalg.norm(dh)]
    for state in reversed(h):
        product = product @ np.diag(1 - state**2) @ W_h.T
        norms.append(np.linalg.norm(dh @ product))
    return norms


def by_recursion(dh, h, W_h):
    norm = [float(np.sqrt(np.sum(dh**2)))]
    return norm if len(h) == 0 else norm + by_recursion(W_h @ (dh * (1 - h[-1] ** 2)), h[:-1], W_h)


def by_accumulation(dh, h, W_h):
    gradients = accumulate(h[::-1], lambda d, state: (d - d * state * state) @ W_h.T, initial=dh)
    return np.array([np.hypot.reduce(d) for d in gradients])


def unit_by_unit(dh, h, W_h):
    norms, H = [], len(dh)
    for lag in range(len(h) + 1):
        norms.append(sum(d * d for d in dh) ** 0.5)
        if lag < len(h):
            dz = [dh[j] * (1 - h[-1 - lag, j]) * (1 + h[-1 - lag, j]) for j in range(H)]
            dh = [sum(W_h[i, j] * dz[j] for j in range(H)) for i in range(H)]
    return norms


def changed(change):
    return lambda dh, h, W_h: change(np.array(by_jacobians(dh, h, W_h)))


def product_of_norms(dh, h, W_h):
    """A bound: slopes and matrix each by their own largest stretch."""
    stretch = np.linalg.norm(W_h, 2)
    return reduce(
        lambda norms, state: [*norms, norms[-1] * stretch * (1 - state**2).max()],
        h[::-1],
        [np.linalg.norm(dh)],
    )


RIGHT = {"check_gradient_norms": (by_jacobians, by_recursion, by_accumulation, unit_by_unit)}
WRONG = {
    "check_gradient_norms": {
        "a bound in place of the norm": product_of_norms,
        "in shares of the first": changed(lambda norms: norms / norms[0]),
        "logarithms": changed(np.log),
        "running means": changed(lambda norms: np.cumsum(norms) / np.arange(1, len(norms) + 1)),
        "the slope is the square of the right one": lambda dh, h, W_h: by_jacobians(
            dh, np.sqrt(1 - (1 - h**2) ** 2), W_h
        ),
    }
}

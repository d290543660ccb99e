"""Losses of two parameters, and descents over them by the library's own training step."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lstm_lib.training import Optimizer, take_step

STEEP = 25.0  # how much more the valley bends across than along
CELL_STEPS, CELL_START, CELL_TARGET = 30, 0.5, 0.6
FAR = 1e6  # a parameter this large counts as diverged

Slopes = tuple[np.ndarray, np.ndarray, np.ndarray]  # loss, and its slopes along both parameters


class Surface(NamedTuple):
    """A loss over two parameters.

    Args: slopes: takes arrays of one shape, x and y, and returns three of it: the loss and its slopes along x
        and y; start: x and y; window: what to show, x from and to, y from and to; names: of x and y.
    """

    slopes: Callable[[np.ndarray, np.ndarray], Slopes]
    start: tuple[float, float]
    window: tuple[float, float, float, float]
    names: tuple[str, str]


class Landscape(NamedTuple):
    """A surface on a grid."""

    x: np.ndarray  # (N,)
    y: np.ndarray  # (M,)
    losses: np.ndarray  # (M, N)
    names: tuple[str, str]


class Descent(NamedTuple):
    """Where each of N updates began, and what it found there."""

    points: np.ndarray  # (N, 2)
    losses: np.ndarray  # (N,)
    norms: np.ndarray  # (N,) of the gradients, before clipping
    diverged: bool  # a number became infinite, or the way led out of all bounds


class TwoParameters:
    """A surface as a model, for the training step."""

    def __init__(self, surface: Surface):
        self.surface = surface
        self.params = {name: np.array([at], float) for name, at in zip("xy", surface.start, strict=True)}

    def loss_and_grads(self, batch: None, rng: None) -> tuple[float, dict[str, np.ndarray], int]:
        """Return the loss here, its slopes, and 1 for the number of tokens."""
        loss, dx, dy = self.surface.slopes(self.params["x"], self.params["y"])
        # Copies: clipping changes gradients in place, and a slope may be the very array of a parameter.
        return float(loss[0]), {"x": dx.copy(), "y": dy.copy()}, 1


def valley(x: np.ndarray, y: np.ndarray) -> Slopes:
    """Return a long valley: loss = (x^2 + 25 y^2) / 2, slopes x and 25 y."""
    return (x**2 + STEEP * y**2) / 2, x, STEEP * y


def cliff(w: np.ndarray, b: np.ndarray) -> Slopes:
    """Return the loss of a one-unit recurrent network that should say 0.6 after thirty steps without input.

        h_t = tanh(w h_{t-1} + b),   h_0 = 0.5,   loss = (h_30 - 0.6)^2 / 2

    Source: after Pascanu et al. (2013), figure 6.
    """
    h = [np.full(np.shape(w), CELL_START)]
    for _ in range(CELL_STEPS):
        h.append(np.tanh(w * h[-1] + b))
    dh = h[-1] - CELL_TARGET
    loss, dw, db = dh**2 / 2, np.zeros_like(dh), np.zeros_like(dh)
    for before, after in zip(h[-2::-1], h[:0:-1], strict=True):
        dz = dh * (1 - after**2)
        dw, db, dh = dw + dz * before, db + dz, dz * w
    return loss, dw, db


SURFACES = {
    "valley": Surface(valley, (-9.0, 2.0), (-10.0, 4.0, -3.0, 3.0), ("$x$", "$y$")),
    "cliff": Surface(cliff, (2.0, 0.0), (0.5, 3.5, -1.0, 0.6), ("weight $w$", "bias $b$")),
}


def landscape(surface: Surface, size: int = 60) -> Landscape:
    """Compute the surface within its window at size x size points."""
    left, right, low, high = surface.window
    x, y = np.linspace(left, right, size), np.linspace(low, high, size)
    losses, _, _ = surface.slopes(*np.meshgrid(x, y))
    return Landscape(x, y, losses, surface.names)


def descend(
    surface: Surface,
    optimizer: Optimizer,
    learning_rate: float,
    clip_norm: float | None = None,
    updates: int = 60,
) -> Descent:
    """Descend from the start by `take_step`, which also trains the translator.

    Args: surface; optimizer: a new one; learning_rate; clip_norm: None for no clipping; updates: at most.
    """
    model = TwoParameters(surface)
    points, found = [], []
    # A walk that leaves all bounds is something to look at: NumPy need not warn of it.
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(updates):
            points.append([model.params["x"][0], model.params["y"][0]])
            found.append(take_step(model, optimizer, None, None, learning_rate, clip_norm))
            if not found[-1].is_finite or np.abs(points[-1]).max() > FAR:
                break
    diverged = not found[-1].is_finite or np.abs(points[-1]).max() > FAR
    losses, norms = np.array([[step.loss, step.grad_norm] for step in found]).T
    return Descent(np.array(points), losses, norms, bool(diverged))

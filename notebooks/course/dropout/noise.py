"""What recurrent dropout disturbs and how far it scatters the states: the dropout explorer's arrays."""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.dropout import RecurrentNoise
from lstm_lib.nn.recurrent import Recurrent


class Raster(NamedTuple):
    """A raster of what one sequence's noise disturbs."""

    disturbed: np.ndarray  # (H, T) bool, units by steps; of weight drop (H, G), units by columns
    means: str  # of an entry that is disturbed
    columns: str  # what they are


class Spread(NamedTuple):
    """One sequence's states under many draws of the noise; T steps, H units."""

    mean: np.ndarray  # (T, H): over the draws
    variance: np.ndarray  # (T, H): over the draws
    evaluation: np.ndarray  # (T, H): the state without noise, or with zoneout's mixture


def raster(noise: RecurrentNoise, steps: int) -> Raster:
    """Show what noise does to the first sequence of a batch, or zoneout to the first part of its state.

    Args: noise: sampled, of any kind; steps: T.
    Raises: ValueError where there is no noise.
    """
    if noise.state is not None:
        dropped = np.repeat(noise.state[0, :, np.newaxis] == 0, steps, axis=1)
        return Raster(dropped, "$h$ is hidden from the gates", "step")
    if noise.candidate is not None:
        return Raster(noise.candidate[0].T == 0, "nothing is written", "step")
    if noise.zone is not None:
        return Raster(noise.zone[0][0].T == 1, "$h$ stays as it was", "step")
    if noise.weight is not None:
        return Raster(noise.weight == 0, "a weight is missing, at every step", "columns of $W_h$")
    raise ValueError("noise is empty: there is nothing to draw")


def spread(layer: Recurrent, x: np.ndarray, draws: int, rng: np.random.Generator) -> Spread:
    """Run one sequence again and again, each time with noise of its own.

    Args: layer: with recurrent dropout; x (T, input_size); draws; rng.
    """
    # One at a time: weight drop has a single mask for all sequences of a batch.
    states = np.stack([layer.forward(x[np.newaxis], rng=rng)[0][0] for _ in range(draws)])  # (draws, T, H)
    evaluation, _, _ = layer.forward(x[np.newaxis])
    return Spread(states.mean(axis=0), states.var(axis=0), evaluation[0])

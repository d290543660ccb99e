"""What a recurrent layer writes down on its way through time, and reads on the way back."""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.dropout import RecurrentNoise


class Tape(NamedTuple):
    """All steps of one pass, in arrays that are filled step by step."""

    state: tuple[np.ndarray, ...]  # each part (B, T + 1, H); [:, t] is the state before step t
    gates: np.ndarray  # (B, T, G): projected inputs at first, activated gates once a step is done
    inner: np.ndarray  # (B, T, H): a value inside the cell that the way back needs; each cell says which
    pre: np.ndarray | None  # (B, T, num_activations H): what went into them, kept only for those that need it
    keep: list[tuple[np.ndarray, ...] | None]  # for each step, the share of each part before that it keeps
    W_h: np.ndarray  # (H, G): recurrent weights, with weight drop applied
    noise: RecurrentNoise


class GradientTape(NamedTuple):
    """Gradients of all steps: slopes of the activations at first, gradients once `retreat` has passed a
    step.
    """

    dz: np.ndarray  # (B, T, G): of the projected inputs
    inner: np.ndarray  # (B, T, H or G): each cell says what
    W_h_T: np.ndarray  # (G, H): a transposed copy of the tape's W_h


class RecurrentCache(NamedTuple):
    x: np.ndarray  # (B, T, input_size)
    tape: Tape


class StepCache(NamedTuple):
    """What `step` leaves for its gradient."""

    x: np.ndarray  # (B, input_size)
    h: np.ndarray  # (B, H): the h that met W_h, after variational dropout
    state: tuple[np.ndarray, ...]  # before the step
    W_h: np.ndarray  # (H, G), after weight drop
    candidate: np.ndarray | float  # what multiplied the candidate
    noise: RecurrentNoise
    values: tuple[np.ndarray, ...]  # what `equations` computed on its way

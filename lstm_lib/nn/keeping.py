"""What a time step keeps of the state before it: everything on padding, a share of it under zoneout."""

import numpy as np

from lstm_lib.nn.dropout import RecurrentNoise


def mix(new: np.ndarray, old: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(1 - share) new + share old: exactly the old state at share 1, as on padding."""
    return new * (1 - share) + old * share


def kept_shares(mask: np.ndarray | None, noise: RecurrentNoise, steps: int, parts: int):
    """For each step, the share of the old state that each part keeps: all on padding, `zone` under zoneout.

    None for a step at which nothing is kept, so that full batches pay nothing.
    """
    keep: list[tuple[np.ndarray, ...] | None] = [None] * steps
    for t in range(steps):
        padding = None if mask is None or mask[:, t].all() else ~mask[:, t, None]
        if noise.zone is not None:
            zone = tuple(part[:, t] for part in noise.zone)
            keep[t] = (
                zone
                if padding is None
                else tuple(np.where(padding, part.dtype.type(1), part) for part in zone)
            )
        elif padding is not None:
            keep[t] = (padding.astype(np.float32),) * parts
    return keep

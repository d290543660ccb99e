"""Dropout: inverted on inputs, and four kinds on the recurrent connections."""

from typing import NamedTuple

import numpy as np

from lstm_lib.limits import Rate, check, check_rng, one_of
from lstm_lib.nn.layers import check_floats

RECURRENT_KINDS = ("variational", "candidate", "zoneout", "weight_drop")


def keep_mask(rng: np.random.Generator, shape: tuple[int, ...], rate: float, dtype) -> np.ndarray:
    """Draw 0 with probability `rate`, else 1 / (1 - rate), so that a product keeps its expected value."""
    check_rng(rng)
    return (rng.random(shape, np.float32) >= rate).astype(dtype) * np.dtype(dtype).type(1.0 / (1.0 - rate))


class Dropout:
    """Inverted dropout: y = x * m, m from `keep_mask` (Srivastava et al., 2014).  Evaluation: y = x."""

    def __init__(self, rate: float):
        """Raises: ValueError on a rate that is no probability below 1."""
        check("dropout", rate, Rate)
        self.rate = rate
        self.params: dict[str, np.ndarray] = {}

    def forward(self, x: np.ndarray, rng=None) -> tuple[np.ndarray, np.ndarray | None]:
        """Drop entries of floats x, of any shape.  Returns: y; the mask, or None where nothing is dropped."""
        check_floats("x", x, ...)  # of an integer type, 1 / (1 - rate) would be rounded down
        if rng is None or self.rate == 0.0:
            return x, None
        mask = keep_mask(rng, x.shape, self.rate, x.dtype)
        return x * mask, mask

    def backward(self, dy: np.ndarray, mask: np.ndarray | None) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Compute dx = dy * mask.  Returns: dx; no gradients of parameters, for there are none."""
        check_floats("dy", dy, *([...] if mask is None else mask.shape))
        return (dy if mask is None else dy * mask), {}


class RecurrentNoise(NamedTuple):
    """What recurrent dropout does to one pass over a batch; None where it does nothing of that kind."""

    state: np.ndarray | None = None  # (B, H): multiplies h_{t-1}, the same at every step
    candidate: np.ndarray | None = None  # (B, T, H): multiplies the candidate
    weight: np.ndarray | None = None  # (H, G): multiplies W_h
    zone: tuple[np.ndarray, ...] | None = None  # each part (B, T, H): the share kept of the step before


class RecurrentDropout:
    """Noise on the hidden-to-hidden connections.

    - `variational`: h_{t-1} m with one mask m for all steps (Gal and Ghahramani, 2016).
    - `candidate`: the candidate alone (LSTM: g, GRU: n) is dropped, so memory survives (Semeniuta et al.,
      2016).
    - `zoneout`: each unit keeps its previous value with probability `rate`; in evaluation the old value and
      the new one are mixed in that proportion (Krueger et al., 2017).
    - `weight_drop`: entries of W_h are dropped, one mask for all steps and sentences (Merity et al., 2018).
    """

    def __init__(self, kind: str, rate: float):
        """Raises: ValueError on an unknown kind, or a rate that is no probability below 1."""
        check("kind", kind, one_of(RECURRENT_KINDS))
        check("rate", rate, Rate)
        self.kind, self.rate = kind, rate

    def sample(
        self, rng: np.random.Generator | None, batch: int, steps: int, W_h: np.ndarray, num_states: int
    ) -> RecurrentNoise:
        """Draw the noise of one pass, for so many parts of a state; without rng only zoneout's mixture."""
        shape, dtype = (batch, steps, len(W_h)), W_h.dtype
        if self.rate == 0.0 or (rng is None and self.kind != "zoneout"):
            return RecurrentNoise()
        if rng is None:
            return RecurrentNoise(zone=(np.full(shape, self.rate, dtype),) * num_states)
        check_rng(rng)
        if self.kind == "zoneout":
            zone = tuple((rng.random(shape) < self.rate).astype(dtype) for _ in range(num_states))
            return RecurrentNoise(zone=zone)
        if self.kind == "variational":
            return RecurrentNoise(state=keep_mask(rng, (batch, len(W_h)), self.rate, dtype))
        if self.kind == "candidate":
            return RecurrentNoise(candidate=keep_mask(rng, shape, self.rate, dtype))
        return RecurrentNoise(weight=keep_mask(rng, W_h.shape, self.rate, dtype))

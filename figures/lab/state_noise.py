"""Masks on the state itself, fresh or fixed, on h or c: what the library leaves out, for comparison.

    h_{t-1} <- h_{t-1} m_t,   c_{t-1} <- c_{t-1} m'_t      before step t

Fixed masks are the same at every step, fresh ones are drawn anew.  A fixed mask on h alone is variational
dropout (Gal and Ghahramani, 2016); a fresh one on both is what notebook 04 warns of.
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.dropout import keep_mask
from lstm_lib.nn.lstm import LSTM, LSTMState
from lstm_lib.nn.stacked import Bidirectional
from lstm_lib.seq2seq.model import Seq2Seq

STATE_NOISE = {  # whether masks are fresh, and on which parts of the state
    f"{age} {part}": (age == "fresh", part.split(" and "))
    for age in ("fresh", "fixed")
    for part in ("h", "c", "h and c")
}


class StateNoise(NamedTuple):
    """The noise of one pass: that of the library, all None, and the two masks (B, T, H)."""

    state: None = None
    candidate: None = None
    weight: None = None
    zone: None = None
    h: np.ndarray | None = None
    c: np.ndarray | None = None


class NoisyStateLSTM(LSTM):
    """An LSTM whose state is masked before every step; `params` are shared with the one it is made of."""

    def __init__(self, layer: LSTM, kind: str, rate: float):
        """Args: layer: without recurrent dropout; kind: one of `STATE_NOISE`; rate."""
        self.__dict__.update(vars(layer))
        (self.fresh, self.parts), self.rate = STATE_NOISE[kind], rate

    def start(self, z, state0=None, mask=None, rng=None):
        cache = super().start(z, state0, mask, rng)
        if rng is None:
            return cache
        batch, steps, dtype = *z.shape[:2], z.dtype
        masks = {}
        for part in self.parts:
            drawn = keep_mask(rng, (batch, steps if self.fresh else 1, self.hidden_size), self.rate, dtype)
            drawn = np.broadcast_to(drawn, (batch, steps, self.hidden_size))
            masks[part] = drawn if mask is None else np.where(mask[..., None], drawn, dtype.type(1))
        return cache._replace(noise=StateNoise(**masks))

    def forward_step(self, cache, t):
        h = cache.state.h[:, t]
        if isinstance(cache.noise, StateNoise):
            if cache.noise.h is not None:
                h = h * cache.noise.h[:, t]
            if cache.noise.c is not None:
                cache.state.c[:, t] *= cache.noise.c[:, t]  # which nothing reads but this step
        self._cell_forward(cache, t, h)
        self._keep(cache, t)

    def backward_step(self, cache, dcache, t, dstate):
        dbefore = super().backward_step(cache, dcache, t, dstate)
        if not isinstance(cache.noise, StateNoise):
            return dbefore
        masks = (cache.noise.h, cache.noise.c)  # on padding they are 1, and what was kept passes as it is
        return LSTMState(*(d if m is None else d * m[:, t] for d, m in zip(dbefore, masks, strict=True)))

    def _recurrent_gradients(self, h, cache, dcache):
        noise = cache.noise.h if isinstance(cache.noise, StateNoise) else None
        return super()._recurrent_gradients(h if noise is None else h * noise, cache, dcache)


def add_state_noise(model: Seq2Seq, kind: str, rate: float) -> None:
    """Put noisy cells in the place of all cells of a model; the parameters stay the same arrays."""
    for stack in (model.encoder.rnn, model.decoder.rnn):
        stack.layers[:] = [_noisy(layer, kind, rate) for layer in stack.layers]


def _noisy(layer, kind: str, rate: float):
    if isinstance(layer, Bidirectional):
        return Bidirectional(*(NoisyStateLSTM(each, kind, rate) for each in layer.directions.values()))
    return NoisyStateLSTM(layer, kind, rate)

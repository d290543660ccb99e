"""Recurrent layers made of recurrent layers: Bidirectional and Stacked."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lstm_lib.nn.dropout import Dropout, check_rate, keep_mask
from lstm_lib.nn.parameters import Params, check_shape, join
from lstm_lib.nn.products import empty_by_step
from lstm_lib.nn.recurrence import Recurrent, scaled
from lstm_lib.nn.state import parts_of
from lstm_lib.nn.tapes import GradientTape, RecurrentCache, Tape


class BidirectionalState(NamedTuple):
    forward: tuple[np.ndarray, ...]
    backward: tuple[np.ndarray, ...]


class BidirectionalCache(NamedTuple):
    forward: RecurrentCache
    backward: RecurrentCache


class Bidirectional:
    """Two layers, one reading from the left and one from the right, their outputs side by side (Schuster and
    Paliwal, 1997).

    The second layer gets the sequence reversed, padding first.  Since a masked step leaves the state as it
    was, it still begins at each sentence's own last token, and its final state has read the first.
    """

    def __init__(self, forward: Recurrent, backward: Recurrent):
        if forward.input_size != backward.input_size:
            raise ValueError(
                f"the directions read widths {forward.input_size} and {backward.input_size}; wanted one"
            )
        self.directions = {"forward": forward, "backward": backward}
        self.input_size, self.output_size = forward.input_size, forward.hidden_size + backward.hidden_size

    @property
    def params(self) -> Params:
        return join({name: layer.params for name, layer in self.directions.items()})

    def forward(self, x: np.ndarray, state0: BidirectionalState | None = None, mask=None, rng=None):
        """Args: x (B, T, input_size); state0: one state a direction; mask (B, T) bool; rng.
        Returns: h (B, T, H + H); the final states of both directions; cache."""
        left, right = self.directions.values()
        state_l, state_r = parts_of("state0", state0, 2)
        h_l, state_l, cache_l = left.forward(x, state_l, mask, rng)
        h_r, state_r, cache_r = right.forward(
            x[:, ::-1], state_r, None if mask is None else mask[:, ::-1], rng
        )
        h = np.concatenate([h_l, h_r[:, ::-1]], axis=2)
        return h, BidirectionalState(state_l, state_r), BidirectionalCache(cache_l, cache_r)

    def backward(self, dh: np.ndarray, dstate_T: BidirectionalState | None, cache: BidirectionalCache):
        """Args: dh (B, T, H + H); dstate_T or None; cache.  Returns: dx, dstate0, grads."""
        left, right = self.directions.values()
        check_shape("dh", dh, *cache.forward.x.shape[:2], self.output_size)
        dstate_l, dstate_r = parts_of("dstate_T", dstate_T, 2)
        dx_l, dstate_l, grads_l = left.backward(dh[..., : left.hidden_size], dstate_l, cache.forward)
        dx_r, dstate_r, grads_r = right.backward(dh[:, ::-1, left.hidden_size :], dstate_r, cache.backward)
        grads = join({"forward": grads_l, "backward": grads_r})
        return dx_l + dx_r[:, ::-1], BidirectionalState(dstate_l, dstate_r), grads


class StackedCache(NamedTuple):
    layers: list[RecurrentCache | BidirectionalCache]
    masks: list[np.ndarray | None]  # of the dropout below each layer but the first


class StackedTape(NamedTuple):
    layers: list[Tape]
    masks: list[np.ndarray | None]  # (B, T, H) below each layer but the first


class Stacked:
    """Layers on top of each other, with dropout on what passes between them (Zaremba et al., 2014)."""

    def __init__(self, layers: Sequence[Recurrent | Bidirectional], dropout: float = 0.0):
        """Args: layers, lowest first.  dropout: rate between them."""
        if not layers:
            raise ValueError("layers is empty; wanted at least one")
        check_rate("dropout", dropout)
        self.layers, self.dropout = list(layers), Dropout(dropout)
        self.input_size = self.layers[0].input_size

    @property
    def params(self) -> Params:
        return join({str(k): layer.params for k, layer in enumerate(self.layers)})

    def forward(self, x: np.ndarray, state0: Sequence | None = None, mask=None, rng=None):
        """Args: x (B, T, input_size); state0: a state for each layer; mask (B, T) bool; rng.
        Returns: h of the top layer; final states, a tuple with one for each layer; cache."""
        states, caches, masks = [], [], []
        firsts = parts_of("state0", state0, len(self.layers))
        for k, (layer, first) in enumerate(zip(self.layers, firsts, strict=True)):
            x, drop = (x, None) if k == 0 else self.dropout.forward(x, rng)
            x, state, cache = layer.forward(x, first, mask, rng)
            states.append(state), caches.append(cache), masks.append(drop)
        return x, tuple(states), StackedCache(caches, masks)

    def backward(self, dh: np.ndarray, dstate_T: Sequence | None, cache: StackedCache):
        """Args: dh, of the top layer; dstate_T: one for each layer, or None; cache.  Returns: dx, dstate0,
        grads.
        """
        dstates, grads = [], {}
        lasts = parts_of("dstate_T", dstate_T, len(self.layers))
        for k in reversed(range(len(self.layers))):
            dh, dstate, grads[str(k)] = self.layers[k].backward(dh, lasts[k], cache.layers[k])
            dstates.insert(0, dstate)
            dh, _ = self.dropout.backward(dh, cache.masks[k])
        return dh, tuple(dstates), join(grads)

    # Step by step, for decoders whose input depends on their own output: unidirectional layers only

    def start(self, z: np.ndarray, state0: Sequence | None = None, rng=None) -> StackedTape:
        """A tape for the lowest layer's projected inputs z (B, T, G), which it takes over and overwrites."""
        batch, steps, _ = z.shape
        tapes, masks = [], []
        firsts = parts_of("state0", state0, len(self.layers))
        for k, layer in enumerate(self.layers):
            inputs = z if k == 0 else empty_by_step((batch, steps, layer.params["W_x"].shape[1]), z.dtype)
            tapes.append(layer.start(inputs, firsts[k], None, rng))
            drop = k > 0 and rng is not None and self.dropout.rate > 0
            masks.append(
                keep_mask(rng, (batch, steps, layer.input_size), self.dropout.rate, z.dtype) if drop else None
            )
        return StackedTape(tapes, masks)

    def advance(self, tape: StackedTape, t: int) -> np.ndarray:
        """One step of all layers.  Returns: h of the top layer (B, H)."""
        for k, (layer, layer_tape) in enumerate(zip(self.layers, tape.layers, strict=True)):
            if k > 0:
                layer_tape.gates[:, t] = layer.project(self._below(tape, k, slice(t, t + 1)))[:, 0]
            layer.advance(layer_tape, t)
        return layer_tape.state.h[:, t + 1]

    def final_state(self, tape: StackedTape) -> tuple:
        """The state of each layer after the last step."""
        return tuple(layer.final_state(part) for layer, part in zip(self.layers, tape.layers, strict=True))

    def start_backward(self, tape: StackedTape) -> list[GradientTape]:
        return [
            layer.start_backward(layer_tape)
            for layer, layer_tape in zip(self.layers, tape.layers, strict=True)
        ]

    def retreat(
        self, tape: StackedTape, dtapes: list[GradientTape], t: int, dh: np.ndarray, dstates: Sequence
    ):
        """One step back.  Args: dh (B, H), of the top layer's output; dstates, after step t.  Returns: those
        before.
        """
        before = []
        for k in reversed(range(len(self.layers))):
            dstate = dstates[k]._replace(h=dstates[k].h + dh)
            before.insert(0, self.layers[k].retreat(tape.layers[k], dtapes[k], t, dstate))
            if k > 0:
                dx = dtapes[k].dz[:, t] @ self.layers[k].params["W_x"].T
                dh = scaled(dx, None if tape.masks[k] is None else tape.masks[k][:, t])
        return tuple(before)

    def weight_gradients(self, x: np.ndarray, tape: StackedTape, dtapes: list[GradientTape]) -> Params:
        """Args: x (B, T, input_size), the lowest layer's inputs; the tapes, after `retreat` of every step."""
        steps = slice(0, x.shape[1])
        inputs = [x] + [self._below(tape, k, steps) for k in range(1, len(self.layers))]
        parts = zip(self.layers, inputs, tape.layers, dtapes, strict=True)
        return join({str(k): layer.weight_gradients(*rest) for k, (layer, *rest) in enumerate(parts)})

    def _below(self, tape: StackedTape, k: int, steps: slice) -> np.ndarray:
        """What layer k reads at `steps`: the output of the layer below, after dropout."""
        mask = tape.masks[k]
        return scaled(tape.layers[k - 1].state.h[:, 1:][:, steps], None if mask is None else mask[:, steps])

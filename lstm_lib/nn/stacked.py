"""Recurrent layers made of recurrent layers: Bidirectional and Stacked."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lstm_lib.nn.dropout import Dropout, keep_mask
from lstm_lib.nn.layers import Composite, Params, check_floats, empty_by_step, join, parts_of
from lstm_lib.nn.recurrent import Recurrent, RecurrentCache, RecurrentGradients, scaled


class BidirectionalState(NamedTuple):
    forward: tuple[np.ndarray, ...]
    backward: tuple[np.ndarray, ...]


class BidirectionalCache(NamedTuple):
    forward: RecurrentCache
    backward: RecurrentCache


class Bidirectional(Composite):
    """Two layers, one reading from the left and one from the right, their outputs side by side.

    (Schuster and Paliwal, 1997.)  The second layer gets the sequence reversed, padding first.  Since a masked
    step leaves the state as it was, it still begins at each sentence's own last token, and its final state
    has read the first.
    """

    def __init__(self, forward: Recurrent, backward: Recurrent):
        """Raises: ValueError where the two read inputs of different widths."""
        widths = forward.input_size, backward.input_size
        if widths[0] != widths[1]:
            raise ValueError(f"the directions read widths {widths[0]} and {widths[1]}; wanted one")
        self.directions = self.parts = {"forward": forward, "backward": backward}
        self.input_size, self.output_size = forward.input_size, forward.hidden_size + backward.hidden_size

    def forward(self, x: np.ndarray, state0: BidirectionalState | None = None, mask=None, rng=None):
        """Run both directions over a sequence.

        Args: x (B, T, input_size); state0: one state per direction; mask (B, T) bool; rng.
        Returns: h (B, T, H + H); the final states of both directions; cache.
        """
        left, right = self.directions.values()
        state_l, state_r = parts_of("state0", state0, 2)
        h_l, state_l, cache_l = left.forward(x, state_l, mask, rng)
        h_r, state_r, cache_r = right.forward(
            x[:, ::-1], state_r, None if mask is None else mask[:, ::-1], rng
        )
        h = np.concatenate([h_l, h_r[:, ::-1]], axis=2)
        return h, BidirectionalState(state_l, state_r), BidirectionalCache(cache_l, cache_r)

    def backward(self, dh: np.ndarray, dstate_T: BidirectionalState | None, cache: BidirectionalCache):
        """Compute the gradient of `forward`.

        Args: dh (B, T, H + H); dstate_T: one per direction, or None; cache.
        Returns: dx (B, T, input_size); dstate0; grads.
        """
        left, right = self.directions.values()
        check_floats("dh", dh, *cache.forward.x.shape[:2], self.output_size)
        dstate_l, dstate_r = parts_of("dstate_T", dstate_T, 2)
        dx_l, dstate_l, grads_l = left.backward(dh[..., : left.hidden_size], dstate_l, cache.forward)
        dx_r, dstate_r, grads_r = right.backward(dh[:, ::-1, left.hidden_size :], dstate_r, cache.backward)
        grads = join({"forward": grads_l, "backward": grads_r})
        return dx_l + dx_r[:, ::-1], BidirectionalState(dstate_l, dstate_r), grads


class StackedCache(NamedTuple):
    layers: list[RecurrentCache | BidirectionalCache]
    masks: list[np.ndarray | None]  # (B, T, H): of the dropout below each layer, None below the first


class Stacked(Composite):
    """Layers on top of each other, with dropout on what passes between them (Zaremba et al., 2014)."""

    def __init__(self, layers: Sequence[Recurrent | Bidirectional], dropout: float = 0.0):
        """Args: layers, lowest first; dropout: rate between them.

        Raises: ValueError without a layer, or where one reads another width than the one below it has.
        """
        if not layers:
            raise ValueError("layers is empty; wanted at least one")
        for k, (below, above) in enumerate(pairwise(layers), start=1):
            if above.input_size != below.output_size:
                raise ValueError(f"layers[{k}] reads width {above.input_size}; wanted {below.output_size}")
        self.layers, self.dropout = list(layers), Dropout(dropout)

    @property
    def parts(self) -> dict[str, Recurrent | Bidirectional]:
        return {str(k): layer for k, layer in enumerate(self.layers)}

    def forward(self, x: np.ndarray, state0: Sequence | None = None, mask=None, rng=None):
        """Run each layer over the output of the one below.

        Args: x (B, T, input_size); state0: a state for each layer; mask (B, T) bool; rng.
        Returns: h of the top layer; final states, a tuple with one for each layer; cache.
        """
        states, caches, masks = [], [], []
        firsts = parts_of("state0", state0, len(self.layers))
        for k, (layer, first) in enumerate(zip(self.layers, firsts, strict=True)):
            x, drop = (x, None) if k == 0 else self.dropout.forward(x, rng)
            x, state, cache = layer.forward(x, first, mask, rng)
            states.append(state), caches.append(cache), masks.append(drop)
        return x, tuple(states), StackedCache(caches, masks)

    def backward(self, dh: np.ndarray, dstate_T: Sequence | None, cache: StackedCache):
        """Compute the gradient of `forward`.

        Args: dh, of the top layer's output; dstate_T: one for each layer, or None; cache.
        Returns: dx (B, T, input_size); dstate0: one for each layer; grads.
        """
        dstates, grads = [], {}
        lasts = parts_of("dstate_T", dstate_T, len(self.layers))
        for k in reversed(range(len(self.layers))):
            dh, dstate, grads[str(k)] = self.layers[k].backward(dh, lasts[k], cache.layers[k])
            dstates.insert(0, dstate)
            dh, _ = self.dropout.backward(dh, cache.masks[k])
        return dh, tuple(dstates), join(grads)

    # Step by step, for decoders, whose input depends on their own past: unidirectional layers only

    def start(self, z: np.ndarray, state0: Sequence | None = None, rng=None) -> StackedCache:
        """Return a cache for the lowest layer's projected inputs z (B, T, G), which it takes over."""
        batch, steps, _ = z.shape
        caches, masks = [], []
        firsts = parts_of("state0", state0, len(self.layers))
        for k, layer in enumerate(self.layers):
            inputs = z if k == 0 else empty_by_step((batch, steps, layer.params["W_x"].shape[1]), z.dtype)
            caches.append(layer.start(inputs, firsts[k], None, rng))
            drops = k > 0 and rng is not None and self.dropout.rate > 0
            shape = (batch, steps, layer.input_size)
            masks.append(keep_mask(rng, shape, self.dropout.rate, z.dtype) if drops else None)
        return StackedCache(caches, masks)

    def forward_step(self, cache: StackedCache, t: int) -> np.ndarray:
        """Go one step forward in all layers.  Returns: h of the top layer (B, H)."""
        for k, (layer, of_layer) in enumerate(zip(self.layers, cache.layers, strict=True)):
            if k > 0:
                of_layer.gates[:, t] = layer.project(self._below(cache, k, slice(t, t + 1)))[:, 0]
            layer.forward_step(of_layer, t)
        return of_layer.state.h[:, t + 1]

    def start_backward(self, cache: StackedCache) -> list[RecurrentGradients]:
        """Return the slopes of each layer's activations, for all steps at once."""
        return [layer.start_backward(part) for layer, part in zip(self.layers, cache.layers, strict=True)]

    def backward_step(self, cache: StackedCache, dcaches, t: int, dh: np.ndarray, dstates: Sequence) -> tuple:
        """Go one step back in all layers.

        Args: dh (B, H), of the top layer's output; dstates, of the states after t.  Returns: of those before.
        """
        before = []
        for k in reversed(range(len(self.layers))):
            dstate = dstates[k]._replace(h=dstates[k].h + dh)
            before.insert(0, self.layers[k].backward_step(cache.layers[k], dcaches[k], t, dstate))
            if k > 0:
                dx = dcaches[k].dz[:, t] @ self.layers[k].params["W_x"].T
                dh = scaled(dx, None if cache.masks[k] is None else cache.masks[k][:, t])
        return tuple(before)

    def weight_gradients(self, x: np.ndarray, cache: StackedCache, dcaches) -> Params:
        """Compute the gradients of all parameters; x (B, T, input_size) is what the lowest layer read."""
        steps = slice(0, x.shape[1])
        inputs = [x] + [self._below(cache, k, steps) for k in range(1, len(self.layers))]
        parts = zip(self.layers, inputs, cache.layers, dcaches, strict=True)
        return join({str(k): layer.weight_gradients(*rest) for k, (layer, *rest) in enumerate(parts)})

    def _below(self, cache: StackedCache, k: int, steps: slice) -> np.ndarray:
        """What layer k reads at `steps`: the output of the layer below, after dropout."""
        mask = cache.masks[k]
        return scaled(cache.layers[k - 1].state.h[:, 1:][:, steps], None if mask is None else mask[:, steps])

"""What every recurrent layer shares: the walk through time, masks, recurrent dropout, hoisted products.

A pass over a sequence has three parts, and so does its reverse.  The inputs of all steps are projected in one
matrix product (`project`).  A loop does what truly depends on the step before (`forward_step`).  On the way
back another loop carries gradients from step to step (`backward_step`), and after it the gradient of each
weight matrix is again one product over all steps (`weight_gradients`).  A decoder, whose input depends on its
own past, calls these pieces itself.
"""

from typing import ClassVar, NamedTuple

import numpy as np

from lstm_lib.nn.activations import get_activation
from lstm_lib.nn.dropout import RecurrentDropout, RecurrentNoise
from lstm_lib.nn.initializers import gate_weights
from lstm_lib.nn.layers import (
    Params,
    bias_gradient,
    by_step,
    check_floats,
    check_layer,
    check_mask,
    empty_by_step,
    linear_map,
    parts_of,
    weight_gradient,
)


class RecurrentCache(NamedTuple):
    """All steps of one forward pass, in arrays that are filled step by step."""

    state: tuple[np.ndarray, ...]  # each part (B, T + 1, H); [:, t] is the state before step t
    gates: np.ndarray  # (B, T, G): projected inputs at first, activated gates once a step is done
    pre: np.ndarray | None  # (B, T, A): pre-activations, only for activations whose slope needs them
    kept: list  # for each step, what it keeps of the state before it; see `kept_shares`
    W_h: np.ndarray  # (H, G): recurrent weights, with weight drop applied
    noise: RecurrentNoise
    x: np.ndarray | None = None  # (B, T, input_size); None in a decoder, which puts its inputs together later
    tanh_c: np.ndarray | None = None  # (B, T, H): of an LSTM, tanh(c_new)
    past: np.ndarray | None = None  # (B, T, H): of a GRU, the past as its candidate sees it


class RecurrentGradients(NamedTuple):
    """Gradients of all steps: slopes at first, gradients once `backward_step` has passed a step."""

    dz: np.ndarray  # (B, T, G): of the projected inputs
    W_h_T: np.ndarray  # (G, H): a transposed copy of the cache's W_h
    output_slope: np.ndarray | None = None  # (B, T, H): of an LSTM, dh_new/dc_new = o tanh'(c_new)
    dproduct: np.ndarray | None = None  # (B, T, G): of a GRU, gradients of h W_h


class StepCache(NamedTuple):
    """What `step` leaves for its gradient."""

    x: np.ndarray  # (B, input_size)
    h: np.ndarray  # (B, H): the h that met W_h, after variational dropout
    state: tuple[np.ndarray, ...]  # before the step
    W_h: np.ndarray  # (H, G), after weight drop
    candidate: np.ndarray | float  # what multiplied the candidate
    kept: tuple[np.ndarray, ...] | None  # the share of each part that zoneout kept
    noise: RecurrentNoise
    values: tuple[np.ndarray, ...]  # what `equations` computed on its way


def scaled(x: np.ndarray, factor: np.ndarray | None) -> np.ndarray:
    """Return x * factor, or x itself where there is no factor."""
    return x if factor is None else x * factor


def mix(new: np.ndarray, old: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return (1 - share) new + share old: exactly the old state at share 1, as on padding."""
    return new * (1 - share) + old * share


def kept_shares(mask: np.ndarray | None, noise: RecurrentNoise, steps: int) -> list:
    """Return for each step what it keeps of the old state: all on padding, `zone` under zoneout.

    That is None where nothing is kept, so that full batches pay nothing; where padding alone decides, a bool
    array (B, 1); under zoneout the share of each part.
    """
    if noise.zone is not None:
        one = noise.zone[0].dtype.type(1)
        zone = noise.zone if mask is None else [np.where(mask[..., None], part, one) for part in noise.zone]
        return [tuple(part[:, t] for part in zone) for t in range(steps)]
    if mask is None:
        return [None] * steps
    padding = ~mask[..., None]
    return [padding[:, t] if some else None for t, some in enumerate(padding.any(axis=(0, 2)))]


class Recurrent:
    """Base of RNN, LSTM and GRU.

    A cell writes its mathematics twice: `equations` and `equations_backward`, one step to be read, and
    `_cell_forward`, `start_backward` and `_cell_backward`, fused, to be run.  Tests hold both equal.
    """

    gate_order: ClassVar[str]  # one letter per gate, as the gates stand side by side in W_x, W_h and b
    activation_order: ClassVar[str]  # the same in `RecurrentCache.pre`, where an LSTM's c follows
    cached: ClassVar[str | None] = None  # the further field of the cache that the cell fills
    State: ClassVar[type]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        activation: str = "tanh",
        gate_activation: str = "sigmoid",
        recurrent_dropout: RecurrentDropout | None = None,
        dtype=np.float32,
    ):
        """Args: input_size, hidden_size: widths; rng: draws the weights; activation: of candidate and output;
        gate_activation: of the gates; recurrent_dropout: noise on the hidden-to-hidden connections.
        """
        check_layer(rng, dtype, input_size=input_size, hidden_size=hidden_size)
        if not isinstance(recurrent_dropout, RecurrentDropout | None):
            raise ValueError(
                f"recurrent_dropout is {recurrent_dropout!r}; wanted a RecurrentDropout, or None"
            )
        self.input_size, self.hidden_size, self.output_size = input_size, hidden_size, hidden_size
        self.activation, self.gate_activation = get_activation(activation), get_activation(gate_activation)
        self.recurrent_dropout = recurrent_dropout
        W_x, W_h = gate_weights(rng, input_size, hidden_size, len(self.gate_order), dtype)
        self.params: Params = {"W_x": W_x, "W_h": W_h, "b": np.zeros(W_x.shape[1], dtype)}
        self._columns = [self.gate(name) for name in self.gate_order]

    def gate(self, name: str) -> slice:
        """Return the columns of a gate in W_x, W_h and b, by its letter in `gate_order`."""
        start = self.activation_order.index(name) * self.hidden_size
        return slice(start, start + self.hidden_size)

    # The whole sequence

    def forward(self, x: np.ndarray, state0=None, mask: np.ndarray | None = None, rng=None):
        """Run over a sequence.  A step whose mask is False leaves the state as it was.

        Args: x (B, T, input_size); state0: parts (B, H), zeros by default; mask (B, T) bool, True = real
            token; rng: draws the noise of recurrent dropout, None means evaluation.
        Returns: h (B, T, H), the state after every step; state_T, parts (B, H); cache.
        """
        check_floats("x", x, None, None, self.input_size)
        cache = self.start(self.project(x), state0, mask, rng)
        for t in range(x.shape[1]):
            self.forward_step(cache, t)
        return cache.state.h[:, 1:], self.final_state(cache), cache._replace(x=x)

    def backward(self, dh: np.ndarray, dstate_T, cache: RecurrentCache):
        """Compute the gradient of `forward` (backpropagation through time; Werbos, 1990).

        Args: dh (B, T, H); dstate_T: parts (B, H), of all that reads the final state, or None; cache.
        Returns: dx (B, T, input_size); dstate0, parts (B, H); grads with the keys of `params`.
        """
        check_floats("dh", dh, *cache.x.shape[:2], self.hidden_size)
        dcache = self.start_backward(cache)
        dstate = self._checked("dstate_T", dstate_T, len(dh))
        for t in reversed(range(dh.shape[1])):
            dstate = self.backward_step(cache, dcache, t, dstate._replace(h=dstate.h + dh[:, t]))
        dx = linear_map(dcache.dz, self.params["W_x"].T)
        return dx, dstate, self.weight_gradients(cache.x, cache, dcache)

    # One step, as the textbook writes it

    def step(self, x: np.ndarray, state=None, rng=None):
        """Take one time step through `equations`: what `forward` computes, one line per equation.

        Args: x (B, input_size); state: parts (B, H), zeros by default; rng: as for `forward`.
        Returns: h (B, H); the new state; cache.
        """
        check_floats("x", x, None, self.input_size)
        state = self._checked("state", state, len(x))
        noise = self.sample_noise(rng, len(x), 1)
        (kept,) = kept_shares(None, noise, 1)
        h, W_h = scaled(state.h, noise.state), scaled(self.params["W_h"], noise.weight)
        candidate = 1.0 if noise.candidate is None else noise.candidate[:, 0]
        new, values = self.equations(x, h, state, W_h, candidate)
        if kept is not None:
            new = self.State(*map(mix, new, state, kept))
        return new.h, new, StepCache(x, h, state, W_h, candidate, kept, noise, values)

    def step_backward(self, dstate, cache: StepCache):
        """Compute the gradient of `step`.

        Args: dstate: parts (B, H), of the new state, all that reads its h included; cache.
        Returns: dx (B, input_size); dstate of the state before; grads with the keys of `params`.
        """
        dstate = self._checked("dstate", dstate, len(cache.x))
        through, past = (dstate, None) if cache.kept is None else self._divided(dstate, cache.kept)
        dx, dbefore, grads = self.equations_backward(through, cache)
        grads["W_h"] = scaled(grads["W_h"], cache.noise.weight)
        return dx, dbefore if past is None else self._sum(dbefore, past), grads

    # The pieces of a pass, for decoders

    def project(self, x: np.ndarray) -> np.ndarray:
        """Compute x W_x + b for all steps at once: (B, T, G), by step in memory."""
        z = linear_map(by_step(x), self.params["W_x"])
        z += self.params["b"]
        return z

    def start(self, z: np.ndarray, state0=None, mask: np.ndarray | None = None, rng=None) -> RecurrentCache:
        """Return a cache for projected inputs z (B, T, G), which it takes over and overwrites."""
        batch, steps, _ = z.shape
        shape, parts = (batch, steps + 1, self.hidden_size), len(self.State._fields)
        state = self.State(*(empty_by_step(shape, z.dtype) for _ in range(parts)))
        for part, first in zip(state, self._checked("state0", state0, batch), strict=True):
            part[:, 0] = first
        if mask is not None:
            check_mask("mask", mask, batch, steps)
        noise = self.sample_noise(rng, batch, steps)
        pre, further = None, {}
        if self.activation.needs_input or self.gate_activation.needs_input:
            pre = np.empty((batch, steps, len(self.activation_order) * self.hidden_size), z.dtype)
        if self.cached:
            further[self.cached] = empty_by_step((batch, steps, self.hidden_size), z.dtype)
        kept, W_h = kept_shares(mask, noise, steps), scaled(self.params["W_h"], noise.weight)
        return RecurrentCache(state, z, pre, kept, W_h, noise, **further)

    def forward_step(self, cache: RecurrentCache, t: int) -> None:
        """Go one step forward, from cache.state[:, t] to cache.state[:, t + 1]."""
        self._cell_forward(cache, t, scaled(cache.state.h[:, t], cache.noise.state))
        self._keep(cache, t)

    def _keep(self, cache: RecurrentCache, t: int) -> None:
        """Keep of the old state what padding and zoneout keep at step t."""
        kept = cache.kept[t]
        if isinstance(kept, tuple):
            for part, share in zip(cache.state, kept, strict=True):
                part[:, t + 1] = mix(part[:, t + 1], part[:, t], share)
        elif kept is not None:
            for part in cache.state:
                np.copyto(part[:, t + 1], part[:, t], where=kept)

    def backward_step(self, cache: RecurrentCache, dcache: RecurrentGradients, t: int, dstate):
        """Go one step back, from the gradient of the state after step t to that of the state before."""
        kept = cache.kept[t]
        if kept is None:
            return self._cell_backward(cache, dcache, t, dstate)
        if isinstance(kept, tuple):
            through, past = self._divided(dstate, kept)
            return self._sum(self._cell_backward(cache, dcache, t, through), past)
        through = self.State(*(np.where(kept, 0, part) for part in dstate))
        before = self._cell_backward(cache, dcache, t, through)
        for part, past in zip(before, dstate, strict=True):
            np.copyto(part, past, where=kept)
        return before

    def weight_gradients(self, x: np.ndarray, cache: RecurrentCache, dcache: RecurrentGradients) -> Params:
        """Compute the gradients of all parameters, in one product each, after all of `backward_step`."""
        h = cache.state.h[:, :-1]
        h = h if cache.noise.state is None else h * cache.noise.state[:, None]
        grads = {"W_x": weight_gradient(x, dcache.dz), "b": bias_gradient(dcache.dz)}
        grads |= self._recurrent_gradients(h, cache, dcache)
        grads["W_h"] = scaled(grads["W_h"], cache.noise.weight)
        return grads

    # Small parts

    def _divided(self, dstate, kept):
        """The backward pass of `mix`: the gradients of the new state, and of the old one beside the cell."""
        new = self.State(*(d * (1 - share) for d, share in zip(dstate, kept, strict=True)))
        return new, self.State(*(d * share for d, share in zip(dstate, kept, strict=True)))

    def _sum(self, one, other):
        return self.State(*(a + b for a, b in zip(one, other, strict=True)))

    def _split(self, gates: np.ndarray) -> list[np.ndarray]:
        """One step of all gates (B, G), seen gate by gate, (B, H) each; `np.split` takes far longer."""
        return [gates[:, columns] for columns in self._columns]

    def _recurrent_gradients(self, h: np.ndarray, cache, dcache) -> Params:
        return {"W_h": weight_gradient(h, dcache.dz)}

    def zero_state(self, batch: int):
        """Return the state of a sequence that has not begun: parts (batch, H), all zero."""
        shape, dtype = (batch, self.hidden_size), self.params["W_h"].dtype
        return self.State(*(np.zeros(shape, dtype) for _ in self.State._fields))

    def _checked(self, name: str, state, batch: int):
        """The state given, or zeros for None.  Raises: ValueError naming what does not fit."""
        if state is None:
            return self.zero_state(batch)
        state = self.State(*parts_of(name, state, len(self.State._fields)))
        for field, part in zip(state._fields, state, strict=True):
            check_floats(f"{name}.{field}", part, batch, self.hidden_size)
        return state

    def final_state(self, cache: RecurrentCache):
        """Return the state after the last step: parts (B, H)."""
        return self.State(*(part[:, -1] for part in cache.state))

    def sample_noise(self, rng, batch: int, steps: int) -> RecurrentNoise:
        """Draw what recurrent dropout does to one pass."""
        if self.recurrent_dropout is None:
            return RecurrentNoise()
        return self.recurrent_dropout.sample(rng, batch, steps, self.params["W_h"], len(self.State._fields))

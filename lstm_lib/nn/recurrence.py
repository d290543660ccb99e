"""What every recurrent layer shares: the walk through time, masks, recurrent dropout, hoisted matrix
products.

A pass over a sequence has three parts, and so does its reverse.  The inputs of all steps are projected in one
matrix product (`project`); a loop does what truly depends on the step before (`advance`); and on the way
back, after the loop that carries gradients from step to step (`retreat`), the gradients of all weights are
again one product each (`weight_gradients`).  A decoder, whose input depends on its own past, calls these
pieces itself.
"""

from typing import ClassVar

import numpy as np

from lstm_lib.nn.activations import get_activation
from lstm_lib.nn.dropout import RecurrentDropout, RecurrentNoise
from lstm_lib.nn.initializers import gate_weights
from lstm_lib.nn.keeping import kept_shares, mix
from lstm_lib.nn.parameters import Params, check_mask, check_shape
from lstm_lib.nn.products import (
    bias_gradient,
    by_step,
    empty_by_step,
    linear_map,
    transposed,
    weight_gradient,
)
from lstm_lib.nn.state import parts_of
from lstm_lib.nn.tapes import GradientTape, RecurrentCache, StepCache, Tape


def scaled(x: np.ndarray, factor: np.ndarray | None) -> np.ndarray:
    """x * factor, or x itself where there is no factor."""
    return x if factor is None else x * factor


class Recurrent:
    """Base of RNN, LSTM and GRU.  A cell adds its mathematics twice: `equations`, to be read, and
    the fused `_cell_forward` and `_cell_backward`, to be run; tests hold the two equal."""

    num_gates: ClassVar[int]
    num_activations: ClassVar[int]  # gates and, in an LSTM, the output
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
        """Args: input_size, hidden_size: widths.  rng: draws the weights.  activation: of candidate and
        output. gate_activation: of the gates.  recurrent_dropout: noise on the hidden-to-hidden connections.

        Raises: ValueError on an unknown activation.
        """
        self.input_size, self.hidden_size = input_size, hidden_size
        self.activation, self.gate_activation = get_activation(activation), get_activation(gate_activation)
        self.recurrent_dropout = recurrent_dropout
        W_x, W_h = gate_weights(rng, input_size, hidden_size, self.num_gates, dtype)
        self.params: Params = {"W_x": W_x, "W_h": W_h, "b": np.zeros(W_x.shape[1], dtype)}

    # The whole sequence

    def forward(self, x: np.ndarray, state0=None, mask: np.ndarray | None = None, rng=None):
        """Run over a sequence.  A step whose mask is False leaves the state as it was.

        Args: x (B, T, input_size).  state0: parts (B, H), zeros by default.  mask (B, T) bool, True = real
        token. rng: draws the noise of recurrent dropout; None means evaluation.
        Returns: h (B, T, H), the state after every step; state_T, parts (B, H); cache.
        Raises: ValueError on a wrong shape.
        """
        check_shape("x", x, None, None, self.input_size)
        tape = self.start(self.project(x), state0, mask, rng)
        for t in range(x.shape[1]):
            self.advance(tape, t)
        return tape.state[0][:, 1:], self.final_state(tape), RecurrentCache(x, tape)

    def backward(self, dh: np.ndarray, dstate_T, cache: RecurrentCache):
        """The gradient of `forward` (backpropagation through time; Werbos, 1990).

        Args: dh (B, T, H).  dstate_T: parts (B, H), of everything read from the final state, or None.
        Returns: dx (B, T, input_size); dstate0, parts (B, H); grads with the keys of `params`.
        Raises: ValueError on a wrong shape.
        """
        tape = cache.tape
        check_shape("dh", dh, *cache.x.shape[:2], self.hidden_size)
        dtape = self.start_backward(tape)
        dstate = self._checked("dstate_T", dstate_T, len(dh))
        for t in reversed(range(dh.shape[1])):
            dstate = self.retreat(tape, dtape, t, dstate._replace(h=dstate.h + dh[:, t]))
        dx = linear_map(dtape.dz, self.params["W_x"].T)
        return dx, dstate, self.weight_gradients(cache.x, tape, dtape)

    # One step, as the textbook writes it

    def step(self, x: np.ndarray, state=None, rng=None):
        """One time step through `equations`: what `forward` computes, one line an equation.

        Args: x (B, input_size).  state: parts (B, H), zeros by default.  rng: as for `forward`.
        Returns: h (B, H), the new state, cache.
        Raises: ValueError on a wrong shape.
        """
        check_shape("x", x, None, self.input_size)
        state = self._checked("state", state, len(x))
        noise = self.sample_noise(rng, len(x), 1)
        h, W_h = scaled(state.h, noise.state), scaled(self.params["W_h"], noise.weight)
        candidate = 1.0 if noise.candidate is None else noise.candidate[:, 0]
        new, values = self.equations(x, h, state, W_h, candidate)
        if noise.zone is not None:
            new = self.State(
                *(mix(n, s, zone[:, 0]) for n, s, zone in zip(new, state, noise.zone, strict=True))
            )
        return new.h, new, StepCache(x, h, state, W_h, candidate, noise, values)

    def step_backward(self, dstate, cache: StepCache):
        """The gradient of `step`.

        Args: dstate: parts (B, H), of the new state, all that reads h included.
        Returns: dx (B, input_size); dstate of the state before; grads with the keys of `params`.
        Raises: ValueError on a wrong shape.
        """
        dstate = self._checked("dstate", dstate, len(cache.x))
        zone, through = cache.noise.zone, dstate
        if zone is not None:
            through = self.State(*(d * (1 - share[:, 0]) for d, share in zip(dstate, zone, strict=True)))
        dx, dbefore, grads = self.equations_backward(through, cache)
        if zone is not None:
            dbefore = self.State(
                *(b + d * share[:, 0] for b, d, share in zip(dbefore, dstate, zone, strict=True))
            )
        grads["W_h"] = scaled(grads["W_h"], cache.noise.weight)
        return dx, dbefore, grads

    # The pieces of a pass, for decoders

    def project(self, x: np.ndarray) -> np.ndarray:
        """x W_x + b for all steps at once: (B, T, G), by step in memory."""
        z = linear_map(by_step(x), self.params["W_x"])
        z += self.params["b"]
        return z

    def start(self, z: np.ndarray, state0=None, mask: np.ndarray | None = None, rng=None) -> Tape:
        """A tape for projected inputs z (B, T, G), which it takes over and overwrites."""
        batch, steps, _ = z.shape
        state = tuple(
            empty_by_step((batch, steps + 1, self.hidden_size), z.dtype) for _ in self.State._fields
        )
        for part, first in zip(state, self._checked("state0", state0, batch), strict=True):
            part[:, 0] = first
        if mask is not None:
            check_mask("mask", mask, batch, steps)
        noise = self.sample_noise(rng, batch, steps)
        keep_pre = self.activation.needs_input or self.gate_activation.needs_input
        return Tape(
            state=self.State(*state),
            gates=z,
            inner=empty_by_step((batch, steps, self.hidden_size), z.dtype),
            pre=np.empty((batch, steps, self.num_activations * self.hidden_size), z.dtype)
            if keep_pre
            else None,
            keep=kept_shares(mask, noise, steps, len(state)),
            W_h=scaled(self.params["W_h"], noise.weight),
            noise=noise,
        )

    def advance(self, tape: Tape, t: int) -> None:
        """One step forward: from tape.state[:, t] to tape.state[:, t + 1]."""
        self._cell_forward(tape, t, scaled(tape.state.h[:, t], tape.noise.state))
        if (keep := tape.keep[t]) is not None:
            for part, share in zip(tape.state, keep, strict=True):
                part[:, t + 1] = mix(part[:, t + 1], part[:, t], share)

    def start_backward(self, tape: Tape) -> GradientTape:
        """A gradient tape that holds the slopes of all activations, computed for all steps at once."""
        return GradientTape(*self._slopes(tape), transposed(tape.W_h))

    def retreat(self, tape: Tape, dtape: GradientTape, t: int, dstate):
        """One step back: from the gradient of the state after step t to that of the state before it."""
        if (keep := tape.keep[t]) is None:
            return self._cell_backward(tape, dtape, t, dstate)
        through = self.State(*(d * (1 - share) for d, share in zip(dstate, keep, strict=True)))
        dbefore = self._cell_backward(tape, dtape, t, through)
        return self.State(*(b + d * share for b, d, share in zip(dbefore, dstate, keep, strict=True)))

    def weight_gradients(self, x: np.ndarray, tape: Tape, dtape: GradientTape) -> Params:
        """The gradients of all parameters, one matrix product over all steps each.

        Args: x (B, T, input_size), the inputs as they were; tape; dtape, after `retreat` of every step.
        """
        h = tape.state.h[:, :-1]
        h = h if tape.noise.state is None else h * tape.noise.state[:, None]
        grads = {"W_x": weight_gradient(x, dtape.dz), "b": bias_gradient(dtape.dz)}
        grads |= self._recurrent_gradients(h, tape, dtape)
        grads["W_h"] = scaled(grads["W_h"], tape.noise.weight)
        return grads

    # Small parts

    def zero_state(self, batch: int):
        """The state of a sequence that has not begun: parts (batch, H), all zero."""
        shape, dtype = (batch, self.hidden_size), self.params["W_h"].dtype
        return self.State(*(np.zeros(shape, dtype) for _ in self.State._fields))

    def _checked(self, name: str, state, batch: int):
        """The state given, or zeros for None.  Raises: ValueError naming what does not fit."""
        if state is None:
            return self.zero_state(batch)
        state = self.State(*parts_of(name, state, len(self.State._fields)))
        for field, part in zip(state._fields, state, strict=True):
            check_shape(f"{name}.{field}", part, batch, self.hidden_size)
        return state

    def final_state(self, tape: Tape):
        return self.State(*(part[:, -1] for part in tape.state))

    def sample_noise(self, rng, batch: int, steps: int) -> RecurrentNoise:
        if self.recurrent_dropout is None:
            return RecurrentNoise()
        return self.recurrent_dropout.sample(rng, batch, steps, self.params["W_h"], len(self.State._fields))

"""The twin in JAX, its model: pure functions of the very dict that holds NumPy's weights, with `lax.scan`."""

from functools import partial
from typing import NamedTuple

import jax
from jax import Array, lax
from jax import numpy as jnp

from lstm_lib.nn.layers import subset
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.text.batching import Batch

Weights = dict[str, Array]
State = tuple[Array, ...]  # h (B, H), and c for an LSTM


class Memory(NamedTuple):
    values: Array  # (B, S, 2H)
    keys: Array  # (B, S, H)
    bias: Array  # (B, S): 0, or on padding as low as numbers go


# The model.  Sequences are time-major (T, B, ...) from the embeddings on, as `lax.scan` takes them.


def lstm(p: Weights, z: Array, state: State) -> State:
    """Args: z (B, 4H): the inputs' part of the gates."""
    h, c = state
    i, f, g, o = jnp.split(z + h @ p["W_h"], 4, axis=1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def gru(p: Weights, z: Array, state: State) -> State:
    """Args: z (B, 3H): the inputs' part of the gates."""
    (h,) = state
    z_r, z_z, z_n = jnp.split(z, 3, axis=1)
    h_r, h_z, h_n = jnp.split(h @ p["W_h"], 3, axis=1)
    r, u = jax.nn.sigmoid(z_r + h_r), jax.nn.sigmoid(z_z + h_z)
    n = jnp.tanh(z_n + r * (h_n + p["b_h"]))
    return ((1 - u) * n + u * h,)


CELLS = {"lstm": lstm, "gru": gru}

# Going back, a step's products are at hand and the rest is computed again: faster than to store and load it.
recompute = partial(jax.checkpoint, policy=jax.checkpoint_policies.dots_saveable)


def project(x: Array, W: Array) -> Array:
    """x W for x (..., in), as a product of two matrices: on a CPU twice as fast as XLA's of more axes."""
    return (x.reshape(-1, len(W)) @ W).reshape(*x.shape[:-1], -1)


def linear(p: Weights, name: str, x: Array) -> Array:
    return project(x, p[f"{name}.W"]) + p[f"{name}.b"]


def drop(key: Array | None, rate: float, x: Array) -> Array:
    """Inverted dropout; key None means evaluation."""
    if key is None or rate == 0.0:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def read(cell, p: Weights, x: Array, mask: Array, *, reverse: bool) -> tuple[State, Array]:
    """One direction over x (S, B, E).  Returns: final state; outputs (S, B, H)."""
    zeros = jnp.zeros((x.shape[1], len(p["W_h"])), x.dtype)
    first = (zeros, zeros) if cell is lstm else (zeros,)

    def step(state, now):
        z, real = now
        state = jax.tree.map(partial(jnp.where, real[:, None]), cell(p, z, state), state)
        return state, state[0]

    return lax.scan(step, first, (project(x, p["W_x"]) + p["b"], mask), reverse=reverse)


def encode(config: ModelConfig, p: Weights, source: Array, mask: Array, key=None) -> tuple[Memory, State]:
    """Args: source, mask (B, S).  Returns: memory; the decoder's first state."""
    cell = CELLS[config.cell]
    x = drop(key, config.dropout, p["encoder.embedding.table"][source.T])
    left, h_left = read(cell, subset(p, "encoder.rnn.0.forward"), x, mask.T, reverse=False)
    right, h_right = read(cell, subset(p, "encoder.rnn.0.backward"), x, mask.T, reverse=True)
    values = jnp.concatenate([h_left, h_right], axis=2).swapaxes(0, 1)
    h, *c = (
        linear(p, f"bridge.0.{name}", jnp.concatenate(both, axis=1))
        for name, both in zip("hc", zip(left, right, strict=True), strict=False)
    )
    # Finite, so that rows of padding alone, which fill up a batch, have gradients of zero and not NaN.
    bias = jnp.where(mask, 0, jnp.finfo(values.dtype).min / 2)
    return Memory(values, project(values, p["decoder.attention.W_k"]), bias), (jnp.tanh(h), *c)


def decoder_step(config: ModelConfig, p: Weights, z: Array, state: State, memory: Memory):
    """One word.  Args: z (B, gates H), its part of the gates.  Returns: state, context (B, 2H)."""
    query = state[0] @ p["decoder.attention.W_q"]
    scores = jnp.tanh(memory.keys + query[:, None]) @ p["decoder.attention.v"]
    weights = jax.nn.softmax(scores + memory.bias, axis=1)
    context = jnp.einsum("bs,bsd->bd", weights, memory.values)
    cell = subset(p, "decoder.rnn.0")
    return CELLS[config.cell](cell, z + context @ cell["W_x"][config.embedding_size :], state), context


def embed(config: ModelConfig, p: Weights, ids: Array, key=None) -> tuple[Array, Array]:
    """Returns: target embeddings (..., E); their part of the gates (..., gates H)."""
    x = drop(key, config.dropout, p["decoder.embedding.table"][ids])
    return x, project(x, p["decoder.rnn.0.W_x"][: config.embedding_size]) + p["decoder.rnn.0.b"]


def words(config: ModelConfig, p: Weights, h: Array, context: Array, x: Array, key=None) -> Array:
    """Logits (N, V) from state, context and embedding, (N, ...) each."""
    readout = jnp.tanh(linear(p, "decoder.readout", jnp.concatenate([h, context, x], axis=-1)))
    return linear(p, "output", drop(key, config.dropout, readout))


def loss(p: Weights, config: ModelConfig, batch: Batch, key: Array | None = None) -> Array:
    """Mean smoothed cross-entropy of the real tokens.  A shape that hangs on data cannot be compiled, so the
    few padded positions are projected too, and weigh nothing."""
    keys = (None,) * 3 if key is None else jax.random.split(key, 3)
    memory, state = encode(config, p, batch.source, batch.source_mask, keys[0])
    x, z = embed(config, p, batch.target_in.T, keys[1])

    @recompute
    def step(state, z):
        state, context = decoder_step(config, p, z, state, memory)
        return state, (state[0], context)

    _, (h, context) = lax.scan(step, state, z)
    logits = words(config, p, *(part.reshape(-1, part.shape[2]) for part in (h, context, x)), keys[2])
    targets, mask, rate = batch.target_out.T.ravel(), batch.target_mask.T.ravel(), config.label_smoothing
    target = jnp.take_along_axis(logits, targets[:, None], axis=1)[:, 0]
    each = jax.nn.logsumexp(logits, axis=1) - (1 - rate) * target - rate * logits.mean(axis=1)
    return jnp.sum(each * mask) / mask.sum()

"""The twin in JAX: pure functions of the dict that holds NumPy's weights, `lax.scan`, and optax.

One training step is compiled for each shape of a batch, a search for each shape of a batch of sources.
"""

from functools import partial
from typing import NamedTuple

import jax
import numpy as np
import optax
from jax import Array, lax
from jax import numpy as jnp

from figures.frameworks.twins.contract import ADAM, Twin, check_config, longest_translation, word_bias
from lstm_lib.nn.layers import Params, subset
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules, length_penalty
from lstm_lib.text.batching import Batch

Weights = dict[str, Array]
State = tuple[Array, ...]  # h (B, H), and c for an LSTM


class Memory(NamedTuple):
    values: Array  # (B, S, 2H)
    keys: Array  # (B, S, H)
    bias: Array  # (B, S): 0, on padding the lowest number


# The model.  Sequences are time-major (T, B, ...) from the embeddings on, as `lax.scan` takes them.


def lstm(p: Weights, z: Array, state: State) -> State:
    """One step of an LSTM.  Args: z (B, 4H): the inputs' part of the gates."""
    h, c = state
    i, f, g, o = jnp.split(z + h @ p["W_h"], 4, axis=1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def gru(p: Weights, z: Array, state: State) -> State:
    """One step of a GRU.  Args: z (B, 3H): the inputs' part of the gates."""
    (h,) = state
    z_r, z_u, z_n = jnp.split(z, 3, axis=1)
    h_r, h_u, h_n = jnp.split(h @ p["W_h"], 3, axis=1)
    r, u = jax.nn.sigmoid(z_r + h_r), jax.nn.sigmoid(z_u + h_u)
    n = jnp.tanh(z_n + r * (h_n + p["b_h"]))
    return ((1 - u) * n + u * h,)


CELLS = {"lstm": lstm, "gru": gru}

# The backward pass keeps the products of a step and recomputes the rest, which is faster than to store it.
recompute = partial(jax.checkpoint, policy=jax.checkpoint_policies.dots_saveable)


def project(x: Array, W: Array) -> Array:
    """x W for x (..., in) as a product of two matrices, on a CPU twice as fast as XLA's with more axes."""
    return (x.reshape(-1, len(W)) @ W).reshape(*x.shape[:-1], -1)


def linear(p: Weights, name: str, x: Array) -> Array:
    return project(x, p[f"{name}.W"]) + p[f"{name}.b"]


def drop(key: Array | None, rate: float, x: Array) -> Array:
    """Inverted dropout; key None means evaluation."""
    if key is None or rate == 0.0:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def read(cell, p: Weights, x: Array, mask: Array, *, reverse: bool) -> tuple[State, Array]:
    """Read x (S, B, E) in one direction.  Returns: final state; outputs (S, B, H)."""
    zeros = jnp.zeros((x.shape[1], len(p["W_h"])), x.dtype)
    first = (zeros, zeros) if cell is lstm else (zeros,)

    def step(state, now):
        z, real = now
        state = jax.tree.map(partial(jnp.where, real[:, None]), cell(p, z, state), state)
        return state, state[0]

    return lax.scan(step, first, (project(x, p["W_x"]) + p["b"], mask), reverse=reverse)


def encode(config: ModelConfig, p: Weights, source: Array, mask: Array, key=None) -> tuple[Memory, State]:
    """Read source and mask (B, S).  Returns: memory; the decoder's first state."""
    cell = CELLS[config.cell]
    x = drop(key, config.dropout, p["encoder.embedding.table"][source.T])
    left, h_left = read(cell, subset(p, "encoder.rnn.0.forward"), x, mask.T, reverse=False)
    right, h_right = read(cell, subset(p, "encoder.rnn.0.backward"), x, mask.T, reverse=True)
    values = jnp.concatenate([h_left, h_right], axis=2).swapaxes(0, 1)
    h, *c = (
        linear(p, f"bridge.0.{name}", jnp.concatenate(both, axis=1))
        for name, both in zip("hc", zip(left, right, strict=True), strict=False)
    )
    # Finite, so that the gradients of rows of padding, which fill up a batch, are zero and not NaN.
    bias = jnp.where(mask, 0, jnp.finfo(values.dtype).min / 2)
    return Memory(values, project(values, p["decoder.attention.W_k"]), bias), (jnp.tanh(h), *c)


def decoder_step(config: ModelConfig, p: Weights, z: Array, state: State, memory: Memory):
    """Take one word.  Args: z (B, gates H), its part of the gates.  Returns: state, context (B, 2H)."""
    query = state[0] @ p["decoder.attention.W_q"]
    scores = jnp.tanh(memory.keys + query[:, None]) @ p["decoder.attention.v"]
    weights = jax.nn.softmax(scores + memory.bias, axis=1)
    context = jnp.einsum("bs,bsd->bd", weights, memory.values)
    cell = subset(p, "decoder.rnn.0")
    return CELLS[config.cell](cell, z + context @ cell["W_x"][config.embedding_size :], state), context


def embed(config: ModelConfig, p: Weights, ids: Array, key=None) -> tuple[Array, Array]:
    """Embed target words.  Returns: embeddings (..., E); their part of the gates (..., gates H)."""
    x = drop(key, config.dropout, p["decoder.embedding.table"][ids])
    return x, project(x, p["decoder.rnn.0.W_x"][: config.embedding_size]) + p["decoder.rnn.0.b"]


def words(config: ModelConfig, p: Weights, h: Array, context: Array, x: Array, key=None) -> Array:
    """Logits (N, V) from state, context and embedding, (N, ...) each."""
    readout = jnp.tanh(linear(p, "decoder.readout", jnp.concatenate([h, context, x], axis=-1)))
    return linear(p, "output", drop(key, config.dropout, readout))


def loss(p: Weights, config: ModelConfig, batch: Batch, key: Array | None = None) -> Array:
    """Mean smoothed cross-entropy of the real tokens.

    Shapes that depend on data can't be compiled: the few padded positions are projected too, with weight 0.
    """
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


# Training

loss_and_grads = jax.jit(jax.value_and_grad(loss), static_argnums=1)


def optimizer(clip_norm: float | None) -> optax.GradientTransformation:
    """Clipping and Adam, without the learning rate, which is each step's own."""
    clip = optax.identity() if clip_norm is None else optax.clip_by_global_norm(clip_norm)
    return optax.chain(clip, optax.scale_by_adam(ADAM["beta1"], ADAM["beta2"], ADAM["epsilon"]))


@partial(jax.jit, static_argnums=(0, 1), donate_argnums=(2, 3))
def train_step(config: ModelConfig, clip_norm: float | None, p: Weights, moments, key, batch, learning_rate):
    """Take one training step.  Returns: weights, moments, the key of the next step, loss."""
    key, now = jax.random.split(key)
    value, grads = jax.value_and_grad(loss)(p, config, batch, now)
    updates, moments = optimizer(clip_norm).update(grads, moments)
    return optax.apply_updates(p, optax.tree.scale(-learning_rate, updates)), moments, key, value


# Search


@partial(jax.jit, static_argnums=(0, 1))
def greedy(config: ModelConfig, rules: Rules, p: Weights, source, mask, limits) -> Array:
    """The words (B, longest); those after a sentence's end are meaningless."""
    longest = longest_translation(rules, source)
    memory, state = encode(config, p, source, mask)
    forbidden = word_bias(rules, config.target_size, memory.values.dtype)

    def step(carry):
        t, done, ids, state, written = carry
        x, z = embed(config, p, ids)
        state, context = decoder_step(config, p, z, state, memory)
        ids = (words(config, p, state[0], context, x) + forbidden).argmax(axis=1)
        return t + 1, done | (ids == rules.eos) | (t + 1 >= limits), ids, state, written.at[:, t].set(ids)

    ids = jnp.full(len(source), rules.bos)
    first = (0, jnp.zeros(len(source), bool), ids, state, jnp.zeros((len(source), longest), ids.dtype))
    return lax.while_loop(lambda carry: ~carry[1].all(), step, first)[-1]


class Beams(NamedTuple):
    t: Array
    ids: Array  # (B, K): the words before
    state: State  # parts (B K, H)
    totals: Array  # (B, K): log probabilities; -inf for a beam that has ended
    words: Array  # (B, K, longest)
    best_score: Array  # (B)
    best_words: Array  # (B, longest)


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def beam(config: ModelConfig, rules: Rules, K: int, alpha: float, p: Weights, source, mask, limits) -> Array:
    """The words of each sentence's best hypothesis (B, longest)."""
    batch, longest = len(source), longest_translation(rules, source)
    memory, state = encode(config, p, source, mask)
    memory, state = jax.tree.map(lambda part: jnp.repeat(part, K, axis=0), (memory, state))
    forbidden = word_bias(rules, config.target_size, memory.values.dtype)

    def step(beams: Beams) -> Beams:
        x, z = embed(config, p, beams.ids.ravel())
        state, context = decoder_step(config, p, z, beams.state, memory)
        log_p = jax.nn.log_softmax(words(config, p, state[0], context, x)) + forbidden
        totals, places = lax.top_k((beams.totals.reshape(-1, 1) + log_p).reshape(batch, -1), K)
        parents, ids = places // config.target_size, places % config.target_size
        rows = (parents + jnp.arange(batch)[:, None] * K).ravel()
        written = beams.words.reshape(batch * K, -1)[rows].reshape(beams.words.shape)
        written = written.at[:, :, beams.t].set(ids)
        ended = (ids == rules.eos) | (beams.t + 1 == limits)[:, None]
        scores = jnp.where(ended, totals / length_penalty(beams.t + 1, alpha), -jnp.inf)
        score, best = scores.max(axis=1), scores.argmax(axis=1)
        better = score > beams.best_score
        best_score = jnp.where(better, score, beams.best_score)
        totals = jnp.where(ended, -jnp.inf, totals)
        longer = jnp.maximum(length_penalty(beams.t + 2, alpha), length_penalty(limits, alpha))
        decided = totals.max(axis=1) / longer <= best_score  # no live beam can still win
        return Beams(
            beams.t + 1,
            ids,
            tuple(part[rows] for part in state),
            jnp.where(decided[:, None], -jnp.inf, totals),
            written,
            best_score,
            jnp.where(better[:, None], written[jnp.arange(batch), best], beams.best_words),
        )

    totals = (
        jnp.full((batch, K), -jnp.inf, forbidden.dtype).at[:, 0].set(0)
    )  # all beams are equal: only one may branch
    ids, written = jnp.full((batch, K), rules.bos), jnp.zeros((batch, K, longest), int)
    first = Beams(0, ids, state, totals, written, jnp.full(batch, -jnp.inf, totals.dtype), written[:, 0])
    return lax.while_loop(lambda beams: (beams.totals > -jnp.inf).any(), step, first).best_words


class JaxTwin(Twin):
    """See `contract.Twin`.  `optimize` False halves the time of compiling, for all of the process."""

    rows, steps = 8, 2

    def __init__(
        self,
        config: ModelConfig,
        params: Params,
        *,
        clip_norm: float | None = 1.0,
        seed: int = 0,
        optimize: bool = True,
    ):
        check_config(config)
        jax.config.update("jax_disable_most_optimizations", not optimize)
        self.config, self.clip_norm = config, clip_norm
        self.dtype = params["output.b"].dtype
        with self._precision():
            self.params = {name: jnp.array(array) for name, array in params.items()}
            self.moments, self.key = optimizer(clip_norm).init(self.params), jax.random.key(seed)

    def to_numpy(self) -> Params:
        return {name: np.array(array) for name, array in self.params.items()}

    def loss_and_grads(self, batch: Batch) -> tuple[float, Params, int]:
        with self._precision():
            value, grads = loss_and_grads(self.params, self.config, self._padded(batch))
        return float(value), {name: np.array(grads[name]) for name in self.params}, batch.tokens

    def train_step(self, batch: Batch, learning_rate: float) -> Array:
        state, padded = (self.params, self.moments, self.key), self._padded(batch)
        with self._precision():
            *state, value = train_step(self.config, self.clip_norm, *state, padded, learning_rate)
        self.params, self.moments, self.key = state
        return value

    def _greedy(self, source: np.ndarray, mask: np.ndarray, limits: np.ndarray, rules: Rules) -> Array:
        with self._precision():
            return greedy(self.config, rules, self.params, source, mask, limits)

    def _beam(self, source, mask, limits, rules: Rules, beam_size: int, alpha: float) -> Array:
        with self._precision():
            return beam(self.config, rules, beam_size, alpha, self.params, source, mask, limits)

    def _precision(self):
        """Use doubles only where they are asked for: JAX has one switch for the whole process."""
        return jax.enable_x64(self.dtype == np.float64)

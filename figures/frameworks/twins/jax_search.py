"""The twin in JAX, its search: `lax.while_loop`, compiled for each shape of a batch of sources."""

from functools import partial
from typing import NamedTuple

import jax
from jax import Array, lax
from jax import numpy as jnp

from figures.frameworks.twins.contract import longest_translation, word_bias
from figures.frameworks.twins.jax_model import State, Weights, decoder_step, embed, encode, words
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules, length_penalty


@partial(jax.jit, static_argnums=(0, 1))
def greedy(config: ModelConfig, rules: Rules, p: Weights, source, mask, limits) -> Array:
    """Words (B, longest); what stands behind a sentence's end is not to be read."""
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
        return Beams(
            beams.t + 1,
            ids,
            tuple(part[rows] for part in state),
            jnp.where(ended, -jnp.inf, totals),
            written,
            jnp.where(better, score, beams.best_score),
            jnp.where(better[:, None], written[jnp.arange(batch), best], beams.best_words),
        )

    totals = jnp.full((batch, K), -jnp.inf, forbidden.dtype).at[:, 0].set(0)  # only one of equals may branch
    ids, written = jnp.full((batch, K), rules.bos), jnp.zeros((batch, K, longest), int)
    first = Beams(0, ids, state, totals, written, jnp.full(batch, -jnp.inf, totals.dtype), written[:, 0])
    return lax.while_loop(lambda beams: (beams.totals > -jnp.inf).any(), step, first).best_words

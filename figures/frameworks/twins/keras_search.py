"""The twin in Keras on TensorFlow, its search: `tf.while_loop`, traced for each shape of a batch."""

import numpy as np
import tensorflow as tf
from keras import ops

from figures.frameworks.twins.contract import longest_translation, word_bias
from lstm_lib.seq2seq.search import Rules, length_penalty


def greedy(model, source, mask, limits, rules: Rules):
    """Words (B, longest); what stands behind a sentence's end is not to be read."""
    longest = longest_translation(rules, source)
    steps = tf.range(longest, dtype=limits.dtype)
    memory, state = model.encode(source, mask)
    forbidden = word_bias(rules, model.output_layer.units, memory[0].dtype.as_numpy_dtype)
    ids, written = tf.fill(source.shape[:1], rules.bos), tf.zeros((len(source), longest), tf.int32)

    def step(t, done, ids, state, written):
        logits, state = next_logits(model, ids, state, memory)
        ids = tf.argmax(logits + forbidden, 1, tf.int32)
        done |= (ids == rules.eos) | (t + 1 >= limits)
        return t + 1, done, ids, state, tf.where(steps == t, ids[:, None], written)

    first = (tf.constant(0, limits.dtype), tf.zeros(source.shape[:1], tf.bool), ids, state, written)
    return tf.while_loop(lambda t, done, *_: ~tf.reduce_all(done), step, first)[-1]


def beam(model, source, mask, limits, rules: Rules, K: int, alpha: float):
    """The words of each sentence's best hypothesis (B, longest)."""
    batch, V, longest = len(source), model.output_layer.units, longest_translation(rules, source)
    memory, state = tf.nest.map_structure(lambda part: tf.repeat(part, K, axis=0), model.encode(source, mask))
    forbidden = word_bias(rules, V, memory[0].dtype.as_numpy_dtype)
    never = tf.constant(-np.inf, memory[0].dtype)
    rows, steps = tf.range(batch)[:, None] * K, tf.range(longest, dtype=limits.dtype)

    def step(t, ids, state, totals, written, best_score, best_words):
        logits, state = next_logits(model, tf.reshape(ids, [-1]), state, memory)
        reached = tf.reshape(totals, [-1, 1]) + tf.nn.log_softmax(logits) + forbidden
        totals, places = tf.math.top_k(tf.reshape(reached, (batch, K * V)), K)
        parents, ids = rows + places // V, places % V
        state = [tf.gather(part, tf.reshape(parents, [-1])) for part in state]
        written = tf.gather(tf.reshape(written, (batch * K, longest)), parents)
        written = tf.where(steps == t, ids[:, :, None], written)
        ended = (ids == rules.eos) | (t + 1 == limits)[:, None]
        penalty = tf.cast(length_penalty(tf.cast(t + 1, tf.float64), alpha), totals.dtype)
        scores = tf.where(ended, totals / penalty, never)
        score, best = tf.reduce_max(scores, 1), tf.argmax(scores, 1, tf.int32)
        better = score > best_score
        words = tf.gather(written, best, batch_dims=1)
        best_words = tf.where(better[:, None], words, best_words)
        totals = tf.where(ended, never, totals)
        return t + 1, ids, state, totals, written, tf.maximum(score, best_score), best_words

    # All beams begin alike: only one may branch.
    totals = tf.tile(tf.constant([[0.0] + [-np.inf] * (K - 1)], memory[0].dtype), (batch, 1))
    written = tf.zeros((batch, K, longest), tf.int32)
    ids, t = tf.fill((batch, K), rules.bos), tf.constant(0, limits.dtype)
    first = (t, ids, state, totals, written, tf.fill([batch], never), written[:, 0])
    return tf.while_loop(lambda t, ids, state, totals, *_: tf.reduce_any(totals > -np.inf), step, first)[-1]


def next_logits(model, ids, state, memory):
    """Logits (B, V) of the next word; the new state."""
    x = model.target_embedding(ids)
    context, state = model.step(x, state, *memory)
    return model.words(ops.concatenate([state[0], context, x], 1)), state

"""The twin in Keras 3 on TensorFlow: layers in a subclassed model, one `tf.function` per training step.

A search is a `tf.while_loop`, traced for each shape of a batch.
"""

import os
from collections.abc import Callable
from functools import partial

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from keras import layers, ops

from figures.frameworks.twins.contract import (
    ADAM,
    Twin,
    blueprint,
    check_config,
    longest_translation,
    state_parts,
    word_bias,
)
from figures.frameworks.twins.transfer import from_keras, to_keras
from lstm_lib.errors import UserError
from lstm_lib.nn.layers import Params, join, subset
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules, length_penalty
from lstm_lib.text.batching import Batch

if keras.backend.backend() != "tensorflow":
    raise UserError(f"KERAS_BACKEND {keras.backend.backend()}: the Keras twin needs tensorflow; unset it")


class Model(keras.Model):
    """The whole model: encoder, bridge, attention, decoder, readout, output."""

    def __init__(self, config: ModelConfig, dtype: str, seed: int):
        super().__init__(dtype=dtype)
        E, H = config.embedding_size, config.hidden_size
        rnn, cell = (layers.LSTM, layers.LSTMCell) if config.cell == "lstm" else (layers.GRU, layers.GRUCell)
        self.source_embedding = layers.Embedding(config.source_size, E, dtype=dtype)
        one_way = rnn(H, return_sequences=True, return_state=True, dtype=dtype)
        self.encoder = layers.Bidirectional(one_way, dtype=dtype)
        self.bridge = [
            layers.Dense(H, activation="tanh" if part == "h" else None, dtype=dtype)
            for part in state_parts(config)
        ]
        self.target_embedding = layers.Embedding(config.target_size, E, dtype=dtype)
        self.query, self.key = (layers.Dense(H, use_bias=False, dtype=dtype) for _ in range(2))
        self.attention = layers.AdditiveAttention(dtype=dtype)
        self.cell = cell(H, dtype=dtype)
        self.readout = layers.Dense(E, activation="tanh", dtype=dtype)
        self.output_layer = layers.Dense(config.target_size, dtype=dtype)
        self.dropout = layers.Dropout(config.dropout, seed=seed, dtype=dtype)

    def call(self, source, source_mask, target_in, training=False):
        """Logits (B, T, V)."""
        memory, state = self.encode(source, source_mask, training)
        embedded = self.dropout(self.target_embedding(target_in), training=training)
        hidden, contexts = [], []
        for x in tf.unstack(embedded, axis=1):
            context, state = self.step(x, state, *memory)
            hidden.append(state[0])
            contexts.append(context)
        # No step needs the readout of another: one product for all.
        parts = [ops.stack(hidden, 1), ops.stack(contexts, 1), embedded]
        return self.words(ops.concatenate(parts, 2), training)

    def encode(self, source, mask, training=False):
        """Read.  Returns: memory: values (B, S, 2H), keys (B, S, H), mask (B, S); the first state."""
        x = self.dropout(self.source_embedding(source), training=training)
        values, *last = self.encoder(x, mask=mask)
        both = zip(last[: len(self.bridge)], last[len(self.bridge) :], strict=True)
        state = [dense(ops.concatenate(part, 1)) for dense, part in zip(self.bridge, both, strict=True)]
        return (values, self.key(values), mask), state

    def step(self, x, state, values, keys, mask):
        """Take one word.  Args: x (B, E).  Returns: context (B, 2H); the new state."""
        query = self.query(state[0])[:, None]
        context = self.attention([query, values, keys], mask=[None, mask])[:, 0]
        _, state = self.cell(ops.concatenate([x, context], 1), state)
        return context, state

    def words(self, parts, training=False):
        """Logits (..., V) from state, context and embedding side by side (..., 3H + E)."""
        return self.output_layer(self.dropout(self.readout(parts), training=training))


class Adam(keras.optimizers.Adam):
    """Adam with epsilon as in the paper's algorithm 1: Keras adds it before the bias correction."""

    def update_step(self, gradient, variable, learning_rate):
        step = ops.cast(self.iterations + 1, variable.dtype)
        self.epsilon = ADAM["epsilon"] * ops.sqrt(1 - ops.power(ops.cast(self.beta_2, step.dtype), step))
        super().update_step(gradient, variable, learning_rate)


# Search


def greedy(model, source, mask, limits, rules: Rules):
    """The words (B, longest); those after a sentence's end are meaningless."""
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
        best_score, totals = tf.maximum(score, best_score), tf.where(ended, never, totals)
        ends = (length_penalty(tf.cast(length, tf.float64), alpha) for length in (t + 2, limits))
        longer = tf.cast(tf.maximum(*ends), totals.dtype)
        decided = tf.reduce_max(totals, 1) / longer <= best_score  # no live beam can still win
        totals = tf.where(decided[:, None], never, totals)
        return t + 1, ids, state, totals, written, best_score, best_words

    # All beams are equal: only one may branch.
    totals = tf.tile(tf.constant([[0.0] + [-np.inf] * (K - 1)], memory[0].dtype), (batch, 1))
    written = tf.zeros((batch, K, longest), tf.int32)
    ids, t = tf.fill((batch, K), rules.bos), tf.constant(0, limits.dtype)
    first = (t, ids, state, totals, written, tf.fill([batch], never), written[:, 0])
    return tf.while_loop(lambda t, ids, state, totals, *_: tf.reduce_any(totals > -np.inf), step, first)[-1]


def next_logits(model, ids, state, memory):
    """Take one word of a search.  Returns: logits (B, V) of the next word; the new state."""
    x = model.target_embedding(ids)
    context, state = model.step(x, state, *memory)
    return model.words(ops.concatenate([state[0], context, x], 1)), state


class KerasTwin(Twin):
    """See `contract.Twin`.  `jit`: with XLA, which runs faster but compiles for some 10 s per shape."""

    rows, steps = 8, 2

    def __init__(
        self,
        config: ModelConfig,
        params: Params,
        *,
        clip_norm: float | None = 1.0,
        seed: int = 0,
        jit: bool = True,
    ):
        check_config(config)
        self.config, self.blueprint = config, blueprint(params)
        self.model = Model(config, params["output.b"].dtype.name, seed)
        self.model(np.zeros((1, 2), int), np.ones((1, 2), bool), np.zeros((1, 1), int))  # makes the weights
        self._load(params)
        self.trained = self.model.trainable_variables
        # Numbers of the weights' own precision: Keras would round a Python float to single precision.
        beta1, beta2 = (self.blueprint["output.b"].dtype.type(ADAM[name]) for name in ("beta1", "beta2"))
        self.optimizer = Adam(beta_1=beta1, beta_2=beta2, global_clipnorm=clip_norm)
        self.optimizer.build(self.trained)
        self._loss_and_grads = tf.function(self._gradients, jit_compile=jit)
        self._train_step = tf.function(self._update, jit_compile=jit)
        self._greedy = tf.function(partial(greedy, self.model), jit_compile=jit)
        self._beam = tf.function(partial(beam, self.model), jit_compile=jit)

    # Training

    def loss_and_grads(self, batch: Batch) -> tuple[float, Params, int]:
        loss, grads = self._loss_and_grads(*self._padded(batch), training=False)
        of_variable = {id(variable): grad for variable, grad in zip(self.trained, grads, strict=True)}
        return float(loss), self._named(lambda variable: of_variable[id(variable)].numpy()), batch.tokens

    def train_step(self, batch: Batch, learning_rate: float) -> tf.Tensor:
        self.optimizer.learning_rate = learning_rate
        return self._train_step(*self._padded(batch))

    def _update(self, *batch):
        loss, grads = self._gradients(*batch, training=True)
        self.optimizer.apply(grads, self.trained)
        return loss

    def _gradients(self, source, source_mask, target_in, target_out, target_mask, training: bool):
        """Differentiate.  Returns: loss per token; a dense gradient for each variable."""
        with tf.GradientTape() as tape:
            logits = self.model(source, source_mask, target_in, training=training)  # (B, T, V)
            rate, real = self.config.label_smoothing, ops.cast(target_mask, logits.dtype)
            target = tf.gather(logits, target_out, batch_dims=2)
            each = ops.logsumexp(logits, 2) - (1 - rate) * target - rate * ops.mean(logits, 2)
            loss = ops.sum(each * real) / ops.sum(real)
        grads = map(tf.convert_to_tensor, tape.gradient(loss, self.trained))
        return loss, [self._one_bias(*pair) for pair in zip(self.trained, grads, strict=True)]

    def _one_bias(self, variable, grad):
        """Train one of the two biases of Keras's GRU, and both of the candidate's.

        Elsewhere they are only added, and with both Adam would move twice as far.
        """
        if variable.name != "bias" or len(grad.shape) == 1:
            return grad
        trained = np.ones(grad.shape, grad.dtype.as_numpy_dtype)
        trained[1, : 2 * self.config.hidden_size] = 0
        return grad * trained

    # Weights

    def to_numpy(self) -> Params:
        return self._named(lambda variable: variable.numpy())

    def _named(self, read: Callable) -> Params:
        """Our parameters.  Args: read: maps a variable to an array, its value or its gradient."""
        params = {}
        for layer, keys in self._layers():
            params |= zip(keys, map(read, layer.trainable_weights), strict=True)
        for layer, prefix in self._recurrent():
            arrays = [read(variable) for variable in layer.trainable_weights]
            params |= join({prefix: from_keras(arrays, subset(self.blueprint, prefix))})
        return {key: params[key] for key in self.blueprint}

    def _load(self, params: Params) -> None:
        for layer, keys in self._layers():
            layer.set_weights([params[key] for key in keys])
        for layer, prefix in self._recurrent():
            layer.set_weights(to_keras(subset(params, prefix)))

    def _layers(self) -> list[tuple[layers.Layer, list[str]]]:
        """The layers whose weights have our shapes, each with our names for its weights."""
        model = self.model
        attention = {"W_q": model.query, "W_k": model.key, "v": model.attention}
        bridge = zip(state_parts(self.config), model.bridge, strict=True)
        dense = {f"bridge.0.{part}": layer for part, layer in bridge}
        dense |= {"decoder.readout": model.readout, "output": model.output_layer}
        return [
            (model.source_embedding, ["encoder.embedding.table"]),
            (model.target_embedding, ["decoder.embedding.table"]),
            *((layer, [f"decoder.attention.{name}"]) for name, layer in attention.items()),
            *((layer, [f"{name}.W", f"{name}.b"]) for name, layer in dense.items()),
        ]

    def _recurrent(self) -> list[tuple[layers.Layer, str]]:
        return [(self.model.encoder, "encoder.rnn"), (self.model.cell, "decoder.rnn")]

"""The twin in Keras 3 on TensorFlow: layers in a subclassed model, one `tf.function` a step."""

import os
from collections.abc import Callable
from functools import partial

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from keras import layers, ops

from figures.frameworks.twins import keras_search
from figures.frameworks.twins.contract import (
    ADAM,
    blueprint,
    check_config,
    cut,
    pad_to_multiples,
    padded,
    state_parts,
)
from figures.frameworks.twins.transfer import from_keras, to_keras
from lstm_lib.errors import UserError
from lstm_lib.nn.layers import Params, join, subset
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules, length_limits
from lstm_lib.text.batching import Batch

if keras.backend.backend() != "tensorflow":
    raise UserError(f"KERAS_BACKEND {keras.backend.backend()}: the Keras twin needs tensorflow; unset it")


class Model(keras.Model):
    """Encoder, bridge, attention, decoder, readout, output."""

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
        # The readout is needed at no step but for the words: one product for all.
        parts = [ops.stack(hidden, 1), ops.stack(contexts, 1), embedded]
        return self.words(ops.concatenate(parts, 2), training)

    def encode(self, source, mask, training=False):
        """Returns: memory for `step`: values (B, S, 2H), keys (B, S, H), mask (B, S); first state."""
        x = self.dropout(self.source_embedding(source), training=training)
        values, *last = self.encoder(x, mask=mask)
        both = zip(last[: len(self.bridge)], last[len(self.bridge) :], strict=True)
        state = [dense(ops.concatenate(part, 1)) for dense, part in zip(self.bridge, both, strict=True)]
        return (values, self.key(values), mask), state

    def step(self, x, state, values, keys, mask):
        """One word.  Args: x (B, E).  Returns: context (B, 2H); the new state."""
        query = self.query(state[0])[:, None]
        context = self.attention([query, values, keys], mask=[None, mask])[:, 0]
        _, state = self.cell(ops.concatenate([x, context], 1), state)
        return context, state

    def words(self, parts, training=False):
        """Logits (..., V) from state, context and embedding side by side (..., 3H + E)."""
        return self.output_layer(self.dropout(self.readout(parts), training=training))


class Adam(keras.optimizers.Adam):
    """Adam with epsilon where the paper's algorithm 1 has it: Keras adds it before the bias correction."""

    def update_step(self, gradient, variable, learning_rate):
        step = ops.cast(self.iterations + 1, variable.dtype)
        self.epsilon = ADAM["epsilon"] * ops.sqrt(1 - ops.power(ops.cast(self.beta_2, step.dtype), step))
        super().update_step(gradient, variable, learning_rate)


class KerasTwin:
    """See `contract.Twin`.  `jit`: through XLA, which runs faster but compiles for some 10 s a shape."""

    rows, steps = 8, 2  # shapes are padded to multiples of these, so that few are traced and compiled

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
        # Given as numbers of the weights' own precision: Keras would round a Python float to single.
        beta1, beta2 = (self.blueprint["output.b"].dtype.type(ADAM[name]) for name in ("beta1", "beta2"))
        self.optimizer = Adam(beta_1=beta1, beta_2=beta2, global_clipnorm=clip_norm)
        self.optimizer.build(self.trained)
        self._loss_and_grads = tf.function(self._gradients, jit_compile=jit)
        self._train_step = tf.function(self._update, jit_compile=jit)
        self._greedy = tf.function(partial(keras_search.greedy, self.model), jit_compile=jit)
        self._beam = tf.function(partial(keras_search.beam, self.model), jit_compile=jit)

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
        """Returns: loss a token; a dense gradient for each variable."""
        with tf.GradientTape() as tape:
            logits = self.model(source, source_mask, target_in, training=training)  # (B, T, V)
            rate, real = self.config.label_smoothing, ops.cast(target_mask, logits.dtype)
            target = tf.gather(logits, target_out, batch_dims=2)
            each = ops.logsumexp(logits, 2) - (1 - rate) * target - rate * ops.mean(logits, 2)
            loss = ops.sum(each * real) / ops.sum(real)
        grads = map(tf.convert_to_tensor, tape.gradient(loss, self.trained))
        return loss, [self._one_bias(*pair) for pair in zip(self.trained, grads, strict=True)]

    def _one_bias(self, variable, grad):
        """Of the two biases of Keras's GRU train one, but for the candidate's: elsewhere they are only ever
        added, and with both Adam would move twice as far."""
        if variable.name != "bias" or len(grad.shape) == 1:
            return grad
        trained = np.ones(grad.shape, grad.dtype.as_numpy_dtype)
        trained[1, : 2 * self.config.hidden_size] = 0
        return grad * trained

    def _padded(self, batch: Batch) -> Batch:
        return pad_to_multiples(batch, self.rows, self.steps)

    # Search

    def greedy(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[list[int]]:
        source, source_mask = (padded(array, 1, self.steps) for array in (source, source_mask))
        limits = length_limits(source_mask, rules)
        return cut(self._greedy(source, source_mask, limits, rules), limits, rules.eos)

    def beam(
        self,
        source: np.ndarray,
        source_mask: np.ndarray,
        rules: Rules,
        *,
        beam_size: int = 5,
        length_penalty_alpha: float = 1.0,
    ) -> list[list[int]]:
        source, source_mask = (padded(array, 1, self.steps) for array in (source, source_mask))
        limits = length_limits(source_mask, rules)
        found = self._beam(source, source_mask, limits, rules, beam_size, length_penalty_alpha)
        return cut(found, limits, rules.eos)

    # Weights

    def to_numpy(self) -> Params:
        return self._named(lambda variable: variable.numpy())

    def _named(self, read: Callable) -> Params:
        """Our names and arrays.  Args: read: from a variable to an array: its value, or its gradient."""
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
        """Each layer with our names for its weights, all of which have our shapes."""
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

"""The twin in JAX: one compiled training step, with optax.  (Model: `jax_model`, search: `jax_search`.)"""

from functools import partial

import jax
import numpy as np
import optax
from jax import Array
from jax import numpy as jnp

from figures.frameworks.twins import jax_search
from figures.frameworks.twins.contract import ADAM, check_config, cut, pad_to_multiples, padded
from figures.frameworks.twins.jax_model import Weights, loss
from lstm_lib.nn.layers import Params
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules, length_limits
from lstm_lib.text.batching import Batch

loss_and_grads = jax.jit(jax.value_and_grad(loss), static_argnums=1)


def optimizer(clip_norm: float | None) -> optax.GradientTransformation:
    """Clipping and Adam, without the learning rate, which is each step's own."""
    clip = optax.identity() if clip_norm is None else optax.clip_by_global_norm(clip_norm)
    return optax.chain(clip, optax.scale_by_adam(ADAM["beta1"], ADAM["beta2"], ADAM["epsilon"]))


@partial(jax.jit, static_argnums=(0, 1), donate_argnums=(2, 3))
def train_step(config: ModelConfig, clip_norm: float | None, p: Weights, moments, key, batch, learning_rate):
    """Returns: weights, moments, the key of the next step, loss."""
    key, now = jax.random.split(key)
    value, grads = jax.value_and_grad(loss)(p, config, batch, now)
    updates, moments = optimizer(clip_norm).update(grads, moments)
    return optax.apply_updates(p, optax.tree.scale(-learning_rate, updates)), moments, key, value


class JaxTwin:
    """See `contract.Twin`."""

    rows, steps = 8, 2  # shapes are padded to multiples of these, so that few are compiled

    def __init__(self, config: ModelConfig, params: Params, *, clip_norm: float | None = 1.0, seed: int = 0):
        check_config(config)
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
        with self._precision():
            self.params, self.moments, self.key, value = train_step(
                self.config,
                self.clip_norm,
                self.params,
                self.moments,
                self.key,
                self._padded(batch),
                learning_rate,
            )
        return value

    def greedy(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[list[int]]:
        source, source_mask = (padded(array, 1, self.steps) for array in (source, source_mask))
        limits = length_limits(source_mask, rules)
        with self._precision():
            found = jax_search.greedy(self.config, rules, self.params, source, source_mask, limits)
        return cut(found, limits, rules.eos)

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
        options = (beam_size, length_penalty_alpha)
        with self._precision():
            found = jax_search.beam(self.config, rules, *options, self.params, source, source_mask, limits)
        return cut(found, limits, rules.eos)

    def _precision(self):
        """Doubles only where they are asked for: JAX has one switch for the whole process."""
        return jax.enable_x64(self.dtype == np.float64)

    def _padded(self, batch: Batch) -> Batch:
        return pad_to_multiples(batch, self.rows, self.steps)

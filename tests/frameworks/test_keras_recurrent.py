"""LSTM, GRU (both places of the reset gate), RNN: values and gradients are Keras's from the same weights."""

import os

import numpy as np
import pytest

from course.shared.gradcheck import leaves, randomize
from figures.frameworks.twins.transfer import from_keras, to_keras
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.layers import map_state
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.rnn import RNN
from lstm_lib.nn.stacked import Bidirectional, Stacked

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

CELLS = {
    "lstm": (LSTM, keras.layers.LSTM, {}),
    "gru": (GRU, keras.layers.GRU, {"reset_after": True}),
    "gru-reset-before": (GRU, keras.layers.GRU, {"reset_after": False}),
    "rnn": (RNN, keras.layers.SimpleRNN, {}),
}
B, T, E, H = 4, 7, 5, 6
MASKS = {"full": None, "ragged": np.arange(T) < np.array([3, T, 1, 5])[:, None]}
TOLERANCE = {"rtol": 0, "atol": 1e-10}


def build(cell, rng, input_size=E):
    """A layer of ours with random weights, biases included."""
    ours, _, options = CELLS[cell]
    layer = ours(input_size, H, rng, dtype=np.float64, **options)
    randomize(layer.params, rng)
    return layer


def twin_of(cell):
    _, theirs, options = CELLS[cell]
    return theirs(H, return_sequences=True, return_state=True, dtype="float64", **options)


def run_twin(twin, weights, x, state0, mask, upstream):
    """Keras's outputs and final states, and the gradients of x, first states and weights under `upstream`."""
    x, *state0 = (tf.Variable(array) for array in (x, *state0))
    twin.build(x.shape)
    twin.set_weights(weights)
    with tf.GradientTape() as tape:
        outputs = twin(x, initial_state=state0, mask=None if mask is None else tf.constant(mask))
        total = tf.add_n([tf.reduce_sum(y * u) for y, u in zip(outputs, upstream, strict=True)])
    variables = [weight.value for weight in twin.trainable_weights]
    gradients = tape.gradient(total, [x, *state0, *variables])
    return [y.numpy() for y in outputs], [gradient.numpy() for gradient in gradients]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize(
    ("cell", "both_ways"), [*((cell, False) for cell in CELLS), ("lstm", True), ("gru", True)]
)
def test_values_and_gradients_are_kerass(cell, both_ways, mask):
    rng, mask = np.random.default_rng(0), MASKS[mask]
    layer, twin = build(cell, rng), twin_of(cell)
    if both_ways:
        layer = Bidirectional(layer, build(cell, rng))
        twin = keras.layers.Bidirectional(twin, dtype="float64")
    x = rng.standard_normal((B, T, E))
    state0 = random_like(layer.forward(x)[1], rng)
    real = 1.0 if mask is None else mask[:, :, None]
    h, state_T, cache = layer.forward(x, state0, mask)
    dh = rng.standard_normal(h.shape) * real
    dstate_T = random_like(state_T, rng)
    dx, dstate0, grads = layer.backward(dh, dstate_T, cache)

    upstream = [dh, *parts(dstate_T)]
    values, gradients = run_twin(twin, to_keras(layer.params), x, parts(state0), mask, upstream)

    np.testing.assert_allclose(h * real, values[0] * real, **TOLERANCE)
    for ours, theirs in zip([*parts(state_T), dx, *parts(dstate0)], values[1:] + gradients, strict=False):
        np.testing.assert_allclose(ours, theirs, **TOLERANCE)
    assert_weight_gradients(grads, gradients[1 + len(parts(state0)) :])


def random_like(state, rng):
    return map_state(lambda part: rng.standard_normal(part.shape), state)


def parts(state):
    return [part for _, part in leaves(state)]


def assert_weight_gradients(grads, theirs):
    """The bias that we have once, Keras's GRU with reset after has twice, with one gradient for both."""
    for ours, gradient in zip(to_keras(grads), theirs, strict=True):
        wanted = np.where(ours == 0, ours[:1], ours) if ours.shape == (2, 3 * H) else ours
        np.testing.assert_allclose(wanted, gradient, **TOLERANCE)


@pytest.mark.parametrize("cell", CELLS)
def test_weights_that_come_from_keras_give_its_values_here(cell):
    """A stack, and where Keras has two biases, both at work."""
    rng = np.random.default_rng(2)
    _, theirs, options = CELLS[cell]
    stack = Stacked([build(cell, rng), build(cell, rng, input_size=H)])
    layers = [theirs(H, return_sequences=True, dtype="float64", **options) for _ in range(2)]
    twin = keras.Sequential([keras.Input((T, E), dtype="float64"), *layers])
    twin.set_weights([rng.standard_normal(weight.shape) for weight in twin.get_weights()])
    for key, array in from_keras(twin.get_weights(), stack.params).items():
        stack.params[key][...] = array
    x = rng.standard_normal((B, T, E))
    np.testing.assert_allclose(stack.forward(x)[0], twin(x), **TOLERANCE)

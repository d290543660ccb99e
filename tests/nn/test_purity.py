"""Layers remember nothing: arguments stay as they are, dtypes too, and wrong shapes are told at once."""

from functools import partial

import numpy as np
import pytest

from helpers.arrays import assert_all_of_dtype, contents, frozen, snapshot
from helpers.attention import ATTENTIONS, make_attention
from helpers.problems import CELLS, RAGGED, make_cell, random_state, recurrent_noises
from lstm_lib.nn.activations import ACTIVATIONS
from lstm_lib.nn.dropout import Dropout, RecurrentDropout
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.layers import Embedding, Linear
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.stacked import Bidirectional, Stacked

DTYPES = (np.float32, np.float64)
B, T, D, H = RAGGED.batch, RAGGED.steps, RAGGED.input_size, RAGGED.hidden_size


def make_stack(dtype):
    rng = np.random.default_rng(0)
    options = {"recurrent_dropout": RecurrentDropout("zoneout", 0.3), "dtype": dtype}
    low = Bidirectional(LSTM(D, H, rng, **options), GRU(D, H, rng, **options))
    return Stacked([low, LSTM(2 * H, H, rng, **options)], 0.3)


RECURRENT = {}  # functions of a dtype
for cell in CELLS:
    for kind in recurrent_noises(cell):
        RECURRENT[f"{cell}-{kind}"] = partial(make_cell, cell, RAGGED, kind)
    for a in ACTIVATIONS:
        RECURRENT[f"{cell}-{a}"] = partial(make_cell, cell, RAGGED, None, activation=a, gate_activation=a)
RECURRENT["stack"] = make_stack
every_recurrent = pytest.mark.parametrize("make", RECURRENT.values(), ids=RECURRENT)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)
with_and_without_noise = pytest.mark.parametrize("seed", [None, 3])


def normal(*shape, dtype, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def generator(seed):
    return None if seed is None else np.random.default_rng(seed)


def read_only(layer):
    frozen(tuple(layer.params.values()))
    return layer


@every_recurrent
@every_dtype
@with_and_without_noise
def test_recurrent_layers_are_pure(make, dtype, seed):
    layer = read_only(make(dtype))
    before = snapshot(layer)
    x, dh = frozen(normal(B, T, D, dtype=dtype)), frozen(normal(B, T, H, dtype=dtype))
    state0, dstate_T = (frozen(random_state(layer, B, generator(s))) for s in (1, 2))
    mask = frozen(RAGGED.mask.copy())
    h, state_T, cache = layer.forward(x, state0, mask, generator(seed))
    frozen(h)
    first, second = (layer.backward(dh, dstate_T, cache) for _ in range(2))
    assert_all_of_dtype(dtype, h, state_T, *first)
    assert set(first[2]) == set(layer.params)
    assert all(first[2][key].shape == layer.params[key].shape for key in layer.params)
    assert contents(list(first)) == contents(list(second)), "a second backward pass differs from the first"
    assert snapshot(layer) == before


@pytest.mark.parametrize("make", list(RECURRENT.values())[:-1], ids=list(RECURRENT)[:-1])
@every_dtype
@with_and_without_noise
def test_steps_are_pure(make, dtype, seed):
    layer = read_only(make(dtype))
    before = snapshot(layer)
    x = frozen(normal(B, D, dtype=dtype))
    state, dstate = (frozen(random_state(layer, B, generator(s))) for s in (1, 2))
    h, new, cache = layer.step(x, state, generator(seed))
    first, second = (layer.step_backward(dstate, cache) for _ in range(2))
    assert_all_of_dtype(dtype, h, new, *first)
    assert contents(list(first)) == contents(list(second))
    assert snapshot(layer) == before


@pytest.mark.parametrize("name", ATTENTIONS)
@every_dtype
def test_attention_is_pure(name, dtype):
    layer = read_only(make_attention(name, RAGGED, dtype))
    before = snapshot(layer)
    queries, values, mask = normal(B, 3, H, dtype=dtype), normal(B, T, D, dtype=dtype), RAGGED.mask.copy()
    dcontext = normal(B, 3, D, dtype=dtype)
    frozen((queries, values, mask, dcontext))
    context, cache = layer.forward(queries, values, mask)
    first, second = (layer.backward(dcontext, cache) for _ in range(2))
    assert_all_of_dtype(dtype, context, cache.weights, *first)
    assert contents(list(first)) == contents(list(second))
    assert snapshot(layer) == before


@every_dtype
def test_layers_without_memory_are_pure(dtype):
    rng = np.random.default_rng(0)
    ids = rng.integers(5, size=(B, T))
    cases = [
        (Linear(D, H, rng, dtype), normal(B, T, D, dtype=dtype)),
        (Embedding(5, H, rng, dtype), ids),
        (Dropout(0.5), normal(B, T, H, dtype=dtype)),
    ]
    for layer, x in cases:
        read_only(layer)
        before, dy = snapshot(layer), normal(B, T, H, dtype=dtype)
        frozen((x, dy))
        y, cache = layer.forward(x, np.random.default_rng(1))
        first, second = (layer.backward(dy, cache) for _ in range(2))
        assert_all_of_dtype(dtype, y, *(part for part in first if part is not None))
        assert contents(first) == contents(second)
        assert snapshot(layer) == before


def forward_and_back(make, **changes):
    """Run a layer on arguments that fit, but for those given."""
    layer, rng = make(np.float64), np.random.default_rng(0)
    x, dh = rng.standard_normal((B, T, D)), rng.standard_normal((B, T, H))
    state0, dstate_T = random_state(layer, B, rng), random_state(layer, B, rng)
    given = {"x": x, "state0": state0, "mask": RAGGED.mask, "dh": dh, "dstate_T": dstate_T} | changes
    _, _, cache = layer.forward(given["x"], given["state0"], given["mask"])
    layer.backward(given["dh"], given["dstate_T"], cache)


WRONG = {
    "x": [np.zeros((B, T, D + 1)), np.zeros((T, D)), np.zeros((B, T))],
    "mask": [np.ones((B, T + 1), bool), np.ones((B + 1, T), bool), np.ones((B, T)), np.ones((B, T), int)],
    "dh": [np.zeros((B, T - 1, H)), np.zeros((B, 1, H)), np.zeros((1, T, H)), np.zeros((B, T, H + 1))],
    "state0": [(), (np.zeros((B, H)),) * 3],
    "dstate_T": [(), (np.zeros((B, H)),) * 3],
}


@pytest.mark.parametrize("name", ["rnn-None", "lstm-None", "gru-None", "stack"])
@pytest.mark.parametrize(
    ("argument", "value"), [(key, value) for key, values in WRONG.items() for value in values]
)
def test_wrong_arguments_are_named_in_one_line(name, argument, value):
    with pytest.raises(ValueError, match=rf"^{argument} has .*; wanted ") as raised:
        forward_and_back(RECURRENT[name], **{argument: value})
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["rnn-None", "lstm-None", "gru-None"])
@pytest.mark.parametrize("shape", [(B, H + 1), (B + 1, H), (1, H)])
def test_wrong_parts_of_states_are_named(name, shape):
    layer = RECURRENT[name](np.float64)
    state = layer.zero_state(B)._replace(h=np.zeros(shape))
    for argument in ("state0", "dstate_T"):
        with pytest.raises(ValueError, match=rf"^{argument}\.h has shape .*; wanted \({B}, {H}\)$"):
            forward_and_back(RECURRENT[name], **{argument: state})
    with pytest.raises(ValueError, match=r"^state\.h has shape "):
        layer.step(np.zeros((B, D)), state)
    with pytest.raises(ValueError, match=r"^x has shape "):
        layer.step(np.zeros((B, D + 1)))
    _, _, cache = layer.step(np.zeros((B, D)))
    with pytest.raises(ValueError, match=r"^dstate\.h has shape "):
        layer.step_backward(state, cache)


def test_a_bidirectional_layer_names_its_own_arguments():
    layer = make_stack(np.float64).layers[0]
    _, _, cache = layer.forward(np.zeros((B, T, D)))
    with pytest.raises(ValueError, match=rf"^dh has shape \({B}, {T}, {H}\); wanted \({B}, {T}, {2 * H}\)$"):
        layer.backward(np.zeros((B, T, H)), None, cache)
    with pytest.raises(ValueError, match=r"^state0 has 3 parts; wanted 2$"):
        layer.forward(np.zeros((B, T, D)), (None, None, None))
    with pytest.raises(ValueError, match=r"^dstate_T has 1 parts; wanted 2$"):
        layer.backward(np.zeros((B, T, 2 * H)), (None,), cache)

"""Arguments that cannot be: each public entry of nn refuses them in one line that names what it got."""

import numpy as np
import pytest

from lstm_lib.nn.attention import AdditiveAttention, DotAttention, GeneralAttention
from lstm_lib.nn.dropout import Dropout, RecurrentDropout
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.layers import Embedding, Linear
from lstm_lib.nn.losses import cross_entropy, log_softmax
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.rnn import RNN
from lstm_lib.nn.stacked import Bidirectional, Stacked

RNG = np.random.default_rng(0)
X, ROWS, MASK = np.zeros((2, 3, 4)), np.zeros((2, 4)), np.ones((2, 3), bool)
CELLS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
LAYERS = {  # functions that make a layer from two sizes
    "Linear": Linear,
    "Embedding": Embedding,
    "General": GeneralAttention,
    "Additive": lambda one, other, *more, **kind: AdditiveAttention(one, other, 3, *more, **kind),
    **CELLS,
}
DROPS = {kind: RecurrentDropout(kind, 0.5) for kind in ("variational", "zoneout", "weight_drop")}


def refuses(message, call, *arguments, **options):
    """Hold a call to a ValueError of one line."""
    with pytest.raises(ValueError, match=message) as raised:
        call(*arguments, **options)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("size", [0, -3, 2.0, True, "4", None, 2**64, np.nan])
def test_sizes(name, size):
    for sizes in ((size, 4), (4, size)):
        refuses(r"^\w+_(size|embeddings) is .*; wanted .*at least 1$", LAYERS[name], *sizes, RNG)
    assert LAYERS[name](np.int64(4), 5, RNG).params


@pytest.mark.parametrize("name", LAYERS)
def test_random_generators_and_dtypes(name):
    for rng in (0, None, np.random, np.random.RandomState(0)):
        refuses(r"^rng is .*; wanted a Generator", LAYERS[name], 4, 4, rng)
    for dtype in (int, np.int64, bool, complex):
        refuses(r"^dtype is .*; wanted a floating-point type$", LAYERS[name], 4, 4, RNG, dtype=dtype)


NO_FLOATS = [X.astype(int), X.astype(bool), X.astype(complex), X.tolist(), None, 3, "text"]


@pytest.mark.parametrize("x", NO_FLOATS)
@pytest.mark.parametrize("cell", CELLS)
def test_inputs_that_are_no_floats(cell, x):
    layer = CELLS[cell](4, 4, RNG)
    both = Bidirectional(layer, CELLS[cell](4, 4, RNG))
    for each in (layer, both, Stacked([layer]), Linear(4, 4, RNG), Dropout(0.0), Dropout(0.5)):
        refuses(r"^x (is|has dtype) .*; wanted .*floating-point numbers$", each.forward, x)
    _, _, cache = layer.forward(X)
    refuses(r"^dh (is|has dtype) .*; wanted", layer.backward, x, None, cache)
    first = tuple(ROWS.astype(int) for _ in layer.State._fields)
    refuses(r"^state0.h has dtype int64; wanted", layer.forward, X, first)
    refuses(r"^state.h has dtype int64; wanted", layer.step, ROWS, first)


@pytest.mark.parametrize("x", NO_FLOATS)
def test_what_is_no_float_for_the_other_layers(x):
    attention = AdditiveAttention(4, 4, 3, RNG)
    for each in (attention, GeneralAttention(4, 4, RNG), DotAttention(4, 4)):
        refuses(r"^queries (is|has dtype) .*; wanted", each.forward, x, X)
        refuses(r"^values (is|has dtype) .*; wanted", each.prepare, x)
    refuses(r"^dcontext (is|has dtype) .*; wanted", attention.backward, x, attention.forward(X, X)[1])
    refuses(r"^logits (is|has dtype) .*; wanted", log_softmax, x)
    refuses(r"^logits (is|has dtype) .*; wanted", cross_entropy, x, np.zeros(2, int))
    layer = Linear(4, 4, RNG)
    refuses(r"^dy (is|has dtype) .*; wanted", layer.backward, x, layer.forward(X)[1])
    refuses(r"^dy (is|has dtype) .*; wanted", Dropout(0.5).backward, x, np.ones(X.shape))


MASKS = [MASK.astype(int), MASK.astype(float), MASK.tolist(), MASK[:1], MASK[:, :2], MASK[0]]


@pytest.mark.parametrize("mask", MASKS)
def test_masks(mask):
    layer = LSTM(4, 4, RNG)
    for call in (layer.forward, Stacked([layer]).forward):
        refuses(r"^mask (is|has) .*; wanted", call, X, None, mask)
    refuses(r"^mask (is|has) .*; wanted", DotAttention(4, 4).forward, X, X, mask)


def test_gradients_of_another_shape_are_not_spread():
    """NumPy would repeat the one row for all."""
    _, mask = Dropout(0.5).forward(ROWS, RNG)
    refuses(r"^dy has shape \(1, 4\); wanted \(2, 4\)$", Dropout(0.5).backward, ROWS[:1], mask)


@pytest.mark.parametrize("rng", [0, True, np.random, np.random.RandomState(0)])
def test_noise_that_is_drawn_from_no_generator(rng):
    refuses("^rng is ", Dropout(0.5).forward, X, rng)
    for drop in DROPS.values():
        refuses("^rng is ", LSTM(4, 4, RNG, recurrent_dropout=drop).forward, X, rng=rng)
    two = Stacked([LSTM(4, 4, RNG), LSTM(4, 4, RNG)], 0.5)
    refuses("^rng is ", two.forward, X, rng=rng)


def test_options_of_cells_and_stacks():
    refuses(
        r"^recurrent_dropout is 0.2; wanted a RecurrentDropout, or None$",
        GRU,
        4,
        4,
        RNG,
        recurrent_dropout=0.2,
    )
    refuses(r"^kind is None; wanted text, one of variational", RecurrentDropout, None, 0.5)
    refuses(r"^activation is \['tanh'\]; wanted text, one of", LSTM, 4, 4, RNG, activation=["tanh"])
    refuses(r"^layers\[1\] reads width 5; wanted 4$", Stacked, [LSTM(4, 4, RNG), LSTM(5, 4, RNG)])
    for rate in (True, "0.5", None, 1, -0.5, np.nan):
        refuses(r"^(dropout|rate) is .*; wanted .*at least 0, and less than 1$", Dropout, rate)
        refuses(r"^rate is .*; wanted .*at least 0, and less than 1$", RecurrentDropout, "zoneout", rate)


@pytest.mark.parametrize("ids", [[1, 2], None, 3, "12"])
def test_ids_that_are_no_array(ids):
    refuses(r"^ids is .*; wanted an array of integers$", Embedding(5, 2, RNG).forward, ids)

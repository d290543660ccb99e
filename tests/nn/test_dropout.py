"""Dropout: what is dropped, how often, when, and what evaluation does instead."""

import numpy as np
import pytest

from helpers.problems import CELLS, RAGGED, make_cell, random_state, recurrent_noises
from lstm_lib.nn.dropout import RECURRENT_KINDS, Dropout, RecurrentDropout, keep_mask
from lstm_lib.nn.rnn import RNN
from lstm_lib.nn.stacked import Stacked

W_H = np.ones((50, 100), np.float32)


def noise_of(kind, rate=0.3, rng=0, batch=20, steps=6, num_states=2):
    rng = None if rng is None else np.random.default_rng(rng)
    return RecurrentDropout(kind, rate).sample(rng, batch, steps, W_H, num_states)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_inverted_dropout_keeps_the_expected_value(rate):
    x = np.full((200, 300), 2.0, np.float32)
    y, mask = Dropout(rate).forward(x, np.random.default_rng(0))
    assert set(np.unique(mask)) == {np.float32(0), np.float32(1 / (1 - rate))}
    assert np.mean(y == 0) == pytest.approx(rate, abs=0.01)
    assert y.mean() == pytest.approx(2.0, rel=0.03)
    dx, grads = Dropout(rate).backward(x, mask)
    np.testing.assert_array_equal(dx, y)
    assert grads == {} and y.dtype == dx.dtype == np.float32


@pytest.mark.parametrize(("rate", "rng"), [(0.5, None), (0.0, np.random.default_rng(0))])
def test_evaluation_and_rate_zero_are_the_identity(rate, rng):
    x = np.random.default_rng(0).standard_normal((3, 4))
    y, mask = Dropout(rate).forward(x, rng)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(Dropout(rate).backward(x, mask)[0], x)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, bool])
@pytest.mark.parametrize(("rate", "rng"), [(0.2, 0), (0.5, None), (0.0, 1)])
def test_integers_cannot_be_dropped_out(dtype, rate, rng):
    """Scaled by 1 / (1 - rate) and rounded down they would lose their expected value."""
    x = np.ones((3, 4), dtype)
    with pytest.raises(ValueError, match=f"^x has dtype {x.dtype}; wanted floating-point numbers$"):
        Dropout(rate).forward(x, None if rng is None else np.random.default_rng(rng))


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, float("nan")])
def test_rates_that_are_no_probability(rate):
    for make in (Dropout, lambda r: RecurrentDropout("zoneout", r), lambda r: Stacked([None], r)):
        with pytest.raises(ValueError, match=r"^(dropout|rate) is .*; wanted .*at least 0, and less than 1$"):
            make(rate)


def test_unknown_kind():
    with pytest.raises(ValueError, match=r"^kind is 'gal'; wanted one of variational, "):
        RecurrentDropout("gal", 0.1)


def test_a_plain_network_has_no_candidate_to_drop():
    with pytest.raises(ValueError, match="candidate dropout needs a gated cell"):
        RNN(2, 2, np.random.default_rng(0), recurrent_dropout=RecurrentDropout("candidate", 0.1))


@pytest.mark.parametrize("kind", RECURRENT_KINDS)
def test_each_kind_drops_its_own_thing_alone(kind):
    noise = noise_of(kind)
    field = {"variational": "state", "weight_drop": "weight", "zoneout": "zone"}.get(kind, kind)
    assert [name for name, value in noise._asdict().items() if value is not None] == [field]


@pytest.mark.parametrize("kind", RECURRENT_KINDS)
def test_no_noise_at_rate_zero_and_all_but_zoneout_vanish_in_evaluation(kind):
    assert set(noise_of(kind, rate=0.0)) == set(noise_of(kind, rate=0.0, rng=None)) == {None}
    assert kind == "zoneout" or set(noise_of(kind, rng=None)) == {None}


@pytest.mark.parametrize(
    ("kind", "field", "shape"),
    [
        ("variational", "state", (20, 50)),
        ("candidate", "candidate", (20, 6, 50)),
        ("weight_drop", "weight", (50, 100)),
    ],
)
def test_multiplied_masks_keep_the_expected_value(kind, field, shape):
    mask = getattr(noise_of(kind), field)
    assert mask.shape == shape and mask.dtype == np.float32
    assert mask.mean() == pytest.approx(1, abs=0.06)
    assert np.mean(mask == 0) == pytest.approx(0.3, abs=0.04)


def test_zoneout_keeps_each_part_of_the_state_by_its_own_draw():
    h, c = noise_of("zoneout").zone
    assert h.shape == c.shape == (20, 6, 50)
    assert set(np.unique(h)) == {0, 1}
    assert h.mean() == pytest.approx(0.3, abs=0.03)
    assert np.mean(h == c) == pytest.approx(0.3**2 + 0.7**2, abs=0.03)
    assert len(noise_of("zoneout", num_states=1).zone) == 1


def run(layer, rng=None, state0=None):
    x = np.random.default_rng(1).standard_normal((RAGGED.batch, RAGGED.steps, RAGGED.input_size))
    return layer.forward(x, state0, None, rng), x


@pytest.mark.parametrize("name", CELLS)
def test_variational_is_one_mask_on_h_at_all_steps(name):
    """The same as a loop over the noiseless cell, whose W_h meets h times one and the same mask."""
    layer, state = make_cell(name, RAGGED, "variational"), None
    (h, _, cache), x = run(layer, np.random.default_rng(3))
    mask = cache.noise.state
    assert mask.shape == (RAGGED.batch, RAGGED.hidden_size) and (mask == 0).any() and (mask > 0).any()
    state = layer.zero_state(RAGGED.batch)
    for t in range(RAGGED.steps):
        state, _ = layer.equations(x[:, t], state.h * mask, state, layer.params["W_h"], 1.0)
        np.testing.assert_allclose(h[:, t], state.h, atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_zoneout_in_evaluation_mixes_old_and_new_by_the_rate(name):
    layer = make_cell(name, RAGGED, "zoneout")
    rate = layer.recurrent_dropout.rate
    state = random_state(layer, RAGGED.batch, np.random.default_rng(2))
    (h, _, _), x = run(layer, state0=state)
    for t in range(RAGGED.steps):
        new, _ = layer.equations(x[:, t], state.h, state, layer.params["W_h"], 1.0)
        state = layer.State(*(rate * old + (1 - rate) * part for old, part in zip(state, new, strict=True)))
        np.testing.assert_allclose(h[:, t], state.h, atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_zoneout_in_training_keeps_whole_units(name):
    (h, _, cache), _ = run(make_cell(name, RAGGED, "zoneout"), np.random.default_rng(3))
    before = np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)
    kept = cache.noise.zone[0] == 1
    assert kept.any() and not kept.all()
    np.testing.assert_array_equal(h == before, kept)


def test_candidate_dropout_spares_the_memory():
    """Where g is dropped, the memory is c' = f c: what was written stays."""
    (_, _, cache), _ = run(make_cell("lstm", RAGGED, "candidate"), np.random.default_rng(3))
    dropped = cache.noise.candidate == 0
    forget = cache.gates[..., RAGGED.hidden_size : 2 * RAGGED.hidden_size]
    assert dropped.any()
    np.testing.assert_allclose(
        cache.state.c[:, 1:][dropped], (forget * cache.state.c[:, :-1])[dropped], atol=1e-15
    )


@pytest.mark.parametrize("name", CELLS)
def test_weight_drop_is_the_layer_with_fewer_weights(name):
    layer, plain = make_cell(name, RAGGED, "weight_drop"), make_cell(name, RAGGED)
    (h, _, cache), _ = run(layer, np.random.default_rng(3))
    plain.params["W_h"] *= cache.noise.weight
    np.testing.assert_allclose(h, run(plain)[0][0], atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_the_generator_alone_decides(name):
    for kind in filter(None, recurrent_noises(name)):
        layer = make_cell(name, RAGGED, kind)
        first, again, other = (run(layer, np.random.default_rng(seed))[0][0] for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)


def test_keep_mask_follows_the_dtype_asked_for():
    for dtype in (np.float32, np.float64):
        assert keep_mask(np.random.default_rng(0), (4, 5), 0.5, dtype).dtype == dtype

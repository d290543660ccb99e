"""Masks on the state: gradients through them, where they fall, and what they leave alone."""

import numpy as np
import pytest

from course.shared.gradcheck import randomize, recurrent_operation
from figures.lab.state_noise import STATE_NOISE, NoisyStateLSTM, add_state_noise
from helpers.gradients import assert_gradients, assert_projection
from helpers.models import make_model, make_tiny_batch, model_operation
from lstm_lib.nn.dropout import RecurrentDropout
from lstm_lib.nn.lstm import LSTM, LSTMState

B, T, E, H = 3, 4, 2, 3


def layer(seed=0):
    rng = np.random.default_rng(seed)
    found = LSTM(E, H, rng, dtype=np.float64)
    randomize(found.params, rng)
    return found


def inputs(seed=0):
    rng = np.random.default_rng(seed)
    first = LSTMState(*rng.standard_normal((2, B, H)))
    return rng.standard_normal((B, T, E)), first, np.arange(T) < np.array([[4], [2], [3]])


@pytest.mark.parametrize("kind", STATE_NOISE)
@pytest.mark.parametrize("masked", [False, True])
def test_gradients(kind, masked):
    x, first, mask = inputs()
    operation = recurrent_operation(NoisyStateLSTM(layer(), kind, 0.4), x, first, mask if masked else None, 7)
    assert_gradients(operation, np.random.default_rng(0))


@pytest.mark.parametrize("kind", ["fresh h and c", "fixed c"])
def test_gradients_of_a_translator(kind):
    model = make_model(0, encoder_size=3)
    add_state_noise(model, kind, 0.4)
    assert_projection(model_operation(model, make_tiny_batch(1), 5), np.random.default_rng(0))


@pytest.mark.parametrize("kind", STATE_NOISE)
def test_steps_by_hand(kind):
    """Each step of the plain cell from the masked state gives the whole noisy pass; padding is not masked."""
    plain, (x, first, mask) = layer(), inputs()
    noisy = NoisyStateLSTM(plain, kind, 0.5)
    h, _, cache = noisy.forward(x, first, mask, np.random.default_rng(3))
    fresh, parts = STATE_NOISE[kind]
    state = first
    for t in range(T):
        masks = {part: getattr(cache.noise, part) for part in ("h", "c")}
        assert {part for part, found in masks.items() if found is not None} == set(parts)
        seen = LSTMState(
            *(
                part if masks[name] is None else part * masks[name][:, t]
                for name, part in state._asdict().items()
            )
        )
        _, new, _ = plain.step(x[:, t], seen)
        state = LSTMState(*(np.where(mask[:, t, None], a, b) for a, b in zip(new, state, strict=True)))
        np.testing.assert_allclose(h[:, t], state.h, rtol=1e-12)
    drawn = getattr(cache.noise, parts[0])[0]
    assert (drawn == drawn[0]).all() != fresh and set(np.unique(drawn)) <= {0.0, 2.0}


def test_a_fixed_mask_on_h_is_variational_dropout():
    plain, (x, first, _) = layer(), inputs()
    variational = LSTM(E, H, np.random.default_rng(0), dtype=np.float64)
    variational.params, variational.recurrent_dropout = plain.params, RecurrentDropout("variational", 0.4)
    ours, _, cache = NoisyStateLSTM(plain, "fixed h", 0.4).forward(x, first, None, np.random.default_rng(1))
    theirs, _, theirs_cache = variational.forward(x, first, None, np.random.default_rng(1))
    assert np.array_equal(cache.noise.h[:, 0], theirs_cache.noise.state)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_without_a_generator_there_is_no_noise():
    x, first, mask = inputs()
    assert np.array_equal(
        NoisyStateLSTM(layer(), "fresh h and c", 0.6).forward(x, first, mask)[0],
        layer().forward(x, first, mask)[0],
    )

import math

import numpy as np
import pytest

from lstm_lib.training import clip_by_global_norm, global_norm
from lstm_lib.training.optimizers import BLOCK_SIZE


@pytest.fixture
def grads():
    return {"a": np.array([3.0, 0.0]), "b": np.array([[0.0], [4.0]]), "c": np.array(12.0)}


def test_one_factor_for_all_parameters(grads):
    assert clip_by_global_norm(grads, 1.3) == 13  # sqrt(9 + 16 + 144)
    np.testing.assert_allclose(grads["a"], [0.3, 0], rtol=1e-12)
    np.testing.assert_allclose(grads["b"], [[0], [0.4]], rtol=1e-12)
    np.testing.assert_allclose(grads["c"], 1.2, rtol=1e-12)
    assert global_norm(grads) == pytest.approx(1.3, rel=1e-12)


@pytest.mark.parametrize("max_norm", [13.0, 100.0, None])
def test_short_gradients_are_only_measured(grads, max_norm):
    before = {key: value.copy() for key, value in grads.items()}
    for value in grads.values():
        value.flags.writeable = False
    assert clip_by_global_norm(grads, max_norm) == 13
    assert all(np.array_equal(grads[key], before[key]) for key in grads)


def test_a_direction_in_float32_survives_sizes_whose_squares_overflow():
    rng = np.random.default_rng(0)
    direction = rng.standard_normal((3, BLOCK_SIZE))
    grads = {"p": (direction * 1e30).astype(np.float32)}
    norm = clip_by_global_norm(grads, 1.0)
    assert norm == pytest.approx(1e30 * np.linalg.norm(direction), rel=1e-6)
    np.testing.assert_allclose(grads["p"], direction / np.linalg.norm(direction), rtol=1e-5, atol=1e-12)
    assert grads["p"].dtype == np.float32


def test_the_norm_of_many_float32_is_exact():
    grads = {"p": np.full(3 * BLOCK_SIZE + 5, 0.1, np.float32)}
    assert global_norm(grads) == pytest.approx(float(np.float32(0.1)) * math.sqrt(grads["p"].size), rel=1e-12)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_infinity_and_nan_are_reported_and_nothing_is_scaled(grads, bad):
    grads["b"][0] = bad
    norm = clip_by_global_norm(grads, 1.0)
    assert math.isnan(norm) if math.isnan(bad) else norm == math.inf
    assert grads["c"] == 12


def test_no_gradients_have_norm_zero():
    assert clip_by_global_norm({}, 1.0) == 0


def test_gradients_that_cannot_be_scaled_in_place_are_refused():
    with pytest.raises(ValueError, match=r"grads\['p'\].*C-contiguous"):
        clip_by_global_norm({"p": np.ones((3, 4)).T}, 1.0)


@pytest.mark.parametrize("max_norm", [0, 0.0, -1, -13.0, math.inf, -math.inf, math.nan])
def test_a_norm_that_is_not_above_0_is_refused_and_nothing_is_turned_round(grads, max_norm):
    with pytest.raises(ValueError, match=f"^max_norm is {max_norm}; wanted .*more than 0, or None$"):
        clip_by_global_norm(grads, max_norm)
    assert (grads["a"][0], grads["b"][1, 0], grads["c"]) == (3, 4, 12)

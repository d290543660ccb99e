"""Cross-entropy over tokens."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.shared.gradcheck import Operation
from helpers.gradients import assert_gradients
from lstm_lib.nn.losses import DEEPEST, cross_entropy, log_softmax
from lstm_lib.text.metrics import perplexity

seeds, counts, sizes = st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 7)
smoothings = st.sampled_from([0.0, 0.1, 0.9])


def tokens(count, size, seed=0, scale=3.0):
    rng = np.random.default_rng(seed)
    return scale * rng.standard_normal((count, size)), rng.integers(size, size=count)


class NoParameters:
    params: dict = {}  # noqa: RUF012


def loss_operation(logits, targets, label_smoothing):
    def forward(arrays):
        loss, _, dlogits = cross_entropy(arrays["logits"], targets, label_smoothing=label_smoothing)
        return [np.array(loss)], dlogits

    def backward(upstream, dlogits):
        return {"logits": dlogits * upstream[0]}

    return Operation(NoParameters, {"logits": logits}, forward, backward)


@settings(max_examples=40)
@given(counts, st.integers(2, 7), seeds, smoothings)
def test_gradient(count, size, seed, smoothing):
    logits, targets = tokens(count, size, seed, scale=1.0)
    assert_gradients(loss_operation(logits, targets, smoothing), np.random.default_rng(seed))


@given(counts, sizes, seeds, smoothings)
def test_value_equals_the_definition(count, size, seed, smoothing):
    logits, targets = tokens(count, size, seed)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    q = np.full((count, size), smoothing / size)
    q[np.arange(count), targets] += 1 - smoothing
    loss, nll, dlogits = cross_entropy(logits, targets, label_smoothing=smoothing)
    assert loss == pytest.approx(-np.mean(np.sum(q * np.log(p), axis=1)), rel=1e-12, abs=1e-14)
    assert nll == pytest.approx(-np.mean(np.log(p[np.arange(count), targets])), rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(dlogits, (p - q) / count, atol=1e-14)


@given(counts, sizes, seeds)
def test_log_softmax(count, size, seed):
    logits, _ = tokens(count, size, seed)
    np.testing.assert_allclose(np.exp(log_softmax(logits)).sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(log_softmax(logits + 1e6), log_softmax(logits), atol=1e-8)


def test_overwrite_gives_the_same_in_the_place_of_the_logits():
    logits, targets = tokens(5, 4)
    logits.flags.writeable = False
    loss, nll, dlogits = cross_entropy(logits, targets, label_smoothing=0.1)
    place = logits.copy()
    again = cross_entropy(place, targets, label_smoothing=0.1, overwrite=True)
    assert again[:2] == (loss, nll)
    assert again[2] is place
    np.testing.assert_array_equal(place, dlogits)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_float32_without_subnormals(smoothing):
    """Probabilities far below float32's normal range are held above it; nothing else changes."""
    logits = np.array([[0, -60, -75, -95, -200], [0, -1, -2, -69, -100]], np.float32)
    targets = np.array([1, 4])
    loss, nll, dlogits = cross_entropy(logits, targets, label_smoothing=smoothing)
    exact = cross_entropy(logits.astype(np.float64), targets, label_smoothing=smoothing)
    wanted_loss, wanted_nll, wanted = exact
    assert dlogits.dtype == np.float32
    assert loss == pytest.approx(wanted_loss, rel=1e-6) and nll == pytest.approx(wanted_nll, rel=1e-6)
    np.testing.assert_allclose(dlogits, wanted, rtol=2e-5, atol=2 * np.exp(DEEPEST))
    assert not ((dlogits != 0) & (np.abs(dlogits) < np.finfo(np.float32).tiny)).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits_stay_finite(dtype):
    logits = np.array([[1e30, -1e30, 0], [-3e38, -3e38, -3e38]], dtype)
    loss, nll, dlogits = cross_entropy(logits, np.array([0, 2]))
    assert np.isfinite([loss, nll]).all() and np.isfinite(dlogits).all()


@given(counts, counts, seeds)
def test_perplexity_is_the_same_however_tokens_are_batched(first, second, seed):
    logits, targets = tokens(first + second, 6, seed)
    count, parts = first + second, (slice(first), slice(first, None))
    whole = cross_entropy(logits, targets)[1] * count
    sums = [cross_entropy(logits[part], targets[part])[1] * len(targets[part]) for part in parts]
    assert perplexity(sum(sums), count) == pytest.approx(perplexity(whole, count), rel=1e-12)


def test_certainty_and_ignorance():
    assert cross_entropy(np.array([[0.0, 800.0]]), np.array([1]))[0] == 0
    assert cross_entropy(np.zeros((3, 8)), np.array([0, 3, 7]))[0] == pytest.approx(np.log(8))


@pytest.mark.parametrize(
    ("logits", "targets", "smoothing", "message"),
    [
        ((2, 3, 4), [0, 1], 0.0, r"^logits has shape \(2, 3, 4\); wanted \(any, any\)$"),
        ((3, 4), [0, 1], 0.0, r"^targets has shape \(2,\); wanted \(3\)$"),
        ((0, 4), [], 0.0, "^targets is empty"),
        ((2, 4), [0, 1], 1.0, "^label_smoothing is 1.0; wanted at least 0, and less than 1$"),
        ((2, 4), [0, 1], -0.1, "^label_smoothing is -0.1"),
        ((2, 4), [-100, 1], 0.0, "^targets run from -100 to 1; wanted 0 to 3$"),
        ((2, 4), [0, 4], 0.0, "^targets run from 0 to 4; wanted 0 to 3$"),
    ],
)
def test_errors(logits, targets, smoothing, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(np.zeros(logits), np.array(targets, dtype=int), label_smoothing=smoothing)


@pytest.mark.parametrize("targets", [[True, False], [1.0, 0.0], [0.5, 1.5], [None, 1]])
def test_targets_that_are_no_integers(targets):
    targets = np.array(targets)
    with pytest.raises(ValueError, match=f"^targets has dtype {targets.dtype}; wanted integers$"):
        cross_entropy(np.zeros((2, 3)), targets)

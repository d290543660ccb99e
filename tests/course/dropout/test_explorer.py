"""The rasters and states under noise are what they say, the figures draw them, and the explorer redraws."""

from itertools import pairwise

import numpy as np
import pytest

from course.dropout import plots
from course.dropout.explorer import dropout_explorer, noisy_lstm
from course.dropout.noise import Raster, Spread, raster, spread
from helpers.explorers import controls_of
from lstm_lib.nn.dropout import RECURRENT_KINDS, RecurrentDropout, RecurrentNoise

W_H = np.ones((5, 20), np.float32)


def drawn(kind, rate=0.4, steps=8):
    return RecurrentDropout(kind, rate).sample(np.random.default_rng(0), 3, steps, W_H, num_states=2)


@pytest.mark.parametrize(
    ("kind", "disturbed"),
    [
        ("variational", lambda noise: np.repeat(noise.state[:1] == 0, 8, axis=0).T),
        ("candidate", lambda noise: (noise.candidate[0] == 0).T),
        ("zoneout", lambda noise: (noise.zone[0][0] == 1).T),
        ("weight_drop", lambda noise: noise.weight == 0),
    ],
)
def test_a_raster_is_of_the_first_sequence(kind, disturbed):
    noise = drawn(kind)
    np.testing.assert_array_equal(raster(noise, 8).disturbed, disturbed(noise))
    assert 0 < raster(noise, 8).disturbed.mean() < 1


def test_no_noise_has_no_raster():
    with pytest.raises(ValueError, match="noise is empty"):
        raster(RecurrentNoise(), 8)


@pytest.mark.parametrize("kind", RECURRENT_KINDS)
def test_states_scatter_around_what_evaluation_computes(kind):
    lstm = noisy_lstm(kind, 0.2)
    x = np.random.default_rng(1).standard_normal((12, lstm.input_size), np.float32)
    states = spread(lstm, x, 200, np.random.default_rng(2))
    assert {part.shape for part in states} == {(12, lstm.hidden_size)}
    np.testing.assert_array_equal(states.evaluation, lstm.forward(x[np.newaxis])[0][0])
    np.testing.assert_allclose(states.mean, states.evaluation, atol=0.06)
    assert (states.variance[1:].mean(axis=1) > 1e-4).all()


@pytest.mark.parametrize("kind", ["variational", "weight_drop"])
def test_where_nothing_is_to_be_hidden_nothing_scatters(kind):
    lstm = noisy_lstm(kind, 0.5)
    states = spread(lstm, np.ones((3, lstm.input_size), np.float32), 20, np.random.default_rng(0))
    np.testing.assert_allclose(states.variance[0], 0, atol=1e-12)  # the first state is zero


def test_each_draw_has_noise_of_its_own_even_with_one_mask_a_batch():
    lstm = noisy_lstm("weight_drop", 0.5)
    x = np.ones((6, lstm.input_size), np.float32)
    assert spread(lstm, x, 30, np.random.default_rng(0)).variance[-1].mean() > 1e-3


def test_survival_stands_beside_variance():
    left, right = plots.plot_survival({"a": np.array([1, 0.5])}, {"a": np.array([0.0, 3.0])})
    assert list(left.lines[0].get_ydata()) == [1, 0.5]
    assert list(right.lines[0].get_ydata()) == [0, 3]


def test_rasters_show_units_over_steps():
    pattern = np.array([[True, False, True], [False, False, True]])
    panels = plots.plot_rasters({kind: Raster(pattern, "gone", "step") for kind in RECURRENT_KINDS})
    assert [ax.get_title() for ax in panels] == [f"{kind}. Dark: gone" for kind in RECURRENT_KINDS]
    for ax in panels:
        np.testing.assert_array_equal(ax.images[0].get_array(), pattern)
        assert ax.get_xlim() == (0.5, 3.5) and ax.get_ylim() == (2.5, 0.5)


def test_spreads_and_overfitting_are_lines():
    ax = plots.plot_spreads({"zoneout": np.array([0.1, 0.2])})
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 0.1], [2, 0.2]])
    assert "variance of $h$" in ax.get_ylabel()
    values = np.zeros((2, 3, 2))
    values[1, :, 1] = [0.7, 0.8, 0.9]
    left, right = plots.plot_overfitting(np.array([0, 0.5]), {"zoneout": values}, wrong=0.15)
    assert list(left.lines[0].get_ydata()) == [0.85, 0.85]
    np.testing.assert_allclose(right.lines[0].get_ydata(), [0, 0.8])
    assert left.get_ylabel() == right.get_ylabel() == "accuracy"
    (bars,) = right.containers[0][2]
    np.testing.assert_allclose(bars.get_segments()[1][:, 1], [0.7, 0.9])


def test_a_picture_of_noise_shows_mask_variance_and_one_unit():
    pattern = np.eye(2, 3, dtype=bool)
    states = Spread(np.full((3, 2), 0.5), np.full((3, 2), 0.04), np.full((3, 2), 0.25))
    left, middle, right = plots.plot_noise(Raster(pattern, "gone", "step"), states, unit=1)
    np.testing.assert_array_equal(left.images[0].get_array(), pattern)
    np.testing.assert_allclose(middle.lines[0].get_xydata(), [[1, 0.04], [2, 0.04], [3, 0.04]])
    band = right.collections[0].get_paths()[0].vertices[:, 1]
    np.testing.assert_allclose([band.min(), band.max()], [0.3, 0.7])
    assert [line.get_ydata()[0] for line in right.lines] == [0.5, 0.25]
    assert right.get_title() == "unit 2"


def mask_and_variance(figure) -> tuple[np.ndarray, np.ndarray]:
    left, middle, _ = figure.axes
    return left.images[0].get_array(), middle.lines[0].get_ydata()


def test_the_explorer_draws_again_when_a_control_moves(record):
    drawn = record(mask_and_variance)
    kind, rate, steps = controls_of(dropout_explorer(seed=3)).values()
    for control, value in ((kind, "zoneout"), (kind, "weight_drop"), (rate, 0.6), (steps, 20)):
        control.value = value
    assert [len(line) for _, line in drawn] == [30, 30, 30, 30, 20]
    assert [mask.shape for mask, _ in drawn] == [(20, 30), (20, 30), (20, 80), (20, 80), (20, 80)]
    for (_, before), (_, after) in pairwise(drawn[:4]):
        assert not np.allclose(before, after)
    assert drawn[3][0].mean() == pytest.approx(0.6, abs=0.05)

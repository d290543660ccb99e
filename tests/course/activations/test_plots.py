"""Each figure of activations and gradients draws the arrays it is given, and the explorer redraws it."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.activations.explorer import FUNCTIONS, activation_explorer, chosen
from course.activations.gradient_flow import Flow, flow
from course.activations.plots import (
    plot_activations,
    plot_flow,
    plot_gradients_of_layers,
    plot_losses,
    plot_shares,
)
from helpers.explorers import controls_of
from lstm_lib.nn.activations import ACTIVATIONS


def test_activations_stand_beside_their_slopes():
    z = np.array([-1.0, 0.5, 2.0])
    left, right = plot_activations(z, {name: ACTIVATIONS[name] for name in ("tanh", "elu")})
    assert [line.get_label() for line in left.lines] == ["tanh", "elu"]
    np.testing.assert_array_equal(left.lines[0].get_ydata(), np.tanh(z))
    np.testing.assert_allclose(right.lines[1].get_ydata(), [np.exp(-1), 1, 1])


def test_each_layer_has_a_panel_of_shares():
    norms = {"RNN": {"tanh": np.array([2.0, 1.0])}, "LSTM": {"tanh": np.array([4.0, 1.0])}}
    rnn, lstm = plot_gradients_of_layers(norms)
    assert (rnn.get_title(), lstm.get_title()) == ("RNN", "LSTM")
    np.testing.assert_array_equal(rnn.lines[0].get_ydata(), [1, 0.5])
    np.testing.assert_array_equal(lstm.lines[0].get_ydata(), [1, 0.25])
    assert rnn.get_ylim() == lstm.get_ylim()


def test_shares_and_losses_are_lines_over_a_level_one():
    ax = plot_shares(np.array([0.1, 1.0]), {"tanh": np.array([1.0, 1e-50])}, "size")
    level, line = ax.lines
    assert list(level.get_ydata()) == [1, 1]
    assert list(line.get_ydata()) == [1, 1e-50]
    assert ax.get_ylim()[0] == 1e-35
    _, other = plt.subplots()
    assert plot_losses({"LSTM": np.arange(30.0)}, 0.7, other) is other
    np.testing.assert_array_equal(other.lines[1].get_xydata(), [[10, 4.5], [20, 14.5], [30, 24.5]])
    assert other.get_ylabel() == "loss (nats)"


def test_a_flow_shows_where_the_network_lives_and_what_is_left():
    way = Flow(z=np.linspace(-2, 2, 21).reshape(7, 3), left=np.array([1.0, 0.5, 0.1]))
    value, slope, left = plot_flow(ACTIVATIONS["tanh"], way)
    dots = value.lines[1].get_xdata()
    np.testing.assert_allclose(dots, np.linspace(-1.8, 1.8, 10))
    np.testing.assert_allclose(slope.lines[1].get_ydata(), 1 - np.tanh(dots) ** 2)
    np.testing.assert_array_equal(left.lines[0].get_ydata(), way.left)
    assert left.get_title() == "left after 2 steps: 1.0e-01"


def test_large_inputs_stay_in_the_picture():
    value, _, _ = plot_flow(ACTIVATIONS["tanh"], Flow(np.full((2, 2), 30.0), np.ones(3)))
    assert value.get_xlim()[1] > 30


def test_the_explorer_draws_again_when_a_control_moves(record):
    drawn = record(lambda figure: figure.axes[2].lines[0].get_ydata())
    function, slope, scale, gain, steps = controls_of(activation_explorer(seed=3)).values()
    assert slope.disabled
    for control, value in ((function, "leaky_relu"), (slope, 0.5), (scale, 1.0), (gain, 2.0), (steps, 10)):
        control.value = value
    assert not slope.disabled
    assert [len(line) for line in drawn] == [51] * 5 + [11]
    changed = [not np.allclose(before, after) for before, after in pairwise(drawn[:5])]
    assert changed == [True, True, False, True]  # a leaky ReLU cannot tell the size of its inputs


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_can_be_chosen(name):
    way = flow(chosen(name, 0.2), np.eye(2), np.ones((3, 2)))
    assert np.isfinite(way.left).all()
    assert chosen(name, 0.2).name == name

"""Slopes of the surfaces, walks over them by the library's own step, their pictures, and the explorer."""

import numpy as np
import pytest

from course.training import plots
from course.training.explorer import UPDATES, surface_explorer
from course.training.loss_surface import (
    CELL_START,
    CELL_STEPS,
    CELL_TARGET,
    STEEP,
    SURFACES,
    Descent,
    cliff,
    descend,
    landscape,
)
from helpers.explorers import controls_of
from lstm_lib.nn.rnn import RNN, RNNState
from lstm_lib.training import SGD, Adam


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_slopes_are_difference_quotients(surface):
    x, y = np.meshgrid(np.linspace(0.6, 1.4, 5), np.linspace(0.05, 0.5, 5))
    _, dx, dy = surface.slopes(x, y)
    step = 1e-6
    for found, (along_x, along_y) in ((dx, (step, 0)), (dy, (0, step))):
        ahead, behind = (surface.slopes(x + s * along_x, y + s * along_y)[0] for s in (1, -1))
        np.testing.assert_allclose(found, (ahead - behind) / (2 * step), rtol=1e-5, atol=1e-8)


def test_the_cliff_is_the_librarys_network_of_one_unit():
    w, b = 1.3, -0.05
    layer = RNN(1, 1, np.random.default_rng(0), dtype=np.float64)
    layer.params["W_h"][...], layer.params["b"][...] = w, b
    h, _, cache = layer.forward(np.zeros((1, CELL_STEPS, 1)), RNNState(np.array([[CELL_START]])))
    dh = np.zeros_like(h)
    dh[:, -1] = h[:, -1] - CELL_TARGET
    _, _, grads = layer.backward(dh, None, cache)
    loss, dw, db = cliff(np.array([w]), np.array([b]))
    assert loss[0] == pytest.approx(dh[0, -1, 0] ** 2 / 2)
    assert (dw[0], db[0]) == pytest.approx((grads["W_h"][0, 0], grads["b"][0]))


def test_gradient_descent_multiplies_by_the_same_factor_each_time():
    rate, valley = 0.03, SURFACES["valley"]
    descent = descend(valley, SGD(), rate, updates=5)
    powers = np.arange(5)[:, np.newaxis]
    wanted = np.array(valley.start) * np.array([1 - rate, 1 - rate * STEEP]) ** powers
    np.testing.assert_allclose(descent.points, wanted)
    np.testing.assert_allclose(descent.norms, np.hypot(wanted[:, 0], STEEP * wanted[:, 1]))
    assert not descent.diverged


@pytest.mark.parametrize(("share", "diverged"), [(0.99, False), (1.5, True)])
def test_a_rate_beyond_the_limit_diverges(share, diverged):
    descent = descend(SURFACES["valley"], SGD(), share * 2 / STEEP, updates=200)
    assert descent.diverged == diverged
    assert (len(descent.losses) < 200) == diverged


def test_infinite_numbers_end_a_walk_without_a_warning():
    descent = descend(SURFACES["valley"], SGD(), 1e200, updates=10)
    assert descent.diverged and len(descent.losses) == 2


def test_clipping_bounds_each_step():
    descent = descend(SURFACES["valley"], SGD(), 0.5, clip_norm=0.2, updates=40)
    lengths = np.linalg.norm(np.diff(descent.points, axis=0), axis=1)
    assert lengths.max() <= 0.5 * 0.2 * (1 + 1e-12)
    assert descent.norms.max() > 10, "the norms are those before clipping"


def test_without_clipping_the_cliff_throws_out():
    free, held = (descend(SURFACES["cliff"], SGD(), 0.2, clip) for clip in (None, 0.3))
    assert np.abs(np.diff(free.points, axis=0)).max() > 2 and free.losses[-1] > free.losses[0]
    assert held.losses[-1] < 0.2 * held.losses[0]


def test_a_landscape_holds_the_losses_of_its_window():
    land = landscape(SURFACES["valley"], size=7)
    assert land.losses.shape == (7, 7)
    assert land.losses[2, 5] == (land.x[5] ** 2 + STEEP * land.y[2] ** 2) / 2


def test_descents_are_drawn_beside_their_losses_and_norms():
    descent = Descent(np.array([[1.0, 2.0], [3.0, 0.5]]), np.array([4.0, 0.0]), np.array([2.0, 1.0]), False)
    above, losses, norms = plots.plot_descents(
        landscape(SURFACES["valley"], 5), {"a": descent}, clip_norm=0.5
    )
    np.testing.assert_array_equal(above.lines[0].get_xydata(), descent.points)
    np.testing.assert_array_equal(losses.lines[0].get_xydata(), [[1, 4], [2, plots.LEAST]])
    assert [list(line.get_ydata()) for line in norms.lines] == [[2, 1], [0.5, 0.5]]


def test_rates_arrows_and_trainings_are_drawn():
    ax = plots.plot_rates({"a": np.array([1.0, 0.5])})
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[0, 1], [1, 0.5]])
    ax = plots.plot_arrows({"g": np.array([3.0, 1.0])}, limit=1.0)
    assert ax.patches[0].radius == 1 and ax.get_xlim()[1] > 3
    left, right = plots.plot_trainings({"a": np.array([2.0])}, {"a": np.array([7.0])}, 5.0, 0.7)
    assert (left.lines[0].get_ydata()[0], right.lines[0].get_ydata()[0]) == (2, 7)
    assert (left.lines[1].get_ydata()[0], right.lines[1].get_ydata()[0]) == (0.7, 5)
    (panel,) = plots.plot_generalization({"a": (np.array([3.0, 2, 1]), np.array([3.0, 2.5, 2.6]))})
    np.testing.assert_array_equal(panel.lines[2].get_xydata(), [[2, 2.5]])


def test_the_explorer_draws_again_when_a_control_moves(record):
    def read(figure):
        above, losses, norms = figure.axes
        return above.get_title(), losses.lines[0].get_ydata(), len(norms.lines)

    drawn = record(read)
    controls = controls_of(surface_explorer())
    moves = [
        ("learning rate", 0.5),
        ("clip the global norm", True),
        ("optimizer", "adam"),
        ("surface", "cliff"),
    ]
    assert not controls["momentum"].disabled and controls["to at most"].disabled
    for name, value in moves:
        controls[name].value = value
    assert controls["momentum"].disabled and not controls["to at most"].disabled
    titles = [title for title, _, _ in drawn]
    assert titles[1].startswith("diverged after") and titles[2].startswith(f"after {UPDATES} updates")
    assert [lines for _, _, lines in drawn] == [1, 1, 2, 2, 2]
    wanted = descend(SURFACES["cliff"], Adam(), 0.5, 0.3, UPDATES)
    np.testing.assert_allclose(drawn[-1][1], np.maximum(wanted.losses, plots.LEAST))

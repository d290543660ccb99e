"""Gates of a GRU beside an LSTM's: drawn, and moved by the explorer."""

import numpy as np
import pytest

from course.gru import plots
from course.gru.drawing import draw_gru_cell
from course.gru.explorer import NAMES, cell_explorer
from course.shared.gates import ORDER, clamp_gates, walk
from helpers.explorers import controls_of
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.lstm import LSTM

T, E, H = 5, 3, 4
WORDS = [f"word {t}" for t in range(T)]


@pytest.fixture
def cells():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((T, E))
    return {"GRU": (GRU(E, H, rng, dtype=np.float64), x), "LSTM": (LSTM(E, H, rng, dtype=np.float64), x)}


def shown_by(figure) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Gates (T, G) and labelled lines of a picture of one unit."""
    top, bottom = figure.axes
    return top.images[0].get_array().data.T, {line.get_label(): line.get_ydata() for line in bottom.lines}


@pytest.fixture
def explored(cells, record):
    """The explorer's controls, and all that it has drawn."""
    drawn = record(shown_by)
    return controls_of(cell_explorer(cells, WORDS, unit=1)), drawn


def assert_shows(drawing, layer, stuck, x, unit):
    gates, lines = drawing
    np.testing.assert_array_equal(gates, walk(clamp_gates(layer, **stuck), x).gates[:, :, unit])
    np.testing.assert_array_equal(lines["output $h$"], walk(clamp_gates(layer, **stuck), x).h[:, unit])
    np.testing.assert_array_equal(lines["all gates free: $h$"], walk(layer, x).h[:, unit])


def test_the_explorer_follows_its_gates(explored, cells):
    controls, drawn = explored
    gru, x = cells["GRU"]
    assert_shows(drawn[-1], gru, {}, x, unit=1)
    controls["update u"].value = "0"
    assert_shows(drawn[-1], gru, {"u": 0.0}, x, unit=1)
    controls["reset r"].value = "1"
    controls["unit"].value = 3
    assert_shows(drawn[-1], gru, {"u": 0.0, "r": 1.0}, x, unit=3)
    controls["update u"].value = "free"
    assert_shows(drawn[-1], gru, {"r": 1.0}, x, unit=3)


def test_the_explorer_changes_the_cell_and_shows_its_gates_alone(explored, cells):
    controls, drawn = explored
    lstm, x = cells["LSTM"]
    controls["update u"].value = "1"
    controls["cell"].value = "LSTM"
    assert_shows(drawn[-1], lstm, {}, x, unit=1)
    visible = {gate for gate, name in NAMES.items() if controls[name].layout.display != "none"}
    assert visible == set("ifo")
    # A text each: the kernel in a browser sends no None, and the control would stay hidden.
    assert {controls[name].layout.display for name in NAMES.values()} == {"", "none"}
    controls["forget f"].value = "1"
    assert_shows(drawn[-1], lstm, {"f": 1.0}, x, unit=1)
    np.testing.assert_array_equal(drawn[-1][1]["memory $c$"], walk(clamp_gates(lstm, f=1.0), x).c[:, 1])


@pytest.mark.parametrize("name", ["GRU", "LSTM"])
def test_a_unit_is_drawn_beside_its_free_self_only_where_there_is_one(cells, name):
    layer, x = cells[name]
    found, letters = walk(layer, x), ORDER[type(layer)]
    states = {"output $h$", "memory $c$"} if name == "LSTM" else {"output $h$"}
    for free in (None, found):
        _, bottom = plots.plot_unit(found, 1, letters, WORDS, free)
        labels = {text.get_text() for text in bottom.get_legend().get_texts()}
        assert {label for label in labels if not label.startswith("all gates free")} == states
        assert len(labels) == len(states) * (2 if free else 1)
        assert bottom.get_ylabel() == ("states $c$ and $h$" if name == "LSTM" else "state $h$")


def test_rasters_put_the_units_most_open_on_top():
    values = np.random.default_rng(3).random((T, H))
    (ax,) = plots.plot_rasters({"u": values}, WORDS)
    image = ax.images[0].get_array().data
    np.testing.assert_array_equal(image, values[:, np.argsort(-values.mean(axis=0))].T)
    assert [label.get_text() for label in ax.get_xticklabels()] == WORDS


def test_convergence_is_drawn_as_means_of_five_updates_within_their_band():
    losses = np.random.default_rng(4).random((3, 20))
    (ax,) = plots.plot_convergence({"task": {"cell": losses}}, {"task": 1.5})
    level, line = ax.lines
    np.testing.assert_allclose(line.get_ydata(), losses.reshape(3, 4, 5).mean(axis=(0, 2)))
    assert list(line.get_xdata()) == [5, 10, 15, 20]
    assert set(level.get_ydata()) == {1.5}
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    means = losses.reshape(3, 4, 5).mean(axis=2)
    assert heights.min() == pytest.approx(means.min())
    assert heights.max() == pytest.approx(means.max())


def test_savings_are_drawn_in_percent():
    V = np.array([100.0, 1000.0])
    ax = plots.plot_saving(V, {"width 8": np.array([0.2, 0.1])}, {"here": 300.0})
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [20, 10])
    assert set(ax.lines[1].get_xdata()) == {300.0}


def test_bars_bear_their_numbers():
    ax, _ = plots.plot_bars({"products": {"LSTM": 4000, "GRU": 3000}, "values": {"LSTM": 5, "GRU": 3}})
    assert [bar.get_width() for bar in ax.patches] == [4000, 3000]
    assert [text.get_text() for text in ax.texts] == ["4,000", "3,000"]


def test_the_drawing_names_all_of_the_cell():
    texts = {text.get_text() for text in draw_gru_cell().texts}
    assert {"$h_{t-1}$", "$h_t$", "$x_t$", "$u$", "$r$", "$n$", "$1 - u$", "$W_{hn}$"} <= texts

"""What is drawn of the frameworks' benchmark is what its rows say."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.explorer import framework_explorer
from figures.frameworks.plots import plot_quantity, plot_race, quantities


@pytest.fixture(autouse=True)
def no_window_and_no_figure_left():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def row(measure: str, contender: str, metrics: dict, **configuration) -> dict:
    configuration = {"contender": contender, **configuration}
    return {"measure": f"benchmark.{measure}", "configuration": configuration, "metrics": metrics}


def rows_of(measure: str, metrics: dict[str, dict], **configuration) -> list[dict]:
    return [row(measure, name, found, **configuration) for name, found in metrics.items()]


STEP = {
    "numpy": [0.010, 0.012, 0.030],
    "pytorch": [0.020, 0.020, 0.020],
    "jax": [0.005, 0.006, 0.010],
    "products": [0.002, 0.002, 0.003],
}
SEARCH = {"numpy": [2.0, 2.0], "keras": [1.0, 4.0]}
PEAKS = {
    "numpy": {"peak_bytes": [3e8, 3.2e8], "one_process_bytes": [1e8, 1.2e8]},
    "pytorch": {"peak_bytes": [4e8, 4.4e8]},
}
ROWS = [
    *rows_of("step", {name: {"seconds": found} for name, found in STEP.items()}, size="S", lengths="full"),
    *rows_of("step", {name: {"seconds": found} for name, found in STEP.items()}, size="M", lengths="full"),
    *rows_of(
        "decoding",
        {name: {"seconds": found} for name, found in SEARCH.items()},
        search="beam",
        at_once=1,
        sentences=4,
    ),
    *rows_of("memory", PEAKS, size="S"),
]


def test_quantities_are_those_that_were_measured():
    found = quantities(ROWS)
    assert list(found) == ["training step", "translating a sentence", "peak memory of training"]
    assert list(found["training step"].found) == ["S full", "M full"]
    assert found["translating a sentence"].found["beam, 1 at once"]["keras"] == [0.25, 1.0]
    two, one = found["peak memory of training"].found.values()
    assert (two[NUMPY], one[NUMPY]) == ([3e8, 3.2e8], [1e8, 1.2e8])
    assert two["pytorch"] == one["pytorch"] == [4e8, 4.4e8]
    assert quantities([]) == {}


def test_bars_are_medians_in_their_unit_and_ratios_are_round_by_round():
    numbers, ratios = plot_quantity(quantities(ROWS)["training step"], "S full")
    assert [bar.get_width() for bar in numbers.patches] == pytest.approx([12.0, 20.0, 6.0])
    assert [text.get_text() for text in numbers.texts] == ["12", "20", "6"]
    assert [label.get_text() for label in numbers.get_yticklabels()] == ["NumPy", "PyTorch", "JAX"]
    (alone,) = (line for line in numbers.lines if line.get_label() == "matrix products alone")
    assert alone.get_xdata()[0] == pytest.approx(2.0)
    rounds = [line.get_xdata() for line in ratios.lines if line.get_marker() == "."]
    np.testing.assert_allclose(rounds, [[0.5, 0.6, 1.5], [2.0, 2.0, 3.0]])
    assert [text.get_text() for text in ratios.texts] == ["0.60", "2.00"]
    assert ratios.get_xlim()[1] > 3.0


def test_memory_is_compared_round_by_round_too():
    _, ratios = plot_quantity(quantities(ROWS)["peak memory of training"], "S, NumPy in one process")
    (rounds,) = (line.get_xdata() for line in ratios.lines if line.get_marker() == ".")
    np.testing.assert_allclose(rounds, [1e8 / 4e8, 1.2e8 / 4.4e8])
    assert [text.get_text() for text in ratios.texts] == ["0.26"]


def test_the_race_begins_after_the_compiler():
    metrics = {
        name: {"curve": [[0.0, 0.0], [10.0, 40.0]], "compiling_seconds": float(k)}
        for k, name in enumerate(TITLES)
    }
    without, with_compiling = plot_race(metrics, target=30.0)
    for k, (line, later) in enumerate(zip(without.lines[:4], with_compiling.lines[:4], strict=True)):
        np.testing.assert_allclose(line.get_xdata(), [0, 10])
        np.testing.assert_allclose(later.get_xdata(), [k, 10 + k])
        assert line.get_label() == list(TITLES.values())[k]


def test_the_explorer_draws_again_when_a_control_moves(monkeypatch):
    drawn = []

    def show():
        drawn.append((plt.gcf().axes[0].get_title(), [text.get_text() for text in plt.gca().texts]))
        plt.close("all")

    monkeypatch.setattr(plt, "show", show)
    explorer = framework_explorer(ROWS)
    controls, _ = explorer.children
    quantity, condition = controls.children
    condition.value = "M full"
    quantity.value = "peak memory of training"
    assert condition.options == ("S, NumPy in two processes", "S, NumPy in one process")
    condition.value = "S, NumPy in one process"
    titles = [title for title, _ in drawn]
    assert titles == ["S full", "M full", "S, NumPy in two processes", "S, NumPy in one process"]
    assert [ratios for _, ratios in drawn][2:] == [["0.74"], ["0.26"]]
    assert "JupyterLab" in repr(explorer)

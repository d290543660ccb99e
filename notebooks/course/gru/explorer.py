"""The gate explorer for both cells: choose a cell and a unit, clamp its gates, watch its state."""

from collections.abc import Mapping, Sequence

import ipywidgets
import numpy as np

from course.gru.plots import plot_unit
from course.shared.gates import FREE, ORDER, VALVES, clamp_gates, walk
from course.shared.widgets import Explorer, build_explorer
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.lstm import LSTM

POSITIONS = {FREE: None, "0": 0.0, "1": 1.0}
NAMES = {"i": "input i", "f": "forget f", "o": "output o", "r": "reset r", "u": "update u"}
Cell = tuple[LSTM | GRU, np.ndarray]  # with what it reads, (T, input_size)


def cell_explorer(cells: Mapping[str, Cell], words: Sequence[str], unit: int = 0) -> Explorer:
    """Clamp gates of an LSTM or a GRU at 0 or 1 and watch one unit along a sentence.

    Args: cells: by the name to choose; words: T of them; unit: the one to begin with.
    """
    first = next(iter(cells))
    last_unit = min(layer.hidden_size for layer, _ in cells.values()) - 1
    choice = ipywidgets.ToggleButtons(options=list(cells), value=first, description="cell")
    number = ipywidgets.BoundedIntText(unit, max=last_unit, description="unit")
    clamps = {gate: _clamp(gate) for gate in NAMES}

    def show_gates(cell: str) -> None:
        """Show the controls of the gates that this cell has."""
        for gate, clamp in clamps.items():  # the kernel in a browser doesn't send None on, but an empty text
            clamp.layout.display = "" if gate in VALVES[type(cells[cell][0])] else "none"

    def draw(cell: str, unit: int, **positions: str) -> None:
        layer, x = cells[cell]
        stuck = {gate: POSITIONS[positions[gate]] for gate in VALVES[type(layer)]}
        found = walk(clamp_gates(layer, **stuck), x)
        plot_unit(found, unit, ORDER[type(layer)], words, free=walk(layer, x))

    show_gates(first)
    choice.observe(lambda change: show_gates(change.new), "value")
    controls = {"cell": choice, "unit": number, **clamps}
    return build_explorer(draw, controls, [["cell", "unit"], list(clamps)], height=520)


def _clamp(gate: str) -> ipywidgets.Dropdown:
    return ipywidgets.Dropdown(
        options=list(POSITIONS), description=NAMES[gate], layout=ipywidgets.Layout(width="200px")
    )

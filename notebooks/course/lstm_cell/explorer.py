"""The gate explorer: clamp gates of an LSTM, watch one unit's memory along a sentence."""

from collections.abc import Sequence

import ipywidgets
import numpy as np

from course.lstm_cell.plots import plot_sentence
from course.shared.gates import FREE, clamp_gates, walk
from course.shared.widgets import Explorer, build_explorer
from lstm_lib.nn.lstm import LSTM

POSITIONS = (FREE, *(f"{value:.2f}" for value in np.linspace(0.0, 1.0, 21)))


def gate_explorer(lstm: LSTM, x: np.ndarray, words: Sequence[str], unit: int = 0) -> Explorer:
    """Clamp gates of an LSTM and watch one unit's memory along a sentence.

    Args: lstm; x (T, input_size); words: T of them; unit: which of the LSTM's units to show.
    """

    def draw(**chosen: str) -> None:
        stuck = {gate: float(value) for gate, value in chosen.items() if value != FREE}
        gates, c, h = walk(clamp_gates(lstm, **stuck), x)
        plot_sentence(gates[:, :, unit], c[:, unit], h[:, unit], words)

    sliders = {
        gate: ipywidgets.SelectionSlider(
            options=POSITIONS, description=f"{name} {gate}", continuous_update=False
        )
        for gate, name in {"i": "input", "f": "forget", "o": "output"}.items()
    }
    return build_explorer(draw, sliders, [list(sliders)], height=500)

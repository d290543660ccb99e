"""Widgets: sliders over the functions of `plots`."""

from collections.abc import Sequence

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np

from course.lstm_cell.plots import plot_sentence
from course.shared.gates import clamp_gates, walk
from lstm_lib.nn.lstm import LSTM

FREE = "free"


class Explorer(ipywidgets.VBox):
    """A column of controls above a picture that follows them."""

    def __repr__(self) -> str:  # what a page without a kernel shows in a widget's place
        return "A widget: run this notebook in JupyterLab to move its sliders."


def sentence_line(text: str, label: str) -> ipywidgets.Text:
    """A line to type a sentence in; pressing Enter hands it on.

    Args: text: the sentence to begin with; label: what stands before it.
    """
    return ipywidgets.Text(
        value=text,
        description=label,
        placeholder="type a sentence, then press Enter",
        continuous_update=False,
        layout=ipywidgets.Layout(width="45em", max_width="95%"),
    )


def gate_explorer(lstm: LSTM, x: np.ndarray, words: Sequence[str], unit: int = 0) -> Explorer:
    """Clamp gates of an LSTM and watch one unit's memory along a sentence.

    Args: lstm; x (T, input_size); words: T of them; unit: which of the LSTM's units to show.
    """

    def draw(**chosen: str) -> None:
        stuck = {gate: float(value) for gate, value in chosen.items() if value != FREE}
        gates, c, h = walk(clamp_gates(lstm, **stuck), x)
        plot_sentence(gates[:, :, unit], c[:, unit], h[:, unit], words)
        plt.show()

    sliders = {
        gate: _gate_slider(gate, name) for gate, name in {"i": "input", "f": "forget", "o": "output"}.items()
    }
    picture = ipywidgets.interactive_output(draw, sliders)
    picture.layout.height = "500px"  # no jump while the old picture gives way to the new one
    return Explorer([ipywidgets.HBox(list(sliders.values())), picture])


def _gate_slider(gate: str, name: str) -> ipywidgets.SelectionSlider:
    values = [f"{value:.2f}" for value in np.linspace(0.0, 1.0, 21)]
    return ipywidgets.SelectionSlider(
        options=[FREE, *values], description=f"{name} {gate}", continuous_update=False
    )

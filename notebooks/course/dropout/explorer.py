"""The dropout explorer: choose a kind of recurrent dropout and its rate, see what it does to a state."""

import ipywidgets
import numpy as np

from course.dropout.noise import raster, spread
from course.dropout.plots import plot_noise
from course.shared.widgets import Explorer, build_explorer
from lstm_lib.nn.dropout import RECURRENT_KINDS, RecurrentDropout
from lstm_lib.nn.lstm import LSTM

UNITS, INPUT_SIZE, DRAWS = 20, 8, 50
FEWEST, MOST_STEPS = 10, 40


def noisy_lstm(kind: str, rate: float, seed: int = 0) -> LSTM:
    """Build an LSTM with noise; its weights are the same whatever the noise.

    Args: kind: one of `RECURRENT_KINDS`; rate; seed: of the weights.
    """
    noise = RecurrentDropout(kind, rate)
    return LSTM(INPUT_SIZE, UNITS, np.random.default_rng(seed), recurrent_dropout=noise)


def draw_noise(kind: str, rate: float, steps: int, seed: int = 0) -> None:
    """Draw one kind of noise on an LSTM that reads random numbers: mask, variance, and one unit.

    Args: kind, rate: as for `noisy_lstm`; steps: T; seed: of weights, numbers and noise.
    """
    lstm = noisy_lstm(kind, rate, seed)
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((MOST_STEPS, INPUT_SIZE), np.float32)[:steps]
    states = spread(lstm, x, DRAWS, rng)
    plot_noise(raster(lstm.sample_noise(rng, 1, steps), steps), states)


def dropout_explorer(seed: int = 0) -> Explorer:
    """Choose one of four kinds of recurrent dropout, its rate, and the length of the sequence.

    Args: seed: of weights, inputs and noise, which stay the same whatever is chosen.
    """
    look = {"style": {"description_width": "6em"}, "continuous_update": False}
    controls = {
        "kind": ipywidgets.Dropdown(options=RECURRENT_KINDS, description="kind", style=look["style"]),
        "rate": ipywidgets.FloatSlider(0.3, min=0.05, max=0.9, step=0.05, description="rate p", **look),
        "steps": ipywidgets.IntSlider(30, min=FEWEST, max=MOST_STEPS, description="steps T", **look),
    }

    def draw(kind: str, rate: float, steps: int) -> None:
        draw_noise(kind, rate, steps, seed)

    return build_explorer(draw, controls, [list(controls)], height=410)

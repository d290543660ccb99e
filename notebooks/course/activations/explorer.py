"""The activation explorer: choose a function and the size of the inputs, see what is left of a gradient."""

import ipywidgets
import numpy as np

from course.activations.gradient_flow import flow, leaky_relu
from course.activations.plots import plot_flow
from course.shared.widgets import Explorer, build_explorer
from lstm_lib.nn.activations import LEAKY_SLOPE, Activation, get_activation
from lstm_lib.nn.initializers import orthogonal

FUNCTIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu")
SIZE, MOST_STEPS = 32, 100


def activation_explorer(seed: int = 0) -> Explorer:
    """Choose a function, the slope of a leaky one, the inputs' size, and how far back the gradient goes.

    Args: seed: of the recurrent weights and the inputs, which stay the same whatever is chosen.
    """
    rng = np.random.default_rng(seed)
    W_h, pushes = orthogonal(rng, SIZE, np.float64), rng.standard_normal((MOST_STEPS, SIZE))
    controls = _controls()

    def draw(function: str, slope: float, gain: float, scale: float, steps: int) -> None:
        controls["slope"].disabled = function != "leaky_relu"
        plot_flow(chosen(function, slope), flow(chosen(function, slope), gain * W_h, scale * pushes[:steps]))

    return build_explorer(draw, controls, [["function", "slope"], ["scale", "gain", "steps"]], height=410)


def chosen(function: str, slope: float) -> Activation:
    """Return the function of that name; a leaky ReLU gets that slope."""
    return leaky_relu(slope) if function == "leaky_relu" else get_activation(function)


def _controls() -> dict[str, ipywidgets.Widget]:
    look = {"style": {"description_width": "8em"}, "continuous_update": False}
    logarithmic = look | {"step": 0.05, "readout_format": ".2g"}
    return {
        "function": ipywidgets.Dropdown(
            options=FUNCTIONS, value="tanh", description="function", style=look["style"]
        ),
        "slope": ipywidgets.FloatSlider(
            LEAKY_SLOPE, min=0.01, max=1.0, step=0.01, description="leaky slope", **look
        ),
        "scale": ipywidgets.FloatLogSlider(0.3, min=-2, max=1, description="input scale", **logarithmic),
        "gain": ipywidgets.FloatLogSlider(1.0, min=-0.5, max=1, description="weights ×", **logarithmic),
        "steps": ipywidgets.IntSlider(50, min=1, max=MOST_STEPS, description="steps T", **look),
    }

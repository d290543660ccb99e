"""The architecture explorer: choose a network, see it unrolled, with its arrays and its parameters."""

import ipywidgets
from matplotlib.axes import Axes

from course.architectures.architectures import (
    BATCH,
    EMBEDDING,
    HIDDEN,
    KINDS,
    MANY_TO_MANY,
    Architecture,
    array_shapes,
    parameter_counts,
)
from course.architectures.drawing import draw_unrolled
from course.shared.style import quick_subplots
from course.shared.widgets import Explorer, build_explorer

ONE_WAY, BOTH_WAYS = "from the left", "both ways"
MOST_STEPS, MOST_LAYERS = 6, 3


def architecture_explorer() -> Explorer:
    """Choose what is answered, the length, the layers and the direction."""
    look = {"style": {"description_width": "7em"}}
    controls = {
        "kind": ipywidgets.Dropdown(options=KINDS, value=MANY_TO_MANY, description="architecture", **look),
        "direction": ipywidgets.Dropdown(options=(ONE_WAY, BOTH_WAYS), description="it reads", **look),
        "steps": ipywidgets.IntSlider(
            4, min=1, max=MOST_STEPS, description="words read", continuous_update=False, **look
        ),
        "num_layers": ipywidgets.IntSlider(
            1, min=1, max=MOST_LAYERS, description="layers", continuous_update=False, **look
        ),
    }

    def draw(kind: str, direction: str, steps: int, num_layers: int) -> None:
        plot_architecture(Architecture(kind, steps, num_layers, direction == BOTH_WAYS))

    return build_explorer(draw, controls, [["kind", "direction"], ["steps", "num_layers"]], height=500)


def plot_architecture(architecture: Architecture) -> tuple[Axes, Axes]:
    """Draw a new figure of an unrolled network beside the shapes of its arrays and its parameter counts."""
    grid = {"left": 0.0, "right": 1.0, "top": 1.0, "bottom": 0.0, "wspace": 0.0}
    drawing, numbers = quick_subplots(1, 2, (12, 5.2), width_ratios=(7, 4), **grid)
    draw_unrolled(architecture, ax=drawing)
    shapes = [(name, str(shape)) for name, shape in array_shapes(architecture).items()]
    counts = parameter_counts(architecture)
    parameters = [(name, f"{count:,}") for name, count in (counts | {"all": sum(counts.values())}).items()]
    numbers.axis("off")
    lines = [("arrays", f"B = {BATCH}, E = {EMBEDDING}, H = {HIDDEN}"), *shapes, ("", "")]
    for row, (name, value) in enumerate([*lines, ("parameters", ""), *parameters]):
        weight = "bold" if name in ("arrays", "parameters", "all") else "normal"
        height = 0.95 - 0.058 * row
        numbers.text(0.0, height, name, size=14, weight=weight, transform=numbers.transAxes)
        numbers.text(0.95, height, value, size=14, ha="right", weight=weight, transform=numbers.transAxes)
    return drawing, numbers

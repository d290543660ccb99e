"""The surface explorer: choose an optimizer, its learning rate and clipping, see where two parameters go."""

import ipywidgets
import matplotlib.pyplot as plt

from course.shared.widgets import Explorer
from course.training.loss_surface import SURFACES, Descent, descend, landscape
from course.training.plots import plot_descents
from lstm_lib.training import OPTIMIZERS, SGD, Optimizer

UPDATES = 60
LABELS = {"sgd": "SGD", "rmsprop": "RMSProp", "adam": "Adam", "adamw": "AdamW"}


def new_optimizer(name: str, momentum: float = 0.0) -> Optimizer:
    """The library's optimizer of that name.  Args: name: a key of `OPTIMIZERS`; momentum: of SGD alone."""
    return SGD(momentum) if name == "sgd" else OPTIMIZERS[name]()


def draw_descent(
    surface: str, optimizer: str, learning_rate: float, momentum: float, clip_norm: float | None
) -> None:
    """One walk over one surface: the path, the loss, the gradient's norm.

    Args: surface: a key of `SURFACES`; optimizer, momentum: as for `new_optimizer`; learning_rate; clip_norm:
        None for no clipping.
    """
    chosen = SURFACES[surface]
    descent = descend(chosen, new_optimizer(optimizer, momentum), learning_rate, clip_norm, UPDATES)
    above, _, _ = plot_descents(landscape(chosen), {LABELS[optimizer]: descent}, clip_norm)
    above.set_title(_fate(descent))
    plt.show()


def surface_explorer() -> Explorer:
    """Choose surface, optimizer, learning rate, momentum and clipping, and watch sixty updates."""
    controls = _controls()

    def draw(surface, optimizer, learning_rate, momentum, clipping, clip_norm) -> None:
        controls["momentum"].disabled = optimizer != "sgd"
        controls["clip_norm"].disabled = not clipping
        draw_descent(surface, optimizer, learning_rate, momentum, clip_norm if clipping else None)

    picture = ipywidgets.interactive_output(draw, controls)
    picture.layout.height = "400px"  # no jump while the old picture gives way to the new one
    rows = [["surface", "optimizer"], ["learning_rate", "momentum"], ["clipping", "clip_norm"]]
    return Explorer([*(ipywidgets.HBox([controls[name] for name in row]) for row in rows), picture])


def _fate(descent: Descent) -> str:
    if descent.diverged:
        return f"diverged after {len(descent.losses)} updates"
    return f"after {len(descent.losses)} updates: loss {descent.losses[-1]:.2g}"


def _controls() -> dict[str, ipywidgets.Widget]:
    style = {"description_width": "8em"}
    look = {"style": style, "continuous_update": False}
    logarithmic = look | {"step": 0.05, "readout_format": ".2g"}
    return {
        "surface": ipywidgets.Dropdown(options=list(SURFACES), description="surface", style=style),
        "optimizer": ipywidgets.Dropdown(
            options=[(label, name) for name, label in LABELS.items()], description="optimizer", style=style
        ),
        "learning_rate": ipywidgets.FloatLogSlider(
            0.05, min=-3, max=0.5, description="learning rate", **logarithmic
        ),
        "momentum": ipywidgets.FloatSlider(0.0, min=0, max=0.98, step=0.02, description="momentum", **look),
        "clipping": ipywidgets.Checkbox(False, description="clip the global norm", style=style),
        "clip_norm": ipywidgets.FloatLogSlider(0.3, min=-2, max=2, description="to at most", **logarithmic),
    }

"""Two explorers: the training dashboard, and descents over a surface.

The dashboard's training has a thread of its own.  A second thread looks at it now and then and draws.
Both end with the run, and the kernel is free all the while.  Where there are no threads, training and
drawing take turns with the page.
"""

import asyncio
import base64
import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Iterator

import ipywidgets

from course.shared.widgets import Explorer, build_explorer
from course.training.curves import Curves, curves_of, run_picture
from course.training.live_training import (
    FAILED,
    PAUSED,
    READY,
    RUNNING,
    LiveRun,
    RunInTurns,
    live_translator,
)
from course.training.loss_surface import SURFACES, descend, landscape
from course.training.plots import plot_descents
from lstm_lib.recipe import Recipe
from lstm_lib.text.corpus import Corpus
from lstm_lib.training import OPTIMIZERS, SGD, History

SECONDS = 0.5  # from one picture to the next
REST = 0.05  # seconds between two turns of a run without a thread, in which buttons are heard
CLIP_NORMS = [("off", 0.0), *((f"{norm:g}", norm) for norm in (0.1, 0.3, 1.0, 3.0, 10.0))]
SHOWN_SCHEDULES = ("constant", "step", "exponential", "cosine")
UPDATES = 60  # of a descent over a surface
LABELS = {"sgd": "SGD", "rmsprop": "RMSProp", "adam": "Adam", "adamw": "AdamW"}


class Dashboard(Explorer):
    """Controls and buttons above a picture of the run.

    Args:
        make_run: takes a recipe, returns the run that is to start.
        recipe: what the controls begin with.
        finished: of a run that is shown until one starts, and in gray from then on; on a page without a
            kernel its picture takes the dashboard's place.
    """

    newest: "Dashboard | None" = None  # one at a time: a cell that is run again replaces its dashboard

    def __init__(self, make_run: Callable[[Recipe], LiveRun], recipe: Recipe, finished: History) -> None:
        if Dashboard.newest is not None:
            Dashboard.newest.close()
        self._make_run, self._recipe = make_run, recipe
        self._run: LiveRun | None = None
        self._before, self._curves = None, curves_of(finished)
        icons = {"start": "play", "pause": "pause", "stop": "stop"}
        self._settings = _settings(recipe)
        self._buttons = {
            name: ipywidgets.Button(description=name.title(), icon=icon) for name, icon in icons.items()
        }
        self._status = ipywidgets.Label("A run that has finished. Choose, and start one of your own.")
        self._picture = ipywidgets.Image(format="png", layout={"width": "100%"})
        for name, button in self._buttons.items():
            button.on_click(getattr(self, f"_{name}"))
        controls = list(self._settings.values())
        rows = [controls[:3], controls[3:], [*self._buttons.values(), self._status]]
        super().__init__([*(ipywidgets.HBox(row) for row in rows), self._picture])
        self._show_curves(self._curves)
        self._show_state()
        Dashboard.newest = self

    def _repr_mimebundle_(self, **options) -> dict:
        # Where widgets live, the widget is shown; elsewhere the picture.
        picture = {"image/png": base64.b64encode(self._picture.value).decode()}
        return super()._repr_mimebundle_(**options) | picture

    def close(self) -> None:
        """Stop the run, and take the dashboard away."""
        if self._run is not None:
            self._run.stop()
        super().close()

    def chosen(self) -> Recipe:
        """Return the recipe that the controls show."""
        return dataclasses.replace(
            self._recipe, **{name: control.value for name, control in self._settings.items()}
        )

    def _start(self, _button: ipywidgets.Button) -> None:
        self._run = self._make_run(self.chosen())
        self._before, self._curves = self._curves, curves_of(None)
        self._run.start()
        self._show_state()
        pictures = self._watch(self._run)
        if isinstance(self._run, RunInTurns):
            self._turns = asyncio.ensure_future(_in_turns(pictures))
        else:
            threading.Thread(target=deque, args=(pictures, 0), name="dashboard", daemon=True).start()

    def _pause(self, _button: ipywidgets.Button) -> None:
        (self._run.resume if self._run.state == PAUSED else self._run.pause)()
        self._show_state()

    def _stop(self, _button: ipywidgets.Button) -> None:
        self._run.stop()

    def _watch(self, run: LiveRun) -> Iterator[None]:
        """Draw now and then until the run has ended, then once more."""
        try:
            while not run.join(SECONDS):
                if run.state == RUNNING:
                    self._show_curves(curves_of(run.history))
                yield
            self._show_curves(curves_of(run.history))
        finally:
            run.stop()  # nothing trains that nobody can see
            self._show_state()

    def _show_curves(self, curves: Curves) -> None:
        clip_norm = self._recipe.clip_norm if self._run is None else self._run.trainer.clip_norm
        self._curves, self._picture.value = curves, run_picture(curves, self._before, clip_norm)
        if self._run is not None:
            self._status.value = _in_words(self._run, curves)

    def _show_state(self) -> None:
        state = READY if self._run is None else self._run.state
        active = state in (RUNNING, PAUSED)
        for name, button in self._buttons.items():
            button.disabled = active == (name == "start")
        self._buttons["pause"].description = "Resume" if state == PAUSED else "Pause"
        for control in self._settings.values():
            control.disabled = active
        if self._run is not None:
            self._status.value = _in_words(self._run, self._curves)


async def _in_turns(pictures: Iterator[None]) -> None:
    for _ in pictures:
        await asyncio.sleep(REST)


def training_dashboard(corpus: Corpus, recipe: Recipe, finished: History) -> Dashboard:
    """Build a dashboard for translators.

    Args: corpus: to learn from; recipe: to begin with; finished: the history of a run to compare with.
    """
    return Dashboard(lambda chosen: live_translator(chosen, corpus), recipe, finished)


def _in_words(run: LiveRun, curves: Curves) -> str:
    words = f"{run.state}, {len(curves.losses)} updates"
    if run.state == FAILED:
        return f"{words}: {run.error}"
    return f"{words}, development BLEU {curves.dev_bleu[-1]:.0f}" if len(curves.dev_bleu) else words


def _settings(recipe: Recipe) -> dict[str, ipywidgets.Widget]:
    """A control for each option that can be chosen, under the option's name."""

    def control(kind: type[ipywidgets.Widget], name: str, **options) -> ipywidgets.Widget:
        options |= {"value": getattr(recipe, name), "style": {"description_width": "7em"}}
        return kind(description=name.replace("_", " "), **options)

    learning_rate = {"min": -4, "max": 1, "step": 0.1, "readout_format": ".2g"}
    return {
        "optimizer": control(ipywidgets.Dropdown, "optimizer", options=tuple(OPTIMIZERS)),
        "learning_rate": control(ipywidgets.FloatLogSlider, "learning_rate", **learning_rate),
        "momentum": control(ipywidgets.FloatSlider, "momentum", min=0, max=0.95, step=0.05),
        "schedule": control(ipywidgets.Dropdown, "schedule", options=SHOWN_SCHEDULES),
        "clip_norm": control(ipywidgets.SelectionSlider, "clip_norm", options=CLIP_NORMS),
        "dropout": control(ipywidgets.FloatSlider, "dropout", min=0, max=0.6, step=0.1),
    }


def surface_explorer() -> Explorer:
    """Build an explorer of sixty updates: surface, optimizer, learning rate, momentum and clipping."""
    style = {"description_width": "8em"}
    look = {"style": style, "continuous_update": False}
    logarithmic = look | {"step": 0.05, "readout_format": ".2g"}
    names = [(label, name) for name, label in LABELS.items()]
    rate = {"min": -3, "max": 0.5, "description": "learning rate"}
    controls = {
        "surface": ipywidgets.Dropdown(options=list(SURFACES), description="surface", style=style),
        "optimizer": ipywidgets.Dropdown(options=names, description="optimizer", style=style),
        "learning_rate": ipywidgets.FloatLogSlider(0.05, **rate, **logarithmic),
        "momentum": ipywidgets.FloatSlider(0.0, min=0, max=0.98, step=0.02, description="momentum", **look),
        "clipping": ipywidgets.Checkbox(False, description="clip the global norm", style=style),
        "clip_norm": ipywidgets.FloatLogSlider(0.3, min=-2, max=2, description="to at most", **logarithmic),
    }

    def draw(surface, optimizer, learning_rate, momentum, clipping, clip_norm) -> None:
        controls["momentum"].disabled = optimizer != "sgd"
        controls["clip_norm"].disabled = not clipping
        draw_descent(surface, optimizer, learning_rate, momentum, clip_norm if clipping else None)

    rows = [("surface", "optimizer"), ("learning_rate", "momentum"), ("clipping", "clip_norm")]
    return build_explorer(draw, controls, rows, 400)


def draw_descent(
    surface: str, optimizer: str, learning_rate: float, momentum: float, clip_norm: float | None
) -> None:
    """Draw one descent over a surface: the path, the loss and the gradient's norm.

    Args: surface: a key of `SURFACES`; optimizer: a key of `OPTIMIZERS`; learning_rate; momentum: of SGD
        alone; clip_norm: None for no clipping.
    """
    chosen = SURFACES[surface]
    new = SGD(momentum) if optimizer == "sgd" else OPTIMIZERS[optimizer]()
    descent = descend(chosen, new, learning_rate, clip_norm, UPDATES)
    above, _, _ = plot_descents(landscape(chosen), {LABELS[optimizer]: descent}, clip_norm)
    fate = "diverged after {} updates" if descent.diverged else "after {} updates: loss {:.2g}"
    above.set_title(fate.format(len(descent.losses), descent.losses[-1]))

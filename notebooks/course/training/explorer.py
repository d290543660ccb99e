"""The training dashboard: start, pause and stop a training, and watch its curves grow.

The training has a thread, and a second thread looks at it now and then and draws; both end with the run.  The
kernel is free all the while.
"""

import base64
import dataclasses
import threading
from collections.abc import Callable

import ipywidgets

from course.shared.widgets import Explorer
from course.training.curves import Curves, curves_of, run_picture
from course.training.live_training import FAILED, PAUSED, READY, RUNNING, LiveRun, live_translator
from lstm_lib.recipe import OPTIMIZERS, Recipe
from lstm_lib.text.corpus import Corpus
from lstm_lib.training import History

SECONDS = 0.5  # from one picture to the next
CLIP_NORMS = [("off", 0.0), *((f"{norm:g}", norm) for norm in (0.1, 0.3, 1.0, 3.0, 10.0))]
SHOWN_SCHEDULES = ("constant", "step", "exponential", "cosine")


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
        self._settings, self._buttons = _settings(recipe), _buttons()
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
        """The recipe as the controls have it."""
        return dataclasses.replace(
            self._recipe, **{name: control.value for name, control in self._settings.items()}
        )

    def _start(self, _button: ipywidgets.Button) -> None:
        self._run = self._make_run(self.chosen())
        self._before, self._curves = self._curves, curves_of(None)
        self._run.start()
        self._show_state()
        threading.Thread(target=self._watch, args=(self._run,), name="dashboard", daemon=True).start()

    def _pause(self, _button: ipywidgets.Button) -> None:
        (self._run.resume if self._run.state == PAUSED else self._run.pause)()
        self._show_state()

    def _stop(self, _button: ipywidgets.Button) -> None:
        self._run.stop()

    def _watch(self, run: LiveRun) -> None:
        """Draw now and then until the run has ended, and once more then."""
        try:
            while not run.join(SECONDS):
                if run.state == RUNNING:
                    self._show_curves(curves_of(run.history))
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


def training_dashboard(corpus: Corpus, recipe: Recipe, finished: History) -> Dashboard:
    """A dashboard for translators.

    Args: corpus: to learn from; recipe: to begin with; finished: the history of a run to compare with.
    """
    return Dashboard(lambda chosen: live_translator(chosen, corpus), recipe, finished)


def _in_words(run: LiveRun, curves: Curves) -> str:
    words = f"{run.state}, {len(curves.losses)} updates"
    if run.state == FAILED:
        return f"{words}: {run.error}"
    return f"{words}, development BLEU {curves.dev_bleu[-1]:.0f}" if len(curves.dev_bleu) else words


def _buttons() -> dict[str, ipywidgets.Button]:
    icons = {"start": "play", "pause": "pause", "stop": "stop"}
    return {name: ipywidgets.Button(description=name.title(), icon=icon) for name, icon in icons.items()}


def _settings(recipe: Recipe) -> dict[str, ipywidgets.Widget]:
    """A control for each option that can be chosen, under the option's name."""
    look = {"style": {"description_width": "7em"}}
    return {
        "optimizer": ipywidgets.Dropdown(
            options=OPTIMIZERS, value=recipe.optimizer, description="optimizer", **look
        ),
        "learning_rate": ipywidgets.FloatLogSlider(
            recipe.learning_rate,
            min=-4,
            max=1,
            step=0.1,
            description="learning rate",
            readout_format=".2g",
            **look,
        ),
        "momentum": ipywidgets.FloatSlider(
            recipe.momentum, min=0, max=0.95, step=0.05, description="momentum", **look
        ),
        "schedule": ipywidgets.Dropdown(
            options=SHOWN_SCHEDULES, value=recipe.schedule, description="schedule", **look
        ),
        "clip_norm": ipywidgets.SelectionSlider(
            options=CLIP_NORMS, value=recipe.clip_norm, description="clip norm", **look
        ),
        "dropout": ipywidgets.FloatSlider(
            recipe.dropout, min=0, max=0.6, step=0.1, description="dropout", **look
        ),
    }

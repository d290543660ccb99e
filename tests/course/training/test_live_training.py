"""Trainings in threads pause, stop, fail and finish as they are told, and the dashboard shows it."""

import asyncio
import base64
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from course.corpora.dates import dates_corpus
from course.training import explorer as dashboard
from course.training import live_training
from course.training.curves import curves_of, run_picture
from course.training.explorer import Dashboard, training_dashboard
from course.training.live_training import LiveRun, live_translator
from lstm_lib.recipe import Recipe
from lstm_lib.runs import train
from lstm_lib.training import SGD, DivergedError, Trainer
from lstm_lib.training.schedules import Constant

PNG = b"\x89PNG"
SECONDS = 60  # longer than anything here takes on a busy machine
RECIPE = Recipe(
    corpus="dates", embedding_size=8, hidden_size=8, dropout=0.2, epochs=2, batch_size=16, warmup_steps=2
)


@pytest.fixture(scope="module")
def corpus():
    return dates_corpus("French", train_size=20, dev_size=5, test_size=5, seed=0)


class Bowl:
    """A model with loss p^2 / 2, which lets a test wait for an update."""

    def __init__(self, start: float = 1.0):
        self.params = {"p": np.array([start])}
        self.updated = threading.Semaphore(0)

    def loss_and_grads(self, batch, rng):
        self.updated.release()
        p = self.params["p"]
        return float(p[0] ** 2 / 2), {"p": p.copy()}, 1


@pytest.fixture
def endless():
    """A run that would go on for hours, and its model."""
    model = Bowl()
    run = LiveRun(Trainer(model, SGD(), Constant(0.1)), lambda epoch: range(10**7), epochs=1)
    yield run, model
    run.stop()


def test_a_run_is_started_paused_resumed_and_stopped(endless):
    run, model = endless
    assert run.state == "ready" and run.history is None
    run.start()
    assert model.updated.acquire(timeout=SECONDS) and run.state == "running"
    run.pause()
    assert run.state == "paused"
    run.join(0.2)  # the update that had begun is done
    paused_at = len(run.history.steps)
    assert not run.join(0.2) and len(run.history.steps) == paused_at
    while model.updated.acquire(blocking=False):
        pass
    run.resume()
    assert model.updated.acquire(timeout=SECONDS) and run.state == "running"
    run.stop()
    assert run.join(SECONDS) and run.state == "stopped"
    assert len(run.history.steps) > paused_at


def test_a_paused_run_can_be_stopped(endless):
    run, model = endless
    run.start()
    assert model.updated.acquire(timeout=SECONDS)
    run.pause()
    run.stop()
    assert run.join(SECONDS) and run.state == "stopped"
    run.pause()
    assert run.state == "stopped", "an end stays an end"


def test_a_run_that_diverges_keeps_its_error_and_warns_of_nothing():
    run = LiveRun(Trainer(Bowl(1e200), SGD(), Constant(1e300)), lambda epoch: range(10), epochs=1)
    run.start()
    assert run.join(SECONDS) and run.state == "failed"
    assert isinstance(run.error, DivergedError)


def test_a_live_translator_learns_what_another_learns_and_pauses_change_nothing(corpus):
    run = live_translator(RECIPE, corpus)
    run.start()
    run.pause()
    run.resume()
    assert run.join(SECONDS) and run.state == "finished"
    _, history = train(RECIPE, corpus, progress_bar=False)
    live, other = curves_of(run.history), curves_of(history)
    for of_live, of_other in zip(live, other, strict=True):
        np.testing.assert_array_equal(of_live, of_other)
    assert len(live.losses) == live.evaluated[-1] and len(live.dev_bleu) == RECIPE.epochs


@pytest.fixture
def without_threads(monkeypatch):
    """As in a browser, whose Python has none."""
    monkeypatch.setattr(live_training, "HAS_THREADS", False)
    monkeypatch.setattr(live_training.LiveRun, "_go_on", lambda run: pytest.fail("there are no threads here"))


def test_turns_change_nothing_and_a_pause_takes_none(corpus, without_threads):
    run = live_translator(RECIPE, corpus)
    assert run.state == "ready" and not run.join(0)
    run.start()
    turns = 0
    while not run.join(0):
        turns += 1
        run.pause()
        before = len(run.history.steps)
        assert not run.join(0.1) and len(run.history.steps) == before
        run.resume()
    assert run.state == "finished" and turns > 0
    _, history = train(RECIPE, corpus, progress_bar=False)
    for of_run, of_other in zip(curves_of(run.history), curves_of(history), strict=True):
        np.testing.assert_array_equal(of_run, of_other)


def test_a_run_in_turns_stops_between_them_and_begins_only_once(corpus, without_threads):
    run = live_translator(replace(RECIPE, epochs=10_000), corpus)
    run.start()
    assert not run.join(0)
    run.pause()
    run.stop()
    assert run.join() and run.state == "stopped"
    with pytest.raises(RuntimeError, match="begins only once"):
        run.start()


def test_pictures_are_the_same_for_the_same_curves_and_differ_for_others(corpus):
    _, history = train(replace(RECIPE, epochs=1), corpus, progress_bar=False)
    curves = curves_of(history)
    picture = run_picture(curves, clip_norm=1.0)
    assert picture.startswith(PNG) and picture == run_picture(curves, clip_norm=1.0)
    pictures = {picture, run_picture(curves), run_picture(curves, curves), run_picture(curves_of(None))}
    assert len(pictures) == 4


@pytest.fixture
def board(corpus, monkeypatch):
    monkeypatch.setattr(dashboard, "SECONDS", 0.05)
    _, history = train(replace(RECIPE, epochs=1), corpus, progress_bar=False)
    found = training_dashboard(corpus, replace(RECIPE, epochs=10_000), history)
    yield found
    found.close()


def parts(board: Dashboard):
    *rows, buttons, picture = board.children
    controls = {control.description: control for row in rows for control in row.children}
    *buttons, status = buttons.children
    return controls, buttons, status, picture


def wait_for(condition) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_the_dashboard_draws_while_the_run_goes_on_and_leaves_nothing_running(board):
    _, (start, pause, stop), status, picture = parts(board)
    first = picture.value
    assert (start.disabled, pause.disabled, stop.disabled) == (False, True, True)
    start.click()
    assert (start.disabled, pause.disabled, stop.disabled) == (True, False, False)
    wait_for(lambda: picture.value != first)
    second = picture.value
    wait_for(lambda: picture.value != second)
    pause.click()
    assert status.value.startswith("paused") and pause.description == "Resume"
    pause.click()
    assert status.value.startswith("running") and pause.description == "Pause"
    stop.click()
    wait_for(lambda: not start.disabled)
    assert status.value.startswith("stopped")
    wait_for(lambda: not {"training", "dashboard"} & {thread.name for thread in threading.enumerate()})


def test_the_dashboard_takes_turns_where_there_are_no_threads(board, without_threads):
    async def visit() -> None:
        _, (start, pause, stop), status, picture = parts(board)
        seen = {picture.value}
        start.click()
        while len(seen) < 3:
            await asyncio.sleep(0.01)
            seen.add(picture.value)
        pause.click()
        assert status.value.startswith("paused")
        pause.click()
        stop.click()
        await board._turns
        assert status.value.startswith("stopped") and not start.disabled

    asyncio.run(asyncio.wait_for(visit(), SECONDS))


def test_the_dashboard_takes_what_is_chosen(board):
    controls, (start, _, stop), _, _ = parts(board)
    chosen = {
        "optimizer": "sgd",
        "learning rate": 0.5,
        "schedule": "constant",
        "clip norm": 0.0,
        "dropout": 0.4,
    }
    for name, value in chosen.items():
        controls[name].value = value
    recipe = board.chosen()
    assert (recipe.optimizer, recipe.schedule, recipe.clip_norm, recipe.dropout) == (
        "sgd",
        "constant",
        0,
        0.4,
    )
    assert recipe.learning_rate == pytest.approx(0.5)
    start.click()
    assert controls["optimizer"].disabled
    stop.click()


def test_a_run_that_fails_says_why(board):
    _, (start, _, _), status, _ = parts(board)
    board._make_run = lambda recipe: LiveRun(
        Trainer(Bowl(1e200), SGD(), Constant(1e300)), lambda epoch: range(10), epochs=1
    )
    start.click()
    wait_for(lambda: status.value.startswith("failed"))
    assert "training diverged" in status.value


def test_where_no_widgets_live_the_picture_is_shown(board):
    bundle = board._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(PNG)
    assert "run this notebook in JupyterLab" in bundle["text/plain"]


def test_a_second_dashboard_stops_the_first_ones_run(board, corpus):
    _, (start, _, _), _, _ = parts(board)
    start.click()
    run = board._run
    second = training_dashboard(corpus, RECIPE, run.history)
    assert run.join(SECONDS) and run.state == "stopped"
    second.close()

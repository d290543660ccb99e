"""Notebooks in the built site, where Python runs in the browser: all cells, all widgets, no request outside.

Three of them are visited, one for each kind of load.  All thirteen, with the time of each:

    LSTM_LIB_WHOLE_SITE=1 LSTM_LIB_REQUIRE_BROWSER=1 python -m pytest tests/browser/test_lite.py
"""

import os
from pathlib import Path

import pytest

from browser.lite_visit import LiteVisit
from browser.test_notebooks import PREPARING

# With a training, and with the figures' code and SciPy, beside the one whose check is asked.
SAMPLE = ("01_lstm_from_scratch", "03_activations", "09_bleu")
NOTEBOOKS = (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb")
NAMES = sorted(path.stem for path in NOTEBOOKS) if os.environ.get("LSTM_LIB_WHOLE_SITE") == "1" else SAMPLE
ASKED = "01_lstm_from_scratch"
QUESTIONS = ("check_lstm_step(lstm_step)", "check_lstm_step(lambda x, h, c, W_x, W_h, b: (c, h))")


@pytest.fixture(scope="module", params=NAMES)
def visit(request, lite_guide) -> LiteVisit:
    """What was seen in one notebook; it is visited once for all tests."""
    return lite_guide(request.param, QUESTIONS if request.param == ASKED else ())


def test_all_cells_run_without_an_error(visit, record_property):
    record_property("lite", str(visit))
    assert visit.errors == []
    assert visit.cells_not_run == []


def test_no_request_leaves_the_site(visit):
    assert visit.left_the_machine == []


def test_every_widget_is_moved_and_its_picture_changes(visit):
    assert len(visit.drivers) == visit.number_of_widgets >= 1
    for number, driver in enumerate(visit.drivers, start=1):
        preparing = PREPARING.get((visit.name, number), set())
        assert driver.left_out == [] and driver.failures == []
        for redraw in driver.redraws:
            assert redraw.is_moved if redraw.control in preparing else redraw.is_seen, redraw


def test_a_check_says_what_is_right_and_what_is_wrong(visit):
    if visit.name == ASKED:
        right, wrong = visit.answers
        assert right.startswith("Right")
        assert wrong.startswith("Not yet")

"""What the visit of a notebook must not overlook: a notebook full of faults, each of which it tells."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.visit import Visit
from course.tools.execute import METADATA

ERROR = "raise ValueError('planted')"
REQUESTS = """\
import urllib.request
from IPython.display import HTML, display
try:
    urllib.request.urlopen("http://kernel.invalid/")
except OSError:
    pass
display(HTML('<p style="background: url(http://page.invalid/)">text</p>'))"""
UNMOVED = """\
import ipywidgets
slider = ipywidgets.IntSlider(3, continuous_update=False)
asleep = ipywidgets.Button(description="asleep", disabled=True)
ipywidgets.VBox([slider, asleep, ipywidgets.HTML("always the same")])"""
SLOW = """\
import time
def compute(number):
    end = time.process_time() + 0.4
    while time.process_time() < end:
        pass
    if number == 1:
        raise ValueError("planted in a widget")
    print(number)
number = ipywidgets.IntSlider(0, max=2, description="number", continuous_update=False)
ipywidgets.VBox([number, ipywidgets.interactive_output(compute, {"number": number})])"""
UNESCAPED = """\
line = ipywidgets.Text("a dog", description="line", continuous_update=False)
shown = ipywidgets.HTML()
line.observe(lambda change: setattr(shown, "value", change.new), "value")
ipywidgets.VBox([line, shown])"""


@pytest.fixture(scope="module")
def planted(guide) -> Visit:
    # The error stands last: it ends the run of the cells.
    sources = [REQUESTS, UNMOVED, SLOW, UNESCAPED, ERROR, "1 + 1"]
    cells = [new_code_cell(source) for source in sources]
    return guide("planted.ipynb", new_notebook(cells=cells, metadata=METADATA))


def test_an_error_and_what_comes_after_it_are_told(planted):
    assert planted.errors == ["ValueError: planted"]
    assert planted.cells_not_run == ["1 + 1"]


def test_requests_of_the_page_and_of_the_kernel_are_told_and_lead_nowhere(planted):
    assert planted.left_the_machine == ["http://page.invalid/", "socket.getaddrinfo kernel.invalid"]


def test_a_control_without_a_name_or_asleep_is_told(planted):
    unmoved, slow, _ = planted.widgets
    assert unmoved.nameless == [".noUi-handle"]
    assert unmoved.left_out == ["asleep"]
    assert slow.nameless == slow.left_out == []


def test_a_move_that_changes_nothing_is_told(planted):
    unmoved, slow, _ = planted.widgets
    assert [(redraw.is_moved, redraw.is_seen) for redraw in unmoved.redraws] == [(True, False)] * 3
    assert [(redraw.is_moved, redraw.is_seen) for redraw in slow.redraws] == [(True, True)] * 3


def test_an_error_in_a_widget_is_told(planted):
    unmoved, slow, _ = planted.widgets
    assert unmoved.failures == []
    assert len(slow.failures) == 2
    assert all("planted in a widget" in failure for failure in slow.failures)


def test_slow_pictures_are_told_as_slow(planted):
    slow = planted.widgets[1]
    assert slow.seconds >= slow.seconds_unqueued > 0.39


def test_what_is_typed_into_the_page_as_html_is_told(planted):
    assert [widget.planted for widget in planted.widgets] == [set(), set(), {"img", "b", "script"}]

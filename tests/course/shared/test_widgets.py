"""Every explorer's picture follows its controls."""

import ipywidgets
import matplotlib.pyplot as plt

from course.shared.widgets import build_explorer, sentence_line
from helpers.explorers import controls_of


def test_controls_stand_above_a_picture_that_follows_them(record):
    widths = record(lambda figure: [len(line.get_xdata()) for line in figure.gca().lines])
    controls = {
        "count": ipywidgets.IntSlider(2, description="points"),
        "text": sentence_line("a b", "sentence"),
        "unused": ipywidgets.Checkbox(description="unused"),
    }
    above, below = ipywidgets.HTML(), ipywidgets.HTML()

    def draw(count: int, text: str, unused: bool) -> None:
        above.value = text
        if count:
            plt.figure().gca().plot(range(count))

    rows = [["count", "unused"], "text", above]
    explorer = build_explorer(draw, controls, rows, 300, below=[below], invitation="see what happens")
    pair, line, answer, picture, last = explorer.children
    assert pair.children == (controls["count"], controls["unused"])
    assert (line, answer, last) == (controls["text"], above, below)
    assert picture.layout.height == "300px" and picture.layout.min_height is None
    assert controls_of(explorer) == {"points": pair.children[0], "unused": pair.children[1], "sentence": line}
    controls["count"].value = 5
    line.value = "c"
    controls["count"].value = 0
    assert widths == [[2], [5], [5]] and above.value == "c"
    assert repr(explorer) == "A widget: run this notebook in JupyterLab to see what happens."


def test_a_picture_that_grows_has_a_least_height():
    explorer = build_explorer(lambda: None, {}, [], 300, grows=True)
    assert explorer.children[0].layout.min_height == "300px" and explorer.children[0].layout.height is None
    assert repr(explorer) == "A widget: run this notebook in JupyterLab to move its sliders."


def test_where_nothing_is_drawn_the_old_picture_goes(monkeypatch):
    cleared = []
    monkeypatch.setattr("course.shared.widgets.clear_output", lambda: cleared.append("cleared"))
    build_explorer(lambda: None, {}, [], 300)
    assert cleared == ["cleared"]

"""What tests of the course share."""

import matplotlib.pyplot as plt
import pytest

from helpers.pictures import plain_style

__all__ = ["plain_style"]


@pytest.fixture
def says(capsys):
    """Return what a check prints of a function."""

    def run(check, student) -> str:
        check(student)
        return capsys.readouterr().out

    return run


@pytest.fixture
def record(monkeypatch):
    """Take a function that reads something off a figure; return the list of what it reads off each one shown.

    Every figure is drawn in full, so that one that cannot be drawn fails, and then closed, as in a notebook.
    """

    def start(read) -> list:
        found = []

        def show() -> None:
            plt.gcf().canvas.draw()
            found.append(read(plt.gcf()))
            plt.close("all")

        monkeypatch.setattr(plt, "show", show)
        return found

    return start


@pytest.fixture
def shown(record):
    """The figures that were shown, each as its columns' labels."""
    return record(lambda figure: [label.get_text() for label in figure.gca().get_xticklabels()])

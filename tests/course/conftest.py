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
def shown(monkeypatch):
    """The figures that were shown, each as its columns' labels."""
    labels = []

    def show():
        labels.append([label.get_text() for label in plt.gca().get_xticklabels()])
        plt.gcf().canvas.draw()
        plt.close("all")

    monkeypatch.setattr(plt, "show", show)
    return labels

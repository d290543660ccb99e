"""How slow is this machine?  Told by a picture as plain as can be, drawn as a notebook draws it."""

import io
import time
from statistics import median

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

REPEATS = 5


def plain_picture_seconds() -> float:
    """The median processor time of a picture with three lines in three panels, with matplotlib's defaults."""
    return median(_draw() for _ in range(REPEATS))


def _draw() -> float:
    start, x = time.process_time(), np.linspace(0.0, 1.0, 401)
    with plt.style.context("default"):
        figure = Figure(figsize=(13, 4.2), dpi=90)
        FigureCanvasAgg(figure)
        for ax in figure.subplots(1, 3):
            ax.plot(x, x**2)
            ax.set(xlabel="x", ylabel="y", title="a plain picture")
        figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")  # tight, as notebooks do by default
    return time.process_time() - start

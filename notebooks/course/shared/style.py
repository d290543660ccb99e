"""The look of every figure: readable when projected, to the color-blind, and in black and white."""

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib.pyplot as plt
import seaborn as sns
from cycler import cycler
from IPython import get_ipython
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib_inline.backend_inline import set_matplotlib_formats
from matplotlib_inline.config import InlineBackend

COLORS = sns.color_palette("colorblind").as_hex()
# A second sign beside the color: lines stay apart on a gray print.
LINES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (2, 3)), (0, (8, 3))]
# Of the LSTM and of the GRU.
GATE_COLORS = {"i": COLORS[0], "f": COLORS[1], "g": COLORS[2], "o": COLORS[4]}
GATE_COLORS |= {"r": COLORS[0], "u": COLORS[1], "n": COLORS[2]}
MOST_INTERVALS = 4  # between the labels of an axis where a slider waits for the picture


def signed(value: float, decimals: int) -> str:
    """Write a number as pictures show it: with a minus sign, where Python writes a hyphen."""
    return f"{value:.{decimals}f}".replace("-", "−")


def quick_subplots(rows: int, columns: int, figsize: tuple[float, float], **grid):
    """Make the Axes of a new figure with margins by hand, since a slider cannot wait until they are found.

    Args: rows, columns, figsize: as for `plt.subplots`; grid: all margins, and what else a grid has.
    """
    return plt.subplots(rows, columns, figsize=figsize, layout="none", gridspec_kw=grid)[1]


@contextmanager
def at_once() -> Iterator[None]:
    """Make a function that draws a new figure quick enough for a slider: decorate it with `@at_once()`.

    Titles stay right above their axes, since looking for a better place takes a tenth of the drawing time.
    """
    with plt.rc_context({"axes.titley": 1.0}):
        yield
    label_sparsely(plt.gcf())


def label_sparsely(figure: Figure) -> None:
    """Leave linear axes few labels, since these and their grid lines take much of the drawing time."""
    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        if isinstance(locator := axis.get_major_locator(), MaxNLocator):
            locator.set_params(nbins=MOST_INTERVALS)


def use_course_style() -> None:
    """Set matplotlib's defaults for all figures that follow, and in a notebook how they are shown."""
    sns.set_theme(
        context="notebook",
        style="ticks",
        font_scale=1.1,
        rc={
            "axes.grid": True,
            "axes.prop_cycle": cycler(color=COLORS[: len(LINES)]) + cycler(linestyle=LINES),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlelocation": "left",
            "figure.dpi": 90,
            "figure.figsize": (8.0, 4.0),
            "figure.constrained_layout.use": True,
            # Ships with matplotlib, so that figures are the same on every machine.
            "font.sans-serif": ["DejaVu Sans"],
            "grid.alpha": 0.35,
            "image.cmap": "cividis",
            "legend.frameon": False,
            "lines.linewidth": 2.5,
        },
    )
    if (shell := get_ipython()) is not None:
        # The layout has filled the frame, so figures are shown as they lie in it. By default, notebooks look
        # first how far every label reaches, which draws each figure twice, while a slider waits.
        InlineBackend.instance(parent=shell).print_figure_kwargs = {"bbox_inches": None}
        set_matplotlib_formats("png")

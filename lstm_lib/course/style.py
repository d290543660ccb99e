"""The look of every figure: readable when projected, to the color-blind, and in black and white."""

import seaborn as sns
from cycler import cycler
from IPython import get_ipython
from matplotlib_inline.backend_inline import set_matplotlib_formats
from matplotlib_inline.config import InlineBackend

COLORS = sns.color_palette("colorblind").as_hex()
# A second sign beside the color: lines stay apart on a gray print.
LINES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (2, 3)), (0, (8, 3))]
GATE_COLORS = {"i": COLORS[0], "f": COLORS[1], "g": COLORS[2], "o": COLORS[4]}

# For pictures that follow a slider: titles stay right above their axes. To look for a better place, as is the
# default, takes a tenth of the time of drawing.
AT_ONCE = {"axes.titley": 1.0}


def signed(value: float, decimals: int) -> str:
    """A number as pictures show it: with a minus, where Python writes a hyphen."""
    return f"{value:.{decimals}f}".replace("-", "−")


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
        # As they lie in their frame, which the layout has filled. To look first how far every label reaches,
        # as notebooks do by default, means to draw twice, and a slider waits for it.
        InlineBackend.instance(parent=shell).print_figure_kwargs = {"bbox_inches": None}
        set_matplotlib_formats("png")

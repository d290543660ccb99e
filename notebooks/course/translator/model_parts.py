"""Where the parameters of a translator are: counted off a model, and drawn."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from course.shared.style import COLORS

PARTS = {  # names, by the beginnings of the parameters' dotted names
    "embeddings": ("encoder.embedding.", "decoder.embedding."),
    "encoder's cells": ("encoder.rnn.",),
    "bridge": ("bridge.",),
    "attention": ("decoder.attention.",),
    "decoder's cells": ("decoder.rnn.",),
    "readout": ("decoder.readout.",),
    "output": ("output.",),
}
HATCHES = ("", "//", "..", "xx", "\\\\", "++", "oo")  # tell parts apart without color


def parameters_by_part(model) -> dict[str, int]:
    """How many parameters each part of a `Seq2Seq` has; the sum is `model.num_parameters`."""
    return {
        part: sum(array.size for key, array in model.params.items() if key.startswith(beginnings))
        for part, beginnings in PARTS.items()
    }


def plot_parts(counts: Mapping[str, Mapping[str, int]], ax: Axes | None = None) -> Axes:
    """A bar a model, made of its parts, with its total in thousands.

    Args: counts: for each model the parameters of each part.  ax: a new figure's by default.
    """
    ax = plt.subplots(figsize=(12, 1.2 + 0.5 * len(counts)))[1] if ax is None else ax
    models = list(counts)
    lefts = dict.fromkeys(models, 0.0)
    for k, part in enumerate(PARTS):
        widths = [counts[model][part] / 1000 for model in models]
        look = {"color": COLORS[k], "hatch": HATCHES[k], "edgecolor": "black", "label": part}
        ax.barh(range(len(models)), widths, left=[lefts[model] for model in models], **look)
        lefts = {model: lefts[model] + width for model, width in zip(models, widths, strict=True)}
    for place, model in enumerate(models):
        ax.text(lefts[model], place, f"  {lefts[model]:,.0f}", va="center")
    ax.set_yticks(range(len(models)), models)
    ax.set(xlabel="thousands of parameters", ylim=(len(models) - 0.5, -0.5))
    ax.margins(x=0.1)
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax

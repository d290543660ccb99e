"""Heat maps of attention."""

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes


def attention_heatmap(
    attention: np.ndarray,
    source_pieces: Sequence[str],
    target_pieces: Sequence[str],
    ax: Axes | None = None,
) -> Axes:
    """Draw where each written word looked: a row a target word, a column a source word, darker for more.

    Args:
        attention: (target words, source words), each row summing to 1.
        source_pieces, target_pieces: the words.
        ax: where to draw; a figure of fitting size is made otherwise.
    Returns:
        The Axes.
    Raises:
        ValueError: as many rows and columns as words were wanted.
    """
    if attention.shape != (len(target_pieces), len(source_pieces)):
        wanted = (len(target_pieces), len(source_pieces))
        raise ValueError(f"attention has shape {attention.shape}; wanted {wanted}, a row a target word")
    if ax is None:
        size = (1.5 + 0.55 * len(source_pieces), 1.2 + 0.42 * len(target_pieces))
        _, ax = plt.subplots(figsize=size, layout="constrained")
    ax.imshow(attention, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    for (row, column), weight in np.ndenumerate(attention):
        if weight >= 0.1:
            color = "white" if weight > 0.5 else "black"
            ax.text(
                column, row, f"{weight:.1f}".lstrip("0"), ha="center", va="center", color=color, fontsize=8
            )
    ax.set_xticks(
        range(len(source_pieces)),
        source_pieces,
        rotation=45,
        ha="left",
        rotation_mode="anchor",
        parse_math=False,
    )
    ax.set_yticks(range(len(target_pieces)), target_pieces, parse_math=False)
    ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.set_xlabel("source: attention weight")
    ax.set_ylabel("translation")
    ax.grid(False)
    return ax

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
    """Draw which source words each target word attends to: one row per target word, darker for more weight.

    Args:
        attention: (target words, source words), each row summing to 1.
        source_pieces, target_pieces: the words.
        ax: where to draw; by default in a new figure of fitting size.

    Raises:
        ValueError: the rows and columns are not as many as the words.
    """
    wanted = (len(target_pieces), len(source_pieces))
    if attention.shape != wanted:
        raise ValueError(f"attention has shape {attention.shape}; wanted {wanted}, a row a target word")
    if ax is None:
        size = (1.5 + 0.55 * len(source_pieces), 1.2 + 0.42 * len(target_pieces))
        _, ax = plt.subplots(figsize=size, layout="constrained")
    ax.imshow(attention, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    for (row, column), weight in np.ndenumerate(attention):
        if weight >= 0.1:
            look = {"color": "white" if weight > 0.5 else "black", "fontsize": 8}
            ax.text(column, row, f"{weight:.1f}".lstrip("0"), ha="center", va="center", **look)
    slanted = {"rotation": 45, "ha": "left", "rotation_mode": "anchor"}
    ax.set_xticks(range(len(source_pieces)), source_pieces, parse_math=False, **slanted)
    ax.set_yticks(range(len(target_pieces)), target_pieces, parse_math=False)
    ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.set_xlabel("source: attention weight")
    ax.set_ylabel("translation")
    ax.grid(False)
    return ax

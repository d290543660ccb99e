"""Heat maps of attention."""

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from lstm_lib.fonts import legible

MOST_INCHES = 40  # of a new figure's sides: more than some 200 words are drawn over each other
MOST_CHARACTERS = 30  # of a label


def attention_heatmap(
    attention: np.ndarray, source_pieces: Sequence[str], target_pieces: Sequence[str], ax: Axes | None = None
) -> Axes:
    """Draw which source words each target word attends to: one row per target word, darker for more weight.

    Args: attention: (target words, source words), each row summing to 1.
        source_pieces, target_pieces: the words, in the order in which they are read, in any script; no sign
            in them is taken for mathematics. Long ones are cut, and what no font has is a box (`legible`).
        ax: where to draw; by default in a new figure of fitting size.
    Raises: ValueError if the rows and columns are not as many as the words.
    """
    wanted = (len(target_pieces), len(source_pieces))
    if attention.shape != wanted:
        raise ValueError(f"attention has shape {attention.shape}; wanted {wanted}, a row a target word")
    if ax is None:
        size = np.minimum((1.5 + 0.55 * len(source_pieces), 1.2 + 0.42 * len(target_pieces)), MOST_INCHES)
        _, ax = plt.subplots(figsize=size, layout="constrained")
    ax.imshow(attention, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    for (row, column), weight in np.ndenumerate(attention):
        if weight >= 0.1:
            look = {"color": "white" if weight > 0.5 else "black", "fontsize": 8}
            ax.text(column, row, f"{weight:.1f}".lstrip("0"), ha="center", va="center", **look)
    slanted = {"rotation": 45, "ha": "left", "rotation_mode": "anchor"}
    labels, fonts = legible([shortened(piece) for piece in (*source_pieces, *target_pieces)])
    look = {"parse_math": False, "usetex": False, "fontfamily": fonts}
    ax.set_xticks(range(len(source_pieces)), labels[: len(source_pieces)], **look, **slanted)
    ax.set_yticks(range(len(target_pieces)), labels[len(source_pieces) :], **look)
    ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.set_xlabel("source: attention weight")
    ax.set_ylabel("translation")
    ax.grid(False)
    return ax


def shortened(piece: str) -> str:
    """Return a piece that fits beside a heat map."""
    return piece if len(piece) <= MOST_CHARACTERS else f"{piece[: MOST_CHARACTERS - 1]}…"

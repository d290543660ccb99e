"""Figures of a beam search: the tree of its beginnings, its ranking, and what searches find."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from course.shared.style import COLORS, signed
from course.translator.beam_trace import Finished, Tree, part_until, path, ranking
from lstm_lib.seq2seq.search import length_penalty

FEWEST_COLUMNS, MOST_COLUMNS = 7, 12  # steps: a picture is wide enough for so many
MOST_ROWS = 5  # of the ranking
BEST, ENDED, GOING = COLORS[1], COLORS[9], "white"
BOX = np.array([[-0.37, -0.32], [0.37, -0.32], [0.37, 0.32], [-0.37, 0.32]])
MARGINS = {"left": 0.01, "right": 0.99, "top": 0.96, "bottom": 0.02, "hspace": 0.12}


def plot_search(tree: Tree, words: Sequence[str], alpha: float) -> tuple[Axes, Axes]:
    """A new figure of a search: its tree above, its ranking below.

    Args: tree; words: the last word of each beginning in it; alpha: of the length penalty.
    """
    found = ranking(tree, alpha)
    rows = max(np.unique([one.length for one in tree], return_counts=True)[1])
    heights = (0.62 * rows + 0.8, 0.32 * min(MOST_ROWS, len(found)) + 0.5)
    # Margins by hand: finding them takes longer than drawing, and a slider must not wait for it.
    figure = plt.figure(figsize=(13, sum(heights)), layout="none")
    top, bottom = figure.subplots(2, 1, height_ratios=heights, gridspec_kw=MARGINS)
    plot_tree(tree, words, found[0].node, last_step(tree, found), top)
    found = found[:MOST_ROWS]
    plot_ranking(found, [sentence(tree, words, one.node) for one in found], alpha, bottom)
    return top, bottom


def last_step(tree: Tree, found: Sequence[Finished]) -> int:
    """The last step that is worth a column: where the last of the three best hypotheses ended."""
    return min(MOST_COLUMNS, max(one.length for one in found[:3]))


def sentence(tree: Tree, words: Sequence[str], node: int) -> str:
    """The words of a beginning."""
    return " ".join(words[k] for k in path(tree, node))


def plot_tree(
    tree: Tree, words: Sequence[str], best: int, steps: int | None = None, ax: Axes | None = None
) -> Axes:
    """All beginnings that were kept: a column a step, the most probable on top.

    Each bears its last word and the log probability of all its words; those that ended are filled, and the
    way to the best is thick.

    Args: tree; words: the last word of each beginning in it; best: the place in the tree of the hypothesis
        that won; steps: draw no more of them.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(13, 4))[1] if ax is None else ax
    shown = tree if steps is None else part_until(tree, steps)
    at = places(shown)
    won = {0, *path(tree, best)}
    edges = [(one.parent, k) for k, one in enumerate(shown) if one.parent is not None]
    for chosen, color, width in ((False, "0.6", 1.2), (True, BEST, 4.0)):
        lines = [(at[parent], at[k]) for parent, k in edges if (k in won) == chosen]
        ax.add_collection(LineCollection(lines, colors=color, linewidths=width, zorder=1))
    boxes = BOX + at[:, np.newaxis]  # (N, 4, 2), all of one size and in one collection, which draws fast
    fills = [ENDED if one.ended else GOING for one in shown]
    borders = [BEST if k in won else "0.4" for k in range(len(shown))]
    widths = [3.0 if k in won else 1.0 for k in range(len(shown))]
    ax.add_collection(
        PolyCollection(boxes, facecolors=fills, edgecolors=borders, linewidths=widths, zorder=2)
    )
    for k, one in enumerate(shown):
        text = words[k] if one.parent is None else f"{words[k]}\n{signed(one.log_probability, 2)}"
        ax.text(*at[k], text, ha="center", va="center", size=10, parse_math=False)
    columns, rows = at.max(axis=0)
    ax.set(xlim=(-0.5, max(columns, FEWEST_COLUMNS) + 0.5), ylim=(rows + 0.6, -0.6))
    ax.axis("off")
    return ax


def places(tree: Tree) -> np.ndarray:
    """Where each beginning stands, (N, 2): its step, and how many of that step are more probable."""
    counts: dict[int, int] = {}
    found = []
    for one in tree:
        found.append((one.length, counts.get(one.length, 0)))
        counts[one.length] = found[-1][1] + 1
    return np.array(found, float)


def plot_ranking(found: Sequence[Finished], texts: Sequence[str], alpha: float, ax: Axes) -> Axes:
    """Whole translations in numbers: score, log probability, length penalty, words; best first.

    Args: found; texts: their words; alpha: of the length penalty.
    """
    columns = (0.06, 0.08, 0.135, 0.15, 0.215, 0.275, 0.3)
    rows = [("score", "=", "log p", "/", "penalty", "length", "translation")]
    for one, text in zip(found, texts, strict=True):
        numbers = one.score, one.log_probability, length_penalty(one.length, alpha)
        score, log_p, penalty = (signed(number, 2) for number in numbers)
        rows.append((score, "=", log_p, "/", penalty, str(one.length), text))
    for place, row in enumerate(rows):
        for x, text in zip(columns, row, strict=True):
            look = {"ha": "left" if text == row[-1] else "right", "va": "center", "size": 11}
            look |= {"color": "0.35"} if place == 0 else {"fontweight": "bold" if place == 1 else "normal"}
            ax.text(x, place, text, parse_math=False, **look)
    ax.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    ax.axis("off")
    return ax


def plot_by_beam_size(
    sizes: Sequence[int], panels: Mapping[str, Mapping[str, Sequence[float]]]
) -> list[Axes]:
    """A new figure: something about searches against their beam size, on a logarithmic axis; one panel each.

    Args: sizes (N,); panels: for each panel's label the lines by their names, (N,) each.
    """
    _, axes = plt.subplots(1, len(panels), figsize=(12, 3.8), squeeze=False)
    for ax, (label, lines) in zip(axes[0], panels.items(), strict=True):
        for name, values in lines.items():
            ax.plot(sizes, values, marker="o", markersize=8, label=name)
        ax.set_xscale("log")
        ax.set_xticks(sizes, [str(size) for size in sizes])
        ax.minorticks_off()
        ax.set(xlabel="beam size", ylabel=label)
        if len(lines) > 1:
            ax.legend()
    return list(axes[0])

"""Figures of the translator: its training, its parameters, its translations and its beam search."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from course.shared.style import COLORS, quick_subplots, signed
from course.translator.beam import Finished, Tree, path, ranking
from lstm_lib.fonts import legible
from lstm_lib.seq2seq.search import length_penalty

PARTS = {  # of a model, by the first parts of the parameters' dotted names
    "embeddings": ("encoder.embedding.", "decoder.embedding."),
    "encoder's cells": ("encoder.rnn.",),
    "bridge": ("bridge.",),
    "attention": ("decoder.attention.",),
    "decoder's cells": ("decoder.rnn.",),
    "readout": ("decoder.readout.",),
    "output": ("output.",),
}
HATCHES = ("", "//", "..", "xx", "\\\\", "++", "oo")  # tell parts apart without color
WIDTH = 13  # inches, of the picture of a large tree
FEWEST_COLUMNS, MOST_COLUMNS = 7, 12  # steps: such a picture is wide enough for so many
MOST_ROWS = 5  # of the ranking
BEST, ENDED, GOING = COLORS[1], COLORS[9], "white"
BOX = np.array([[-0.37, -0.32], [0.37, -0.32], [0.37, 0.32], [-0.37, 0.32]])
MARGINS = {"left": 0.01, "right": 0.99, "top": 0.96, "bottom": 0.02, "hspace": 0.12}


def plot_learning(
    losses: Sequence[float], steps: Sequence[int], scores: Sequence[float], guessing: float
) -> tuple[Axes, Axes]:
    """Draw a new figure of the loss at every update, beside development BLEU after every epoch.

    Args: losses (N,), nats per token; steps (K,): the updates after which BLEU was measured; scores (K,),
        0 to 100; guessing: the loss of a model to which all words are equally probable.
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(12, 4))
    left.plot(np.arange(1, len(losses) + 1), losses, linewidth=1.5)
    left.axhline(guessing, color="0.3", linestyle="--", linewidth=1.5)
    left.text(len(losses), guessing, r"guessing: $\ln V$", ha="right", va="bottom")
    left.set(xlabel="update", ylabel="loss (nats per token)", ylim=(0, 1.15 * guessing))
    right.plot(steps, scores, "o-", color=COLORS[1], markersize=9)
    right.set(xlabel="update", ylabel="BLEU on the development part", ylim=(0, 105), xlim=left.get_xlim())
    return left, right


def plot_candidates(texts: Sequence[str], probabilities: Sequence[float], ax: Axes | None = None) -> Axes:
    """Draw how probable the model finds each translation of one sentence, best first.

    Args: texts, probabilities: one per translation.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(11, 0.8 + 0.45 * len(texts)))[1] if ax is None else ax
    bars = ax.barh(range(len(texts)), probabilities, color=COLORS[0], edgecolor="black")
    ax.bar_label(bars, [f"{p:.3f}" for p in probabilities], padding=4)
    # In letters of one width, words that differ stand below each other.
    width = max(map(len, texts))
    texts = [text.ljust(width) for text in texts]
    ax.set_yticks(range(len(texts)), texts, family="DejaVu Sans Mono", size=11, parse_math=False)
    ax.set(xlabel="probability", xlim=(0, 1.12), ylim=(len(texts) - 0.5, -0.5))
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.grid(axis="y", visible=False)
    return ax


def plot_scores(names: Sequence[str], scores: Sequence[float], ax: Axes | None = None) -> Axes:
    """Draw BLEU of some systems, side by side.

    Args: names, scores: one per system.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(9, 0.8 + 0.5 * len(names)))[1] if ax is None else ax
    bars = ax.barh(range(len(names)), scores, color=COLORS[: len(names)], edgecolor="black")
    ax.bar_label(bars, [f"{score:.1f}" for score in scores], padding=4)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="BLEU on held-out sentences", xlim=(0, 110), ylim=(len(names) - 0.5, -0.5))
    ax.set_xticks(range(0, 101, 20))
    ax.grid(axis="y", visible=False)
    return ax


def parameters_by_part(model) -> dict[str, int]:
    """Count the parameters of each part of a `Seq2Seq`; the sum is `model.num_parameters`."""
    return {
        part: sum(array.size for key, array in model.params.items() if key.startswith(beginnings))
        for part, beginnings in PARTS.items()
    }


def plot_parts(counts: Mapping[str, Mapping[str, int]], ax: Axes | None = None) -> Axes:
    """Draw one bar per model, made of its parts, with its total in thousands.

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


def plot_by_beam_size(
    sizes: Sequence[int], panels: Mapping[str, Mapping[str, Sequence[float]]]
) -> list[Axes]:
    """Draw a new figure of searches against their beam size, on a logarithmic axis, in one panel per measure.

    Args: sizes (N,); panels: for each panel's label, the lines by their names, (N,) each.
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


def plot_search(tree: Tree, words: Sequence[str], alpha: float) -> tuple[Axes, Axes]:
    """Draw a new figure of a search: its tree above, its ranking below.

    Args: tree; words: the last word of each prefix in it; alpha: of the length penalty.
    """
    found = ranking(tree, alpha)
    rows = max(np.unique([one.length for one in tree], return_counts=True)[1])
    heights = (0.62 * rows + 0.8, 0.32 * min(MOST_ROWS, len(found)) + 0.5)
    # The last step worth a column is where the last of the three best hypotheses ended.
    columns = min(MOST_COLUMNS, max(one.length for one in found[:3]))
    size = min(WIDTH, max(8, 4 + columns)), sum(heights)  # small trees in wide figures have small letters
    top, bottom = quick_subplots(2, 1, size, height_ratios=heights, **MARGINS)
    plot_tree(tree, words, found[0].node, columns, top)
    found = found[:MOST_ROWS]
    texts = [" ".join(words[k] for k in path(tree, one.node)) for one in found]
    plot_ranking(found, texts, alpha, bottom)
    return top, bottom


def plot_tree(
    tree: Tree, words: Sequence[str], best: int, steps: int | None = None, ax: Axes | None = None
) -> Axes:
    """Draw all prefixes that were kept: one column per step, the most probable on top.

    Each bears its last word and the log probability of all its words.  Those that ended are filled, and the
    way to the best is thick.

    Args: tree; words: the last word of each prefix in it; best: the place in the tree of the hypothesis
        that won; steps: draw no more of them.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(WIDTH, 4))[1] if ax is None else ax
    shown = [one for one in tree if steps is None or one.length <= steps]
    at = places(shown)
    won = {0, *path(tree, best)}
    edges = [(one.parent, k) for k, one in enumerate(shown) if one.parent is not None]
    for chosen, color, width in ((False, "0.6", 1.2), (True, BEST, 4.0)):
        lines = [(at[parent], at[k]) for parent, k in edges if (k in won) == chosen]
        ax.add_collection(LineCollection(lines, colors=color, linewidths=width, zorder=1))
    # The boxes, (N, 4, 2), are all of one size and in one collection, which draws fast.
    look = {
        "facecolors": [ENDED if one.ended else GOING for one in shown],
        "edgecolors": [BEST if k in won else "0.4" for k in range(len(shown))],
        "linewidths": [3.0 if k in won else 1.0 for k in range(len(shown))],
    }
    ax.add_collection(PolyCollection(BOX + at[:, np.newaxis], zorder=2, **look))
    words, fonts = legible(words)
    for k, one in enumerate(shown):
        text = words[k] if one.parent is None else f"{words[k]}\n{signed(one.log_probability, 2)}"
        ax.text(*at[k], text, ha="center", va="center", size=10, parse_math=False, fontfamily=fonts)
    columns, rows = at.max(axis=0)
    fewest = FEWEST_COLUMNS * ax.figure.get_figwidth() / WIDTH
    ax.set(xlim=(-0.5, max(columns, fewest) + 0.5), ylim=(rows + 0.6, -0.6))
    ax.axis("off")
    return ax


def places(tree: Tree) -> np.ndarray:
    """Return where each prefix stands, (N, 2): its step, and how many of that step are more probable."""
    lengths = [one.length for one in tree]
    return np.array([(length, lengths[:k].count(length)) for k, length in enumerate(lengths)], float)


def plot_ranking(found: Sequence[Finished], texts: Sequence[str], alpha: float, ax: Axes) -> Axes:
    """Write whole translations in numbers, best first: score, log probability, length penalty, words.

    Args: found; texts: their words; alpha: of the length penalty.
    """
    columns = (0.06, 0.08, 0.135, 0.15, 0.215, 0.275, 0.3)
    rows = [("score", "=", "log p", "/", "penalty", "length", "translation")]
    texts, fonts = legible(texts)
    for one, text in zip(found, texts, strict=True):
        numbers = one.score, one.log_probability, length_penalty(one.length, alpha)
        score, log_p, penalty = (signed(number, 2) for number in numbers)
        rows.append((score, "=", log_p, "/", penalty, str(one.length), text))
    for place, row in enumerate(rows):
        for x, text in zip(columns, row, strict=True):
            look = {"ha": "left" if text == row[-1] else "right", "va": "center", "size": 11}
            look |= {"color": "0.35"} if place == 0 else {"fontweight": "bold" if place == 1 else "normal"}
            ax.text(x, place, text, parse_math=False, fontfamily=fonts, **look)
    ax.set(xlim=(0, ax.figure.get_figwidth() / WIDTH), ylim=(len(rows) - 0.5, -0.5))
    ax.axis("off")
    return ax

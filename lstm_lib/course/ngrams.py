"""Which n-grams of a translation stand in its reference: what BLEU counts, and a picture of it."""

from collections import Counter
from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from lstm_lib.course.style import COLORS

ORDERS = (1, 2, 3, 4)
MATCHED = {"facecolor": COLORS[0], "edgecolor": COLORS[0]}
UNMATCHED = {"facecolor": "white", "edgecolor": "0.45", "hatch": "////"}


def matched_ngrams(hypothesis: Sequence[str], reference: Sequence[str], n: int) -> list[bool]:
    """Tell of each n-gram of a hypothesis whether it stands in the reference.

    An n-gram that the reference holds k times matches k times at most: the first k do (clipping).

    Args: hypothesis, reference: words; n: how many words an n-gram has.
    Source: Papineni et al. (2002).
    """
    left = Counter(_ngrams(reference, n))
    matches = []
    for ngram in _ngrams(hypothesis, n):
        matches.append(left[ngram] > 0)
        left[ngram] -= 1
    return matches


def plot_ngrams(hypothesis: Sequence[str], reference: Sequence[str], ax: Axes | None = None) -> Axes:
    """A bar for each n-gram of a hypothesis, under its words: filled where the reference has it, too.

    Args: hypothesis, reference: words.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4.6))[1] if ax is None else ax
    top, ticks = 0.0, {}
    for n in ORDERS:
        matches = matched_ngrams(hypothesis, reference, n)
        for start, matched in enumerate(matches):
            lane = top + start % n  # neighbors overlap, so they go one below the other
            look = MATCHED if matched else UNMATCHED
            ax.barh(lane, n - 0.2, left=start - 0.4, height=0.55, linewidth=1.5, **look)
        ticks[top + (n - 1) / 2] = f"{n}-grams: {sum(matches)} of {len(matches)}"
        top += n + 0.7
    ax.set_yticks(list(ticks), ticks.values())
    ax.set_xticks(range(len(hypothesis)), hypothesis, parse_math=False)
    ax.set(xlim=(-0.6, len(hypothesis) - 0.4), ylim=(top - 1.2, -0.8))
    ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    legend = [Patch(label="in the reference", **MATCHED), Patch(label="not in it", **UNMATCHED)]
    ax.legend(handles=legend, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[k : k + n]) for k in range(len(words) - n + 1)]

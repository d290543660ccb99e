"""Which n-grams of a translation stand in its references: what BLEU counts, and a picture of it."""

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import or_

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Patch, Rectangle

from course.shared.style import COLORS

ORDERS = (1, 2, 3, 4)
MATCHED, CLIPPED, MISSING = "matched", "clipped", "missing"
LOOKS = {  # told apart by their filling, so in black and white, too
    MATCHED: {"facecolor": COLORS[0], "edgecolor": COLORS[0]},
    CLIPPED: {"facecolor": "white", "edgecolor": COLORS[3], "hatch": "xxx"},
    MISSING: {"facecolor": "white", "edgecolor": "0.45", "hatch": "////"},
}
LABELS = {MATCHED: "in the reference", CLIPPED: "in it, but used up", MISSING: "not in it"}
MOST_CHARACTERS = 70  # over a picture's width; where two neighbors need more than their share, words tilt

Words = Sequence[str]


def ngrams(words: Words, n: int) -> list[tuple[str, ...]]:
    """Return the runs of n words, in order."""
    return [tuple(words[k : k + n]) for k in range(len(words) - n + 1)]


def ngram_states(n: int, hypothesis: Words, *references: Words) -> list[str]:
    """Return for each n-gram of a hypothesis whether a reference has it.

    An n-gram that a reference holds k times, and no other reference more often, matches k times at most: the
    first k are MATCHED, the others CLIPPED; what is in no reference is MISSING.

    Args: n: how many words an n-gram has; hypothesis, references: words.
    Source: Papineni et al. (2002).
    """
    # The union of two Counters holds the larger count of each n-gram.
    held = reduce(or_, (Counter(ngrams(reference, n)) for reference in references))
    left = held.copy()
    states = []
    for ngram in ngrams(hypothesis, n):
        states.append(MATCHED if left[ngram] > 0 else CLIPPED if ngram in held else MISSING)
        left[ngram] -= 1
    return states


def plot_ngrams(hypothesis: Words, *references: Words, ax: Axes | None = None) -> Axes:
    """Draw a bar for each n-gram of a hypothesis, under its words: filled where a reference has it.

    Args: hypothesis, references: words.  ax: where to draw; a new figure's by default.
    """
    ax = plt.subplots(figsize=(10, 4.6))[1] if ax is None else ax
    top, ticks = 0.0, {}
    bars: dict[str, list[Rectangle]] = {state: [] for state in LOOKS}
    for n in ORDERS:
        states = ngram_states(n, hypothesis, *references)
        for start, state in enumerate(states):
            lane = top + start % n  # neighbors overlap, so they go one below the other
            bars[state].append(Rectangle((start - 0.4, lane - 0.28), n - 0.2, 0.56))
        ticks[top + (n - 1) / 2] = f"{n}-grams: {states.count(MATCHED)} of {len(states)}"
        top += n + 0.7
    for state, look in LOOKS.items():
        ax.add_collection(PatchCollection(bars[state], label=LABELS[state], linewidth=1.5, **look))
    tilt = {"rotation": 35, "ha": "left", "rotation_mode": "anchor"}
    widest = max((len(a) + len(b) for a, b in pairwise(hypothesis)), default=0)
    crowded = (widest / 2 + 1) * len(hypothesis) > MOST_CHARACTERS
    ax.set_yticks(list(ticks), ticks.values())
    ax.set_xticks(range(len(hypothesis)), hypothesis, parse_math=False, **(tilt if crowded else {}))
    ax.set(xlim=(-0.6, len(hypothesis) - 0.4), ylim=(top - 1.2, -0.8))
    ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    legend = [Patch(label=LABELS[state], **look) for state, look in LOOKS.items()]
    ax.legend(handles=legend, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax

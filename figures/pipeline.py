"""The way from sentence pairs to scores, as a drawing: each step with the module that does it."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from course.shared.style import COLORS

Point = tuple[float, float]

DATA = (
    ("sentence pairs", "text/corpus.py"),
    ("three parts", "text/splits.py"),
    ("vocabularies", "text/vocabulary.py"),
    ("batches", "text/batching.py"),
)
UPDATE = (  # from the right to the left
    ("forward, loss", "seq2seq/model.py"),
    ("backward", "seq2seq/model.py"),
    ("clip the norm", "training/step.py"),
    ("optimizer", "training/optimizers.py"),
)
SCORING = (
    ("development", "evaluation.py"),
    ("best checkpoint", "training/checkpoint.py"),
    ("beam search", "seq2seq/search.py"),
    ("test scores", "text/metrics.py"),
)
COLUMNS, HEIGHTS = (0.0, 2.8, 5.6, 8.4), (5.0, 2.5, 0.0)
HALF_WIDTH, HALF_HEIGHT = 1.25, 0.6
LOOP = 3.75  # the height of the way back
COLOR = "0.25"


def draw_pipeline(ax: Axes) -> Axes:
    """Draw data above, the loop of updates in the middle, and scoring below."""
    ax.set(xlim=(-1.4, 9.8), ylim=(-0.75, 5.75))
    ax.axis("off")
    ways = ((DATA, COLUMNS, COLORS[9]), (UPDATE, COLUMNS[::-1], COLORS[1]), (SCORING, COLUMNS, COLORS[2]))
    for y, (steps, columns, color) in zip(HEIGHTS, ways, strict=True):
        for x, (name, module) in zip(columns, steps, strict=True):
            _box(ax, (x, y), name, module, color)
        for x, following in pairwise(columns):
            toward = HALF_WIDTH if following > x else -HALF_WIDTH
            _path(ax, [(x + toward, y), (following - toward, y)])
    data, update, scoring = HEIGHTS
    left, right = COLUMNS[0], COLUMNS[-1]
    _path(ax, [(right + 0.4, data - HALF_HEIGHT), (right + 0.4, update + HALF_HEIGHT)])
    back = [
        (left, update + HALF_HEIGHT),
        (left, LOOP),
        (right - 0.4, LOOP),
        (right - 0.4, update + HALF_HEIGHT),
    ]
    _path(ax, back, linestyle="--")
    _label(ax, ((left + right) / 2, LOOP + 0.25), "every batch: new parameters")
    _path(ax, [(left, update - HALF_HEIGHT), (left, scoring + HALF_HEIGHT)])
    _label(ax, (left + 0.2, (update + scoring) / 2), "after every epoch", ha="left")
    return ax


def _box(ax: Axes, at: Point, name: str, module: str, color: str) -> None:
    corner = (at[0] - HALF_WIDTH, at[1] - HALF_HEIGHT)
    shape = "round,pad=0,rounding_size=0.15"
    box = FancyBboxPatch(corner, 2 * HALF_WIDTH, 2 * HALF_HEIGHT, boxstyle=shape, zorder=2)
    box.set(facecolor="white", edgecolor=color, linewidth=3.0)
    ax.add_patch(box)
    _label(ax, (at[0], at[1] + 0.2), name, size=13)
    _label(ax, (at[0], at[1] - 0.25), module, size=9.5, color=COLOR)


def _path(ax: Axes, points: list[Point], linestyle: str = "-") -> None:
    """A line through points, with an arrow's head at its end."""
    ax.plot(*zip(*points, strict=True), color=COLOR, linewidth=2.0, linestyle=linestyle, zorder=1)
    (x, y), (x_end, y_end) = points[-2:]
    head = {"arrowstyle": "-|>", "color": COLOR, "linewidth": 2.0, "shrinkA": 0, "shrinkB": 0}
    near = (x_end - 0.05 * (x_end - x), y_end - 0.05 * (y_end - y))
    ax.annotate("", (x_end, y_end), near, arrowprops=head, zorder=1)


def _label(ax: Axes, at: Point, text: str, **options) -> None:
    ax.text(*at, text, **{"size": 12, "ha": "center", "va": "center", "zorder": 3} | options)

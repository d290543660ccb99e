"""Architecture: the cell, the translator, and the way from sentence pairs to scores, as drawings.

No row stands behind this figure: it is only drawn.
"""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from course.lstm_cell.drawing import draw_lstm_cell
from course.shared.architecture import COLUMN, WITH_ATTENTION, draw_encoder_decoder
from course.shared.style import COLORS
from figures.lab.drawing import new_figure, save
from figures.lab.setting import StudyOptions

EQUATIONS = (
    r"$i = \sigma(x_t W_{xi} + h_{t-1} W_{hi} + b_i)$",
    r"$f = \sigma(x_t W_{xf} + h_{t-1} W_{hf} + b_f)$",
    r"$g = \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g)$",
    r"$o = \sigma(x_t W_{xo} + h_{t-1} W_{ho} + b_o)$",
    r"$c_t = f \odot c_{t-1} + i \odot g$",
    r"$h_t = o \odot \tanh(c_t)$",
)
PARTS = {
    WITH_ATTENTION.output: "output",
    WITH_ATTENTION.decoder: "decoder",
    (WITH_ATTENTION.states + WITH_ATTENTION.contexts) / 2: "attention",
    WITH_ATTENTION.encoder: "encoder",
    WITH_ATTENTION.vectors: "embeddings",
}

# The pipeline: steps, each with the module that does it.
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


def draw() -> Figure:
    """Draw the cell and the translator above, the training below."""
    figure, axes = new_figure(2, 2, (17, 12), height_ratios=(1.5, 1))
    _draw_cell(axes[0, 0])
    _draw_translator(axes[0, 1])
    grid = axes[1, 0].get_gridspec()
    for ax in axes[1]:
        ax.remove()
    draw_pipeline(figure.add_subplot(grid[1, :])).set_title("training: from sentence pairs to scores")
    return figure


def _draw_cell(ax: Axes) -> None:
    draw_lstm_cell(ax).set_title("the LSTM cell")
    low, high = ax.get_ylim()
    ax.set_ylim(low - 3.6, high)
    for k, equation in enumerate(EQUATIONS):
        ax.text(0.6 + 6.9 * (k // 3), low - 0.7 - 1.1 * (k % 3), equation, size=16, va="center")


def _draw_translator(ax: Axes) -> None:
    """Draw the model of the notebooks, with the names of its parts beside it."""
    low, high = draw_encoder_decoder(ax=ax).get_xlim()
    ax.set(xlim=(low, high + 2.6), title="encoder, attention, decoder")
    for height, name in PARTS.items():
        ax.text(3 * COLUMN + 1.7, height, name, size=14, va="center", style="italic")


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


def run(options: StudyOptions) -> None:
    """Draw."""
    save(draw(), options.figures, "fig2_architecture")

"""Architecture: the cell, the translator, its training, and what the package is made of, counted.

The counts are a row like any other measurement, whose configuration holds a fingerprint of all files that
are counted: where one has changed, the study counts again, and rows of earlier trees stay beside the new one.
The figure names the commit that it counted, so that it is never wrong, only old; a test asks for a new one
when the tree has outgrown it.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.lstm_cell.drawing import draw_lstm_cell
from course.shared.style import COLORS
from course.translator.drawing import DECODER, EMBEDDING, ENCODER, LEGEND, OUTPUT, draw_model_map
from figures.counting import count_project, fingerprint
from figures.lab.drawing import new_figure, save
from figures.lab.options import StudyOptions
from figures.lab.plan import Run
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.pipeline import draw_pipeline

EQUATIONS = (
    r"$i = \sigma(x W_{xi} + h W_{hi} + b_i)$",
    r"$f = \sigma(x W_{xf} + h W_{hf} + b_f)$",
    r"$g = \tanh(x W_{xg} + h W_{hg} + b_g)$",
    r"$o = \sigma(x W_{xo} + h W_{ho} + b_o)$",
    r"$c' = f \odot c + i \odot g$",
    r"$h' = o \odot \tanh(c')$",
)
PARTS = {
    OUTPUT: "output",
    DECODER: "decoder",
    (ENCODER + DECODER) / 2: "attention",
    ENCODER: "encoder",
    EMBEDDING: "embeddings",
}


def plan(options: StudyOptions) -> list[Run]:
    """Count the tree as it is."""
    return [Run("the project", count_project, {"tree": fingerprint()}, seed=0)]


def draw(rows: list[Row]) -> Figure:
    """The cell and the translator above; below, the training and the counts."""
    figure, axes = new_figure(2, 2, (17, 13), height_ratios=(1.2, 1))
    _draw_cell(axes[0, 0])
    _draw_translator(axes[0, 1])
    draw_pipeline(axes[1, 0]).set_title("training: from sentence pairs to scores")
    _draw_counts(axes[1, 1], rows[0])
    return figure


def _draw_cell(ax: Axes) -> None:
    draw_lstm_cell(ax).set_title("the LSTM cell")
    low, high = ax.get_ylim()
    ax.set_ylim(low - 3.6, high)
    for k, equation in enumerate(EQUATIONS):
        ax.text(0.6 + 6.9 * (k // 3), low - 0.7 - 1.1 * (k % 3), equation, size=16, va="center")


def _draw_translator(ax: Axes) -> None:
    """Of the course's map the model alone: short names take the place of its legend."""
    draw_model_map(ax).set(xlim=(-1.2, 8.6), ylim=(-0.5, 8.4), title="encoder, attention, decoder")
    for text in [text for text in ax.texts if text.get_position()[0] >= LEGEND]:
        text.remove()
    for height, name in PARTS.items():
        ax.text(6.5, height, name, size=14, va="center", style="italic")


def _draw_counts(ax: Axes, row: Row) -> None:
    rooms = dict(sorted(row["metrics"]["rooms"].items(), key=lambda room: -room[1]["lines"]))
    lines = [counts["lines"] for counts in rooms.values()]
    ax.barh(range(len(rooms)), lines, color=COLORS[0], edgecolor="black")
    for place, counts in enumerate(rooms.values()):
        told = "{lines:,} lines, {functions} functions, {classes} classes".format(**counts)
        ax.annotate(
            told, (counts["lines"], place), xytext=(6, 0), textcoords="offset points", va="center", size=12
        )
    ax.set_yticks(range(len(rooms)), list(rooms))
    ax.set(
        title=f"the package, counted{_counted_at(row)}",
        xlabel="lines of code, without blank lines, comments and docstrings",
        xlim=(0, 1.9 * max(lines)),
        ylim=(len(rooms) + 2.2, -0.6),
    )
    ax.text(0.02, 0.02, totals(row["metrics"]), transform=ax.transAxes, va="bottom", size=13)
    ax.grid(axis="y", visible=False)


def totals(metrics: dict) -> str:
    """The whole package, its tests and its notebooks, a line each."""
    rooms, tests, notebooks = metrics["rooms"].values(), metrics["tests"], metrics["notebooks"]
    whole = {
        name: sum(counts[name] for counts in rooms) for name in ("lines", "files", "public", "documented")
    }
    return "\n".join(
        [
            f"package: {whole['lines']:,} lines in {whole['files']} files; "
            f"docstrings on {whole['documented'] / whole['public']:.0%} of what is public",
            f"tests: {tests['test_functions']:,} functions, "
            f"{tests['lines']:,} lines in {tests['files']} files",
            f"notebooks: {notebooks['files']}, with {notebooks['code_cells']} cells of code and "
            f"{notebooks['text_cells']} of text",
        ]
    )


def _counted_at(row: Row) -> str:
    commit, _, changed = (row["commit"] or "").partition("-")
    return f" at commit {commit[:7]}{', with changes' if changed else ''}" if commit else ""


def run(options: StudyOptions) -> None:
    """Count what has changed, and draw."""
    save(draw(perform("architecture", plan(options), options)), options.figures, "fig2_architecture")

"""Coverage: ten requirements with what teaches and proves them, and BLEU of six variants."""

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.shared.style import COLORS
from figures.lab.drawing import by_variant, draw_intervals, new_figure, save, values
from figures.lab.measures import train_and_test
from figures.lab.options import StudyOptions
from figures.lab.plan import Run, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import study_recipe
from figures.requirements import REQUIREMENTS, Requirement

VARIANTS = {
    "LSTM": {"dropout": 0.0},
    "LSTM + dropout": {"dropout": 0.2},
    "GRU": {"cell": "gru", "dropout": 0.0},
    "BiLSTM": {"bidirectional": True, "dropout": 0.0},
    "BiLSTM + dropout": {"bidirectional": True, "dropout": 0.2},
    "LSTM, no attention": {"attention": "none", "dropout": 0.0},
}


def plan(options: StudyOptions) -> list[Run]:
    """Each variant with five seeds: which is best is a claim."""
    return [
        run
        for name, variation in VARIANTS.items()
        for run in over_seeds(
            name, train_and_test, {"recipe": study_recipe(options, **variation)}, options.seed_range(5)
        )
    ]


def draw(rows: list[Row], requirements: Iterable[Requirement] = REQUIREMENTS) -> Figure:
    """The requirements on the left, BLEU and size of the variants on the right."""
    figure, axes = new_figure(1, 2, (14, 6), width_ratios=(1.15, 1))
    _draw_requirements(axes[0, 0], list(requirements))
    scores = {}
    for name, found in by_variant(rows).items():
        parameters = values(found, "parameters")
        size = f"{parameters[0] / 1000:,.0f}k parameters" if len(parameters) else "diverged"
        scores[f"{name}\n{size}"] = values(found, "bleu")
    draw_intervals(axes[0, 1], scores)
    axes[0, 1].set(title="variants: mean and 95% interval", xlabel="test BLEU (0 to 100), beam 5")
    return figure


def _draw_requirements(ax: Axes, requirements: list[Requirement]) -> None:
    counts = [requirement.count_tests() for requirement in requirements]
    ax.barh(range(len(counts)), counts, color=COLORS[0], edgecolor="black")
    for place, (requirement, count) in enumerate(zip(requirements, counts, strict=True)):
        notebook = requirement.notebook.stem if requirement.notebook else "notebook planned"
        ax.annotate(
            f"{count}   {notebook}", (count, place), xytext=(6, 0), textcoords="offset points", va="center"
        )
    ax.set_yticks(range(len(counts)), [f"{each.number}  {each.title}" for each in requirements])
    ax.set(
        title="ten requirements: tests, notebook",
        xlabel="test functions in the files that prove it",
        xlim=(0, 1.9 * max(counts)),
        ylim=(len(counts) - 0.5, -0.5),
    )
    ax.grid(axis="y", visible=False)


def run(options: StudyOptions) -> None:
    """Run what is missing, and draw."""
    save(draw(perform("coverage", plan(options), options)), options.figures, "fig3_coverage")

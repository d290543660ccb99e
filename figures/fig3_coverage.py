"""Coverage: BLEU and size of six variants of the translator."""

from matplotlib.figure import Figure

from figures.lab.drawing import by_variant, draw_intervals, new_figure, save, values
from figures.lab.measures import train_and_test
from figures.lab.plan import Run, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions, study_recipe

VARIANTS = {
    "LSTM": {"dropout": 0.0},
    "LSTM + dropout": {"dropout": 0.2},
    "GRU": {"cell": "gru", "dropout": 0.0},
    "BiLSTM": {"bidirectional": True, "dropout": 0.0},
    "BiLSTM + dropout": {"bidirectional": True, "dropout": 0.2},
    "LSTM, no attention": {"attention": "none", "dropout": 0.0},
}


def plan(options: StudyOptions) -> list[Run]:
    """Plan each variant with five seeds: which is best is a claim."""
    recipes = {name: {"recipe": study_recipe(options, **changes)} for name, changes in VARIANTS.items()}
    return over_seeds(train_and_test, recipes, options.seed_range(5))


def draw(rows: list[Row]) -> Figure:
    """Draw BLEU and number of parameters of each variant."""
    figure, axes = new_figure(1, 1, (8, 6))
    scores = {}
    for name, found in by_variant(rows).items():
        parameters = values(found, "parameters")
        size = f"{parameters[0] / 1000:,.0f}k parameters" if len(parameters) else "diverged"
        scores[f"{name}\n{size}"] = values(found, "bleu")
    draw_intervals(axes[0, 0], scores)
    axes[0, 0].set(title="variants: mean and 95% interval", xlabel="test BLEU (0 to 100), beam 5")
    return figure


def run(options: StudyOptions) -> None:
    """Run what is missing, and draw."""
    save(draw(perform("coverage", plan(options), options)), options.figures, "fig3_coverage")

"""Full training: an LSTM, a GRU and an LSTM with recurrent dropout over fifty epochs."""

from matplotlib.figure import Figure

from figures.lab.drawing import by_variant, draw_epochs, draw_intervals, new_figure, save, values
from figures.lab.measures import train_and_test
from figures.lab.plan import Run, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions, study_recipe

EPOCHS, QUICK_EPOCHS = 50, 4
VARIANTS = {  # without other dropout, so that what the recurrent one does is seen
    "LSTM": {"dropout": 0.0},
    "GRU": {"cell": "gru", "dropout": 0.0},
    "LSTM + recurrent dropout": {"dropout": 0.0, "recurrent_dropout": 0.2},
}
CURVES = {
    "train_loss": ("training loss", "nats per token"),
    "dev_loss": ("development loss", "nats per token"),
    "dev_bleu": ("development BLEU, greedy", "BLEU (0 to 100)"),
}


def plan(options: StudyOptions) -> list[Run]:
    """Plan each variant with five seeds: that recurrent dropout helps is a claim."""
    recipes = {
        name: {"recipe": study_recipe(options, epochs=EPOCHS, quick={"epochs": QUICK_EPOCHS}, **variation)}
        for name, variation in VARIANTS.items()
    }
    return over_seeds(train_and_test, recipes, options.seed_range(5))


def draw(rows: list[Row]) -> Figure:
    """Draw losses and BLEU by epoch, and what the best epoch's parameters reach on the test part."""
    figure, axes = new_figure(2, 2, (13, 8))
    variants = by_variant(rows)
    for ax, (metric, (title, unit)) in zip(axes.flat, CURVES.items(), strict=False):
        draw_epochs(ax, variants, metric, title, unit)
    axes[0, 0].legend()
    draw_intervals(axes[1, 1], {name: values(found, "bleu") for name, found in variants.items()})
    axes[1, 1].set(title="test BLEU, beam 5, of the best epoch", xlabel="BLEU (0 to 100)")
    return figure


def run(options: StudyOptions) -> None:
    """Run what is missing, and draw."""
    save(draw(perform("training", plan(options), options)), options.figures, "fig9_training")

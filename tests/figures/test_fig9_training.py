"""The full training, and the figure that is drawn of its rows."""

from figures import fig9_training as training
from figures.lab.setting import StudyOptions


def row(variant, seed, **metrics):
    return {"variant": variant, "seed": seed, "metrics": metrics}


def test_the_figure_of_the_full_training_draws_the_rows():
    rows = [
        row(name, seed, bleu=40.0 + seed, train_loss=[3.0, 1.0], dev_loss=[3.0, 2.0], dev_bleu=[10.0, 20.0])
        for name in training.VARIANTS
        for seed in range(2)
    ]
    train, dev, bleu, test = training.draw(rows).axes
    for ax, values in ((train, [3.0, 1.0]), (dev, [3.0, 2.0]), (bleu, [10.0, 20.0])):
        assert [list(line.get_ydata()) for line in ax.get_lines()] == [values] * 3
    assert [text.get_text() for text in test.texts] == ["40.5"] * 3


def test_the_full_training_is_fifty_epochs_of_five_seeds():
    runs_planned = training.plan(StudyOptions())
    assert {run.configuration["recipe"]["epochs"] for run in runs_planned} == {50}
    assert len({run.key for run in runs_planned}) == len(runs_planned) == 15

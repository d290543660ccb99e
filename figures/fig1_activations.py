"""Activations: what they compute, what they leave of a gradient, and how a translator learns with each.

The sigmoid's slope is at most 1/4, so a gradient that passes through it at each of 50 steps has all but
vanished, unless the gates of an LSTM or a GRU leave it another way.

A translator with another activation learns at another rate: each gets the best of four (`rate_grid`).
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.activations.gradient_flow import gradient_by_lag
from figures.lab.drawing import by_variant, draw_intervals, draw_lines, new_figure, save, values
from figures.lab.measures import Contender, best_rates, rate_grid, train_and_test
from figures.lab.plan import Run, measurement, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions, study_recipe
from lstm_lib.nn.activations import ACTIVATIONS
from lstm_lib.seq2seq.model import CELLS

COMPARED = {"sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu", "leaky ReLU": "leaky_relu", "ELU": "elu"}
CONTENDERS = {
    variant: Contender({"activation": activation}, (0.00075, 0.0015, 0.003, 0.006))
    for variant, activation in COMPARED.items()
}
LAYERS = ("rnn", "lstm", "gru")
FLOOR = 1e-35  # a logarithmic axis needs some number even where nothing is left


@measurement("activations.gradients", version=1)
def gradient_norms(configuration: dict, seed: int) -> dict:
    """Measure how much an untrained layer's last output depends on each input before it, in float64.

    Args: configuration: cell, activation (of candidate and output; gates keep their sigmoid), hidden_size,
        steps.
    Returns: norms, of dh_T / dx_(T-k), lag k = 0 first.
    """
    rng = np.random.default_rng(seed)
    size, steps = configuration["hidden_size"], configuration["steps"]
    cell = CELLS[configuration["cell"]]
    layer = cell(size, size, rng, activation=configuration["activation"], dtype=np.float64)
    return {"norms": gradient_by_lag(layer, rng.standard_normal((1, steps, size))).tolist()}


def gradients(options: StudyOptions) -> list[Run]:
    """Plan every layer with every activation."""
    size = {"hidden_size": 8 if options.quick else 64, "steps": 50}
    found = []
    for cell in LAYERS:
        layers = {name: {"cell": cell, "activation": each, **size} for name, each in COMPARED.items()}
        found += over_seeds(gradient_norms, layers, options.seed_range(10))
    return found


def trainings(options: StudyOptions, rates: Mapping[str, float]) -> list[Run]:
    """Plan an LSTM translator with every activation, each at its own learning rate."""
    recipes = {
        name: {"recipe": study_recipe(options, activation=activation, learning_rate=rates[name])}
        for name, activation in COMPARED.items()
    }
    return over_seeds(train_and_test, recipes, options.seed_range(3))


def draw(rows: list[Row]) -> Figure:
    """Draw outputs, slopes and BLEU above; below, what is left of a gradient in each kind of layer."""
    figure, axes = new_figure(2, 3, (14, 8))
    _draw_functions(*axes[0, :2])
    trained = by_variant(row for row in rows if "recipe" in row["configuration"])
    draw_intervals(axes[0, 2], {name: values(found, "bleu") for name, found in trained.items()})
    axes[0, 2].set(xlabel="BLEU (0 to 100)", title="test BLEU, each at its best rate")
    for ax, cell in zip(axes[1], LAYERS, strict=True):
        found = by_variant(row for row in rows if row["configuration"].get("cell") == cell)
        norms = {name: values(of_name, "norms") for name, of_name in found.items()}
        left = {name: np.maximum(array / array[:, :1], FLOOR) for name, array in norms.items()}
        steps = rows[0]["configuration"]["steps"]
        draw_lines(ax, range(steps), left, log=True)
        ax.set(title=f"gradient through the {cell.upper()}", xlabel="time lag $k$ (steps)", ylim=(FLOOR, 1e3))
        ax.set_yticks([1.0, 1e-10, 1e-20, 1e-30])
        ax.minorticks_off()
    axes[1, 0].set_ylabel(r"$\|\partial h_T/\partial x_{T-k}\|$, share of lag 0")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(COMPARED))
    return figure


def _draw_functions(outputs: Axes, slopes: Axes) -> None:
    z = np.linspace(-4, 4, 401)
    for variant, name in COMPARED.items():
        a = ACTIVATIONS[name](z)
        outputs.plot(z, a, label=variant)
        slopes.plot(z, ACTIVATIONS[name].derivative(z, a))
    outputs.set(title=r"output $\phi(z)$", xlabel="pre-activation $z$", ylim=(-1.3, 3))
    slopes.set(title=r"derivative $\phi'(z)$", xlabel="pre-activation $z$", ylim=(-0.05, 1.1))


def run(options: StudyOptions) -> None:
    """Run what is missing, the grid of learning rates first, and draw."""
    rates = best_rates(perform("activations", rate_grid(options, CONTENDERS, {}, {"epochs": 2}), options))
    rows = perform("activations", gradients(options) + trainings(options, rates), options)
    save(draw(rows), options.figures, "fig1_activations")

"""The gradient measured through time, and the figure that is drawn of it."""

import numpy as np
import pytest

from figures import fig1_activations as activations
from figures.fig1_activations import COMPARED, gradient_norms
from figures.lab.setting import StudyOptions
from lstm_lib.seq2seq.model import CELLS


def norms(cell, activation, steps=50, hidden_size=32):
    configuration = {"cell": cell, "activation": activation, "steps": steps, "hidden_size": hidden_size}
    return np.array(gradient_norms(configuration, seed=0)["norms"])


@pytest.mark.parametrize("cell", CELLS)
def test_norms_are_those_of_finite_differences(cell):
    rng, size, steps, step = np.random.default_rng(4), 3, 5, 1e-6
    layer = CELLS[cell](size, size, rng, activation="elu", dtype=np.float64)
    x = rng.standard_normal((1, steps, size))
    measured = gradient_norms({"cell": cell, "activation": "elu", "steps": steps, "hidden_size": size}, 4)
    for lag in range(steps):
        jacobian = []
        for k in range(size):
            nudge = np.zeros_like(x)
            nudge[0, -1 - lag, k] = step
            above, below = (layer.forward(x + sign * nudge)[0][0, -1] for sign in (1, -1))
            jacobian.append((above - below) / (2 * step))
        assert measured["norms"][lag] == pytest.approx(np.linalg.norm(jacobian), rel=1e-6)


def test_a_sigmoid_rnn_forgets_and_gates_remember():
    left = {cell: norms(cell, "sigmoid")[-1] / norms(cell, "sigmoid")[0] for cell in CELLS}
    assert left["rnn"] < 0.25**49 * 100
    assert left["lstm"] > 1e-12 and left["gru"] > 1e-12
    assert norms("rnn", "tanh")[-1] > 1e-15


def test_every_cell_meets_every_activation():
    runs = activations.gradients(StudyOptions())
    met = {(run.configuration["cell"], run.configuration["activation"]) for run in runs}
    assert met == {(cell, name) for cell in CELLS for name in COMPARED.values()}
    assert {run.configuration["steps"] for run in runs} == {50}


def test_every_translator_has_its_own_learning_rate():
    rates = {variant: 0.001 * place for place, variant in enumerate(COMPARED, start=1)}
    runs = activations.trainings(StudyOptions(), rates)
    assert len({run.key for run in runs}) == len(runs) == 3 * len(COMPARED)
    assert {run.variant: run.configuration["recipe"]["learning_rate"] for run in runs} == rates


def test_the_figure_draws_the_rows():
    gradients = [
        {
            "variant": variant,
            "configuration": {"cell": cell, "activation": name, "steps": 4},
            "metrics": {"norms": [2.0, 2.0 * share, 2.0 * share**2, 0.0]},
        }
        for cell in activations.LAYERS
        for variant, name in COMPARED.items()
        for share in (0.1, 0.001)
    ]
    trained = [
        {"variant": variant, "configuration": {"recipe": {}}, "metrics": {"bleu": bleu}}
        for variant in list(COMPARED)[1:]
        for bleu in (10.0, 20.0)
    ]
    diverged = [{"variant": "sigmoid", "configuration": {"recipe": {}}, "metrics": {"diverged": "at once"}}]
    outputs, slopes, bleu, rnn, *_ = activations.draw([*gradients, *diverged, *trained]).axes
    assert len(outputs.get_lines()) == len(slopes.get_lines()) == len(COMPARED)
    # The geometric mean over seeds, a share of lag 0, and a floor where nothing is left.
    assert rnn.get_lines()[0].get_ydata() == pytest.approx([1.0, 1e-2, 1e-4, activations.FLOOR])
    assert [text.get_text() for text in bleu.texts] == ["diverged", "15.0", "15.0", "15.0", "15.0"]

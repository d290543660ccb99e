"""Parameters and operations of both cells, counted by formula, are those of the library's own equations."""

import numpy as np
import pytest

from course.gru.cell_costs import cell_parameters, step_cost
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.lstm import LSTM

LAYERS = {"lstm": LSTM, "gru": GRU}
SIZES = [(1, 1), (3, 5), (7, 4)]
ARITHMETIC = (np.add, np.subtract, np.multiply)


class Counted(np.ndarray):
    """An array that counts what is computed with it."""

    found: dict[str, int]

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        plain = [np.asarray(array) for array in inputs]
        result = getattr(ufunc, method)(*plain, **options)
        if ufunc is np.matmul:
            Counted.found["products"] += 2 * result.size * plain[0].shape[-1]
        elif ufunc in ARITHMETIC:
            Counted.found["elementwise"] += result.size
        elif ufunc is np.tanh:
            Counted.found["activations"] += result.size
        return result.view(Counted)


@pytest.mark.parametrize(("E", "H"), SIZES)
@pytest.mark.parametrize("cell", LAYERS)
def test_parameters_are_those_of_the_layer(cell, E, H):
    layer = LAYERS[cell](E, H, np.random.default_rng(0))
    assert cell_parameters(cell, E, H) == sum(array.size for array in layer.params.values())


def counted(layer, E: int) -> dict[str, int]:
    """What one step of one sequence computes, by the layer's own equations."""
    Counted.found = dict.fromkeys(("products", "elementwise", "activations"), 0)
    layer.params = {name: array.view(Counted) for name, array in layer.params.items()}
    state = layer.State(*(part.view(Counted) for part in layer.zero_state(1)))
    layer.equations(np.ones((1, E)).view(Counted), state.h, state, layer.params["W_h"], candidate=1.0)
    return Counted.found


@pytest.mark.parametrize(("E", "H"), SIZES)
@pytest.mark.parametrize("cell", LAYERS)
def test_operations_are_those_of_the_equations(cell, E, H):
    rng, cost = np.random.default_rng(0), step_cost(cell, E, H)
    bare = counted(LAYERS[cell](E, H, rng, activation="identity", gate_activation="identity"), E)
    assert bare["products"] == cost.products
    assert bare["elementwise"] - H == cost.elementwise  # without the factor of recurrent dropout, here 1
    # sigma is a tanh, too
    assert counted(LAYERS[cell](E, H, rng), E)["activations"] == cost.activations


def test_a_gru_saves_a_quarter_of_the_products_and_no_elementwise_operation():
    lstm, gru = step_cost("lstm", 128, 128), step_cost("gru", 128, 128)
    assert 4 * gru.products == 3 * lstm.products
    assert gru.elementwise == lstm.elementwise

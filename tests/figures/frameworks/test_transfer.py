"""Weights keep their values on the way to another layout and back; the layouts are checked by hand."""

from functools import partial

import numpy as np
import pytest

from course.shared.gradcheck import randomize
from figures.frameworks.twins.transfer import from_keras, from_torch, to_keras, to_torch
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.rnn import RNN
from lstm_lib.nn.stacked import Bidirectional, Stacked

E, H = 3, 2


def build(cell, shape):
    rng = np.random.default_rng(0)

    def both(input_size):
        return Bidirectional(*(cell(input_size, H, rng, dtype=np.float64) for _ in range(2)))

    if shape == "layer":
        layer = cell(E, H, rng, dtype=np.float64)
    elif shape == "bidirectional":
        layer = both(E)
    else:  # more than ten layers: "10" must not be sorted before "2"
        layer = Stacked([both(E), *(both(2 * H) for _ in range(10))])
    randomize(layer.params, rng)
    return layer


def zeros_like(params):
    return {key: np.zeros_like(array) for key, array in params.items()}


def assert_same(got, wanted):
    assert list(got) == list(wanted)
    for key, array in wanted.items():
        np.testing.assert_array_equal(got[key], array, err_msg=key)
        assert got[key].flags.c_contiguous and not np.shares_memory(got[key], array)


@pytest.mark.parametrize("shape", ["layer", "bidirectional", "stack"])
@pytest.mark.parametrize("cell", [LSTM, GRU, RNN, partial(GRU, reset_after=False)])
def test_there_and_back(cell, shape):
    params = build(cell, shape).params
    assert_same(from_keras(to_keras(params), zeros_like(params)), params)
    if not isinstance(cell, partial):
        assert_same(from_torch(to_torch(params), zeros_like(params)), params)


def test_names_and_shapes_are_pytorchs():
    weights = to_torch(build(LSTM, "stack").params)
    assert len(weights) == 11 * 2 * 4
    assert weights["weight_ih_l0"].shape == (4 * H, E)
    assert weights["weight_ih_l10_reverse"].shape == (4 * H, 2 * H)
    assert weights["bias_hh_l2_reverse"].shape == (4 * H,)


def test_a_lone_backward_direction_is_pytorchs_reverse():
    params = build(RNN, "bidirectional").params
    np.testing.assert_array_equal(to_torch(params)["weight_ih_l0_reverse"].T, params["backward.W_x"])


def test_kerass_gru_has_the_update_gate_first_and_two_rows_of_bias():
    params = build(GRU, "layer").params
    kernel, recurrent_kernel, bias = to_keras(params)
    np.testing.assert_array_equal(kernel[:, :H], params["W_x"][:, H : 2 * H])  # update
    np.testing.assert_array_equal(recurrent_kernel[:, H : 2 * H], params["W_h"][:, :H])  # reset
    np.testing.assert_array_equal(bias[0, 2 * H :], params["b"][2 * H :])
    np.testing.assert_array_equal(bias[1], [0, 0, 0, 0, *params["b_h"]])


def test_kerass_list_goes_from_layer_to_layer_forward_first():
    params = build(LSTM, "stack").params
    shuffled = dict(sorted(params.items()))  # as a file might hold them
    kernels = to_keras(shuffled)[::3]
    names = [f"{k}.{direction}.W_x" for k in range(11) for direction in ("forward", "backward")]
    for kernel, name in zip(kernels, names, strict=True):
        np.testing.assert_array_equal(kernel, params[name], err_msg=name)


@pytest.mark.parametrize("cell", [LSTM, GRU, RNN])
def test_two_biases_become_their_sum_except_under_the_reset_gate(cell):
    rng, params = np.random.default_rng(1), build(cell, "layer").params
    weights = {name: rng.standard_normal(array.shape) for name, array in to_torch(params).items()}
    got, both = from_torch(weights, params), weights["bias_ih_l0"] + weights["bias_hh_l0"]
    if cell is not GRU:
        np.testing.assert_array_equal(got["b"], both)
        return
    np.testing.assert_array_equal(got["b"], [*both[: 2 * H], *weights["bias_ih_l0"][2 * H :]])
    np.testing.assert_array_equal(got["b_h"], weights["bias_hh_l0"][2 * H :])


def test_what_does_not_fit_is_named():
    params = build(LSTM, "layer").params
    weights = to_torch(params)
    with pytest.raises(ValueError, match=r"weights are named \['bias_ih_l0'\]; wanted \['bias_hh_l0'"):
        from_torch({"bias_ih_l0": weights["bias_ih_l0"]}, params)
    with pytest.raises(ValueError, match=r"weights\['weight_ih_l0'\] has shape \(3, 8\); wanted \(8, 3\)"):
        from_torch(weights | {"weight_ih_l0": weights["weight_ih_l0"].T}, params)
    with pytest.raises(ValueError, match="weights has 2 arrays; wanted 3"):
        from_keras(to_keras(params)[:2], params)
    with pytest.raises(ValueError, match=r"weights\[1\] has shape \(3, 8\); wanted \(2, 8\)"):
        from_keras([params["W_x"]] * 3, params)


def test_pytorch_has_no_gru_that_resets_before():
    with pytest.raises(ValueError, match="resets before"):
        to_torch(build(partial(GRU, reset_after=False), "layer").params)

"""RNN, LSTM, GRU, both directions and stacks: values and gradients are PyTorch's, from the same weights."""

import numpy as np
import pytest

from course.shared.gradcheck import randomize
from figures.frameworks.twins.transfer import from_torch, to_torch
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.layers import map_state
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.rnn import RNN
from lstm_lib.nn.stacked import Bidirectional, BidirectionalState, Stacked

torch = pytest.importorskip("torch")

CELLS = {"lstm": (LSTM, torch.nn.LSTM), "gru": (GRU, torch.nn.GRU), "rnn": (RNN, torch.nn.RNN)}
B, T, E, H = 4, 7, 5, 6
LENGTHS = {"full": [T] * B, "ragged": [3, T, 1, 5]}
TOLERANCE = {"rtol": 0, "atol": 1e-10}


def build(cell, num_layers, bidirectional, rng):
    """A stack of ours with random weights, biases included, and PyTorch's with the same."""
    ours, theirs = CELLS[cell]
    layers, input_size = [], E
    for _ in range(num_layers):
        cells = [ours(input_size, H, rng, dtype=np.float64) for _ in range(2 if bidirectional else 1)]
        layers.append(Bidirectional(*cells) if bidirectional else cells[0])
        input_size = 2 * H if bidirectional else H
    stack = Stacked(layers)
    randomize(stack.params, rng)
    twin = theirs(E, H, num_layers, batch_first=True, bidirectional=bidirectional, dtype=torch.float64)
    weights = {name: torch.tensor(array) for name, array in to_torch(stack.params).items()}
    twin.load_state_dict(weights)
    return stack, twin


def random_like(state, rng):
    return map_state(lambda part: rng.standard_normal(part.shape), state)


def flat(states):
    """Our states as PyTorch holds them: a list of one array for each part, (layers x directions, B, H)."""
    cells = []
    for state in states:
        cells.extend(state if isinstance(state, BidirectionalState) else [state])
    return [np.stack(part) for part in zip(*cells, strict=True)]


def run_twin(twin, x, state0, lengths):
    """PyTorch's outputs (zero on padding) and final states; its packing sees to the padding."""
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    h, state_T = twin(packed, tuple(state0) if len(state0) == 2 else state0[0])
    h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, batch_first=True, total_length=T)
    return h, list(state_T) if len(state0) == 2 else [state_T]


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both-ways"])
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_values_and_gradients_are_pytorchs(cell, num_layers, bidirectional, lengths):
    rng = np.random.default_rng(0)
    stack, twin = build(cell, num_layers, bidirectional, rng)
    mask = np.arange(T) < np.array(LENGTHS[lengths])[:, None]
    x = rng.standard_normal((B, T, E))
    state0 = random_like(stack.forward(x)[1], rng)
    h, state_T, cache = stack.forward(x, state0, mask)
    # Random gradients from above: of the outputs at real positions, and of every part of the final states.
    dh = rng.standard_normal(h.shape) * mask[:, :, None]
    dstate_T = random_like(state_T, rng)
    dx, dstate0, grads = stack.backward(dh, dstate_T, cache)

    torch_x = torch.tensor(x, requires_grad=True)
    torch_state0 = [torch.tensor(part, requires_grad=True) for part in flat(state0)]
    torch_h, torch_state_T = run_twin(twin, torch_x, torch_state0, LENGTHS[lengths])
    upstream = [torch.tensor(part) for part in (dh, *flat(dstate_T))]
    torch.autograd.backward([torch_h, *torch_state_T], upstream)

    np.testing.assert_allclose(h * mask[:, :, None], torch_h.detach(), **TOLERANCE)
    for ours, theirs in zip(flat(state_T), torch_state_T, strict=True):
        np.testing.assert_allclose(ours, theirs.detach(), **TOLERANCE)
    np.testing.assert_allclose(dx, torch_x.grad, **TOLERANCE)
    for ours, theirs in zip(flat(dstate0), torch_state0, strict=True):
        np.testing.assert_allclose(ours, theirs.grad, **TOLERANCE)
    assert_weight_gradients(grads, twin)


def assert_weight_gradients(grads, twin):
    """Both biases of PyTorch have the gradient of our one, except where the reset gate acts on the second."""
    ours = to_torch(grads)
    for name, weight in twin.named_parameters():
        wanted = ours[name]
        if name.startswith("bias_hh"):
            wanted = np.where(wanted == 0, ours[name.replace("_hh_", "_ih_")], wanted)
        np.testing.assert_allclose(wanted, weight.grad, **TOLERANCE, err_msg=name)


@pytest.mark.parametrize("cell", CELLS)
def test_weights_that_come_from_pytorch_give_its_values_here(cell):
    """Both of PyTorch's biases are at work here, not one."""
    rng = np.random.default_rng(1)
    stack, twin = build(cell, 2, True, rng)
    weights = {name: torch.tensor(rng.standard_normal(w.shape)) for name, w in twin.state_dict().items()}
    twin.load_state_dict(weights)
    for key, array in from_torch(twin.state_dict(), stack.params).items():
        stack.params[key][...] = array
    x = rng.standard_normal((B, T, E))
    with torch.no_grad():
        torch_h, _ = twin(torch.tensor(x))
    np.testing.assert_allclose(stack.forward(x)[0], torch_h, **TOLERANCE)

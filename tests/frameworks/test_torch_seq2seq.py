"""The whole model: its equations once more, written plainly in PyTorch, which finds the gradients itself."""

import numpy as np
import pytest

from course.shared.gradcheck import randomize
from lstm_lib.nn.layers import subset
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import make_batch

torch = pytest.importorskip("torch")

SIZES = {"source_size": 11, "target_size": 12, "embedding_size": 5, "hidden_size": 6}
LENGTHS = [(3, 5), (6, 2), (1, 4), (4, 1)]  # words of source and target
TOLERANCE = {"rtol": 0, "atol": 1e-9}


def lstm(p, x, state):
    h, c = state
    i, f, g, o = (x @ p["W_x"] + h @ p["W_h"] + p["b"]).chunk(4, dim=1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def gru(p, x, state):
    (h,) = state
    x_r, x_u, x_n = (x @ p["W_x"] + p["b"]).chunk(3, dim=1)
    h_r, h_u, h_n = (h @ p["W_h"]).chunk(3, dim=1)
    r, u = (x_r + h_r).sigmoid(), (x_u + h_u).sigmoid()
    return ((1 - u) * (x_n + r * (h_n + p["b_h"])).tanh() + u * h,)


CELLS = {"lstm": (lstm, 2), "gru": (gru, 1)}  # the cell, and how many parts its state has


def read(config, p, x, mask, steps):
    """One direction over x (B, S, E): outputs in the sentence's order, and the state after the last step."""
    cell, num_parts = CELLS[config.cell]
    state, outputs = (x.new_zeros(len(x), config.hidden_size),) * num_parts, {}
    for t in steps:
        new = cell(p, x[:, t], state)
        state = tuple(torch.where(mask[:, t, None], *pair) for pair in zip(new, state, strict=True))
        outputs[t] = state[0]
    return torch.stack([outputs[t] for t in sorted(outputs)], dim=1), state


def encode(config, p, source, mask):
    """Outputs of the top layer; for each layer the final states, both directions side by side."""
    x, states, steps = p["encoder.embedding.table"][source], [], range(source.shape[1])
    for k in range(config.num_layers):
        layer = subset(p, f"encoder.rnn.{k}")
        if config.bidirectional:
            left, state_l = read(config, subset(layer, "forward"), x, mask, steps)
            right, state_r = read(config, subset(layer, "backward"), x, mask, reversed(steps))
            x = torch.cat([left, right], dim=2)
            states.append([torch.cat(parts, dim=1) for parts in zip(state_l, state_r, strict=True)])
        else:
            x, state = read(config, layer, x, mask, steps)
            states.append(state)
    return x, states


def bridge(p, states):
    first = []
    for k, state in enumerate(states):
        h, *c = (
            part @ p[f"bridge.{k}.{name}.W"] + p[f"bridge.{k}.{name}.b"]
            for name, part in zip("hc", state, strict=False)
        )
        first.append((h.tanh(), *c))
    return first


def attend(config, p, query, values, mask):
    """The context of one query (B, H)."""
    if config.attention in ("bahdanau", "luong-concat"):
        scores = ((query @ p["W_q"])[:, None] + values @ p["W_k"]).tanh() @ p["v"]
    else:
        keys = values @ p["W"] if config.attention == "luong-general" else values
        scores = (keys @ query[:, :, None])[:, :, 0]
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
    return (weights[:, :, None] * values).sum(dim=1)


def decode(config, p, target_in, states, values, mask):
    """The readout at every step (B, T, R)."""
    cell, attention, readouts = CELLS[config.cell][0], subset(p, "decoder.attention"), []
    r = values.new_zeros(len(values), config.embedding_size)
    for t in range(target_in.shape[1]):
        embedded, context = p["decoder.embedding.table"][target_in[:, t]], None
        if config.attention == "bahdanau":
            context = attend(config, attention, states[-1][0], values, mask)
            x = torch.cat([embedded, context], dim=1)
        else:
            x = torch.cat([embedded, r], dim=1) if config.input_feeding else embedded
        for k in range(config.num_layers):
            states[k] = cell(subset(p, f"decoder.rnn.{k}"), x, states[k])
            x = states[k][0]
        if config.attention.startswith("luong"):
            context = attend(config, attention, x, values, mask)
        parts = [x, embedded] if context is None else [x, context, embedded]
        r = (torch.cat(parts, dim=1) @ p["decoder.readout.W"] + p["decoder.readout.b"]).tanh()
        readouts.append(r)
    return torch.stack(readouts, dim=1)


def torch_loss(config, p, batch):
    source, target_in, target_out = (
        torch.tensor(ids).long() for ids in (batch.source, batch.target_in, batch.target_out)
    )
    source_mask, target_mask = torch.tensor(batch.source_mask), torch.tensor(batch.target_mask)
    values, states = encode(config, p, source, source_mask)
    readout = decode(config, p, target_in, bridge(p, states), values, source_mask)
    W = p["decoder.embedding.table"].T if config.tied_embeddings else p["output.W"]
    logits = readout @ W + p["output.b"]
    return torch.nn.functional.cross_entropy(
        logits[target_mask], target_out[target_mask], label_smoothing=config.label_smoothing
    )


CONFIGS = {
    "bahdanau": {},
    "bahdanau-2-layers": {"num_layers": 2, "label_smoothing": 0.1},
    "bahdanau-gru": {"cell": "gru"},
    "bahdanau-tied": {"tied_embeddings": True, "label_smoothing": 0.1},
    "luong-general-input-feeding": {"attention": "luong-general", "input_feeding": True},
    "luong-general": {"attention": "luong-general"},
    "luong-dot": {"attention": "luong-dot", "bidirectional": False},
    "luong-concat-input-feeding-gru-2-layers": {
        "attention": "luong-concat",
        "input_feeding": True,
        "cell": "gru",
        "num_layers": 2,
        "bidirectional": False,
    },
    "none-2-layers": {"attention": "none", "num_layers": 2},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_loss_and_all_gradients_are_pytorchs(name):
    rng = np.random.default_rng(0)
    config = ModelConfig(**SIZES, **CONFIGS[name])
    model = Seq2Seq(config, rng, np.float64)
    randomize(model.params, rng)
    encoded = [(list(rng.integers(4, 11, s)), list(rng.integers(4, 12, t))) for s, t in LENGTHS]
    batch = make_batch(encoded)
    loss, grads, tokens = model.loss_and_grads(batch)

    p = {key: torch.tensor(array, requires_grad=True) for key, array in model.params.items()}
    wanted = torch_loss(config, p, batch)
    wanted.backward()

    assert tokens == sum(t + 1 for _, t in LENGTHS)
    np.testing.assert_allclose(loss, wanted.item(), **TOLERANCE)
    assert grads.keys() == p.keys()
    for key, tensor in p.items():
        assert np.abs(grads[key]).max() > 0, key
        np.testing.assert_allclose(grads[key], tensor.grad, **TOLERANCE, err_msg=key)

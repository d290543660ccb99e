"""The gradients of the whole model, from loss to embeddings, against central differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.gradients import assert_gradients, assert_projection
from helpers.models import make_model, make_tiny_batch, model_operation
from lstm_lib.seq2seq.model import ATTENTIONS, CELLS

NOISE = {"dropout": 0.3, "recurrent_dropout": 0.3}


@st.composite
def configs(draw):
    """Any combination of options that a model takes."""
    attention, cell = draw(st.sampled_from(ATTENTIONS)), draw(st.sampled_from(list(CELLS)))
    kinds = ["variational", "zoneout", "weight_drop"] + ["candidate"] * (cell != "rnn")
    bidirectional = draw(st.booleans())
    sizes = [1] if bidirectional and "dot" in attention else [None] if "dot" in attention else [None, 1, 3]
    return {
        "attention": attention,
        "cell": cell,
        "num_layers": draw(st.integers(1, 2)),
        "bidirectional": bidirectional,
        "encoder_size": draw(st.sampled_from(sizes)),
        "input_feeding": attention.startswith("luong") and draw(st.booleans()),
        "tied_embeddings": draw(st.booleans()),
        "label_smoothing": draw(st.sampled_from([0.0, 0.1])),
        "recurrent_dropout_kind": draw(st.sampled_from(kinds)),
    } | (NOISE if draw(st.booleans()) else {})


@settings(max_examples=120)
@given(configs(), st.integers(0, 2**32 - 1), st.booleans())
def test_any_options(config, seed, noisy):
    operation = model_operation(make_model(seed, **config), make_tiny_batch(seed), seed if noisy else None)
    assert_projection(operation, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("config", "seed"),
    [
        ({"attention": "bahdanau"}, None),
        ({"attention": "bahdanau", "tied_embeddings": True, "label_smoothing": 0.1, **NOISE}, 1),
        ({"cell": "gru", "bidirectional": False, "label_smoothing": 0.1, **NOISE}, 1),
        ({"attention": "luong-general", "cell": "gru", "input_feeding": True, "bidirectional": False}, None),
        ({"attention": "luong-dot", "bidirectional": False, "num_layers": 2, "cell": "rnn", **NOISE}, 2),
        ({"attention": "luong-concat", "input_feeding": True, "bidirectional": False, **NOISE}, 3),
        ({"attention": "none", "bidirectional": False, "recurrent_dropout_kind": "zoneout", **NOISE}, 4),
    ],
)
def test_every_entry(config, seed):
    operation = model_operation(make_model(0, **config), make_tiny_batch(1, size=2), seed)
    assert_gradients(operation, np.random.default_rng(0))


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("seed", range(3))
def test_scheduled_sampling(attention, seed):
    """The words that the model reads of its own are constants."""
    sizes = {"encoder_size": 1} if "dot" in attention else {}
    model = make_model(seed, attention=attention, scheduled_sampling=0.6, **sizes)
    batch = make_tiny_batch(seed, size=5, longest=5)
    assert_projection(model_operation(model, batch, seed), np.random.default_rng(seed), step=1e-5)

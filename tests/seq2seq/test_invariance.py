"""Padding, and the company in a batch, change nothing: no loss, no gradient, no translation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.arrays import assert_all_of_dtype, contents, frozen, snapshot
from helpers.models import (
    assert_batch_equals_one_by_one,
    assert_greedy_writes_on_its_own,
    assert_padding_changes_nothing,
    make_model,
    make_tiny_batch,
    translations,
)
from lstm_lib.nn.activations import ACTIVATIONS
from lstm_lib.nn.dropout import RECURRENT_KINDS
from lstm_lib.seq2seq.model import ATTENTIONS, CELLS

CONFIGS = [
    {
        "attention": attention,
        "cell": cell,
        "bidirectional": bidirectional,
        "input_feeding": feeding,
        "num_layers": 2,
        "encoder_size": 1 if bidirectional and "dot" in attention else None,
    }
    for attention in ATTENTIONS
    for cell in CELLS
    for bidirectional in (True, False)
    for feeding in (True, False)
    if not (feeding and not attention.startswith("luong"))
]
TIED = {"tied_embeddings": True}
models = st.sampled_from([*CONFIGS, TIED, {"recurrent_dropout": 0.3, "recurrent_dropout_kind": "zoneout"}])
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=70)
@given(models, seeds, st.integers(1, 4))
def test_padding_changes_nothing(config, seed, size):
    assert_padding_changes_nothing(make_model(seed, **config), make_tiny_batch(seed, size))


@settings(max_examples=50)
@given(models, seeds, st.integers(1, 4))
def test_batch_equals_one_by_one(config, seed, size):
    assert_batch_equals_one_by_one(make_model(seed, **config), make_tiny_batch(seed, size))


@settings(max_examples=50)
@given(models, seeds)
def test_greedy_writes_on_its_own(config, seed):
    assert_greedy_writes_on_its_own(make_model(seed, **config), make_tiny_batch(seed))


NOISES = [{"recurrent_dropout": 0.3, "recurrent_dropout_kind": kind} for kind in RECURRENT_KINDS]
SHAPES = [{place: name} for place in ("activation", "gate_activation") for name in ACTIVATIONS]
SCHEDULES = [{"scheduled_sampling": 0.5, "label_smoothing": 0.1}]


@pytest.mark.parametrize("config", [*CONFIGS[::3], TIED, *NOISES, *SHAPES, *SCHEDULES], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", [None, 3])
def test_models_are_pure(config, dtype, seed):
    """Nothing given is written to, nothing is remembered, and float32 stays float32."""
    model, batch = make_model(0, dtype, dropout=0.2, **config), frozen(make_tiny_batch(2))
    frozen(tuple(model.params.values()))
    before = snapshot(model)
    (loss, grads, _), (loss_again, grads_again, _) = (
        model.loss_and_grads(batch, None if seed is None else np.random.default_rng(seed)) for _ in range(2)
    )
    assert loss == loss_again and contents(grads) == contents(grads_again)
    assert set(grads) == set(model.params)
    assert_all_of_dtype(dtype, grads)
    _, state = model.begin(batch.source, batch.source_mask)
    assert_all_of_dtype(dtype, state)
    for found in translations(model, batch):
        for hypothesis in found:
            assert hypothesis.attention is None or hypothesis.attention.dtype == dtype
    model.loss(batch)
    assert snapshot(model) == before


def changed(batch, name, shape=None, dtype=None):
    array = getattr(batch, name)
    return batch._replace(**{name: np.zeros(shape or array.shape, dtype or array.dtype)})


@pytest.mark.parametrize("method", ["loss_and_grads", "loss"])
def test_wrong_batches_are_named_in_one_line(method):
    batch = make_tiny_batch(2)
    (rows, source), target = batch.source.shape, batch.target_in.shape[1]
    cases = [("source", (rows,), None), ("source_mask", (rows, source + 1), None), ("source_mask", None, int)]
    cases += [("target_in", (rows + 1, target), None), ("target_out", (rows, target + 1), None)]
    cases += [("target_mask", (rows, target + 1), None), ("target_mask", None, int)]
    cases += [(name, None, kind) for name in ("source", "target_in", "target_out") for kind in (bool, float)]
    for name, shape, dtype in cases:
        with pytest.raises(ValueError, match=rf"^{name} has .*; wanted ") as raised:
            getattr(make_model(), method)(changed(batch, name, shape, dtype))
        assert "\n" not in str(raised.value)
    with pytest.raises(ValueError, match=r"^targets is empty; wanted at least one token"):
        getattr(make_model(), method)(changed(batch, "target_mask"))

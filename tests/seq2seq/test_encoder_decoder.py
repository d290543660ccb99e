"""Encoder, bridge, decoder: shapes, refusals, one step against a whole pass, and what training feeds back."""

import numpy as np
import pytest

from course.shared.gradcheck import randomize
from lstm_lib.nn.gru import GRUState
from lstm_lib.nn.lstm import LSTMState
from lstm_lib.seq2seq.decoder import BahdanauDecoder, Decoder, InputFeedingDecoder, LuongDecoder
from lstm_lib.seq2seq.encoder import Bridge
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import make_batch

SIZES = {"source_size": 9, "target_size": 10, "embedding_size": 4, "hidden_size": 5}
B, S, T, E, H = 3, 5, 6, 4, 5
ATTENTIONS = {
    "bahdanau": {},
    "luong-dot": {"attention": "luong-dot", "bidirectional": False},
    "luong-dot-feeding": {"attention": "luong-dot", "bidirectional": False, "input_feeding": True},
    "luong-general": {"attention": "luong-general"},
    "luong-general-feeding": {"attention": "luong-general", "input_feeding": True},
    "luong-general-scaled": {"attention": "luong-general-scaled"},
    "bahdanau-dot": {"attention": "bahdanau-dot", "bidirectional": False},
    "bahdanau-general-scaled": {"attention": "bahdanau-general-scaled"},
    "luong-concat": {"attention": "luong-concat"},
    "luong-concat-feeding": {"attention": "luong-concat", "input_feeding": True},
    "none": {"attention": "none"},
}


def model_of(seed=0, **options):
    rng = np.random.default_rng(seed)
    model = Seq2Seq(ModelConfig(**SIZES, **options), rng, np.float64)
    randomize(model.params, rng)
    return model


def batch_of(seed=0):
    """Three sentences, of S, 2 and 4 source ids and T, 3 and 5 target ids, end of sentence included."""
    rng = np.random.default_rng(seed)
    lengths = ((S - 1, T - 1), (1, 2), (3, 4))
    batch = make_batch([(list(rng.integers(4, 9, s)), list(rng.integers(4, 10, t))) for s, t in lengths])
    for array in batch:
        array.flags.writeable = False
    return batch


# Encoder and bridge


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize(("bidirectional", "width"), [(False, H), (True, 2 * H)])
@pytest.mark.parametrize(("cell", "state"), [("lstm", LSTMState), ("gru", GRUState)])
def test_shapes_from_ids_to_the_decoders_first_state(cell, state, bidirectional, width, num_layers):
    model = model_of(cell=cell, bidirectional=bidirectional, num_layers=num_layers)
    batch = batch_of()
    outputs, states, _ = model.encoder.forward(batch.source, batch.source_mask)
    first, _ = model.bridge.forward(states)
    assert outputs.shape == (B, S, width)
    assert len(states) == len(first) == num_layers
    for layer in first:
        assert isinstance(layer, state)
        assert {part.shape for part in layer} == {(B, H)}


def test_the_bridge_squashes_h_and_not_c():
    model = model_of()
    for array in model.bridge.params.values():
        array *= 100
    _, states, _ = model.encoder.forward(batch_of().source, batch_of().source_mask)
    (first,), _ = model.bridge.forward(states)
    assert np.abs(first.h).max() <= 1.0 < np.abs(first.c).max()


def test_the_bridge_reads_both_directions():
    model = model_of()
    W = model.bridge.params["0.h.W"]
    assert W.shape == (2 * H, H)
    batch, changed = batch_of(), batch_of().source.copy()
    before, _ = model.begin(batch.source, batch.source_mask)[1].rnn[0]
    W[:H] = 0  # what is left comes from the backward direction, which ends on the first word
    changed[:, 0] = 4 + (changed[:, 0] - 3) % 5
    only_backward, _ = model.begin(batch.source, batch.source_mask)[1].rnn[0]
    after_change, _ = model.begin(changed, batch.source_mask)[1].rnn[0]
    assert np.abs(only_backward - before).min(axis=1).max() > 1e-3
    assert np.abs(only_backward - after_change).max() > 1e-3


def test_a_bridge_between_different_depths_is_refused():
    shallow, deep = model_of(num_layers=1).encoder.rnn, model_of(num_layers=2).decoder.rnn
    with pytest.raises(ValueError, match="encoder has 1 layers, decoder 2; wanted as many"):
        Bridge(shallow, deep, np.random.default_rng(0))


def test_a_mask_of_another_shape_is_refused():
    batch = batch_of()
    with pytest.raises(ValueError, match=r"mask has shape \(3, 4\); wanted \(3, 5\)"):
        model_of().encoder.forward(batch.source, batch.source_mask[:, 1:])


# Options that cannot be


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "transformer"}, "cell is 'transformer'; wanted one of lstm, gru, rnn"),
        ({"attention": "bahdenau"}, "attention is 'bahdenau'; wanted one of bahdanau, bahdanau-dot"),
        ({"hidden_size": 0}, "hidden_size is 0; wanted at least 1"),
        ({"num_layers": 0}, "num_layers is 0; wanted at least 1"),
        ({"scheduled_sampling": 1.5}, "scheduled_sampling is 1.5; wanted 0 to 1"),
        ({"dropout": 1.0}, "dropout is 1.0; wanted at least 0, and less than 1"),
        ({"recurrent_dropout": -0.1}, "recurrent_dropout is -0.1; wanted at least 0, and less than 1"),
        ({"label_smoothing": 1.0}, "label_smoothing is 1.0; wanted at least 0, and less than 1"),
        (
            {"recurrent_dropout": 0.1, "recurrent_dropout_kind": "all"},
            "recurrent_dropout_kind is 'all'; wanted one of",
        ),
        ({"activation": "swish"}, "activation is 'swish'; wanted one of"),
        (
            {"attention": "luong-dot"},
            "luong-dot needs encoder and decoder of one width: halve",
        ),
        ({"attention": "bahdanau-dot-scaled", "encoder_size": 3}, "dot-scaled needs encoder and decoder of"),
        ({"encoder_size": 0}, "encoder_size is 0; wanted at least 1"),
        ({"input_feeding": True}, "input_feeding goes with Luong's attention; attention is 'bahdanau'"),
    ],
)
def test_options_that_cannot_be_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        Seq2Seq(ModelConfig(**SIZES | options), np.random.default_rng(0))


def test_attention_and_input_feeding_choose_the_decoder():
    chosen = {name: type(model_of(**options).decoder) for name, options in ATTENTIONS.items()}
    assert (chosen["bahdanau"], chosen["none"]) == (BahdanauDecoder, Decoder)
    assert (chosen["bahdanau-dot"], chosen["bahdanau-general-scaled"]) == (BahdanauDecoder, BahdanauDecoder)
    for name in ("luong-dot", "luong-general", "luong-concat"):
        assert (chosen[name], chosen[f"{name}-feeding"]) == (LuongDecoder, InputFeedingDecoder)


# One step, and the whole pass


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("name", ATTENTIONS)
def test_step_by_step_is_the_whole_pass(name, cell, num_layers):
    model, batch = model_of(cell=cell, num_layers=num_layers, **ATTENTIONS[name]), batch_of()
    assert_steps_are_the_pass(model, batch)


def test_step_by_step_is_the_whole_pass_under_zoneouts_mixture():
    model = model_of(recurrent_dropout=0.3, recurrent_dropout_kind="zoneout", dropout=0.4)
    assert_steps_are_the_pass(model, batch_of())


def assert_steps_are_the_pass(model, batch):
    memory, state = model.begin(batch.source, batch.source_mask)
    whole, cache = model.decoder.forward(batch.target_in, memory, state.rnn)
    for t in range(T):
        readout, state, weights = model.decoder.step(batch.target_in[:, t], state, memory)
        np.testing.assert_allclose(readout, whole[:, t], rtol=0, atol=1e-13)
        if model.decoder.attention is None:
            assert weights is None
            continue
        np.testing.assert_allclose(weights, cache.attention.weights[:, t], rtol=0, atol=1e-13)
        assert (weights[~batch.source_mask] == 0).all()
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=0, atol=1e-13)
    for layer, of_layer in zip(state.rnn, cache.rnn.layers, strict=True):
        for part, whole_part in zip(layer, of_layer.state, strict=True):
            np.testing.assert_allclose(part, whole_part[:, -1], rtol=0, atol=1e-13)


def test_next_log_probabilities_sum_to_the_loss():
    model, batch = model_of(), batch_of()
    memory, state = model.begin(batch.source, batch.source_mask)
    total = 0.0
    for t in range(T):
        log_p, state, _ = model.next_log_probabilities(batch.target_in[:, t], state, memory)
        np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1.0, rtol=0, atol=1e-13)
        total -= log_p[np.arange(B), batch.target_out[:, t]][batch.target_mask[:, t]].sum()
    loss, tokens = model.loss(batch)
    assert tokens == batch.tokens
    assert loss == pytest.approx(total, abs=1e-12)


# What training reads as the word before


def rng_of():
    return np.random.default_rng(7)


def assert_same_training(ours, wanted):
    assert ours[0] == wanted[0]
    assert ours[2] == wanted[2]
    for key, gradient in wanted[1].items():
        np.testing.assert_array_equal(ours[1][key], gradient, err_msg=key)


def with_own_guesses(model, batch, own):
    """The batch with the model's guesses in place of the words before wherever `own`: by a pass a step."""
    memory, state = model.begin(batch.source, batch.source_mask)
    mixed = batch.target_in.copy()
    for t in range(1, T):
        readout, _ = model.decoder.forward(mixed[:, :t], memory, state.rnn)
        guesses = model.output.forward(readout[:, -1])[0].argmax(axis=1)
        mixed[own[:, t], t] = guesses[own[:, t]]
    return batch._replace(target_in=mixed)


@pytest.mark.parametrize("name", ATTENTIONS)
def test_without_sampling_and_dropout_noise_changes_nothing(name):
    model, batch = model_of(**ATTENTIONS[name]), batch_of()
    assert_same_training(model.loss_and_grads(batch, rng_of()), model.loss_and_grads(batch))


@pytest.mark.parametrize("rate", [0.5, 1.0])
@pytest.mark.parametrize("name", ATTENTIONS)
def test_scheduled_sampling_feeds_back_the_models_own_guesses(name, rate):
    sampling, forced = model_of(scheduled_sampling=rate, **ATTENTIONS[name]), model_of(**ATTENTIONS[name])
    batch, own = batch_of(), rng_of().random((B, T)) < rate
    mixed = with_own_guesses(forced, batch, own)
    assert (mixed.target_in[:, 0] == batch.target_in[:, 0]).all()
    assert (mixed.target_in != batch.target_in).any()
    assert_same_training(sampling.loss_and_grads(batch, rng_of()), forced.loss_and_grads(mixed))


def test_evaluation_knows_neither_sampling_nor_dropout_nor_smoothing():
    noisy = model_of(scheduled_sampling=1.0, dropout=0.5, recurrent_dropout=0.5, label_smoothing=0.3)
    batch = batch_of()
    assert noisy.loss(batch) == model_of().loss(batch)
    assert model_of(scheduled_sampling=1.0).loss_and_grads(batch)[0] == model_of().loss_and_grads(batch)[0]


@pytest.mark.parametrize("option", ["dropout", "recurrent_dropout"])
def test_dropout_is_noise_that_follows_from_the_seed(option):
    model, batch = model_of(**{option: 0.5}), batch_of()
    assert_same_training(model.loss_and_grads(batch, rng_of()), model.loss_and_grads(batch, rng_of()))
    other, _, _ = model.loss_and_grads(batch, np.random.default_rng(8))
    assert len({model.loss_and_grads(batch)[0], model.loss_and_grads(batch, rng_of())[0], other}) == 3

"""Batches and options that cannot be: refused in one line, and an estimate of memory before it is used."""

import numpy as np
import pytest

from helpers.models import RULES, make_model, make_tiny_batch
from lstm_lib import limits
from lstm_lib.parallel import ParallelSearch
from lstm_lib.seq2seq import model as models
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import beam_search, greedy, length_limits

BATCH = make_tiny_batch(2, size=4, longest=4)._replace()
SOURCE_ENTRIES = {  # all that take sources and their mask
    "begin": lambda source, mask: make_model().begin(source, mask),
    "encoder": lambda source, mask: make_model().encoder.forward(source, mask),
    "greedy": lambda source, mask: greedy(make_model(), source, mask, RULES),
    "beam": lambda source, mask: beam_search(make_model(), source, mask, RULES),
    "parallel": lambda source, mask: ParallelSearch(make_model(), 1).beam_search(source, mask, RULES),
}
BATCH_METHODS = ("loss_and_grads", "loss", "attention_weights")


def with_hole(mask):
    holed = np.ones_like(mask)
    holed[1, 1] = False
    return holed


BAD_MASKS = {
    "a hole": with_hole,
    "padding first": lambda mask: np.ones_like(mask) & (np.arange(mask.shape[1]) > 0),
    "integers": lambda mask: mask.astype(int),
    "a list": lambda mask: mask.tolist(),
    "None": lambda mask: None,
}


@pytest.mark.parametrize("bad", BAD_MASKS)
def test_masks(bad):
    mask = BAD_MASKS[bad](BATCH.source_mask)
    for name, entry in SOURCE_ENTRIES.items():
        with pytest.raises(ValueError, match=r"^(source_)?mask (has|is) .*; wanted "):
            entry(BATCH.source, mask)
            pytest.fail(name)
    for method in BATCH_METHODS:
        with pytest.raises(ValueError, match=r"^source_mask (has|is) .*; wanted "):
            getattr(make_model(), method)(BATCH._replace(source_mask=mask))
        with pytest.raises(ValueError, match=r"^target_mask (has|is) .*; wanted "):
            getattr(make_model(), method)(BATCH._replace(target_mask=BAD_MASKS[bad](BATCH.target_mask)))


BAD_IDS = {
    "bool": lambda ids: ids > 3,
    "floats": lambda ids: ids + 0.5,
    "negative": lambda ids: ids - 99,
    "beyond the vocabulary": lambda ids: ids + 99,
    "a list": lambda ids: ids.tolist(),
    "one axis": lambda ids: ids[0],
    "None": lambda ids: None,
}


@pytest.mark.parametrize("bad", BAD_IDS)
def test_ids(bad):
    for name, entry in SOURCE_ENTRIES.items():
        with pytest.raises(ValueError, match=r"^(source|ids) (has|is|run) .*; wanted "):
            entry(BAD_IDS[bad](BATCH.source), BATCH.source_mask)
            pytest.fail(name)
    for method in BATCH_METHODS:
        for part in ("source", "target_in"):
            batch = BATCH._replace(**{part: BAD_IDS[bad](getattr(BATCH, part))})
            with pytest.raises(ValueError, match=rf"^({part}|ids) (has|is|run) .*; wanted "):
                getattr(make_model(), method)(batch)


@pytest.mark.parametrize("method", ["loss_and_grads", "loss"])
@pytest.mark.parametrize("bad", BAD_IDS)
def test_targets(method, bad):
    batch = BATCH._replace(target_out=BAD_IDS[bad](BATCH.target_out))
    with pytest.raises(ValueError, match=r"^(target_out|targets) (has|is|run) .*; wanted "):
        getattr(make_model(), method)(batch)


def test_a_decoder_without_its_memory_and_states_of_another_depth():
    model = make_model()
    memory, state = model.begin(BATCH.source, BATCH.source_mask)
    with pytest.raises(ValueError, match=r"^memory is None; wanted what attention\.prepare returns$"):
        model.decoder.forward(BATCH.target_in, None, state.rnn)
    with pytest.raises(ValueError, match=r"^state0 has 2 parts; wanted 1$"):
        model.decoder.forward(BATCH.target_in, memory, state.rnn * 2)
    with pytest.raises(ValueError, match=r"^states has 2 parts; wanted 1$"):
        model.bridge.forward(state.rnn * 2)
    readout, cache = model.decoder.forward(BATCH.target_in, memory, state.rnn)
    with pytest.raises(ValueError, match=r"^dreadout has shape .*; wanted "):
        model.decoder.backward(readout[:1], cache)


@pytest.mark.parametrize(
    "options", [{"beam_size": 2.5}, {"beam_size": True}, {"beam_size": 3, "n_best": 1.5}]
)
def test_sizes_of_the_search(options):
    with pytest.raises(ValueError, match=r"^(beam_size|n_best) is .*; wanted an integer"):
        beam_search(make_model(), BATCH.source, BATCH.source_mask, RULES, **options)


@pytest.mark.parametrize("alpha", [1000, -11, np.nan, np.inf, "1", None])
@pytest.mark.parametrize("search", [greedy, beam_search])
def test_length_penalties_that_overflow(search, alpha):
    with pytest.raises(ValueError, match=r"^length_penalty_alpha is .*; wanted .*-10 to 10$"):
        search(make_model(), BATCH.source, BATCH.source_mask, RULES, length_penalty_alpha=alpha)


def test_rules_that_allow_no_word():
    for rules in (RULES._replace(growth=0, margin=0), RULES._replace(margin=-50)):
        with pytest.raises(ValueError, match=r"^growth .* and margin .* allow no word; wanted at least 1$"):
            length_limits(BATCH.source_mask, rules)


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, None])
def test_numbers_of_processes(workers):
    with pytest.raises(ValueError, match=r"^workers is .*; wanted .*at least 1$"):
        ParallelSearch(make_model(), workers)


BAD_OPTIONS = {
    "hidden_size": [2.0, True],
    "source_size": [0],
    "num_layers": [None],
    "dropout": ["0.1"],
    "bidirectional": [1],
    "input_feeding": [None],
    "cell": [None],
    "attention": [["none"]],
    "scheduled_sampling": [np.nan],
    "gate_activation": [3],
    "recurrent_dropout_kind": ["all"],
}


@pytest.mark.parametrize(
    ("option", "value"), [(name, value) for name in BAD_OPTIONS for value in BAD_OPTIONS[name]]
)
def test_types_of_options(option, value):
    with pytest.raises(ValueError, match=rf"^{option} is .*; wanted "):
        ModelConfig(**{"source_size": 5, "target_size": 5, option: value})


def test_candidate_dropout_needs_gates():
    options = {"recurrent_dropout": 0.2, "recurrent_dropout_kind": "candidate"}
    with pytest.raises(
        ValueError, match=r"^recurrent_dropout_kind candidate needs a cell with gates; cell is 'rnn'$"
    ):
        ModelConfig(5, 5, cell="rnn", **options)
    for cell in ("lstm", "gru"):
        assert ModelConfig(5, 5, cell=cell, **options)


@pytest.mark.parametrize("cell", models.CELLS)
@pytest.mark.parametrize(
    "options",
    [{}, {"num_layers": 3}, {"bidirectional": False}, {"hidden_size": 99}, {"target_size": 999}],
)
def test_memory_is_estimated_from_the_options(monkeypatch, cell, options):
    """A model is refused where less than a third of it fits, and made where it fits one and a half times."""
    sizes = {"source_size": 50, "target_size": 60, "embedding_size": 20, "hidden_size": 24}
    config = ModelConfig(**sizes | options, cell=cell)
    size = 4 * Seq2Seq(config, np.random.default_rng(0)).num_parameters
    monkeypatch.setattr(models, "memory_size", lambda: 1.5 * size)
    config.check_memory()
    monkeypatch.setattr(models, "memory_size", lambda: size / 3)
    with pytest.raises(
        ValueError, match=r"^a model of [\d,]+ parameters needs .* GB of memory, this machine has"
    ):
        Seq2Seq(config, np.random.default_rng(0))


def test_a_model_beyond_all_machines_is_refused_at_once():
    for options in ({"hidden_size": 10**7}, {"embedding_size": 10**13}, {"num_layers": 10**12}):
        with pytest.raises(ValueError, match=r"needs [\d,.]+ GB of memory"):
            Seq2Seq(ModelConfig(100, 100, **options), np.random.default_rng(0))
    assert limits.memory_size() > 2**28

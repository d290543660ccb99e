"""The twins are the same model: weights, losses, gradients, training and translations are NumPy's."""

import os
import subprocess
import sys
from functools import partial
from inspect import signature

import numpy as np
import pytest

from course.shared.gradcheck import randomize
from figures.frameworks.twins import FRAMEWORKS, INSTALL, load_twin
from figures.frameworks.twins.contract import pad_to_multiples
from figures.frameworks.twins.lines import code_lines, twin_lines
from lstm_lib.errors import UserError
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import Rules, beam_search, greedy, length_limits
from lstm_lib.text.batching import make_batch
from lstm_lib.text.vocabulary import BOS, EOS, PAD, UNK
from lstm_lib.training import Adam
from lstm_lib.training.step import clip_by_global_norm, global_norm

SIZES = {"source_size": 11, "target_size": 13, "embedding_size": 5, "hidden_size": 6, "label_smoothing": 0.1}
LENGTHS = [(3, 5), (6, 2), (1, 4), (4, 1), (2, 0)]  # words of source and target: odd sizes, ragged
RULES = Rules(BOS, EOS, forbidden=(PAD, BOS, UNK), growth=1.0, margin=4)
LEARNING_RATE = 2.0**-6  # this and its halves are exact in float32, to which Keras rounds it
CLIP_NORM = 0.5
TOLERANCE = {"rtol": 0, "atol": 1e-9}


@pytest.fixture(params=FRAMEWORKS)
def twin(request):
    """The class of each twin whose framework is installed."""
    for package in FRAMEWORKS[request.param].packages:
        if package == "keras":
            os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        pytest.importorskip(package)
    return with_options(load_twin(request.param), optimize=False)


@pytest.fixture
def plain_twin(twin):
    """The same without XLA where it can be left out, which is faster to start."""
    return with_options(twin, jit=False)


def with_options(twin, **options):
    """The class with those options that it has."""
    return partial(
        twin, **{name: value for name, value in options.items() if name in signature(twin).parameters}
    )


def make_model(cell="lstm", dtype=np.float64, seed=0, **options):
    rng = np.random.default_rng(seed)
    model = Seq2Seq(ModelConfig(**SIZES | options, cell=cell), rng, dtype)
    randomize(model.params, rng, scale=0.7)
    model.params["output.W"] *= 2  # so that words hang on what was read
    return model


def make_batches(count=1, seed=1):
    rng = np.random.default_rng(seed)

    def words(length, size):
        return rng.integers(UNK, size, length).tolist()

    return [make_batch([(words(s, 11), words(t, 13)) for s, t in LENGTHS]) for _ in range(count)]


def test_weights_go_there_and_back(twin):
    for cell, dtype in (("lstm", np.float32), ("gru", np.float64)):
        model = make_model(cell, dtype)
        got = twin(model.config, model.params).to_numpy()
        assert list(got) == list(model.params)
        for key, array in model.params.items():
            np.testing.assert_array_equal(got[key], array, err_msg=key)
            assert got[key].dtype == dtype and not np.shares_memory(got[key], array), key


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_loss_and_every_gradient_are_numpys(plain_twin, cell):
    model, (batch,) = make_model(cell, dropout=0.3), make_batches()  # dropout rests in evaluation
    loss, grads, tokens = model.loss_and_grads(batch)
    twin_loss, twin_grads, twin_tokens = plain_twin(model.config, model.params).loss_and_grads(batch)
    assert twin_tokens == tokens
    np.testing.assert_allclose(twin_loss, loss, **TOLERANCE)
    assert list(twin_grads) == list(model.params)
    for key, grad in grads.items():
        assert np.abs(grad).max() > 0, key
        np.testing.assert_allclose(twin_grads[key], grad, **TOLERANCE, err_msg=key)


@pytest.mark.parametrize(
    ("cell", "dtype", "tolerance", "jit"),
    [("lstm", np.float64, 1e-9, True), ("gru", np.float64, 1e-9, False), ("lstm", np.float32, 1e-4, False)],
)
def test_training_takes_the_same_path(twin, cell, dtype, tolerance, jit):
    model = make_model(cell, dtype)
    double = with_options(twin, jit=jit)(model.config, model.params, clip_norm=CLIP_NORM)
    batches, adam, losses, twin_losses = make_batches(3), Adam(), [], []
    for step in range(30):
        batch, rate = batches[step % len(batches)], LEARNING_RATE / 2 ** (step // 10)
        loss, grads, _ = model.loss_and_grads(batch, np.random.default_rng(step))
        assert step > 0 or global_norm(grads) > CLIP_NORM
        clip_by_global_norm(grads, CLIP_NORM)
        adam.update(model.params, grads, rate)
        losses.append(loss)
        twin_losses.append(float(double.train_step(batch, rate)))
    assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])
    np.testing.assert_allclose(twin_losses, losses, rtol=0, atol=tolerance)
    for key, array in double.to_numpy().items():
        np.testing.assert_allclose(array, model.params[key], rtol=0, atol=10 * tolerance, err_msg=key)


@pytest.mark.parametrize(("cell", "seed"), [("lstm", 33), ("gru", 30)])  # these end some sentences, not all
def test_translations_are_numpys(twin, cell, seed):
    model, (batch,) = make_model(cell, np.float32, seed), make_batches()
    source = batch.source, batch.source_mask
    double = with_options(twin, jit=cell == "lstm")(model.config, model.params)
    wanted = [hypothesis.ids for hypothesis in greedy(model, *source, RULES)]
    limits = length_limits(batch.source_mask, RULES)
    assert {len(ids) < limit for ids, limit in zip(wanted, limits, strict=True)} == {True, False}
    assert double.greedy(*source, RULES) == wanted
    options = {"beam_size": 3, "length_penalty_alpha": 0.6}
    best = [found[0].ids for found in beam_search(model, *source, RULES, **options)]
    assert best != wanted
    assert double.beam(*source, RULES, **options) == best


def test_dropout_is_numpys(plain_twin):
    model = make_model(dtype=np.float32, dropout=0.4, embedding_size=200)
    source, target = [4, 5, 6, 7, 8], [9]
    batch = make_batch([(source, target)])
    double = plain_twin(model.config, model.params)
    double.train_step(batch, LEARNING_RATE)
    trained = double.to_numpy()
    assert_dropped_at(trained, model, source, [BOS, *target])
    for key, array in trained.items():
        model.params[key][...] = array
    assert_as_strong(double, model, batch)


def assert_dropped_at(trained, model, source, target_in):
    """Weights that only dropped values touch have no gradient, and Adam's first update leaves them be."""
    rate = model.config.dropout
    touched = {  # rows, and how likely an entry is dropped: one of the readout's at both words
        "encoder.embedding.table": (source, rate),
        "decoder.embedding.table": (target_in, rate),
        "output.W": (slice(None), rate ** len(target_in)),
    }
    for key, (rows, probability) in touched.items():
        left = (trained[key] == model.params[key])[rows]
        left = left.all(axis=1) if key == "output.W" else left
        assert abs(left.mean() - probability) < 4 * np.sqrt(rate * (1 - rate) / left.size), key


def assert_as_strong(double, model, batch, draws=200):
    """Losses under noise: their mean and spread tell another scale, or noise drawn once."""
    wanted = [model.loss_and_grads(batch, np.random.default_rng(k))[0] for k in range(draws)]
    got = [float(double.train_step(batch, 0.0)) for _ in range(draws)]
    assert abs(np.mean(got) - np.mean(wanted)) < 4 * np.std(wanted) * np.sqrt(2 / draws)
    assert 0.75 < np.std(got) / np.std(wanted) < 1.33


# What needs no framework


def test_padding_to_multiples_changes_no_loss():
    model, (batch,) = make_model(), make_batches()
    padded = pad_to_multiples(batch, 4, 3)
    assert padded.source.shape == (8, 9) and padded.target_mask.shape == (8, 6)
    assert padded.tokens == batch.tokens
    np.testing.assert_allclose(model.loss(padded)[0], model.loss(batch)[0], **TOLERANCE)


def test_no_framework_is_imported_before_it_is_asked_for():
    packages = {package for framework in FRAMEWORKS.values() for package in framework.packages}
    code = f"import sys, figures.frameworks.twins; print(sorted({packages!r} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_missing_framework_is_told_in_one_line(name, monkeypatch):
    framework = FRAMEWORKS[name]
    monkeypatch.delitem(sys.modules, f"figures.frameworks.twins.{framework.module}", raising=False)
    for package in framework.packages:
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError) as caught:
        load_twin(name)
    assert str(caught.value).startswith(f"{framework.title}: ") and INSTALL in str(caught.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"attention": "luong-general"}, "attention is 'luong-general'; the twins have only bahdanau"),
        ({"encoder_size": 4}, "encoder_size is 4; the twins have only None or 6"),
    ],
)
def test_a_model_outside_the_family_is_refused(twin, options, told):
    model = make_model(**options)
    with pytest.raises(ValueError, match=told):
        twin(model.config, model.params)


def test_lines_of_code_leave_out_blank_lines_comments_and_docstrings():
    source = '"""Doc.\n\nMore."""\n\nimport os  # why\n# alone\ndef f():\n    """Doc."""\n'
    assert code_lines(source) == 2
    assert code_lines(source + '    return """a\n\nb"""\n') == 5  # a string that is a value counts
    assert all(100 < count < 400 for count in twin_lines().values())

"""Training stays the same for 200 steps, and NumPy's checkpoint translates the same in each framework."""

import numpy as np
import pytest

from figures.frameworks.benchmark.benchmarks import BOUNDS, checkpointed, within_bounds
from figures.frameworks.benchmark.contenders import differences, losses, make_contender
from figures.frameworks.benchmark.scope import QUICK
from figures.frameworks.benchmark.workload import Size, first_params, model_config, random_batches
from figures.frameworks.twins import FRAMEWORKS
from figures.lab.setting import StudyRecipe, read_corpus
from lstm_lib.text.batching import pad_sources
from lstm_lib.translator import RULES

SIZE = Size(vocabulary=23, width=7, batch_size=6, steps=5)
STEPS = 200


@pytest.fixture(params=FRAMEWORKS)
def name(request):
    """Each framework that is installed."""
    for package in FRAMEWORKS[request.param].packages:
        pytest.importorskip(package)
    return request.param


@pytest.mark.parametrize("dtype", BOUNDS)
def test_losses_of_200_steps_are_numpys(name, dtype):
    found = differences(name, SIZE, dtype, STEPS, QUICK.options)
    assert within_bounds(found, dtype), found
    assert dtype == "float64" or not within_bounds(found, "float64")  # single precision was really used


def test_the_200_steps_learn():
    config, batches = model_config(SIZE, dropout=0.0), random_batches(SIZE, "ragged", 3)
    curve = losses(make_contender("numpy", config, first_params(config)), batches, STEPS)
    assert np.mean(curve[-3:]) < 0.75 * np.mean(curve[:3])


@pytest.fixture(scope="module")
def translator():
    """One that has begun to tell dates apart, as its run's folder holds it."""
    recipe = StudyRecipe(
        corpus="dates",
        train_pairs=640,
        held_out_pairs=24,
        embedding_size=24,
        hidden_size=24,
        epochs=6,
        batch_size=16,
        learning_rate=0.01,
        attention="bahdanau",
        tied_embeddings=False,
        warmup_steps=10,
    )
    return recipe, checkpointed(recipe, read_corpus(recipe))


def test_a_checkpoint_translates_the_same(name, translator):
    recipe, ours = translator
    texts = list(dict.fromkeys(pair.source for pair in read_corpus(recipe).dev))
    wanted = {size: ours.best(texts, beam_size=size) for size in (1, 5)}
    assert len(set(wanted[1])) > len(texts) / 2 and wanted[1] != wanted[5]
    theirs = make_contender(name, ours.model.config, ours.model.params, **QUICK.options.get(name, {}))
    source = pad_sources([ours.source_codec.encode(text) for text in texts])
    for size, ids in ((1, theirs.greedy(*source, RULES)), (5, theirs.beam(*source, RULES))):
        assert [ours.target_codec.decode(sentence) for sentence in ids] == wanted[size]

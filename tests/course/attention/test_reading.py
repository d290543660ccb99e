"""The temperature of a translator's attention, and its gaze, are what the formulas say."""

import numpy as np
import pytest

from course.attention.reading import batch_of, gaze, temperature, trained_translator
from course.corpora.dates import dates_corpus
from lstm_lib.recipe import Recipe
from lstm_lib.runs import new_translator

CORPUS = dates_corpus("French", train_size=200, dev_size=10, test_size=10)


def translator_with(attention: str, **options):
    recipe = Recipe.of(corpus="dates", embedding_size=8, hidden_size=8, attention=attention, **options)
    return new_translator(recipe, CORPUS)


def first_scores(translator, pair) -> np.ndarray:
    """The scores of the first step but for a number that is the same for all words."""
    scores = np.log(gaze(translator, pair)[0])
    return scores - scores.mean()


@pytest.mark.parametrize("attention", ["bahdanau", "luong-general", "luong-concat"])
@pytest.mark.parametrize("tau", [0.5, 4.0])
def test_scores_are_divided_by_the_temperature(attention, tau):
    # At the first step no query has seen an earlier context yet.
    translator, pair = translator_with(attention), CORPUS.test[0]
    before = first_scores(translator, pair)
    with temperature(translator, tau):
        inside = first_scores(translator, pair)
    assert np.allclose(inside, before / tau, atol=1e-5)
    assert not np.allclose(inside, before, atol=1e-3)


@pytest.mark.parametrize("attention", ["bahdanau", "luong-general"])
def test_the_translator_is_as_before_even_after_an_error(attention):
    translator = translator_with(attention)
    before = {name: array.copy() for name, array in translator.model.params.items()}
    with pytest.raises(KeyboardInterrupt), temperature(translator, 0.3):
        raise KeyboardInterrupt
    for name, array in translator.model.params.items():
        assert np.array_equal(array, before[name])


def test_what_cannot_be_is_told():
    with pytest.raises(ValueError, match="tau is 0"), temperature(translator_with("bahdanau"), 0):
        pass
    dot = translator_with("luong-dot", bidirectional=False)
    with pytest.raises(ValueError, match="without parameters"), temperature(dot, 2.0):
        pass


def test_a_gaze_has_a_row_a_word_and_sums_to_one():
    translator, pair = translator_with("bahdanau"), CORPUS.test[0]
    weights = gaze(translator, pair)
    assert weights.shape == (len(pair.target.split()) + 1, len(pair.source.split()) + 1)
    assert np.allclose(weights.sum(axis=1), 1.0, atol=1e-6)


def test_a_gaze_does_not_depend_on_its_neighbors():
    translator, (one, other) = translator_with("luong-general"), sorted(CORPUS.test[:8], key=len_of)[::7]
    together = translator.model.attention_weights(batch_of(translator, one, other))[0]
    alone = gaze(translator, one)
    steps, words = alone.shape
    assert np.allclose(together[:steps, :words], alone, atol=1e-6)
    assert not together[:steps, words:].any()


def len_of(pair) -> int:
    return len(pair.source.split())


def test_the_translator_of_the_course_translates():
    assert trained_translator().best(["I have a black dog."]) == ["tengo un perro negro."]

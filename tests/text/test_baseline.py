"""The nearest-neighbor copy baseline and its edit distance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics.distance import edit_distance

from lstm_lib.text.baseline import copy_nearest

sentence = st.lists(st.sampled_from("abcde"), max_size=7)


@given(st.lists(sentence, min_size=1, max_size=12), st.lists(st.sampled_from("abcdx"), max_size=8))
def test_the_distance_is_the_smallest_that_nltk_finds(sentences, query):
    texts = [" ".join(tokens) for tokens in sentences]
    result = copy_nearest([" ".join(query)], texts, texts)
    distances = [edit_distance(query, tokens) for tokens in sentences]
    assert result.distances.tolist() == [min(distances)]
    assert result.indices.tolist() == [distances.index(min(distances))]


def test_distances_of_long_sentences():
    trained = ["a " * 300, "", "b"]
    result = copy_nearest(["c " * 300, "b " * 400, "a " * 299], trained, trained)
    assert result.distances.tolist() == [300, 399, 1]


def test_more_queries_than_are_compared_at_once():
    words = [f"w{k}" for k in range(200)]
    result = copy_nearest(words, words[::-1], words)
    assert result.distances.tolist() == [0] * 200
    assert result.translations == words[::-1]


def test_copies_the_nearest_translation():
    result = copy_nearest(
        ["Tom eats an apple.", "I sleep!", "Quite another thing"],
        ["I sleep.", "Tom eats a pear.", "Tom eats an apple?"],
        ["Duermo.", "Tom come una pera.", "¿Tom come una manzana?"],
    )
    assert result.translations[:2] == ["¿Tom come una manzana?", "Duermo."]
    assert result.indices.tolist()[:2] == [2, 0]
    assert result.distances.tolist() == [1, 1, 3]


def test_first_of_equals_wins():
    sources = ["a b c", "a x", "x a", "a x"]  # the first is longer, so it is not first inside the index
    result = copy_nearest(["a y", "a b"], sources, ["0", "1", "2", "3"])
    assert result.translations == ["1", "0"]


def test_spellings_that_look_alike_are_equal():
    assert copy_nearest(["it’s me"], ["is me", "it's me"], ["0", "1"]).distances.tolist() == [0]


def test_empty_sentences():
    assert copy_nearest([""], ["a b", "", "c"], ["0", "1", "2"]).translations == ["1"]
    assert copy_nearest([""], ["", "a"], ["0", "1"]).distances.tolist() == [0]
    assert copy_nearest([], ["a"], ["0"]).translations == []


def test_wrong_arguments():
    with pytest.raises(ValueError, match="non-zero"):
        copy_nearest(["a"], [], [])
    with pytest.raises(ValueError, match="got 1 and 2"):
        copy_nearest(["a"], ["a"], ["b", "c"])

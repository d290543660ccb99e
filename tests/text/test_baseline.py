"""The nearest-neighbor copy baseline and its edit distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics.distance import edit_distance

from lstm_lib.text.baseline import EditDistanceIndex, copy_nearest

sentence = st.lists(st.sampled_from("abcde"), max_size=7)


@given(st.lists(sentence, min_size=1, max_size=12), st.lists(st.sampled_from("abcdx"), max_size=8))
def test_distances_equal_nltk(sentences, query):
    distances = EditDistanceIndex(sentences).distances(query)
    assert distances.dtype == np.int64
    assert distances.tolist() == [edit_distance(query, sentence) for sentence in sentences]


def test_distances_beyond_one_byte():
    index = EditDistanceIndex([["a"] * 300, [], ["b"]])
    assert index.distances(["b"]).tolist() == [300, 1, 0]
    assert index.distances(["b"] * 400).tolist() == [400, 400, 399]
    assert EditDistanceIndex([["a"] * 255]).distances(["b"] * 255).tolist() == [255]


def test_a_query_does_not_change_the_next():
    index = EditDistanceIndex([["a", "b"], ["c"]])
    first = index.distances(["a", "x"])
    index.distances(["c", "x", "y"])
    assert index.distances(["a", "x"]).tolist() == first.tolist() == [1, 2]


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


def test_empty_sentences():
    assert copy_nearest([""], ["a b", "", "c"], ["0", "1", "2"]).translations == ["1"]
    assert copy_nearest([""], ["", "a"], ["0", "1"]).distances.tolist() == [0]
    assert copy_nearest([], ["a"], ["0"]).translations == []


def test_wrong_arguments():
    with pytest.raises(ValueError, match="non-zero"):
        copy_nearest(["a"], [], [])
    with pytest.raises(ValueError, match="got 1 and 2"):
        copy_nearest(["a"], ["a"], ["b", "c"])

"""The checks of vocabularies and padded batches pass right answers, and tell what others lack."""

from collections import Counter

import numpy as np
import pytest

from course.architectures.padded_batches import batch_of, check_padded_batch, check_vocabulary, encoded
from lstm_lib.text.batching import pad_sources
from lstm_lib.text.vocabulary import EOS, PAD, UNK


def by_sorting_twice(sentences, size, sentence):
    words = [word for text in sentences for word in text.split()]
    ranked = sorted(sorted(set(words)), key=words.count, reverse=True)[:size]
    return tuple(ranked.index(word) + 4 if word in ranked else UNK for word in sentence.split())


def by_groups(sentences, size, sentence):
    counts, ranked = Counter(" ".join(sentences).split()), []
    for count in sorted(set(counts.values()), reverse=True):
        ranked += sorted(word for word in counts if counts[word] == count)
    ids = dict(zip(ranked[:size], range(4, 4 + size), strict=False))
    return np.array([ids.get(word, UNK) for word in sentence.split(" ")])


@pytest.mark.parametrize("student", [encoded, by_sorting_twice, by_groups])
def test_right_ids_pass(says, student):
    assert says(check_vocabulary, student) == "Right: ids agrees with the library.\n"


def most_common(sentences, size, sentence):
    """Wrong: words as frequent stand in the order of the text."""
    kept = [word for word, _ in Counter(" ".join(sentences).split()).most_common(size)]
    return [kept.index(word) + 4 if word in kept else UNK for word in sentence.split()]


def test_a_mistake_written_by_hand_is_named(says):
    assert "in text order: sort them alphabetically" in says(check_vocabulary, most_common)


def row_by_row(rows):
    ids = np.full((len(rows), max(len(row) for row in rows) + 1), PAD)
    for line, row in zip(ids, rows, strict=True):
        line[: len(row) + 1] = [*row, EOS]
    return ids, ids != PAD


def of_the_library(rows):
    ids, mask = pad_sources(rows)
    return ids.tolist(), mask.tolist()


@pytest.mark.parametrize("student", [batch_of, row_by_row, of_the_library])
def test_right_batches_pass(says, student):
    assert says(check_padded_batch, student) == "Right: ids and mask agree with the library.\n"


def ended_in_place(rows):
    for row in rows:
        row.append(EOS)
    return batch_of(rows, end=lambda row: row)


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda rows: (batch_of(rows)[0], batch_of(rows)[1] * 1.0), "The mask should be an array of bool"),
        (ended_in_place, "changes its argument rows in place: work on a copy"),
        (lambda rows: batch_of(rows)[0], "should return ids, mask"),
    ],
)
def test_other_batches_are_told(says, student, told):
    assert told in says(check_padded_batch, student)

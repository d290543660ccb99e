"""The checks of greedy and beam search pass right decoders; a wide beam finds the best of all sentences."""

from itertools import product

import numpy as np
import pytest

from course.translator.decoding import beam_search, check_beam_search, check_greedy, decoder_step, greedy
from lstm_lib.text.vocabulary import BOS, EOS


def sentence_by_sentence(step, state, length):
    rows = []
    for k in range(len(state)):
        memory, row = state[[k]], [BOS]
        while row[-1] != EOS and len(row) <= length:
            log_p, memory = step(np.array(row[-1:]), memory)
            row.append(log_p[0].argmax())
        rows.append(tuple(row[1:-1] if row[-1] == EOS else row[1:]))
    return tuple(rows)


@pytest.mark.parametrize("student", [greedy, sentence_by_sentence])
def test_right_greedy_decoders_pass(says, student):
    assert says(check_greedy, student) == "Right: rows agrees with the library.\n"


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda step, state, length: greedy(step, state, length)[0], "a list of 4 rows"),
        (lambda step, state, length: "words", "a list of 4 rows, one for each sentence"),
        (lambda step, state, length: 4 * [5], "does not have the form asked for"),
        (lambda step, state, length: greedy(step, state + 1, length), "IndexError"),
    ],
)
def test_other_answers_of_a_greedy_decoder_are_told(says, student, told):
    assert told in says(check_greedy, student)


def with_sorting(step, state, size, length):
    """Right: a list of prefixes, each with a state of its own."""
    going, ended = [(0.0, (BOS,), state)], []
    for _ in range(length):
        found = []
        for total, words, memory in going:
            log_p, after = step(np.array(words[-1:]), memory)
            found += [(total + p, (*words, word), after) for word, p in enumerate(log_p[0])]
        found = sorted(found, key=lambda one: -one[0])[:size]
        ended += [one for one in found if one[1][-1] == EOS]
        going = [one for one in found if one[1][-1] != EOS]
    total, words, _ = max(ended, key=lambda one: one[0])
    return np.array(words[1:-1]), total


@pytest.mark.parametrize("student", [beam_search, with_sorting])
def test_right_beam_searches_pass(says, student):
    assert says(check_beam_search, student) == "Right: words and log probability agree with the library.\n"


def test_other_answers_of_a_beam_search_are_told(says):
    assert "a list of words, and its log probability" in says(check_beam_search, lambda *arguments: [5, 6, 7])
    told = says(check_beam_search, lambda *arguments: (beam_search(*arguments)[0], -1.0))
    assert "Right so far: words. log probability is the first that differs: log probability is -1" in told


def test_a_wide_beam_finds_the_best_of_all_sentences():
    rng = np.random.default_rng(4)
    step, state = decoder_step(rng, 6), rng.integers(5, size=1)

    def log_probability(words):
        total, memory = 0.0, state
        for read, word in zip((BOS, *words), (*words, EOS), strict=True):
            log_p, memory = step(np.array([read]), memory)
            total += log_p[0, word]
        return total

    sentences = [words for n in range(3) for words in product([0, 1, 3, 4, 5], repeat=n)]
    best = max(sentences, key=log_probability)
    words, total = beam_search(step, state, 400, 3)
    assert words == list(best)
    assert total == pytest.approx(log_probability(best))

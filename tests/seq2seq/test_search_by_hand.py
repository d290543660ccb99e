"""Search with models so small that every translation can be weighed by hand."""

import numpy as np
import pytest

from lstm_lib.seq2seq.search import Rules, beam_search, greedy, length_penalty

BOS, EOS, A, B = 0, 1, 2, 3
RULES = Rules(BOS, EOS, forbidden=(BOS,))
SENTENCE = np.zeros((1, 2), int), np.ones((1, 2), bool)  # its words do not matter here


class Bigrams:
    """A model to which only the word before matters: p[before, next]."""

    def __init__(self, p):
        self.log_p = np.log(p)
        self.steps = 0

    def begin(self, source, source_mask):
        return None, ()

    def next_log_probabilities(self, ids, state, memory):
        self.steps += 1
        return self.log_p[ids], state, None


def bigrams(rows):
    """Rows of p(end), p(A), p(B) by the word before."""
    p = np.full((4, 4), 1e-9)
    for before, row in rows.items():
        p[before, [EOS, A, B]] = np.maximum(row, 1e-9)
    return Bigrams(p)


def test_a_beam_finds_what_greedy_search_misses():
    # A looks better at first, but B is surer to end: 0.6 * 0.55 = 0.33 against 0.4 * 0.9 = 0.36.
    model = bigrams({BOS: (0.0, 0.6, 0.4), A: (0.55, 0.0, 0.45), B: (0.9, 0.1, 0.0)})
    (alone,) = greedy(model, *SENTENCE, RULES)
    assert alone.ids == [A]
    assert alone.log_probability == alone.score == pytest.approx(np.log(0.33))
    ((first, second),) = beam_search(model, *SENTENCE, RULES, beam_size=2, length_penalty_alpha=0.0, n_best=2)
    assert (first.ids, second.ids) == ([B], [A])
    assert first.score == pytest.approx(np.log(0.36))


@pytest.mark.parametrize(("alpha", "wanted"), [(0.0, [[], [A]]), (1.0, [[A], []])])
def test_the_length_penalty_lets_a_longer_translation_win(alpha, wanted):
    # Nothing at all: log(0.3).  A: log(0.7 * 0.4) / (7 / 6) ** alpha, which is less at alpha 0, more at 1.
    model = bigrams({BOS: (0.3, 0.7, 0.0), A: (0.4, 0.0, 0.6), B: (0.2, 0.4, 0.4)})
    (found,) = beam_search(model, *SENTENCE, RULES, beam_size=4, length_penalty_alpha=alpha, n_best=2)
    assert [hypothesis.ids for hypothesis in found] == wanted


@pytest.mark.parametrize(
    ("alpha", "n_best", "steps"),
    [(0.0, 1, 1), (0.0, 2, 2), (-1.0, 1, 1), (1.0, 1, 2), (2.0, 1, 5), (9.0, 1, 10)],
)
def test_a_search_stops_when_what_has_ended_cannot_be_overtaken(alpha, n_best, steps):
    # After t steps log(0.4 / 2^(t - 1)) lives, and over (15 / 6)^alpha it may still get to the limit of 10.
    # Nothing at all, log(0.6), beats that from t = 2 on for alpha 1, from 5 on for 2, and never for 9.
    # For alpha 0 the second best, A, is as probable as AA, which lives: a tie overtakes nothing.
    model = bigrams({BOS: (0.6, 0.4, 0.0), A: (0.5, 0.5, 0.0), B: (0.5, 0.5, 0.0)})
    rules = RULES._replace(growth=0.0, margin=10)
    options = {"beam_size": 2, "length_penalty_alpha": alpha, "n_best": n_best}
    (found,) = beam_search(model, *SENTENCE, rules, **options)
    assert [hypothesis.ids for hypothesis in found] == ([[A] * 9] if alpha == 9 else [[], [A]][:n_best])
    assert model.steps == steps


@pytest.mark.parametrize(("alpha", "wanted"), [(0.0, np.log(0.33)), (1.0, np.log(0.33) * 6 / 7)])
def test_the_length_penalty_changes_the_score_of_greedy_search_alone(alpha, wanted):
    model = bigrams({BOS: (0.0, 0.6, 0.4), A: (0.55, 0.0, 0.45), B: (0.9, 0.1, 0.0)})
    (found,) = greedy(model, *SENTENCE, RULES, length_penalty_alpha=alpha)
    assert found.ids == [A]
    assert found.log_probability == pytest.approx(np.log(0.33))
    assert found.score == pytest.approx(wanted)


def test_a_beam_of_one_is_greedy_among_equally_probable_words():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        model = Bigrams(rng.choice([0.01, 0.03], (40, 40)))
        ((beam,),) = beam_search(model, *SENTENCE, RULES, beam_size=1, length_penalty_alpha=0.0)
        assert beam == greedy(model, *SENTENCE, RULES)[0]


@pytest.mark.parametrize("beam_size", [1, 3])
def test_the_limit_of_a_sentence_follows_from_its_own_length(beam_size):
    endless = bigrams(dict.fromkeys((BOS, A, B), (0.0, 0.7, 0.3)))
    mask = np.arange(4) < np.array([1, 4, 2])[:, None]
    source = np.zeros(mask.shape, int)
    rules = Rules(BOS, EOS, forbidden=(BOS, EOS), growth=1.5, margin=2)
    found = beam_search(endless, source, mask, rules, beam_size=beam_size, n_best=beam_size)
    assert [{len(hypothesis.ids) for hypothesis in each} for each in found] == [{3}, {8}, {5}]
    assert [len(hypothesis.ids) for hypothesis in greedy(endless, source, mask, rules)] == [3, 8, 5]


def test_a_beam_wider_than_what_can_be_written_returns_fewer():
    model = bigrams({BOS: (0.5, 0.3, 0.2)})
    rules = RULES._replace(growth=0.0, margin=1)
    (found,) = beam_search(model, *SENTENCE, rules, beam_size=50, n_best=50)
    assert [hypothesis.ids for hypothesis in found] == [[], [A], [B]]


@pytest.mark.parametrize(
    ("length", "alpha", "wanted"),
    [(1, 0.6, 1.0), (7, 1.0, 2.0), (13, 2.0, 9.0), (99, 0.0, 1.0), (19, 0.5, 2.0)],
)
def test_length_penalty_at_known_values(length, alpha, wanted):
    assert length_penalty(length, alpha) == pytest.approx(wanted, abs=1e-15)


def test_length_penalty_of_many_lengths_at_once():
    np.testing.assert_allclose(length_penalty(np.array([1, 7, 13]), 1.0), [1.0, 2.0, 3.0])

"""Search: greedy and beam against each other, against teacher forcing, and against trying everything."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.shared.gradcheck import randomize
from course.translator.beam import ranking, trace_beam
from helpers.models import assert_same_hypothesis, assert_same_translations, slow_greedy
from lstm_lib.seq2seq import search
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import Rules, beam_search, greedy, length_limits, length_penalty
from lstm_lib.text.batching import Batch
from lstm_lib.translator import Translator

BOS, EOS, A, B = 0, 1, 2, 3
RULES = Rules(BOS, EOS, forbidden=(BOS,))
SOURCE_SIZE = 5
ATTENTIONS = {
    "bahdanau": {},
    "luong-general": {"attention": "luong-general"},
    "luong-concat-input-feeding": {"attention": "luong-concat", "input_feeding": True},
    "luong-dot-gru": {"attention": "luong-dot", "bidirectional": False, "cell": "gru"},
    "none-2-layers": {"attention": "none", "num_layers": 2},
}


def model_of(seed=0, target_size=4, **options):
    """A tiny model that is far from sure, and far from indifferent."""
    rng = np.random.default_rng(seed)
    sizes = {"source_size": SOURCE_SIZE, "target_size": target_size, "embedding_size": 3, "hidden_size": 3}
    model = Seq2Seq(ModelConfig(**sizes, **options), rng, np.float64)
    randomize(model.params, rng, scale=1.0)
    return model


def sources_of(seed=0, lengths=(3, 5, 1)):
    """Random sources, which may not be written to."""
    rng = np.random.default_rng(seed)
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
    source = rng.integers(0, SOURCE_SIZE, mask.shape) * mask
    source.flags.writeable = mask.flags.writeable = False
    return source, mask


def log_probability(model, source, words):
    """Of a translation (EOS included) by teacher forcing, as training computes it."""
    written = np.array([words])
    before = np.array([[BOS, *words[:-1]]])
    batch = Batch(source, np.ones(source.shape, bool), before, written, np.ones(written.shape, bool))
    return -model.loss(batch)[0]


def every_translation(model, source, words, limit, alpha):
    """All (score, log probability, ids) that a search might return for one source, best first."""
    endings = [(*body, EOS) for length in range(limit) for body in product(words, repeat=length)]
    found = []
    for written in endings + list(product(words, repeat=limit)):
        total = log_probability(model, source, written)
        ids = [word for word in written if word != EOS]
        found.append((total / length_penalty(len(written), alpha), total, ids))
    return sorted(found, key=lambda entry: -entry[0])


# Beam and greedy


@pytest.mark.parametrize("name", ATTENTIONS)
def test_greedy_search_writes_the_most_probable_word_each_time(name):
    for seed in range(5):
        model, (source, mask) = model_of(seed, target_size=6, **ATTENTIONS[name]), sources_of(seed)
        for alpha in (0.0, 0.6, 1.0):
            found = greedy(model, source, mask, RULES, length_penalty_alpha=alpha)
            for row, real, hypothesis in zip(source, mask, found, strict=True):
                alone = row[None, real], real[None, real]
                assert hypothesis.ids == slow_greedy(model, *alone, RULES)
                limit = int(length_limits(alone[1], RULES)[0])
                written = hypothesis.ids if len(hypothesis.ids) == limit else [*hypothesis.ids, EOS]
                total = log_probability(model, alone[0], written)
                assert hypothesis.log_probability == pytest.approx(total, abs=1e-10)
                assert hypothesis.score == pytest.approx(total / length_penalty(len(written), alpha))


@pytest.mark.parametrize("name", ATTENTIONS)
def test_a_batch_is_translated_as_each_sentence_alone(name):
    model, (source, mask) = model_of(1, target_size=6, **ATTENTIONS[name]), sources_of(1, (4, 2, 6, 1, 3))
    together = beam_search(model, source, mask, RULES, beam_size=3, n_best=3)
    for k, length in enumerate(mask.sum(axis=1)):
        alone = source[k : k + 1, :length], mask[k : k + 1, :length]
        for ours, wanted in zip(
            together[k], beam_search(model, *alone, RULES, beam_size=3, n_best=3)[0], strict=True
        ):
            assert_same_hypothesis(ours, wanted)
        assert_same_hypothesis(greedy(model, source, mask, RULES)[k], greedy(model, *alone, RULES)[0])


@pytest.mark.parametrize("beam_size", [1, 2])
def test_the_score_of_a_translation_is_its_log_probability_over_the_length_penalty(beam_size):
    translator = Translator.load("tatoeba-small")
    for alpha in (0.0, 1.0):
        options = {"beam_size": beam_size, "length_penalty": alpha}
        for (best,) in translator.translate(["Where do you live?", "I am here."], **options):
            penalty = length_penalty(len(best.target_pieces), alpha)
            assert best.score == pytest.approx(best.log_probability / penalty)


# When a beam search may stop

ALPHAS = [-1.0, -0.3, 0.0, 0.6, 1.0, 2.0]


class Counted:
    """A model that counts the rows of each step of its decoder."""

    def __init__(self, model):
        self.model, self.begin, self.rows = model, model.begin, []

    def next_log_probabilities(self, ids, state, memory):
        self.rows.append(len(ids))
        return self.model.next_log_probabilities(ids, state, memory)


def unstopped(*request, **options):
    """Beam search until all beams have ended: as if any score could still be reached."""

    def anything(totals, *rest):
        return np.where(np.isfinite(totals).any(axis=1), np.inf, -np.inf)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "reachable_scores", anything)
        return beam_search(*request, **options)


def steps_needed(model, source, rules, beam_size, alpha, n_best):
    """The first step after which no continuation, of any length, beats the n_best-th best translation."""
    (limit,) = length_limits(np.ones((1, len(source)), bool), rules)
    tree = trace_beam(model, source, rules, beam_size)
    for step in range(1, limit):
        scores = [one.score for one in ranking([one for one in tree if one.length <= step], alpha)]
        reachable = [
            one.log_probability / length_penalty(length, alpha)
            for one in tree
            if one.length == step and not one.ended
            for length in range(step + 1, limit + 1)
        ]
        if not reachable or scores[n_best - 1 : n_best] >= [max(reachable)]:
            return step
    return limit


@settings(max_examples=60)
@given(
    seed=st.integers(0, 1000),
    beam_size=st.integers(1, 5),
    data=st.data(),
    alpha=st.sampled_from(ALPHAS),
    margin=st.integers(1, 8),
    name=st.sampled_from(sorted(ATTENTIONS)),
)
def test_a_search_that_stops_finds_what_one_to_the_limit_finds(seed, beam_size, data, alpha, margin, name):
    n_best = data.draw(st.integers(1, beam_size))
    options = {"beam_size": beam_size, "n_best": n_best, "length_penalty_alpha": alpha}
    model, (source, mask) = model_of(seed, target_size=5, **ATTENTIONS[name]), sources_of(seed, (3, 1, 5, 2))
    rules = RULES._replace(growth=1.0, margin=margin)
    request = Counted(model), source, mask, rules
    assert_same_translations(beam_search(*request, **options), unstopped(*request, **options))
    alone = Counted(model), source[2:3], mask[2:3], rules  # the same rows at each step: equal to the last bit
    (found,), (wanted,) = beam_search(*alone, **options), unstopped(*alone, **options)
    assert [one[:3] for one in found] == [one[:3] for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one.attention, other.attention)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize(("beam_size", "n_best"), [(1, 1), (3, 1), (3, 2), (4, 4)])
def test_a_search_takes_the_steps_that_it_needs_and_a_sentence_that_is_done_takes_none(
    beam_size, n_best, alpha
):
    rules = RULES._replace(growth=1.0, margin=8)
    options = {"beam_size": beam_size, "n_best": n_best, "length_penalty_alpha": alpha}
    for seed in range(8):
        (source, mask), model = sources_of(seed, (3, 1, 5, 2)), Counted(model_of(seed))
        needed = [
            steps_needed(model.model, row[real], rules, beam_size, alpha, n_best)
            for row, real in zip(source, mask, strict=True)
        ]
        beam_search(model, source, mask, rules, **options)
        assert model.rows == [beam_size * sum(step < each for each in needed) for step in range(max(needed))]


# Beam and everything there is


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1000),
    target_size=st.integers(3, 4),
    limit=st.integers(1, 4),
    alpha=st.sampled_from([0.0, 0.6, 1.0, 2.0]),
    name=st.sampled_from(sorted(ATTENTIONS)),
)
def test_a_beam_of_full_width_finds_everything_in_order(seed, target_size, limit, alpha, name):
    model, (source, mask) = model_of(seed, target_size, **ATTENTIONS[name]), sources_of(seed, (2, 3))
    rules, width = RULES._replace(growth=0.0, margin=limit), target_size**limit
    found = beam_search(model, source, mask, rules, beam_size=width, length_penalty_alpha=alpha, n_best=width)
    for k, length in enumerate(mask.sum(axis=1)):
        wanted = every_translation(model, source[k : k + 1, :length], range(2, target_size), limit, alpha)
        assert [hypothesis.ids for hypothesis in found[k]] == [ids for _, _, ids in wanted]
        for hypothesis, (score, total, _) in zip(found[k], wanted, strict=True):
            assert hypothesis.score == pytest.approx(score, abs=1e-10)
            assert hypothesis.log_probability == pytest.approx(total, abs=1e-10)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1000),
    beam_size=st.integers(1, 5),
    alpha=st.sampled_from([0.0, 0.7, 1.0]),
    forbidden=st.sampled_from([(BOS,), (BOS, A), (BOS, B, 5)]),
    name=st.sampled_from(sorted(ATTENTIONS)),
)
def test_every_hypothesis_is_what_it_says(seed, beam_size, alpha, forbidden, name):
    model, (source, mask) = model_of(seed, target_size=6, **ATTENTIONS[name]), sources_of(seed, (2, 4))
    rules = Rules(BOS, EOS, forbidden, growth=1.5, margin=1)
    found = beam_search(
        model, source, mask, rules, beam_size=beam_size, length_penalty_alpha=alpha, n_best=beam_size
    )
    for k, (length, limit) in enumerate(((2, 4), (4, 7))):
        scores = [hypothesis.score for hypothesis in found[k]]
        assert scores == sorted(scores, reverse=True)
        assert len({tuple(hypothesis.ids) for hypothesis in found[k]}) == len(found[k]) <= beam_size
        for hypothesis in found[k]:
            written = hypothesis.ids if len(hypothesis.ids) == limit else [*hypothesis.ids, EOS]
            assert len(written) <= limit
            assert not {*forbidden, EOS} & set(hypothesis.ids)
            total = log_probability(model, source[k : k + 1, :length], written)
            assert hypothesis.log_probability == pytest.approx(total, abs=1e-10)
            assert hypothesis.score == pytest.approx(total / length_penalty(len(written), alpha), abs=1e-10)
            if name != "none-2-layers":
                assert hypothesis.attention.shape == (len(written), length)
                np.testing.assert_allclose(hypothesis.attention.sum(axis=1), 1.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in ATTENTIONS if not name.startswith("none")])
def test_attention_is_that_of_teacher_forcing(name):
    model, (source, mask) = model_of(2, target_size=6, **ATTENTIONS[name]), sources_of(2)
    for k, found in enumerate(beam_search(model, source, mask, RULES, beam_size=4, n_best=4)):
        length = mask[k].sum()
        memory, state = model.begin(source[k : k + 1, :length], mask[k : k + 1, :length])
        for hypothesis in found:
            before = np.array([[BOS, *hypothesis.ids]])[:, : len(hypothesis.attention)]
            _, cache = model.decoder.forward(before, memory, state.rnn)
            np.testing.assert_allclose(hypothesis.attention, cache.attention.weights[0], rtol=0, atol=1e-12)


def test_a_model_without_attention_returns_none():
    model, (source, mask) = model_of(attention="none"), sources_of()
    assert all(hypothesis.attention is None for hypothesis in greedy(model, source, mask, RULES))
    assert all(best.attention is None for (best,) in beam_search(model, source, mask, RULES))


# What cannot be asked for


@pytest.mark.parametrize(("beam_size", "n_best"), [(0, 0), (0, 1), (3, 0), (3, 4), (-1, -1)])
def test_impossible_sizes_are_refused(beam_size, n_best):
    message = f"beam_size is {beam_size} and n_best {n_best}; wanted 1 <= n_best <= beam_size"
    with pytest.raises(ValueError, match=message):
        beam_search(model_of(), *sources_of(), RULES, beam_size=beam_size, n_best=n_best)


@pytest.mark.parametrize("function", [greedy, beam_search])
def test_wrong_shapes_are_named(function):
    source, mask = sources_of()
    with pytest.raises(ValueError, match=r"source has shape \(5,\); wanted \(any, any\)"):
        function(model_of(), source[0], mask, RULES)
    with pytest.raises(ValueError, match=r"source_mask has shape \(3, 4\); wanted \(3, 5\)"):
        function(model_of(), source, mask[:, :4], RULES)

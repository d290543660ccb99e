"""Several processes find what one finds."""

import numpy as np
import pytest

from lstm_lib.nn.gradcheck import randomize
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.parallel_search import ParallelSearch
from lstm_lib.seq2seq.search import Rules, beam_search, greedy
from lstm_lib.text.batching import pad_sources

RULES = Rules(bos=1, eos=2, forbidden=(0, 1, 3))


def same(one, other):
    assert one.ids == other.ids
    np.testing.assert_allclose(one[1:3], other[1:3], rtol=1e-10)
    if one.attention is None:
        assert other.attention is None
    else:
        np.testing.assert_allclose(one.attention, other.attention, rtol=1e-9)


@pytest.mark.parametrize("attention", ["bahdanau", "none"])
@pytest.mark.parametrize("sentences", [5, 1])
def test_same_hypotheses(attention, sentences):
    rng = np.random.default_rng(0)
    model = Seq2Seq(ModelConfig(11, 12, 4, 5, attention=attention), rng, np.float64)
    randomize(model.params, rng)
    source, mask = pad_sources([rng.integers(4, 11, n).tolist() for n in range(1, sentences + 1)])
    with ParallelSearch(model, 2) as search:
        for one, other in zip(
            search.greedy(source, mask, RULES), greedy(model, source, mask, RULES), strict=True
        ):
            same(one, other)
        found = search.beam_search(source, mask, RULES, beam_size=3, n_best=2)
    wanted = beam_search(model, source, mask, RULES, beam_size=3, n_best=2)
    for ones, others in zip(found, wanted, strict=True):
        for one, other in zip(ones, others, strict=True):
            same(one, other)

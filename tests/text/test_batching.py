"""Padding, masks and bucketing."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_lib.text.batching import bucketed_batches, encode_pairs, make_batch, pad_sources, padding_share
from lstm_lib.text.codecs import WordCodec
from lstm_lib.text.vocabulary import BOS, EOS, PAD

ids = st.lists(st.integers(3, 50), max_size=6)
encoded_pairs = st.lists(st.tuples(ids, ids), min_size=1, max_size=40)


def unpadded(batch):
    """The pairs of a batch, read back from its arrays."""
    for i in range(len(batch.source)):
        source = batch.source[i][batch.source_mask[i]].tolist()
        target_in = batch.target_in[i][batch.target_mask[i]].tolist()
        target_out = batch.target_out[i][batch.target_mask[i]].tolist()
        assert source[-1] == target_out[-1] == EOS
        assert target_in[0] == BOS
        assert target_in[1:] == target_out[:-1]
        yield source[:-1], target_in[1:]


def random_pairs(rng, source_lengths, target_lengths):
    return [
        (rng.integers(4, 99, s).tolist(), rng.integers(4, 99, t).tolist())
        for s, t in zip(source_lengths, target_lengths, strict=True)
    ]


def test_batch_by_hand():
    batch = make_batch([([5, 6], [7]), ([], [8, 9])])
    assert batch.source.tolist() == [[5, 6, EOS], [EOS, PAD, PAD]]
    assert batch.source_mask.tolist() == [[True, True, True], [True, False, False]]
    assert batch.target_in.tolist() == [[BOS, 7, PAD], [BOS, 8, 9]]
    assert batch.target_out.tolist() == [[7, EOS, PAD], [8, 9, EOS]]
    assert batch.target_mask.tolist() == [[True, True, False], [True, True, True]]
    assert batch.tokens == 5
    assert padding_share([batch]) == pytest.approx(3 / 12)
    assert all(a.dtype == np.int32 for a in (batch.source, batch.target_in, batch.target_out))
    assert all(a.dtype == bool for a in (batch.source_mask, batch.target_mask))


def test_sources_alone_are_as_in_a_batch():
    encoded = [([5, 6], [7]), ([], [8, 9])]
    source, mask = pad_sources([source for source, _ in encoded])
    np.testing.assert_array_equal(source, make_batch(encoded).source)
    np.testing.assert_array_equal(mask, make_batch(encoded).source_mask)


def test_encode_pairs_takes_pairs_with_more_fields():
    codec = WordCodec.train(["a b", "c"])
    expected = [(codec.encode("a b"), codec.encode("c"))]
    for pair in (("a b", "c", None), ("a b", "c")):
        assert encode_pairs([pair], codec, codec) == expected


@given(encoded_pairs)
def test_nothing_is_lost_in_a_batch(encoded):
    batch = make_batch(encoded)
    assert list(unpadded(batch)) == encoded
    assert (batch.source[~batch.source_mask] == PAD).all()
    assert (batch.target_in[~batch.target_mask] == PAD).all()
    assert (batch.target_out[~batch.target_mask] == PAD).all()
    assert batch.source_mask.all(axis=0).any() and batch.target_mask.any(axis=0).all()


@given(encoded_pairs, st.integers(1, 10), st.integers(0, 5))
def test_every_pair_once(encoded, batch_size, seed):
    batches = bucketed_batches(encoded, batch_size, np.random.default_rng(seed))
    seen = Counter((tuple(s), tuple(t)) for batch in batches for s, t in unpadded(batch))
    assert seen == Counter((tuple(s), tuple(t)) for s, t in encoded)
    sizes = [len(batch.source) for batch in batches]
    assert max(sizes) <= batch_size and max(sizes) - min(sizes) <= 1


def correlated(rng):
    """Lengths as in real corpora: 5 to 40 words, the translation longer or shorter by a few."""
    source = np.clip(rng.normal(14, 5, 29_000), 5, 40).astype(int)
    return source, np.clip(source + rng.normal(1, 3, 29_000), 5, 40).astype(int)


LENGTHS = {
    "3 to 8 words": lambda rng: (rng.integers(3, 9, 40_000), rng.integers(3, 9, 40_000)),
    "5 to 40, correlated": correlated,
    "5 to 40, independent": lambda rng: (rng.integers(5, 41, 29_000), rng.integers(5, 41, 29_000)),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_padding_below_five_percent(name):
    rng = np.random.default_rng(0)
    encoded = random_pairs(rng, *LENGTHS[name](rng))
    assert padding_share(bucketed_batches(encoded, 64, rng)) < 0.05


def test_order_and_company_change_with_the_generator_only():
    encoded = [([i], [i]) for i in range(4, 104)]
    rng, same = np.random.default_rng(1), np.random.default_rng(1)
    first, second = bucketed_batches(encoded, 8, rng), bucketed_batches(encoded, 8, rng)
    again = bucketed_batches(encoded, 8, same)
    for batch, other in zip(first, again, strict=True):
        for a, b in zip(batch, other, strict=True):
            np.testing.assert_array_equal(a, b)
    assert {frozenset(b.source[:, 0]) for b in first} != {frozenset(b.source[:, 0]) for b in second}


def test_batches_are_not_in_order_of_length():
    encoded = [([5] * n, [5] * n) for n in range(1, 101)]
    widths = [b.source.shape[1] for b in bucketed_batches(encoded, 5, np.random.default_rng(0))]
    assert widths != sorted(widths)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="sources is empty"):
        make_batch([])
    with pytest.raises(ValueError, match="sources"):
        pad_sources([])
    with pytest.raises(ValueError, match="encoded is empty"):
        bucketed_batches([], 8, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^batch_size is 0; wanted at least 1$"):
        bucketed_batches([([4], [4])], 0, np.random.default_rng(0))


@pytest.mark.parametrize("ids", [[1.7, 3], [4.0], [np.float32(5)], [3, "7"], [None]])
def test_ids_that_are_no_integers_are_refused_not_rounded(ids):
    for make in (lambda: pad_sources([[3, 4], ids]), lambda: make_batch([([3], ids), ([4], [5])])):
        with pytest.raises(ValueError, match=r"^ids have the type .*; wanted integers$"):
            make()

"""No normalized sentence may be in two parts, however chains of equal sentences connect the pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_lib.text.corpus import Pair, gather_references
from lstm_lib.text.splits import group_pairs, split_pairs
from lstm_lib.text.tokenizer import normalize

SPELLINGS = (str, str.upper, "¡{}!".format, "{} .".format, "\u201c{}\u201d?".format)


def assert_no_sentence_in_two_parts(parts):
    for side in ("source", "target"):
        seen = [{normalize(getattr(pair, side)) for pair in part} for part in parts]
        for a, b in ((0, 1), (0, 2), (1, 2)):
            assert seen[a].isdisjoint(seen[b])


def adversarial_pairs(rng, count=2000, sentences=1500):
    """Random ties between sentences, each spelled with random case and punctuation, and one long chain."""

    def spell(text):
        return SPELLINGS[rng.integers(len(SPELLINGS))](text)

    ties = [(int(s), int(t)) for s, t in rng.integers(sentences, size=(count, 2))]
    chain = [(sentences + k // 2, sentences + (k + 1) // 2) for k in range(400)]
    return [Pair(spell(f"source {s}"), spell(f"target {t}")) for s, t in ties + chain]


@pytest.mark.parametrize("seed", range(5))
def test_no_sentence_stands_in_two_parts(seed):
    pairs = adversarial_pairs(np.random.default_rng(seed))
    parts = split_pairs(pairs, dev_size=60, test_size=90, seed=seed)
    assert_no_sentence_in_two_parts(parts)
    assert sorted(pair for part in parts for pair in part) == sorted(pairs)
    assert [len({pair.source for pair in part}) for part in parts[1:]] == [60, 90]


def test_the_check_itself_sees_a_leak():
    pairs = adversarial_pairs(np.random.default_rng(0))
    with pytest.raises(AssertionError):
        assert_no_sentence_in_two_parts((pairs[:1000], pairs[1000:1500], pairs[1500:]))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.integers(0, 9))
def test_splits_of_small_corpora(ties, seed):
    pairs = [Pair(f"s {s}", f"t {t}") for s, t in ties]
    parts = split_pairs(pairs, dev_size=2, test_size=3, seed=seed)
    assert_no_sentence_in_two_parts(parts)
    assert sorted(pair for part in parts for pair in part) == sorted(pairs)
    assert len({pair.source for pair in parts[1]}) <= 2
    assert len({pair.source for pair in parts[2]}) <= 3


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=25))
def test_groups_are_the_connected_components(ties):
    """Against the definition: spread labels along ties until nothing changes."""
    expected = list(range(len(ties)))
    for _ in ties:
        for i, (s, t) in enumerate(ties):
            for j, (u, v) in enumerate(ties):
                if s == u or t == v:
                    expected[i] = expected[j] = min(expected[i], expected[j])
    groups = group_pairs([f"{s}" for s, _ in ties], [f"{t}" for _, t in ties])
    assert len(groups) == len(ties)
    assert [[a == b for b in groups] for a in groups] == [[a == b for b in expected] for a in expected]


def test_the_biggest_groups_go_to_training():
    hub = [Pair(f"many ways to say yes {k}", "sí") for k in range(40)]  # there would be room for it
    loners = [Pair(f"sentence {k}", f"frase {k}") for k in range(310)]
    for seed in range(5):
        train, dev, test = split_pairs(hub + loners, dev_size=100, test_size=200, seed=seed)
        assert set(hub) <= set(train)
        assert (len(train), len(dev), len(test)) == (50, 100, 200)


def test_every_reference_of_a_source_stays_with_it():
    pairs = [Pair(f"source {k}", f"target {k} {way}") for k in range(100) for way in range(3)]
    parts = split_pairs(pairs, dev_size=10, test_size=20, seed=0)
    assert [len(part) for part in parts] == [210, 30, 60]
    references = gather_references(parts[2])
    assert len(references) == 20
    for source, targets in references.items():
        number = source.split()[1]
        assert sorted(targets) == [f"target {number} {way}" for way in range(3)]


def test_the_seed_decides_and_nothing_else():
    pairs = adversarial_pairs(np.random.default_rng(3))
    sizes = {"dev_size": 50, "test_size": 50}
    first = split_pairs(pairs, **sizes, seed=7)
    np.random.seed(0)  # noqa: NPY002  the global state must not matter
    assert split_pairs(pairs, **sizes, seed=7) == first
    assert split_pairs(pairs, **sizes, seed=8) != first


def test_pairs_come_in_random_order():
    pairs = [Pair(f"s {k}", f"t {k}") for k in range(1000)]
    train, _, _ = split_pairs(pairs, dev_size=0, test_size=0)
    places = [int(pair.source.split()[1]) for pair in train]
    assert abs(np.corrcoef(places, range(1000))[0, 1]) < 0.15


def test_an_empty_corpus_splits_into_empty_parts():
    assert split_pairs([], dev_size=5, test_size=5) == ((), (), ())

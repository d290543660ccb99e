"""The real corpus: its counts, its splits, its vocabulary, its credits."""

import os
from collections import Counter
from functools import cache

import pytest

from course.corpora import tatoeba
from lstm_lib.runs import fingerprint
from lstm_lib.text.corpus import gather_references
from lstm_lib.text.tokenizer import normalize, tokenize
from lstm_lib.translator import find_run, read_config

CACHED = "tatoeba-spa.tsv"


LOADERS = {"tatoeba": tatoeba.tatoeba_corpus, "tatoeba-small": tatoeba.tatoeba_small_corpus}


@pytest.fixture(scope="module")
def load():
    """Load the real corpus, fetched where it must be; only LSTM_LIB_OFFLINE=1 lets these tests be skipped."""
    if os.environ.get("LSTM_LIB_OFFLINE") == "1" and not (tatoeba.cache_directory() / CACHED).is_file():
        pytest.skip("LSTM_LIB_OFFLINE=1, and the corpus is not in the cache")
    return cache(lambda name: LOADERS[name]())


@pytest.mark.parametrize("name", LOADERS)
def test_no_real_sentence_stands_in_two_parts(load, name):
    for side in (0, 1):
        seen = [{normalize(pair[side]) for pair in part} for part in load(name).parts.values()]
        assert len(seen[0] | seen[1] | seen[2]) == sum(map(len, seen))


def test_the_whole_corpus(load):
    corpus = load("tatoeba")
    assert corpus.counts == {"rows read": 140868, "duplicates dropped": 0, "kept": 140868}
    assert [len(gather_references(part)) for part in (corpus.dev, corpus.test)] == [1000, 1000]
    assert corpus.license == "CC-BY 2.0 France"
    assert corpus.attribution == (
        "1,924 contributors to tatoeba.org, via manythings.org/anki (CC-BY 2.0 France)"
    )


def test_the_small_corpus(load):
    corpus = load("tatoeba-small")
    assert 37000 < len(corpus.train) < 41000
    assert 450 <= len(gather_references(corpus.dev)) <= 650
    assert 900 <= len(gather_references(corpus.test)) <= 1200
    *dropped, kept = list(corpus.counts.values())[1:]
    assert kept == sum(map(len, corpus.parts.values())) == corpus.counts["rows read"] - sum(dropped)
    for side, most in ((0, 1500), (1, 2000)):
        train = Counter(token for pair in corpus.train for token in tokenize(pair[side]))
        assert len(train) <= most
        held_out = [tokenize(pair[side]) for pair in corpus.dev + corpus.test]
        assert all(3 <= len(tokens) <= 8 for tokens in held_out)
        # A frequent word may lose all its training pairs to the rare words beside it, but hardly ever does.
        assert sum(not train.keys() >= set(tokens) for tokens in held_out) <= 2


def test_the_small_vocabulary_is_that_of_the_training_part(load):
    """Repeat the choice from its definition, with the training part of the same split."""
    pairs = [
        pair
        for pair in tatoeba._distinct_pairs(tatoeba.read_rows())
        if all(3 <= len(tatoeba._tokens(text)) <= 8 for text in pair[:2])
    ]
    parts = tatoeba.split_pairs(pairs, dev_size=1200, test_size=2400, seed=0)
    kinds = []
    for side, most in ((0, 1500), (1, 2000)):
        counts = Counter(token for pair in parts[0] for token in tatoeba._tokens(pair[side]))
        kinds.append(set(sorted(counts, key=lambda token: (-counts[token], token))[:most]))
    for part, found in zip(parts, load("tatoeba-small").parts.values(), strict=True):
        kept = [
            pair
            for pair in part
            if all(kinds[side].issuperset(tatoeba._tokens(pair[side])) for side in (0, 1))
        ]
        assert tuple(kept) == found


def test_the_parts_are_those_that_the_shipped_model_saw(load):
    assert fingerprint(load("tatoeba-small")) == read_config(find_run("tatoeba-small"))["fingerprint"]


def test_every_reference_is_kept(load):
    corpus = load("tatoeba")
    targets = {}
    for part in corpus.parts.values():
        for pair in part:
            targets.setdefault(pair.source, set()).add(pair.target)
    references = gather_references(corpus.test)
    assert max(map(len, references.values())) > 1
    assert all(set(found) == targets[source] for source, found in references.items())


def test_every_row_keeps_its_credit(load):
    load("tatoeba")
    rows = tatoeba.read_rows()
    assert all(credit.startswith("CC-BY 2.0 (France) Attribution: tatoeba.org #") for *_, credit in rows)

"""Checks of an evaluation: what is translated, what perplexity sums over, what the vocabulary knows."""

import math

import numpy as np
import pytest

from course.shared.gradcheck import randomize
from helpers.models import slow_greedy
from lstm_lib.evaluation import TestSet, evaluate, quick_evaluation
from lstm_lib.recipe import Recipe
from lstm_lib.runs import new_translator
from lstm_lib.text.batching import encode_pairs, make_batch, pad_sources
from lstm_lib.text.corpus import Corpus, Pair
from lstm_lib.text.vocabulary import UNK
from lstm_lib.translator import RULES, Translator


def make_corpus(sizes=(60, 5, 20), seed: int = 0) -> Corpus:
    """Random sentences of various lengths; each held-out one ends with a word found nowhere else."""
    rng = np.random.default_rng(seed)

    def sentence(ending: str) -> str:
        return " ".join(f"w{word}" for word in rng.integers(12, size=rng.integers(1, 12))) + ending

    train, dev, test = (
        tuple(Pair(*(sentence(f" {side}{part}{k}" if part else "") for side in "st")) for k in range(size))
        for part, size in zip(("", "d", "t"), sizes, strict=True)
    )
    return Corpus("random", "A", "B", train, dev, test, license="none", attribution="nobody", counts={})


def make_translator(corpus: Corpus, seed: int = 0) -> Translator:
    """An untrained translator whose probabilities are far from uniform."""
    translator = new_translator(Recipe(embedding_size=4, hidden_size=4, seed=seed), corpus)
    randomize(translator.model.params, np.random.default_rng(seed), scale=1.0)
    return translator


def assert_evaluation_translates(translator: Translator, pairs: tuple[Pair, ...]) -> None:
    """The translations that are scored are those that the model writes without the references."""
    test = TestSet.of(pairs)
    sources = [pad_sources([translator.source_codec.encode(text)]) for text in test.sources]
    written = [slow_greedy(translator.model, *source, RULES) for source in sources]
    wanted = [translator.target_codec.decode(ids) for ids in written]
    assert evaluate(translator, test, beam_size=1).translations == wanted


def assert_perplexity_sums_over_tokens(translator: Translator, pairs: tuple[Pair, ...]) -> None:
    """Perplexity is exp(nll / tokens), both summed over the pairs, however they were batched."""
    encoded = encode_pairs(pairs, translator.source_codec, translator.target_codec)
    sums = [translator.model.loss(make_batch([pair])) for pair in encoded]
    wanted = math.exp(sum(nll for nll, _ in sums) / sum(tokens for _, tokens in sums))
    assert quick_evaluation(translator, pairs)["perplexity"] == pytest.approx(wanted, rel=1e-5)
    assert evaluate(translator, TestSet.of(pairs), beam_size=1).perplexity == pytest.approx(wanted, rel=1e-5)


def assert_vocabulary_is_of_training(corpus: Corpus) -> None:
    """Every word of the training part is known, and no word that only the others hold."""
    translator = make_translator(corpus)
    for side, codec in enumerate((translator.source_codec, translator.target_codec)):
        known = {word for pair in corpus.train for word in pair[side].split()}
        for pair in (*corpus.train, *corpus.dev, *corpus.test):
            words = pair[side].split()
            assert [UNK not in codec.encode(word) for word in words] == [word in known for word in words]

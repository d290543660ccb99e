"""Ways to train wrongly or to flatter oneself, planted in the real code: the suite's checks catch each."""

import dataclasses

import numpy as np
import pytest

import lstm_lib.training
from course.corpora import tatoeba
from helpers.evaluation import (
    assert_evaluation_translates,
    assert_perplexity_sums_over_tokens,
    assert_vocabulary_is_of_training,
    make_corpus,
    make_translator,
)
from helpers.models import assert_greedy_writes_on_its_own, make_model, make_tiny_batch
from helpers.planting import Bug, assert_caught, suite
from lstm_lib import evaluation, runs
from lstm_lib.recipe import Recipe
from lstm_lib.seq2seq.model import Seq2Seq
from lstm_lib.text import metrics, splits
from lstm_lib.text.batching import encode_pairs, make_batch
from lstm_lib.text.vocabulary import EOS
from lstm_lib.training import global_norm
from lstm_lib.translator import Translator

CORPUS = make_corpus()
ONE_SENTENCE = make_tiny_batch(seed=5, size=1, longest=5)
ROWS = [  # as of Tatoeba: some 4,000 words a side, half of them in a few sentences only
    (*(" ".join(f"{side}{int(word)}" for word in words) for side, words in zip("st", pair, strict=True)), "")
    for pair in (np.random.default_rng(0).random((7000, 2, 4)) ** 2 * 4000)
]


def clipping() -> None:
    grads = {"a": np.array([3.0, 0.0]), "b": np.array([[0.0], [4.0]]), "c": np.array(12.0)}
    suite("training/test_clipping.py").test_one_factor_for_all_parameters(grads)


def clipping_each_parameter(real):
    def wrong(grads, max_norm):
        norm = global_norm(grads)
        for name, grad in grads.items():
            real({name: grad}, max_norm)
        return norm

    return wrong


def decoding() -> None:
    assert_greedy_writes_on_its_own(make_model(2), ONE_SENTENCE)


def reading_the_target(real):
    words = iter(ONE_SENTENCE.target_in[0])
    return lambda self, ids, state, memory: real(self, np.array([next(words, EOS)]), state, memory)


def translating() -> None:
    assert_evaluation_translates(make_translator(CORPUS), CORPUS.test)


def translating_by_the_target(real):
    targets = {pair.source: pair.target for pair in CORPUS.test}

    def wrong(self, texts, **options):
        pairs = [(text, targets[text]) for text in texts]
        batch = make_batch(encode_pairs(pairs, self.source_codec, self.target_codec))
        memory, state = self.model.begin(batch.source, batch.source_mask)
        readout, _ = self.model.decoder.forward(batch.target_in, memory, state.rnn)
        return [self.target_codec.decode(row) for row in self.model.output.forward(readout)[0].argmax(axis=2)]

    return wrong


def perplexity() -> None:
    assert_perplexity_sums_over_tokens(make_translator(CORPUS), CORPUS.train + CORPUS.test)


def mean_over_batches(real):
    def wrong(translator, pairs):
        batches = list(evaluation.batches(translator, pairs))
        return sum(np.divide(*translator.model.loss(batch)) for batch in batches), len(batches)

    return wrong


def unknown_words() -> None:
    module = suite("text/test_metrics.py")
    for metric in (lambda *a: metrics.bleu(*a).score, metrics.nltk_bleu, lambda *a: metrics.chrf(*a).score):
        module.test_unknown_word_never_matches(metric, "the <unk> is red.")


def splitting() -> None:
    suite("text/test_splits.py").test_no_sentence_stands_in_two_parts(0)


def vocabulary() -> None:
    assert_vocabulary_is_of_training(CORPUS)


def fitted_on_everything(real):
    def wrong(recipe, corpus):
        return real(recipe, dataclasses.replace(corpus, train=corpus.train + corpus.dev + corpus.test))

    return wrong


def read_named(name):
    return runs.read_corpus(Recipe(corpus=name))


def small_vocabulary() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tatoeba, "read_rows", lambda: ROWS)
        suite("course/corpora/test_tatoeba.py").test_the_small_vocabulary_is_that_of_the_training_part(
            read_named
        )


def counted_on_everything(real):
    def wrong(sentences, size):
        side = 0 if size == tatoeba.SOURCE_TYPES else 1
        return real((tatoeba._tokens(row[side]) for row in ROWS), size)

    return wrong


BUGS = {
    "each parameter clipped by itself": Bug(
        clipping, lstm_lib.training, "clip_by_global_norm", clipping_each_parameter
    ),
    "teacher forcing in search": Bug(decoding, Seq2Seq, "next_log_probabilities", reading_the_target),
    "teacher forcing in evaluation": Bug(translating, Translator, "best", translating_by_the_target),
    "<unk> counted as a match": Bug(
        unknown_words, metrics, "_checked", lambda real: lambda hypotheses, references: list(hypotheses)
    ),
    "perplexity averaged over batches": Bug(
        perplexity, evaluation, "negative_log_likelihood", mean_over_batches
    ),
    "test sentences in training": Bug(
        splitting, splits, "group_pairs", lambda real: lambda sources, targets: np.arange(len(sources))
    ),
    "test translations in training": Bug(
        splitting, splits, "group_pairs", lambda real: lambda sources, targets: real(sources, sources)
    ),
    "near-duplicates in training": Bug(splitting, splits, "normalize", lambda real: lambda text: text),
    "vocabulary of all parts": Bug(vocabulary, runs, "make_codecs", fitted_on_everything),
    "most frequent words of all parts": Bug(
        small_vocabulary, tatoeba, "_most_frequent", counted_on_everything
    ),
}


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_is_caught(bug, monkeypatch):
    assert_caught(bug, monkeypatch)

"""The stored translations are of the systems that are named, with the scores that are stored beside them."""

import json
import re

import pytest

from course.bleu.system_outputs import read_translations
from course.corpora.dates import dates_corpus
from figures.lab.setting import FORMER
from figures.translations import COPY, MODELS, SYSTEMS_FILE, copies, credits_of, teacher_forced, turned
from lstm_lib.evaluation import TestSet
from lstm_lib.recipe import BEFORE, Recipe
from lstm_lib.runs import read_corpus, train
from lstm_lib.text.corpus import Pair
from lstm_lib.text.metrics import bleu

SENTENCES = read_translations()
CREDIT = re.compile(r"#\d+ \(.+\) & #\d+ \(.+\)")  # number and contributor of both sentences
SYSTEMS = [json.loads(line) for line in SYSTEMS_FILE.read_text(encoding="utf-8").splitlines()]


def test_all_systems_translated_all_sentences():
    names = [COPY, *MODELS]
    assert [system["system"] for system in SYSTEMS] == names
    for sentence in SENTENCES:
        assert list(sentence.translations) == names
        assert all(sentence.translations.values())
        assert len(sentence.credits) == len(sentence.references)
        assert all(CREDIT.fullmatch(credit) for credit in sentence.credits)
    assert len({sentence.source for sentence in SENTENCES}) == len(SENTENCES)


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system["system"])
def test_the_stored_scores_are_those_of_the_stored_sentences(system):
    texts = [sentence.translations[system["system"]] for sentence in SENTENCES]
    score = bleu(texts, [sentence.references for sentence in SENTENCES])
    stored = system["bleu"]
    assert score.score == pytest.approx(stored["score"])
    assert score.precisions == pytest.approx(stored["precisions"])


@pytest.mark.parametrize("system", SYSTEMS[1:], ids=lambda system: system["system"])
def test_the_models_are_of_the_recipes_that_are_named(system):
    assert Recipe(**BEFORE | system["recipe"]) == Recipe.of(**FORMER | MODELS[system["system"]])


def test_the_stored_sentences_are_those_of_the_corpus():
    corpus = turned(read_corpus(Recipe.of()))
    test, thanks = TestSet.of(corpus.test), credits_of(corpus)
    assert [sentence.source for sentence in SENTENCES] == list(test.sources)
    assert [sentence.references for sentence in SENTENCES] == list(test.references)
    assert [sentence.translations[COPY] for sentence in SENTENCES] == copies(corpus, test)
    for sentence in SENTENCES:
        known = zip(sentence.references, sentence.credits, strict=True)
        assert all(thanks[Pair(sentence.source, text)] == credit for text, credit in known)


def test_a_turned_corpus_has_its_languages_exchanged():
    corpus = dates_corpus("French", train_size=20, dev_size=5, test_size=5)
    back = turned(turned(corpus))
    assert (turned(corpus).source_language, turned(corpus).target_language) == ("French", "English")
    for part in ("train", "dev", "test"):
        pairs = [(pair.source, pair.target) for pair in getattr(corpus, part)]
        assert [(pair.target, pair.source) for pair in getattr(turned(corpus), part)] == pairs
        assert [(pair.source, pair.target) for pair in getattr(back, part)] == pairs


def test_a_model_that_is_whispered_its_own_words_says_them_again():
    corpus = dates_corpus("French", train_size=1000, dev_size=5, test_size=40)
    options = {
        "embedding_size": 32,
        "hidden_size": 32,
        "epochs": 3,
        "learning_rate": 0.006,
        "warmup_steps": 20,
    }
    translator, _ = train(Recipe.of(corpus="dates", **options), corpus, progress_bar=False)
    sources = [pair.source for pair in corpus.test]
    own = translator.best(sources, beam_size=1)
    assert teacher_forced(translator, list(map(Pair, sources, own))) == own
    for text, pair in zip(teacher_forced(translator, corpus.test), corpus.test, strict=True):
        assert len(text.split()) <= len(pair.target.split()) + 1  # its length is given away

"""Where a decoder looks, counted by hand; BLEU by length; and the figure that is drawn of both."""

import itertools
import json

import numpy as np
import pytest

from course.attention.reading import gaze
from figures import fig4_attention as attention
from figures.fig4_attention import (
    attention_entropy,
    by_length,
    gains_by_length,
    least_error_rate,
    scored,
    train_and_align,
)
from figures.lab.setting import StudyOptions, StudyRecipe, read_corpus, study_recipe
from figures.lab.stats import pack
from lstm_lib import runs
from lstm_lib.text.corpus import Pair
from lstm_lib.text.metrics import alignment_error_rate, bleu, bleu_statistics
from lstm_lib.training import DivergedError

QUICK = StudyOptions.of(quick=True)


@pytest.mark.parametrize("kind", attention.SCORES.values())
def test_entropy_is_that_of_single_sentences(kind):
    recipe = StudyRecipe(**study_recipe(QUICK, attention=kind))
    corpus = read_corpus(recipe)
    translator = runs.new_translator(recipe, corpus)
    pairs = sorted(corpus.test, key=lambda pair: len(pair.source))[::6]  # short and long ones in one batch
    entropies, most = [], []
    for pair in pairs:
        for weights in gaze(translator, pair).astype(float):
            entropies.append(-sum(weight * np.log(weight) for weight in weights))
            most.append(np.log(len(pair.source.split()) + 1))
    assert attention_entropy(translator, pairs) == pytest.approx((np.mean(entropies), np.mean(most)), 1e-5)


def test_no_attention_comes_below_the_least_error_rate():
    gold = frozenset({(0, 0), (1, 2), (2, 2), (2, 3)})  # target word 1 says nothing, and 2 says two words
    pair = Pair("a b c", "w x y z", gold)
    rates = [
        alignment_error_rate([{(source, target) for target, source in enumerate(peaks)}], [gold])
        for peaks in itertools.product(range(3), repeat=4)
    ]
    assert least_error_rate([pair]) == pytest.approx(min(rates))
    assert least_error_rate([pair]) == pytest.approx(1 - 2 * 3 / (4 + 4))


@pytest.mark.parametrize("kind", ["luong-dot", "none"])
def test_a_run_tells_where_it_looked(kind):
    recipe = study_recipe(QUICK, attention=kind, corpus="dates-fr", epochs=1, train_pairs=64)
    found = json.loads(json.dumps(train_and_align({"recipe": recipe, "watched": [2, 1]}, seed=1)))
    pairs = read_corpus(StudyRecipe(**recipe)).test
    assert found["source_tokens"] == [len(pair.source.split()) for pair in pairs]
    if kind == "none":
        assert not {"entropy", "least_aer", "gazes"} & found.keys()
        return
    assert found["least_aer"] < found["aer"] <= 1
    assert 0 < found["entropy"] < found["uniform_entropy"] + 1e-6
    for kept, pair in zip(found["gazes"], (pairs[2], pairs[1]), strict=True):
        assert kept["target"] == [*pair.target.split(), "</s>"]
        assert np.shape(kept["weights"]) == (len(kept["target"]), len(kept["source"]))
        assert np.sum(kept["weights"], axis=1) == pytest.approx(1.0, abs=1e-3)
        assert {tuple(link) for link in kept["gold"]} == pair.alignment


def test_a_training_that_diverged_says_so(monkeypatch):
    def diverge(*_):
        raise DivergedError("the loss is inf")

    monkeypatch.setattr(attention, "trained", diverge)
    assert train_and_align({}, 0) == {"diverged": "the loss is inf"}


SENTENCES = ["one two three", "one two three four", "a b c d e", "a b c d e f", "a b c d e f g h i j"]
TOKENS = [len(sentence.split()) for sentence in SENTENCES]


def row(name, seed, translations=SENTENCES, **metrics):
    statistics = pack(bleu_statistics(translations, [(sentence,) for sentence in SENTENCES]))
    about = {"bleu": 40.0 + seed, "source_tokens": TOKENS, "statistics": statistics}
    return {"variant": name, "seed": seed, "metrics": {**about, **metrics}}


def test_bleu_of_a_bin_is_that_of_its_sentences_alone():
    heard = ["one two six", "one two three five", "a b c d", "a b c d x f", "a b c d e f g x i j"]
    bins = by_length([row("", 0), row("", 1, heard)], (2, 4, 6, 7, 8))
    assert bins.labels == ["2–3", "4–5", "6", "8+"]  # none has seven
    assert list(bins.counts) == [1, 2, 1, 1]
    assert list(bins.lengths) == [3.0, 4.5, 6.0, 10.0]
    wanted = [
        bleu(heard[part], [(sentence,) for sentence in SENTENCES[part]]).score
        for part in (slice(0, 1), slice(1, 3), slice(3, 4), slice(4, 5))
    ]
    assert bins.scores[1] == pytest.approx(wanted)
    assert bins.scores[0] == pytest.approx([0.0, 100.0, 100.0, 100.0])  # three words have no 4-gram


def test_gains_are_of_the_same_seed():
    worse = ["x x x", *SENTENCES[1:4], "a b c d e x x x x x"]
    first = [row("", 0), row("", 1), row("", 2, worse)]
    second = [row("", 2, worse), row("", 0, worse)]
    gains = gains_by_length(first, second, (4, 10)).scores
    assert gains[0] == pytest.approx(
        by_length([row("", 0)], (4, 10)).scores[0] - by_length(second, (4, 10)).scores[0]
    )
    assert list(gains[1]) == [0.0, 0.0]


def test_what_is_planned():
    options = StudyOptions()
    translated, aligned, long = (
        part(options) for part in (attention.translations, attention.alignments, attention.longer)
    )
    assert [len(part) for part in (translated, aligned, long)] == [25, 20, 6]
    assert len({run.key for part in (translated, aligned, long) for run in part}) == 51
    recipes = {run.variant: run.configuration["recipe"] for run in translated}
    assert [recipe["attention"] for recipe in recipes.values()] == [*attention.SCORES.values(), "none"]
    assert {recipe["bidirectional"] for recipe in recipes.values()} == {False}
    for run in (*translated, *aligned, *long):  # words are stored of generated sentences alone
        assert run.corpus.startswith("dates") or not run.configuration["watched"]


def test_the_figure_draws_the_rows():
    kept = {"source": ["a", "b"], "target": ["c"], "weights": [[0.9, 0.1]], "gold": [[0, 0]]}
    names = (*attention.SCORES, attention.WITHOUT)
    translated = [row(name, seed, entropy=1.0, uniform_entropy=1.5) for name in names for seed in range(2)]
    diverged = {"variant": "Luong dot", "seed": 0, "metrics": {"diverged": "at once"}}
    aligned = [
        row(
            name,
            seed,
            aer=0.25 + seed / 2,
            least_aer=0.2,
            entropy=0.5,
            uniform_entropy=1.5,
            gazes=[kept, kept],
        )
        for name in attention.SCORES
        for seed in range(2)
    ]
    aligned = [diverged if found["variant"] == "Luong dot" else found for found in aligned]
    long = [row(name, seed) for name in (attention.WITH, attention.WITHOUT) for seed in range(2)]
    figure = attention.draw(translated, aligned, long)
    assert len(scored([diverged, *long])) == len(long)
    *gazes, errors, entropies, scores, by_short, by_long, gains = figure.axes
    assert [ax.get_title(loc="left") for ax in gazes[:4]] == [
        name if name == "Luong dot" else f"{name}, seed 0" for name in attention.SCORES
    ]
    assert np.array_equal(gazes[0].images[0].get_array(), [[0.9, 0.1]])
    assert [len(ax.patches) for ax in gazes] == [1, 0, 1, 1] * 2  # a frame around the gold link
    assert [text.get_text() for text in errors.texts] == ["0.50", "diverged", "0.50", "0.50"]
    circles = [list(line.get_xdata()) for line in entropies.get_lines() if line.get_marker() == "o"]
    assert circles == [[0.5] * 3]  # of the dates; one score diverged there
    assert [text.get_text() for text in scores.texts] == ["40.5"] * 5
    ticks = [label.get_text() for label in by_short.get_xticklabels()]
    assert ticks == ["3–4\n(2)", "5\n(1)", "6\n(1)", "8+\n(1)"]
    assert list(by_long.get_lines()[0].get_ydata()) == pytest.approx([100.0, 100.0, 100.0])
    assert list(gains.get_lines()[0].get_ydata()) == [0.0] * 4

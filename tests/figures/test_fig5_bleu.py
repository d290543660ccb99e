"""The study of BLEU: sentence scores as sacreBLEU has them, equal updates on less data, and its figure."""

import numpy as np
import pytest
from sacrebleu.metrics import BLEU

from course.bleu.human_ratings import BINS, SETTINGS
from figures import fig5_bleu as bleu
from figures.fig5_bleu import sentence_bleu, shares
from figures.lab.setting import STUDY, StudyOptions, read_corpus, recipe_of, study_recipe
from figures.lab.stats import pack
from lstm_lib import runs
from lstm_lib.text.batching import bucketed_batches, encode_pairs
from lstm_lib.text.metrics import bleu_statistics

TRANSLATIONS = [  # with one right translation each
    ("the cat sat on the mat", "the cat sat on the mat"),
    ("the cat sat", "the cat sat"),  # of fewer than four words, as the next ones
    ("the cat", "the cat sat on it"),
    ("a dog", "the cat sat on it"),
    ("the dog sat on a mat", "the cat sat on the mat"),
    ("on the mat the cat sat and sat and sat", "the cat sat on the mat"),
    ("", "the cat"),
]
HYPOTHESES, REFERENCES = zip(*TRANSLATIONS, strict=True)
STATISTICS = bleu_statistics(HYPOTHESES, [(text,) for text in REFERENCES])


def test_sentence_scores_are_those_of_sacrebleu():
    metric = BLEU(lowercase=True, effective_order=True)
    wanted = [metric.sentence_score(text, [right]).score for text, right in TRANSLATIONS]
    np.testing.assert_allclose(sentence_bleu(STATISTICS), wanted, atol=1e-9)
    assert 0 < sentence_bleu(STATISTICS)[2] < 100


def test_shares_count_each_sentence_once_and_the_perfect_ones_apart():
    found = shares(STATISTICS)
    assert found.shape == (BINS + 1,) and found.sum() == pytest.approx(100)
    assert found[BINS] == pytest.approx(100 * 2 / 7)
    assert found[0] == pytest.approx(100 * np.mean(sentence_bleu(STATISTICS) < 10))


@pytest.mark.parametrize("quick", [False, True])
def test_less_data_is_seen_as_often(quick):
    recipes = [run.configuration["recipe"] for run in bleu.amounts(StudyOptions.of(quick=quick, seeds=1))]
    base = study_recipe(StudyOptions.of(quick=quick))
    assert [recipe["repeats"] for recipe in recipes] == [1, 4, 16]
    assert {recipe["train_pairs"] * recipe["repeats"] for recipe in recipes} == {base["train_pairs"]}
    same = [{**recipe, "train_pairs": None, "repeats": None} for recipe in recipes]
    assert same == [{**base, "train_pairs": None, "repeats": None}] * 3


def test_repeats_make_as_many_batches_of_the_same_few_pairs():
    recipes = [recipe_of(run.configuration, 0) for run in bleu.amounts(StudyOptions.of(quick=True, seeds=1))]
    corpora = [read_corpus(recipe) for recipe in recipes]
    assert {len(corpus.train) for corpus in corpora} == {640}
    assert [len(set(corpus.train)) for corpus in corpora[1:]] == [160, 40]
    assert set(corpora[2].train) < set(corpora[1].train) < set(corpora[0].train)
    for recipe, corpus in zip(recipes, corpora, strict=True):
        encoded = encode_pairs(corpus.train, *runs.make_codecs(recipe, corpus))
        assert len(bucketed_batches(encoded, recipe.batch_size, np.random.default_rng(0))) == 20


def test_the_plans_share_the_models_that_are_the_same():
    options = StudyOptions()
    sizes, amounts = bleu.sizes(options), bleu.amounts(options)
    assert (len(sizes), len(amounts)) == (15, 15)
    of_study = {run.key for run in sizes if run.variant == f"hidden {STUDY.hidden_size}"}
    assert of_study < {run.key for run in amounts if run.variant == "100% of the pairs"}
    assert len({run.key for run in sizes + amounts}) == 27


def row(variant, seed, **metrics):
    return {"variant": variant, "seed": seed, "metrics": metrics}


def test_the_figure_draws_the_rows():
    parts = {"precisions": [80.0, 40.0, 20.0, 10.0], "brevity_penalty": 0.5, "statistics": pack(STATISTICS)}
    fed = [
        row(name, seed, bleu=score + seed, **parts)
        for name, score in (("100% of the pairs", 14.0), ("25% of the pairs", 9.0), ("6% of the pairs", 4.0))
        for seed in range(2)
    ]
    sized = [
        row(f"hidden {size}", seed, bleu=10.0 + size + seed, training_seconds=2.0 * size)
        for size in (4, 8)
        for seed in range(2)
    ]
    sized.append(row("hidden 16", 0, diverged="told"))
    made_of, of_size, of_amount, *panels = bleu.draw(sized, fed).axes
    heights = [bar.get_height() for bar in made_of.patches]
    geometric_mean = (80 * 40 * 20 * 10) ** 0.25
    np.testing.assert_allclose(heights, [80, 40, 20, 10, geometric_mean, 50, 14.5])
    points = [container.lines[0].get_xydata()[0].tolist() for container in of_size.containers]
    assert points == [[8.0, 14.5], [16.0, 18.5]]
    assert [text.get_text() for text in of_amount.texts] == ["14.5", "9.5", "4.5"]
    for ax, setting in zip(panels, SETTINGS * 2, strict=True):
        assert setting in ax.get_title(loc="left")
    for ax in panels[3:]:  # two published pairs, and ours
        lines = [line for line in ax.lines if len(line.get_ydata()) == BINS]
        assert len(lines) == len(ax.patches) == 3
        for line, bar in zip(lines, ax.patches, strict=True):
            assert line.get_ydata().sum() + bar.get_height() == pytest.approx(100)
        np.testing.assert_allclose(lines[-1].get_ydata(), shares(STATISTICS)[:BINS])

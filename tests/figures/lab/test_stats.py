"""Intervals and differences, against tables, each other and what must be so."""

import numpy as np
import pytest

from figures.lab.stats import (
    Interval,
    block_bootstrap,
    detectable,
    holm,
    interval,
    intervals,
    median_interval,
    p_value,
    pack,
    sentence_interval,
    share_interval,
    share_p_value,
    sign_p_value,
    t_quantile,
    unpack,
)
from lstm_lib.text.metrics import bleu_statistics, paired_bootstrap

REFERENCES = [(f"this is the right sentence number {k} of them all",) for k in range(40)]
GOOD = [texts[0] if k % 4 else "this is wrong" for k, texts in enumerate(REFERENCES)]
BAD = [texts[0] if k % 2 else "this is wrong" for k, texts in enumerate(REFERENCES)]


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (30, 2.042), (1000, 1.962)]
)
def test_t_quantiles_are_those_of_the_tables(degrees, quantile):
    assert t_quantile(degrees) == pytest.approx(quantile, abs=5e-4)


def test_interval_by_hand():
    """1, 2, 3: standard deviation 1, so 4.303 / sqrt(3) to either side of 2."""
    found = interval([1.0, 2.0, 3.0])
    assert found == pytest.approx((2.0, 2 - 2.4841, 2 + 2.4841, 3), abs=1e-4)
    assert str(found) == "2.0 (-0.5 to 4.5)"
    assert str(Interval(2.3, -0.02, 4.6, 5)) == "2.3 (0.0 to 4.6)"
    assert interval([5.0]) == (5.0, 5.0, 5.0, 1)
    with pytest.raises(ValueError, match="at least one"):
        interval([])


SCORES = {  # how the differences of two systems may scatter from seed to seed, with their true mean
    "normal": lambda rng, shape: rng.normal(1.5, 2.0, shape),
    "flat": lambda rng, shape: rng.uniform(0.0, 3.0, shape),
    "long tails": lambda rng, shape: rng.laplace(1.5, 1.0, shape),
    "a difference of skewed scores": lambda rng, shape: (
        rng.gamma(2.0, 1.5, shape) - rng.gamma(2.0, 0.75, shape)
    ),
}


@pytest.mark.parametrize("seeds", [5, 10])
@pytest.mark.parametrize("scores", SCORES)
def test_intervals_hold_the_truth_in_93_to_97_of_100_experiments(scores, seeds):
    draws = SCORES[scores](np.random.default_rng(0), (8000, seeds))
    held = [low <= 1.5 <= high for _, low, high, _ in map(interval, draws)]
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.parametrize("seeds", [5, 10])
def test_a_bootstrap_of_few_seeds_holds_it_too_seldom(seeds):
    """Why the ledger takes Student's t: percentiles of resampled means are too near each other."""
    rng = np.random.default_rng(0)
    draws = rng.normal(0.0, 1.0, (2000, seeds))
    ends = [
        np.percentile(values[rng.integers(seeds, size=(500, seeds))].mean(axis=1), [2.5, 97.5])
        for values in draws
    ]
    assert np.mean([low <= 0 <= high for low, high in ends]) < (0.87 if seeds == 5 else 0.93)


def test_p_values_by_hand_and_of_the_tables():
    """1, 2, 3 have mean 2 and standard error 1 / sqrt(3): t of 0 is 3.464, between 10% and 5% for n = 3."""
    assert p_value([1.0, 2.0, 3.0], 0.0) == pytest.approx(0.0742, abs=1e-4)
    assert p_value([1.0, 2.0, 3.0], 2.0) == 1.0
    assert (p_value([4.0, 4.0], 4.0), p_value([4.0, 4.0], 0.0)) == (1.0, 0.0)
    assert sign_p_value([1, 2, 3, 4, 5, 6, 7, 8], 0) == 2 / 256
    assert sign_p_value([1, 2, 3, -4, 0], 0) == 0.625  # 2 (1 + 4) / 16 of four tosses
    assert share_p_value(5, 5, 0.5) == 2 / 32
    assert (share_p_value(5, 5, 1.0), share_p_value(4, 5, 1.0)) == (1.0, 0.0)


@pytest.mark.parametrize("count", [6, 8, 11, 20])
def test_a_number_is_outside_the_interval_where_its_p_is_below_a_twentieth(count):
    rng = np.random.default_rng(count)
    for values in rng.normal(0.0, 1.0, (60, count)):
        for found, p_of in ((interval(values), p_value), (median_interval(values), sign_p_value)):
            for number in rng.normal(0.0, 0.7, 8):
                assert (p_of(values, number) < 0.05) == (not found.low <= number <= found.high)


def test_the_interval_of_a_median():
    assert median_interval([3.0, 1.0, 2.0, 9.0, 5.0, 4.0, 8.0, 7.0, 6.0, 10.0]) == (5.5, 2.0, 9.0, 10)
    assert median_interval([2.0, 1.0, 50.0]) == (2.0, 1.0, 50.0, 3)
    draws = np.random.default_rng(0).exponential(1.0, (3000, 8))
    held = [low <= np.log(2) <= high for _, low, high, _ in map(median_interval, draws)]
    assert np.mean(held) == pytest.approx(1 - 2 / 2**8, abs=0.006)


def test_sentences_leave_open_what_their_number_says():
    """Of 400 sentences half are right and half all wrong: BLEU scatters as the share of right ones does."""
    right, wrong = [8, 8, 8, 7, 6, 5, 8, 7, 6, 5], [8, 8, 0, 0, 0, 0, 8, 7, 6, 5]
    found = sentence_interval(np.repeat([right, wrong], 200, axis=0), np.random.default_rng(0))
    half = 100 * 1.96 * (0.25 / 400) ** 0.5
    assert found[:3] == pytest.approx((50, 50 - half, 50 + half), abs=0.4)


@pytest.mark.parametrize(("seeds", "level"), [(5, 0.05), (10, 0.05), (5, 0.005)])
def test_what_could_have_been_found_is_found_four_times_of_five(seeds, level):
    rng = np.random.default_rng(0)
    distance = detectable([*range(seeds)], level)
    draws = distance + np.std(range(seeds), ddof=1) * rng.standard_normal((8000, seeds))
    assert np.mean([p_value(values, 0.0) < level for values in draws]) == pytest.approx(0.8, abs=0.02)


def test_holms_correction_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0] and holm([]) == []


def test_intervals_of_columns():
    values = np.random.default_rng(0).normal(size=(4, 2, 3))
    mean, low, high = intervals(values)
    assert (mean[1, 2], low[1, 2], high[1, 2]) == pytest.approx(interval(values[:, 1, 2])[:3])
    assert mean.shape == (2, 3)


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 10, 0.1871, 0.8129), (5, 5, 0.4782, 1.0)],
)
def test_intervals_of_shares_are_those_of_the_tables(successes, count, low, high):
    assert share_interval(successes, count) == pytest.approx((successes / count, low, high, count), abs=1e-4)


def test_ends_of_a_share_leave_a_fortieth_on_either_side():
    rng, count = np.random.default_rng(0), 12
    found = share_interval(8, count)
    at_low, at_high = (rng.binomial(count, share, 200_000) for share in (found.low, found.high))
    assert (np.mean(at_low >= 8), np.mean(at_high <= 8)) == pytest.approx((0.025, 0.025), abs=0.002)


def test_one_seed_is_the_paired_bootstrap():
    first, second = (bleu_statistics(texts, REFERENCES)[None] for texts in (GOOD, BAD))
    found = block_bootstrap(first, second, np.random.default_rng(3))
    wanted = paired_bootstrap(GOOD, BAD, REFERENCES, np.random.default_rng(3))
    assert found[:3] == wanted[:3]
    assert found.difference > 0


def test_seeds_that_differ_widen_the_interval():
    """Two systems whose seeds do not agree on which is better, and two that differ as much in each seed."""
    good, bad = (bleu_statistics(texts, REFERENCES) for texts in (GOOD, BAD))
    sure = block_bootstrap(np.stack([good] * 4), np.stack([bad] * 4), np.random.default_rng(0))
    unsure = block_bootstrap(
        np.stack([good, good, good, bad]), np.stack([bad, bad, bad, good]), np.random.default_rng(0)
    )
    assert sure.interval[0] > 0 and sure.p_value < 0.01
    assert unsure.interval[0] < 0 and unsure.p_value > 0.05
    assert unsure.difference == pytest.approx(sure.difference / 2)


def test_the_same_system_twice_is_no_difference():
    good = np.stack([bleu_statistics(GOOD, REFERENCES)] * 2)
    found = block_bootstrap(good, good, np.random.default_rng(0))
    assert found[:3] == (0.0, (0.0, 0.0), 1.0)


def test_shapes_must_fit():
    good = np.stack([bleu_statistics(GOOD, REFERENCES)] * 2)
    with pytest.raises(ValueError, match=r"got \(2, 40, 10\), \(1, 40, 10\)"):
        block_bootstrap(good, good[:1], np.random.default_rng(0))


def test_statistics_survive_packing():
    statistics = bleu_statistics(GOOD, REFERENCES)
    assert np.array_equal(unpack(pack(statistics)), statistics)
    assert len(pack(statistics)) < statistics.nbytes / 10

"""Intervals and differences, against tables, each other and what must be so."""

import numpy as np
import pytest

from figures.lab.stats import (
    Interval,
    block_bootstrap,
    interval,
    intervals,
    pack,
    share_interval,
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


def test_95_of_100_intervals_hold_the_truth():
    draws = np.random.default_rng(0).normal(7.0, 3.0, (2000, 5))
    held = [low <= 7.0 <= high for _, low, high, _ in map(interval, draws)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


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

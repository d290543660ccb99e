"""The published ratings are read whole, agree with each other, and are drawn as they are."""

import numpy as np
import pytest

from course.bleu.human_ratings import (
    ALL_LENGTHS,
    BINS,
    FEWEST,
    plot_bleu_shares,
    plot_by_length,
    plot_histograms,
    read_by_length,
    read_histograms,
)

GROUPS = read_by_length()
WHOLE = {group.pair: group for group in GROUPS if group.words == ALL_LENGTHS}
PARTS = [group for group in GROUPS if group.words != ALL_LENGTHS]
HISTOGRAMS = read_histograms()
MIDDLES = np.arange(5, 100, 10)


def test_there_are_six_pairs_in_three_settings():
    assert list(WHOLE) == ["en-de", "en-zh", "ro-en", "et-en", "ne-en", "si-en"] == list(HISTOGRAMS)
    assert [group.setting for group in WHOLE.values()] == ["high"] * 2 + ["medium"] * 2 + ["low"] * 2


@pytest.mark.parametrize("pair", WHOLE)
def test_the_groups_of_a_pair_make_up_the_whole(pair):
    groups = [group for group in PARTS if group.pair == pair]
    sizes = np.array([group.segments for group in groups])
    assert sizes.sum() == WHOLE[pair].segments == 9000
    for name in ("rating", "bleu"):
        mean = sizes @ [getattr(group, name) for group in groups] / sizes.sum()
        assert mean == pytest.approx(getattr(WHOLE[pair], name), abs=0.01)
    for group in groups:
        assert group.interval[0] < group.pearson < group.interval[1]


@pytest.mark.parametrize("pair", WHOLE)
def test_what_a_histogram_lacks_has_a_bleu_of_100(pair):
    counts, whole = HISTOGRAMS[pair], WHOLE[pair]
    missing = whole.segments - counts.sum()
    mean = (MIDDLES @ counts.sum(axis=0) + 100 * missing) / whole.segments
    assert counts.shape == (BINS, BINS) and missing > 0
    assert mean == pytest.approx(whole.bleu, abs=0.1)


def test_the_correlations_are_drawn_with_their_intervals():
    panels = plot_by_length(PARTS)
    drawn = [container for ax in panels for container in ax.containers]
    for pair, container in zip(WHOLE, drawn, strict=True):
        groups = [group for group in PARTS if group.pair == pair]
        line, _, (bars,) = container
        np.testing.assert_allclose(line.get_ydata(), [group.pearson for group in groups])
        ends = [(low[1], high[1]) for low, high in bars.get_segments()]
        np.testing.assert_allclose(ends, [group.interval for group in groups])
        assert container.get_label() == pair


def test_the_shares_add_up_to_all_sentences():
    panels = plot_bleu_shares(HISTOGRAMS, list(WHOLE.values()))
    for ax in panels:
        assert len(ax.lines) == len(ax.patches) == 2
        for line, bar in zip(ax.lines, ax.patches, strict=True):
            assert line.get_ydata().sum() + bar.get_height() == pytest.approx(100)


def test_the_maps_hold_the_counts_and_the_mean_rating_where_there_are_enough():
    panels = plot_histograms(HISTOGRAMS, dict.fromkeys(HISTOGRAMS, "title"))
    for counts, ax in zip(HISTOGRAMS.values(), panels.T.flat, strict=True):
        np.testing.assert_allclose(ax.images[0].get_array(), 100 * counts / counts.sum())
        x, means = ax.lines[0].get_data()
        assert list(x) == [
            middle for middle, n in zip(MIDDLES, counts.sum(axis=0), strict=True) if n >= FEWEST
        ]
        assert ((means > 0) & (means < 100)).all()

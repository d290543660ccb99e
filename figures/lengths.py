"""BLEU by the length of the source, from the statistics of single sentences that rows hold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from figures.lab.results import Row
from figures.lab.stats import unpack
from lstm_lib.text.metrics import bleu_from_statistics


class Bins(NamedTuple):
    """The test sentences of some lengths, K bins of them, and their BLEU as corpora of their own."""

    labels: list[str]  # K, as in "3–5" and "12+"
    lengths: np.ndarray  # (K,): mean source tokens
    counts: np.ndarray  # (K,): test sentences
    scores: np.ndarray  # (runs, K): BLEU, 0 to 100


def scored(rows: Sequence[Row]) -> list[Row]:
    """Those whose training did not diverge."""
    return [row for row in rows if "statistics" in row["metrics"]]


def by_length(rows: Sequence[Row], shortest: Sequence[int]) -> Bins:
    """Sort the test sentences by source tokens, and score each bin of each run.

    Args: rows: runs on the same test part, whose metrics have source_tokens and statistics.  shortest: the
        fewest tokens of each bin, ascending; the last has no end.  Bins without a sentence are left out.
    """
    tokens = np.array(rows[0]["metrics"]["source_tokens"])
    place = np.searchsorted(shortest, tokens, side="right") - 1  # -1: shorter than any bin
    there = [k for k in range(len(shortest)) if np.any(place == k)]
    statistics = np.array([unpack(row["metrics"]["statistics"]) for row in rows])  # (runs, N, 10)
    sums = np.stack([statistics[:, place == k].sum(axis=1) for k in there], axis=1)  # (runs, K, 10)
    return Bins(
        [_label(shortest, k) for k in there],
        np.array([tokens[place == k].mean() for k in there]),
        np.array([np.sum(place == k) for k in there]),
        bleu_from_statistics(sums),
    )


def gains_by_length(first: Sequence[Row], second: Sequence[Row], shortest: Sequence[int]) -> Bins:
    """The same, with the differences in BLEU of two systems, first minus second, seed by seed."""
    ours, theirs = ({row["seed"]: row for row in rows} for rows in (first, second))
    seeds = [seed for seed in ours if seed in theirs]
    binned, other = (by_length([rows[seed] for seed in seeds], shortest) for rows in (ours, theirs))
    return binned._replace(scores=binned.scores - other.scores)


def _label(shortest: Sequence[int], k: int) -> str:
    if k == len(shortest) - 1:
        return f"{shortest[k]}+"
    last = shortest[k + 1] - 1
    return f"{shortest[k]}" if last == shortest[k] else f"{shortest[k]}–{last}"

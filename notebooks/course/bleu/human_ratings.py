"""Published human ratings beside sentence BLEU: six language pairs, from data/human_ratings."""

import csv
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from course.shared.data import data_folder
from course.shared.style import COLORS

SETTINGS = ("high", "medium", "low")  # how much training data a language pair has
BINS = 10  # of the histograms, on both axes, which go from 0 to 100
ALL_LENGTHS = (1, 99)
FEWEST = 20  # sentences of which a mean is drawn
MIDDLES = np.arange(5, 100, 10)  # of the bins
PERFECT = 104  # where the bars of a BLEU of 100 begin, beside the others


class LengthGroup(NamedTuple):
    """The sentences of a language pair whose source has a number of words in a range."""

    pair: str
    setting: str
    words: tuple[int, int]
    segments: int
    rating: float  # mean, 0 to 100
    bleu: float  # mean, 0 to 100
    pearson: float
    interval: tuple[float, float]  # 95%
    spearman: float


def read_by_length() -> list[LengthGroup]:
    """Return all groups, those of ALL_LENGTHS among them."""
    return [
        LengthGroup(
            row["language_pair"],
            row["resource_setting"],
            (int(row["source_tokens_min"]), int(row["source_tokens_max"])),
            int(row["segments"]),
            float(row["human_da_mean"]),
            float(row["bleu_mean"]),
            float(row["pearson_r"]),
            (float(row["pearson_ci95_low"]), float(row["pearson_ci95_high"])),
            float(row["spearman_rho"]),
        )
        for row in _rows("by_length.csv")
    ]


def read_histograms() -> dict[str, np.ndarray]:
    """Return for each pair the number of sentences by rating and BLEU, (BINS, BINS).

    Sentences with a BLEU of 100, which the post-editor left as they were, are not counted.
    """
    histograms: dict[str, np.ndarray] = {}
    for row in _rows("joint_histogram.csv"):
        counts = histograms.setdefault(row["language_pair"], np.zeros((BINS, BINS), dtype=np.int64))
        counts[_bin(row["human_da_bin"]), _bin(row["bleu_bin"])] = int(row["segments"])
    return histograms


def _rows(name: str) -> list[dict[str, str]]:
    with open(data_folder() / "human_ratings" / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _bin(name: str) -> int:
    """The place of a tenth, as in "30-40"."""
    return int(name.split("-")[0]) * BINS // 100


def plot_by_length(groups: Sequence[LengthGroup]) -> Sequence[Axes]:
    """Draw a new figure of the correlation of ratings with BLEU by source length, one panel per setting.

    Args: groups: without those of ALL_LENGTHS.
    """
    _, panels = plt.subplots(1, len(SETTINGS), figsize=(12, 4), sharey=True)
    for setting, ax in zip(SETTINGS, panels, strict=True):
        draw_by_length(ax, [group for group in groups if group.setting == setting])
        ax.set_title(f"{setting} resources")
    panels[0].set_ylabel("Pearson $r$, rating and BLEU")
    return panels


def draw_by_length(ax: Axes, groups: Sequence[LengthGroup]) -> None:
    """Draw the correlation of ratings with BLEU by source length.  Args: groups: of two pairs."""
    pairs = dict.fromkeys(group.pair for group in groups)
    for number, (pair, marker) in enumerate(zip(pairs, "os", strict=False)):
        of_pair = [group for group in groups if group.pair == pair]
        r = np.array([group.pearson for group in of_pair])
        ends = np.array([group.interval for group in of_pair]).T  # (2, groups)
        places = np.arange(len(of_pair)) + 0.12 * number  # beside each other, so that both show
        ax.errorbar(places, r, np.abs(ends - r), marker=marker, markersize=8, capsize=4, label=pair)
    ranges = dict.fromkeys(group.words for group in groups)
    ax.set_xticks(range(len(ranges)), [_range(*words) for words in ranges], fontsize=11)
    ax.set(xlabel="words in the source", ylim=(0, 0.8))
    ax.legend(loc="upper right", ncols=2)


def _range(first: int, last: int) -> str:
    if last == ALL_LENGTHS[1]:
        return f"{first} +"
    return f"to {last}" if first == ALL_LENGTHS[0] else f"{first}–{last}"


def plot_bleu_shares(histograms: Mapping[str, np.ndarray], groups: Sequence[LengthGroup]) -> Sequence[Axes]:
    """Draw a new figure of how many sentences have which BLEU, one panel per setting; 100 stands apart.

    Args: histograms: see `read_histograms`; groups: those of ALL_LENGTHS, one a pair.
    """
    _, panels = plt.subplots(1, len(SETTINGS), figsize=(12, 3.8), sharey=True)
    for setting, ax in zip(SETTINGS, panels, strict=True):
        of_setting = [group for group in groups if group.setting == setting]
        draw_bleu_shares(ax, {group.pair: bleu_shares(histograms[group.pair], group) for group in of_setting})
        ax.set_title(f"{setting} resources")
    panels[0].set_ylabel("% of the sentences")
    return panels


def bleu_shares(histogram: np.ndarray, whole: LengthGroup) -> np.ndarray:
    """Return the % of a pair's sentences with a BLEU in each tenth of the scale, and with exactly 100.

    Args: histogram: see `read_histograms`; whole: the pair's group of ALL_LENGTHS.
    Returns: (BINS + 1,)
    """
    shares = 100 * histogram.sum(axis=0) / whole.segments
    return np.append(shares, 100 - shares.sum())


def draw_bleu_shares(ax: Axes, shares: Mapping[str, np.ndarray]) -> None:
    """Draw one line per name for the tenths of the scale, and apart from it a bar for 100.

    Args: shares: (BINS + 1,) each, of at most three names.
    """
    for number, ((name, found), marker) in enumerate(zip(shares.items(), "osD", strict=False)):
        (line,) = ax.plot(MIDDLES, found[:-1], marker=marker, markersize=7, label=name)
        look = {"facecolor": line.get_color(), "edgecolor": "black", "hatch": ("", "//", "..")[number]}
        ax.bar(PERFECT + 7 * number, found[-1], width=6, **look)
    ax.set(xlabel="sentence BLEU; bars: exactly 100", xlim=(0, PERFECT - 2 + 7 * len(shares)))
    ax.set_xticks(range(0, 101, 20))
    ax.legend(loc="upper center")


def plot_histograms(histograms: Mapping[str, np.ndarray], titles: Mapping[str, str]) -> np.ndarray:
    """Draw a new figure with a map of ratings and BLEU for each pair, darker where more sentences are.

    The line is the mean rating at each BLEU, where there are at least FEWEST sentences.

    Args: histograms: see `read_histograms`; titles: of each pair.
    """
    figure, panels = plt.subplots(2, 3, figsize=(11, 7), sharex=True, sharey=True)
    for (pair, counts), ax in zip(histograms.items(), panels.T.flat, strict=True):
        share = 100 * counts / counts.sum()
        image = ax.imshow(share, cmap="Greys", vmin=0, vmax=8, origin="lower", extent=(0, 100, 0, 100))
        many = counts.sum(axis=0) >= FEWEST
        ax.plot(MIDDLES[many], MIDDLES @ counts[:, many] / counts[:, many].sum(axis=0), "o-", color=COLORS[3])
        ax.set_title(titles[pair], fontsize=13)
        ax.grid(False)
    for ax in panels[-1]:
        ax.set_xlabel("sentence BLEU")
    for ax in panels[:, 0]:
        ax.set_ylabel("human rating")
    figure.colorbar(image, ax=panels, label="% of the sentences", shrink=0.8, extend="max")
    return panels

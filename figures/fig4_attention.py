"""Attention: Bahdanau's and Luong's scores by what they look at and by BLEU, and what they add by length.

All models read in one direction, which Luong's dot product asks for, and none feeds its readout back.  Where
they look is measured on the spoken dates, whose gold alignments are known and whose sentences may be stored;
what comes of it on `tatoeba-small`.  Its sentences have 3 to 8 tokens, so the effect of length is measured on
all of Tatoeba as well, with the 2,000 most frequent words of each language.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle

from course.attention.reading import gaze
from course.shared.style import COLORS, use_course_style
from figures.lab.drawing import MARKERS, by_variant, draw_intervals, save, values
from figures.lab.measures import Trained, may_diverge, test_metrics, trained, training_metrics
from figures.lab.plan import Run, measurement, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions, study_recipe
from figures.lab.stats import interval, intervals, unpack
from lstm_lib.evaluation import TestSet, batches
from lstm_lib.heatmap import attention_heatmap
from lstm_lib.text.corpus import Pair
from lstm_lib.text.metrics import alignment_error_rate, bleu_from_statistics
from lstm_lib.text.tokenizer import tokenize
from lstm_lib.text.vocabulary import EOS
from lstm_lib.translator import Translator

SCORES = {
    "Bahdanau": "bahdanau",
    "Luong dot": "luong-dot",
    "Luong general": "luong-general",
    "Luong concat": "luong-concat",
}
WITH, WITHOUT = "Bahdanau", "no attention"
WATCHED = (0, 8)  # pairs of the dates' test part, whose languages order day and month differently
POINTS = {"markersize": 9, "capsize": 6}
SHORT, LONG = (3, 5, 6, 7, 8), (3, 6, 9, 12)  # the shortest sentences of each bin, in tokens

# Where a decoder looks, and how widely


@measurement("attention.alignments", version=1)
@may_diverge
def train_and_align(configuration: dict, seed: int) -> dict:
    """Train and test the recipe, then see where its decoder looks while it reads the test references.

    Args: configuration: recipe; watched: places in the test part of the pairs whose attention is kept, with
        their words, so of a corpus that may be stored.
    Returns: the metrics of `measures.train_and_test`; source_tokens, of each test source, in the order of
        `statistics`; with attention those of `gaze_metrics`.
    """
    run = trained(configuration, seed)
    sources = TestSet.of(run.corpus.test).sources
    found = {
        **training_metrics(run),
        **test_metrics(run),
        "source_tokens": [len(tokenize(source)) for source in sources],
    }
    if run.translator.model.config.attention != "none":
        found |= gaze_metrics(run, configuration["watched"])
    return found


def gaze_metrics(run: Trained, watched: Sequence[int]) -> dict:
    """Measure the attention on the test part.

    Returns: entropy and uniform_entropy, nats, means over all real target tokens; least_aer, None without
        gold alignments; gazes, one for each pair that is watched: source and target (their words), weights,
        gold.
    """
    entropy, uniform = attention_entropy(run.translator, run.corpus.test)
    gold = all(pair.alignment is not None for pair in run.corpus.test)
    return {
        "entropy": entropy,
        "uniform_entropy": uniform,
        "least_aer": least_error_rate(run.corpus.test) if gold else None,
        "gazes": [kept_gaze(run.translator, run.corpus.test[place]) for place in watched],
    }


def attention_entropy(translator: Translator, pairs: Sequence[Pair]) -> tuple[float, float]:
    """Measure how widely the decoder looks while it reads the references: H_t = -sum_s w_ts ln w_ts.

    Ends of sentence count as tokens, of either side; padding has no weight.

    Returns: the mean of H in nats over all real target tokens; the same for a decoder that looks at all
        source tokens alike, which is the largest there can be.
    """
    found, most = [], []
    for batch in batches(translator, pairs):
        weights = translator.model.attention_weights(batch)[batch.target_mask].astype(float)  # (N, S)
        found.append(-np.sum(weights * np.log(np.where(weights > 0, weights, 1.0)), axis=1))
        lengths = batch.source_mask.sum(axis=1)
        most.append(np.repeat(np.log(lengths), batch.target_mask.sum(axis=1)))
    return float(np.concatenate(found).mean()), float(np.concatenate(most).mean())


def least_error_rate(pairs: Sequence[Pair]) -> float:
    """Return the alignment error rate of the best alignment that gives every target word one source word.

    Peaks of attention are such an alignment, so no attention comes below: a gold alignment may link a word to
    several, or to none.
    """
    best = []
    for pair in pairs:
        linked = {target: source for source, target in pair.alignment}
        best.append({(linked.get(target, 0), target) for target in range(len(tokenize(pair.target)))})
    return alignment_error_rate(best, [pair.alignment for pair in pairs])


def kept_gaze(translator: Translator, pair: Pair) -> dict:
    """Return the attention on a pair (target pieces, source pieces), its words and gold links, for JSON."""
    pieces = {
        side: codec.pieces([*codec.encode(text), EOS])
        for side, codec, text in (
            ("source", translator.source_codec, pair.source),
            ("target", translator.target_codec, pair.target),
        )
    }
    weights = gaze(translator, pair).astype(float).round(4).tolist()
    return {**pieces, "weights": weights, "gold": sorted(pair.alignment or ())}


# BLEU by the length of the source


class Bins(NamedTuple):
    """The test sentences of some lengths, K bins of them, and their BLEU as corpora of their own."""

    labels: list[str]  # K, as in "3–5" and "12+"
    lengths: np.ndarray  # (K,): mean source tokens
    counts: np.ndarray  # (K,): test sentences
    scores: np.ndarray  # (runs, K): BLEU, 0 to 100


def scored(rows: Sequence[Row]) -> list[Row]:
    """Return the rows whose training did not diverge."""
    return [row for row in rows if "statistics" in row["metrics"]]


def by_length(rows: Sequence[Row], shortest: Sequence[int]) -> Bins:
    """Sort the test sentences by source tokens, and score each bin of each run.

    Args:
        rows: runs on the same test part, whose metrics have source_tokens and statistics.
        shortest: the fewest tokens of each bin, ascending; the last has no end.  Bins without a sentence are
            left out.
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
    """Do the same with the differences in BLEU of two systems, first minus second, seed by seed."""
    ours, theirs = ({row["seed"]: row for row in rows} for rows in (first, second))
    seeds = [seed for seed in ours if seed in theirs]
    binned, other = (by_length([rows[seed] for seed in seeds], shortest) for rows in (ours, theirs))
    return binned._replace(scores=binned.scores - other.scores)


def _label(shortest: Sequence[int], k: int) -> str:
    if k == len(shortest) - 1:
        return f"{shortest[k]}+"
    last = shortest[k + 1] - 1
    return f"{shortest[k]}" if last == shortest[k] else f"{shortest[k]}–{last}"


# The study


def translations(options: StudyOptions) -> list[Run]:
    """Plan every score, and none, on short sentences with five seeds: that Bahdanau's is best is a claim."""
    return _plan(options, {**SCORES, WITHOUT: "none"}, 5, quick={"corpus": "dates"})


def alignments(options: StudyOptions) -> list[Run]:
    """Plan every score on the dates with five seeds: that Bahdanau's aligns best is a claim."""
    return _plan(options, SCORES, 5, WATCHED, corpus="dates-fr", epochs=3)


def longer(options: StudyOptions) -> list[Run]:
    """Plan trainings with and without attention on sentences of any length."""
    kinds = {WITH: SCORES[WITH], WITHOUT: "none"}
    return _plan(options, kinds, 3, quick={"corpus": "dates-es"}, corpus="tatoeba", vocabulary=2000)


def _plan(
    options: StudyOptions, kinds: Mapping[str, str], seeds: int, watched: Sequence[int] = (), **variation
) -> list[Run]:
    configurations = {
        name: {"recipe": study_recipe(options, attention=kind, **variation), "watched": list(watched)}
        for name, kind in kinds.items()
    }
    return over_seeds(train_and_align, configurations, options.seed_range(seeds))


def run(options: StudyOptions) -> None:
    """Run what is missing, and draw."""
    plans = (translations(options), alignments(options), longer(options))
    rows = [perform("attention", plan, options) for plan in plans]
    save(draw(*rows), options.figures, "fig4_attention")


def draw(translated: list[Row], aligned: list[Row], long: list[Row]) -> Figure:
    """Draw two sentences as each score sees them above; below, numbers by score and by length.

    Args: rows of `translations`, `alignments` and `longer`.
    """
    use_course_style()
    figure = plt.figure(figsize=(16, 15), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.05))
    _draw_gazes(above, by_variant(aligned))
    axes = below.subplots(2, 3)
    _draw_error_rates(axes[0, 0], by_variant(aligned))
    _draw_entropies(axes[0, 1], {"dates-fr": by_variant(aligned), "tatoeba-small": by_variant(translated)})
    draw_intervals(axes[0, 2], {name: values(rows, "bleu") for name, rows in by_variant(translated).items()})
    axes[0, 2].set(title="test BLEU, tatoeba-small", xlabel="BLEU (0 to 100), beam 5")
    gains, corpora = {}, (("tatoeba-small", translated, SHORT), ("tatoeba", long, LONG))
    for ax, (corpus, rows, shortest) in zip(axes[1, :2], corpora, strict=True):
        compared = {name: scored(by_variant(rows)[name]) for name in (WITH, WITHOUT)}
        _draw_lengths(ax, corpus, compared, shortest)
        gains[corpus] = gains_by_length(*compared.values(), shortest)
    _draw_gains(axes[1, 2], gains)
    return figure


def _draw_gazes(figure: SubFigure, variants: Mapping[str, list[Row]]) -> None:
    """Draw a row per sentence and a column per score, of the first seed that did not diverge."""
    axes = figure.subplots(len(WATCHED), len(variants), squeeze=False)
    for column, (name, rows) in enumerate(variants.items()):
        row = next((row for row in rows if "gazes" in row["metrics"]), None)
        for place, ax in enumerate(axes[:, column]):
            if row is None:
                ax.text(0.5, 0.5, "diverged", transform=ax.transAxes, ha="center")
                continue
            found = row["metrics"]["gazes"][place]
            attention_heatmap(np.array(found["weights"]), found["source"], found["target"], ax)
            ax.set(xlabel="", ylabel="")
            ax.tick_params(labelleft=column == 0)
            for source, target in found["gold"]:
                frame = {"fill": False, "edgecolor": COLORS[1], "linewidth": 2.5}
                ax.add_patch(Rectangle((source - 0.46, target - 0.46), 0.92, 0.92, **frame))
        axes[0, column].set_title(f"{name}, seed {row['seed']}" if row else name, fontweight="bold")
    figure.suptitle(
        "attention weights on two dates while their translations are read; frames: gold alignment"
    )


def _draw_error_rates(ax: Axes, variants: Mapping[str, list[Row]]) -> None:
    draw_intervals(ax, {name: values(rows, "aer") for name, rows in variants.items()}, decimals=2)
    least = max(value for rows in variants.values() for value in values(rows, "least_aer"))  # all are equal
    ax.axvline(least, color="0.3", linestyle="--", linewidth=1.5)
    ax.set(title="alignment error rate, dates", xlabel="AER (0 best); dashed: best of one link a word")


def _draw_entropies(ax: Axes, corpora: Mapping[str, Mapping[str, list[Row]]]) -> None:
    """Draw the mean over seeds by score and corpus, with its 95% interval."""
    for k, (corpus, variants) in enumerate(corpora.items()):
        rows = {place: scored(variants[name]) for place, name in enumerate(SCORES)}
        found = {place: values(of_score, "entropy") for place, of_score in rows.items() if of_score}
        mean, low, high = np.array([interval(entropies)[:3] for entropies in found.values()]).T
        places = [place + 0.3 * (k - 0.5) for place in found]
        look = {"fmt": MARKERS[k], "color": COLORS[k], "linestyle": "none", **POINTS}
        ax.errorbar(mean, places, xerr=[mean - low, high - mean], label=corpus, **look)
        most = max(row["metrics"]["uniform_entropy"] for of_score in rows.values() for row in of_score)
        ax.axvline(most, color=COLORS[k], linestyle=("--", ":")[k], linewidth=1.8)
    ax.set_yticks(range(len(SCORES)), list(SCORES))
    ax.grid(axis="y", visible=False)
    ax.set(title="entropy of the attention", xlabel="nats per target token; lines: looking everywhere alike")
    ax.set(ylim=(len(SCORES) - 0.5, -1.0), xlim=(0, None))
    ax.legend(loc="upper left", ncols=2)


def _draw_lengths(ax: Axes, corpus: str, variants: Mapping[str, list[Row]], shortest: Sequence[int]) -> None:
    """Draw BLEU of the test sentences of each bin, with and without attention."""
    for k, (name, rows) in enumerate(variants.items()):
        bins = by_length(rows, shortest)
        mean, low, high = intervals(bins.scores)
        places = np.arange(len(mean)) + 0.1 * (k - 0.5)  # apart, so that both intervals are seen
        ax.errorbar(places, mean, yerr=[mean - low, high - mean], label=name, marker=MARKERS[k], **POINTS)
    ticks = [f"{label}\n({count})" for label, count in zip(bins.labels, bins.counts, strict=True)]
    ax.set_xticks(range(len(ticks)), ticks)
    ax.set(title=f"BLEU by length, {corpus}", xlabel="source tokens (test sentences)")
    ax.set(ylabel="BLEU (0 to 100)", ylim=(0, None))
    ax.legend()


def _draw_gains(ax: Axes, corpora: Mapping[str, Bins]) -> None:
    """Draw what attention adds to the BLEU of each bin."""
    for k, (corpus, bins) in enumerate(corpora.items()):
        mean, low, high = intervals(bins.scores)
        error = [mean - low, high - mean]
        ax.errorbar(bins.lengths, mean, yerr=error, label=corpus, marker=MARKERS[k], **POINTS)
    ax.axhline(0.0, color="0.3", linestyle="-", linewidth=1.0)
    ax.set(title="what attention adds, by length", xlabel="source tokens, mean of the bin")
    ax.set(ylabel="BLEU, with minus without")
    ax.legend()

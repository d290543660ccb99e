"""Attention: Bahdanau's and Luong's scores by what they look at and by BLEU, and what they add by length.

All models read in one direction, which Luong's dot product asks for, and none feeds its readout back.  Where
they look is measured on the spoken dates, whose gold alignments are known and whose sentences may be stored;
what comes of it on `tatoeba-small`.  Its sentences have 3 to 8 tokens, so the effect of length is measured on
all of Tatoeba as well, with the 2,000 most frequent words of each language.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle

from course.shared.style import COLORS, use_course_style
from figures.alignments import train_and_align
from figures.lab.drawing import MARKERS, by_variant, draw_intervals, save, values
from figures.lab.options import StudyOptions
from figures.lab.plan import Run, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import study_recipe
from figures.lab.stats import interval, intervals
from figures.lengths import Bins, by_length, gains_by_length, scored
from lstm_lib.heatmap import attention_heatmap

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


def translations(options: StudyOptions) -> list[Run]:
    """Every score, and none, on short sentences with five seeds: that Bahdanau's is best is a claim."""
    return _plan(options, {**SCORES, WITHOUT: "none"}, 5, quick={"corpus": "dates"})


def alignments(options: StudyOptions) -> list[Run]:
    """Every score on the dates with five seeds: that Bahdanau's aligns best is a claim."""
    return _plan(options, SCORES, 5, WATCHED, corpus="dates-fr", epochs=3)


def longer(options: StudyOptions) -> list[Run]:
    """With and without attention on sentences of any length."""
    kinds = {WITH: SCORES[WITH], WITHOUT: "none"}
    return _plan(options, kinds, 3, quick={"corpus": "dates-es"}, corpus="tatoeba", vocabulary=2000)


def _plan(
    options: StudyOptions,
    kinds: Mapping[str, str],
    seeds: int,
    watched: Sequence[int] = (),
    *,
    quick: Mapping[str, str] | None = None,
    **variation,
) -> list[Run]:
    return [
        run
        for name, kind in kinds.items()
        for run in over_seeds(
            name,
            train_and_align,
            {
                "recipe": study_recipe(options, attention=kind, quick=quick, **variation),
                "watched": list(watched),
            },
            options.seed_range(seeds),
        )
    ]


def draw(translated: list[Row], aligned: list[Row], long: list[Row]) -> Figure:
    """Above, two sentences as each score sees them; below, numbers by score and by length.

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
    """A row a sentence, a column a score, of the first seed that did not diverge."""
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
    """The mean over seeds by score and corpus, with its 95% interval."""
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
    ax.set(
        title="entropy of the attention",
        xlabel="nats a target token; lines: looking everywhere alike",
        ylim=(len(SCORES) - 0.5, -1.0),
        xlim=(0, None),
    )
    ax.legend(loc="upper left", ncols=2)


def _draw_lengths(ax: Axes, corpus: str, variants: Mapping[str, list[Row]], shortest: Sequence[int]) -> None:
    """BLEU of the test sentences of each bin, with and without attention."""
    for k, (name, rows) in enumerate(variants.items()):
        bins = by_length(rows, shortest)
        mean, low, high = intervals(bins.scores)
        places = np.arange(len(mean)) + 0.1 * (k - 0.5)  # apart, so that both intervals are seen
        ax.errorbar(places, mean, yerr=[mean - low, high - mean], label=name, marker=MARKERS[k], **POINTS)
    ticks = [f"{label}\n({count})" for label, count in zip(bins.labels, bins.counts, strict=True)]
    ax.set_xticks(range(len(ticks)), ticks)
    ax.set(
        title=f"BLEU by length, {corpus}", xlabel="source tokens (test sentences)", ylabel="BLEU (0 to 100)"
    )
    ax.set_ylim(0, None)
    ax.legend()


def _draw_gains(ax: Axes, corpora: Mapping[str, Bins]) -> None:
    """What attention adds to the BLEU of each bin."""
    for k, (corpus, bins) in enumerate(corpora.items()):
        mean, low, high = intervals(bins.scores)
        error = [mean - low, high - mean]
        ax.errorbar(bins.lengths, mean, yerr=error, label=corpus, marker=MARKERS[k], **POINTS)
    ax.axhline(0.0, color="0.3", linestyle="-", linewidth=1.0)
    ax.set(
        title="what attention adds, by length",
        xlabel="source tokens, mean of the bin",
        ylabel="BLEU, with minus without",
    )
    ax.legend()


def run(options: StudyOptions) -> None:
    """Run what is missing, and draw."""
    plans = (translations(options), alignments(options), longer(options))
    rows = [perform("attention", plan, options) for plan in plans]
    save(draw(*rows), options.figures, "fig4_attention")

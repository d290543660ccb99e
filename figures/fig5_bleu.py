"""BLEU: what it is made of, what size and data do to it, and what people's ratings say of it.

The models of less data learn from the first quarter and the first sixteenth of the study's pairs, each seen
4 and 16 times in what counts as an epoch: so all take the same number of updates, at the same learning rates,
and as many looks at the development part.  Their vocabularies are those of the pairs that they have.

The published sentences (see data/human_ratings) are scored against their own post-edits, and are longer than
ours, which are scored against independent translations: the shapes of the distributions can be compared, not
their heights.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.bleu.human_ratings import (
    ALL_LENGTHS,
    BINS,
    MIDDLES,
    PERFECT,
    SETTINGS,
    LengthGroup,
    bleu_shares,
    draw_bleu_shares,
    draw_by_length,
    read_by_length,
    read_histograms,
)
from course.shared.style import COLORS
from figures.lab.drawing import MARKERS, by_variant, draw_intervals, new_figure, save, values
from figures.lab.measures import train_and_test
from figures.lab.plan import Run, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions, study_recipe
from figures.lab.stats import interval, intervals, unpack
from lstm_lib.text.metrics import ORDER

SIZES, QUICK_SIZES = (32, 64, 96, 128, 256), (12, 24)
REPEATS = (1, 4, 16)  # a model with a quarter of the pairs sees each four times as often
CAVEAT = (
    "Published sentences are scored against their own post-edits, ours, which are shorter, against "
    "independent translations.\n"
    "The published histograms leave out sentences of exactly 100: these stand apart, as bars."
)


def sizes(options: StudyOptions) -> list[Run]:
    """Plan the study's model, narrower and wider."""
    recipes = {
        f"hidden {size}": {"recipe": study_recipe(options, hidden_size=size, embedding_size=size)}
        for size in (QUICK_SIZES if options.quick else SIZES)
    }
    return over_seeds(train_and_test, recipes, options.seed_range(3))


def amounts(options: StudyOptions) -> list[Run]:
    """Plan the study's model, with all of its pairs first, and with fewer."""
    pairs = study_recipe(options)["train_pairs"]
    recipes = {
        f"{100 / repeats:.0f}% of the pairs": {
            "recipe": study_recipe(options, train_pairs=pairs // repeats, repeats=repeats)
        }
        for repeats in REPEATS
    }
    return over_seeds(train_and_test, recipes, options.seed_range(5))


def run(options: StudyOptions) -> None:
    """Run what is missing, and draw."""
    fed = perform("bleu", amounts(options), options)
    sized = perform("bleu", sizes(options), options)
    save(draw(sized, fed), options.figures, "fig5_bleu")


def sentence_bleu(statistics: np.ndarray) -> np.ndarray:
    """Return sacreBLEU's sentence scores with effective order: only orders that a hypothesis has count.

    Unlike `text.metrics.bleu_from_statistics`, the score of a corpus, it is not 0 for three words.

    Args: statistics: (N, 10), from `text.metrics.bleu_statistics`.
    Returns: (N,), 0 to 100.
    Source: Post (2018), "exp" smoothing after Chen and Cherry (2014), method 3.
    """
    hypothesis_length, reference_length = statistics[:, 0], statistics[:, 1]
    correct, total = statistics[:, 2 : 2 + ORDER], statistics[:, 2 + ORDER :]
    smoothed = np.where(correct > 0, correct, 0.5 ** np.cumsum(correct == 0, axis=1))
    orders = (total > 0).sum(axis=1)
    logs = np.where(total > 0, np.log(smoothed / np.maximum(total, 1)), 0.0)
    brevity_penalty = np.exp(np.minimum(0, 1 - reference_length / np.maximum(hypothesis_length, 1)))
    scores = 100 * brevity_penalty * np.exp(logs.sum(axis=1) / np.maximum(orders, 1))
    return np.where(correct[:, 0] > 0, scores, 0.0)


def shares(statistics: np.ndarray) -> np.ndarray:
    """Return the % of the sentences with a BLEU in each tenth of the scale, and that of exactly 100.

    Args: statistics: (N, 10).
    Returns: (BINS + 1,), as `course.bleu.human_ratings.bleu_shares`.
    """
    scores = sentence_bleu(statistics)
    perfect = scores > 100 - 1e-9  # what rounding may leave of 100
    places = np.where(perfect, BINS, scores * BINS / 100).astype(int)
    return 100 * np.bincount(places, minlength=BINS + 1) / len(scores)


def draw(sized: Sequence[Row], fed: Sequence[Row]) -> Figure:
    """Draw our models; published ratings and BLEU by length; BLEU of published sentences and of ours.

    Args: sized: rows of `sizes`; fed: of `amounts`.
    """
    figure, axes = new_figure(3, 3, (16, 13.5))
    of_amount = by_variant(fed)
    _draw_parts(axes[0, 0], next(iter(of_amount.values())))
    _draw_sizes(axes[0, 1], by_variant(sized))
    draw_intervals(axes[0, 2], {name.split()[0]: values(rows, "bleu") for name, rows in of_amount.items()})
    axes[0, 2].set(title="training pairs, at equal updates", xlabel="test BLEU (0 to 100), beam 5")
    groups = read_by_length()
    _draw_ratings(axes[1], [group for group in groups if group.words != ALL_LENGTHS])
    _draw_distributions(axes[2], [group for group in groups if group.words == ALL_LENGTHS], of_amount)
    figure.supxlabel(CAVEAT, fontsize="medium")
    return figure


def _draw_parts(ax: Axes, rows: Sequence[Row]) -> None:
    """Draw what the score is made of, for the study's model."""
    precisions = values(rows, "precisions")  # (seeds, 4)
    parts = {f"{n}-grams": precisions[:, n - 1] for n in range(1, precisions.shape[1] + 1)}
    parts["geometric mean"] = precisions.prod(axis=1) ** (1 / precisions.shape[1])
    parts["brevity penalty"] = 100 * values(rows, "brevity_penalty")
    parts["BLEU"] = values(rows, "bleu")
    means, lows, highs = intervals(np.transpose(list(parts.values())))
    look = {"hatch": ["", "", "", "", "//", "..", "xx"], "edgecolor": "black", "capsize": 5}
    colors = [COLORS[0]] * precisions.shape[1] + list(COLORS[1:4])
    bars = ax.bar(list(parts), means, yerr=[means - lows, highs - means], color=colors, **look)
    ax.bar_label(bars, [f"{mean:.1f}" for mean in means], padding=3)
    ax.set_xticks(range(len(parts)), list(parts), rotation=35, ha="right", rotation_mode="anchor")
    ax.grid(axis="x", visible=False)
    ax.set(
        title="BLEU = geometric mean × brevity penalty", ylabel="percent, or score (0 to 100)", ylim=(0, 115)
    )


def _draw_sizes(ax: Axes, variants: Mapping[str, Sequence[Row]]) -> None:
    """Draw BLEU against the time it takes, one sign per size."""
    for place, (name, rows) in enumerate(variants.items()):
        bleu, seconds = values(rows, "bleu"), values(rows, "training_seconds")
        if not len(bleu):
            continue
        (x, *across, _), (y, *along, _) = interval(seconds), interval(bleu)
        error = {
            "xerr": np.abs(np.subtract(across, x))[:, None],
            "yerr": np.abs(np.subtract(along, y))[:, None],
        }
        style = {"fmt": MARKERS[place % len(MARKERS)], "markersize": 10, "capsize": 4, "label": name}
        ax.errorbar(x, y, **error, color=COLORS[place % len(COLORS)], **style)
    ax.set(title="model size", xlabel="training time (s), one thread", ylabel="test BLEU (0 to 100)")
    ax.legend(loc="lower right")


def _draw_ratings(panels: Sequence[Axes], groups: Sequence[LengthGroup]) -> None:
    """Draw how BLEU correlates with published ratings, by source length, one panel per setting."""
    for ax, setting in zip(panels, SETTINGS, strict=True):
        draw_by_length(ax, [group for group in groups if group.setting == setting])
        ax.set_title(f"people's ratings, {setting} resources")
    panels[0].set_ylabel("Pearson $r$, rating and BLEU")


def _draw_distributions(
    panels: Sequence[Axes], wholes: Sequence[LengthGroup], of_amount: Mapping[str, Sequence[Row]]
) -> None:
    """Draw how many sentences have which BLEU, published ones and ours, one panel per setting."""
    histograms = read_histograms()
    for ax, setting, (name, rows) in zip(panels, SETTINGS, of_amount.items(), strict=True):
        of_setting = [whole for whole in wholes if whole.setting == setting]
        published = {whole.pair: bleu_shares(histograms[whole.pair], whole) for whole in of_setting}
        _draw_distribution(ax, published, f"ours, {name}", rows)
        ax.set_title(f"BLEU of sentences, {setting} resources")
    panels[0].set_ylabel("% of the sentences")
    top = max(ax.get_ylim()[1] for ax in panels)
    for ax in panels:
        ax.set_ylim(0, 1.2 * top)  # with room for the legend


def _draw_distribution(ax: Axes, published: dict[str, np.ndarray], name: str, rows: Sequence[Row]) -> None:
    """Draw published sentences and ours, the latter with the 95% interval of the seeds."""
    found = np.array([shares(unpack(row["metrics"]["statistics"])) for row in rows])  # (seeds, BINS + 1)
    means, lows, highs = (np.clip(part, 0, 100) for part in intervals(found))
    draw_bleu_shares(ax, published | {name: means})
    color = ax.lines[-1].get_color()
    ax.fill_between(MIDDLES, lows[:-1], highs[:-1], color=color, alpha=0.2, linewidth=0)
    error = [[means[-1] - lows[-1]], [highs[-1] - means[-1]]]
    ax.errorbar(PERFECT + 7 * len(published), means[-1], error, ecolor="black", capsize=3)

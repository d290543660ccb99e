"""The figures of the study of optimization: rows of its sections in, three figures out."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.shared.style import COLORS
from figures.lab.drawing import MARKERS, by_variant, draw_intervals, draw_lines, new_figure, values
from figures.lab.results import Row
from figures.lab.stats import interval

Sections = Mapping[str, list[Row]]
CURVES = {
    "dev_loss": ("development loss", "nats a token"),
    "dev_bleu": ("development BLEU", "BLEU (0 to 100), greedy"),
}
EARLY = 3  # epochs, after which the faster training is ahead
LEARNED = 10.0  # development BLEU that a sound training reaches
SETBACK = 0.1  # the share of its best development BLEU that it does not lose again
SMOOTHED = 24  # blocks of updates, whose mean losses make a line

# Optimizers and schedules


def draw_optimization(sections: Sections) -> Figure:
    """Optimizers above, with the grid that their rates come from below on the left; then schedules."""
    figure, axes = new_figure(2, 3, (17, 10))
    optimizers, schedules = by_variant(sections["optimizers"]), by_variant(sections["schedules"])
    _draw_curves(axes[0, 0], "optimizers", optimizers, "dev_loss")
    _draw_curves(axes[0, 1], "optimizers", optimizers, "dev_bleu")
    axes[0, 0].legend()
    scores = {f"{name}\nrate {_rate(rows[0]):g}": values(rows, "bleu") for name, rows in optimizers.items()}
    draw_intervals(axes[0, 2], scores)
    _draw_rates(axes[1, 0], sections["rates"], {name: _rate(rows[0]) for name, rows in optimizers.items()})
    _draw_curves(axes[1, 1], "schedules", schedules, "dev_bleu")
    axes[1, 1].legend()
    draw_intervals(axes[1, 2], {name: values(rows, "bleu") for name, rows in schedules.items()})
    for ax, of_what in zip(axes[:, 2], ("optimizers", "schedules"), strict=True):
        ax.set(title=f"{of_what}: test BLEU, beam 5", xlabel="BLEU (0 to 100)")
    return figure


def _draw_curves(ax: Axes, of_what: str, variants: Mapping[str, list[Row]], metric: str) -> None:
    """One metric by epoch; a variant without a single training that ended has no line."""
    curves = {name: found for name, rows in variants.items() if len(found := values(rows, metric))}
    epochs = max((curve.shape[1] for curve in curves.values()), default=0)
    draw_lines(ax, range(1, epochs + 1), curves)
    title, unit = CURVES[metric]
    ax.set(title=f"{of_what}: {title}", xlabel="epoch", ylabel=unit, ylim=(0, None))


def _draw_rates(ax: Axes, rows: list[Row], chosen: Mapping[str, float]) -> None:
    """The loss that a short training reaches with each learning rate; the chosen one in a ring."""
    for place, (name, found) in enumerate(by_variant(rows).items()):
        ended = [row for row in found if "diverged" not in row["metrics"]]
        losses = {_rate(row): row["metrics"]["dev_loss"][-1] for row in ended}
        ax.plot(losses.keys(), losses.values(), marker=MARKERS[place], color=COLORS[place], label=name)
        if chosen[name] in losses:
            ring = {"markersize": 17, "markerfacecolor": "none", "color": "black", "markeredgewidth": 1.8}
            ax.plot(chosen[name], losses[chosen[name]], "o", **ring)
    epochs = rows[0]["configuration"]["recipe"]["epochs"]
    ax.set(
        title="how the rates were chosen (ring)",
        xlabel="peak learning rate",
        ylabel=f"development loss after {epochs} epochs",
        xscale="log",
    )
    ax.legend(fontsize="small")


def _rate(row: Row) -> float:
    return row["configuration"]["recipe"]["learning_rate"]


# Clipping, and the recipe


def draw_clipping(sections: Sections) -> Figure:
    """Above, what clipping does to the recipe and where steps are too long; below, the recipe's worth."""
    figure, axes = new_figure(2, 3, (17, 10))
    watched = by_variant(sections["clipping"])
    _draw_norms(axes[0, 0], "the recipe", watched["the recipe"])
    _draw_norms(axes[0, 1], _harsh_name(watched), watched["harsh, clipped"])
    _draw_losses(axes[0, 2], watched)
    recipe = by_variant(sections["recipe"])
    _draw_curves(axes[1, 0], "without an ingredient", recipe, "dev_bleu")
    axes[1, 0].legend()
    draw_intervals(axes[1, 1], {name: early_bleu(rows) for name, rows in recipe.items()})
    axes[1, 1].set(title=f"development BLEU after {EARLY} epochs", xlabel="BLEU (0 to 100), greedy")
    scores = {f"{name}\n{_told(rows)}": values(rows, "bleu") for name, rows in recipe.items()}
    draw_intervals(axes[1, 2], scores)
    axes[1, 2].set(title="without an ingredient: test BLEU, beam 5", xlabel="BLEU (0 to 100)")
    return figure


def _harsh_name(watched: Mapping[str, list[Row]]) -> str:
    return f"SGD at rate {_rate(watched['harsh, clipped'][0]):g}"


def _draw_norms(ax: Axes, name: str, rows: list[Row]) -> None:
    """The first seed's norm at every update, as it was and as it reached the optimizer."""
    limit = rows[0]["configuration"]["recipe"]["clip_norm"]
    before, after = rows[0]["metrics"]["before"], rows[0]["metrics"]["after"]
    updates = range(1, len(before) + 1)
    ax.plot(updates, before, "-", color="0.6", linewidth=1.2, label="before clipping")
    ax.plot(updates, after, "-", color=COLORS[0], linewidth=0.8, label="after clipping")
    ax.axhline(limit, color="black", linestyle="--", linewidth=1.5, label=f"longest allowed, {limit:g}")
    share = sum(row["metrics"]["clipped"] for row in rows) / sum(len(row["metrics"]["loss"]) for row in rows)
    ax.set(title=f"{name}: {share:.1%} of updates clipped", xlabel="update", yscale="log")
    ax.set_ylabel("global norm of the gradients")
    ax.set_ylim(None, 6 * max(limit, *before))  # room for the legend
    ax.legend(loc="upper right", fontsize="small")


def _draw_losses(ax: Axes, watched: Mapping[str, list[Row]]) -> None:
    """The training loss where steps are too long, with clipping and without, and what it ends at; above the
    dotted line, training has made the model worse than it was.
    """
    for name in ("clipped", "not clipped"):
        rows = watched[f"harsh, {name}"]
        length = min(len(row["metrics"]["loss"]) for row in rows)  # shorter where one diverged
        losses = np.array([row["metrics"]["loss"][:length] for row in rows])  # (seeds, updates)
        blocks = np.array_split(losses, min(SMOOTHED, length), axis=1)
        ends = np.cumsum([block.shape[1] for block in blocks])
        means = np.stack([block.mean(axis=1) for block in blocks], axis=1)
        draw_lines(ax, ends, {f"{name}: {_ending(rows)}": means})
    untrained = np.mean([row["metrics"]["loss"][0] for row in watched["harsh, clipped"]])
    ax.axhline(
        untrained, color="black", linestyle=":", linewidth=2, label=f"before training: {untrained:.1f}"
    )
    ax.set(title=f"{_harsh_name(watched)}: training loss", xlabel="update", ylabel="nats a token")
    ax.set_ylim(0, 1.25 * ax.get_ylim()[1])  # room for the legend
    ax.legend(fontsize="small")


def _ending(rows: Sequence[Row]) -> str:
    """How trainings ended, told by the median of their development losses."""
    ended = [row["metrics"]["dev_loss"] for row in rows if row["metrics"]["dev_loss"] is not None]
    lost = len(rows) - len(ended)
    told = f"development loss {np.median(ended):.1f}" if ended else ""
    return ", ".join(filter(None, [told, f"{lost} of {len(rows)} diverged" if lost else ""]))


def early_bleu(rows: Sequence[Row]) -> list[float]:
    """The development BLEU of each seed after three epochs: how fast a recipe learns."""
    curves = (row["metrics"].get("dev_bleu") for row in rows)
    return [curve[:EARLY][-1] for curve in curves if curve]


def is_sound(row: Row) -> bool:
    """Whether a training learned something, and neither diverged nor ended well below its own best epoch."""
    curve = row["metrics"].get("dev_bleu", [0.0])
    return max(curve) >= LEARNED and curve[-1] >= (1 - SETBACK) * max(curve)


def _told(rows: Sequence[Row]) -> str:
    return f"{sum(map(is_sound, rows))} of {len(rows)} sound"


# Dropout


def draw_dropout(sections: Sections) -> Figure:
    """Accuracy and BLEU by rate, and the recurrent dropouts side by side."""
    figure, ((accuracy, bleu, recurrent),) = new_figure(1, 3, (17, 5.6))
    _draw_by_rate(accuracy, sections["dropout"], {"train_accuracy": "training", "dev_accuracy": "validation"})
    accuracy.set(title="words right, read without noise", ylabel="accuracy (share of target tokens)")
    accuracy.legend()
    _draw_by_rate(bleu, sections["dropout"], {"bleu": "test"})
    bleu.set(title="test BLEU, beam 5", ylabel="BLEU (0 to 100)")
    kinds = by_variant(sections["recurrent dropout"])
    draw_intervals(recurrent, {name: values(rows, "bleu") for name, rows in kinds.items()})
    recurrent.set(title="recurrent dropout: test BLEU, beam 5", xlabel="BLEU (0 to 100)")
    return figure


def _draw_by_rate(ax: Axes, rows: list[Row], metrics: Mapping[str, str]) -> None:
    """Means with intervals by dropout rate, and the seeds as dots.  Args: metrics: with their names."""
    for place, (metric, name) in enumerate(metrics.items()):
        found: dict[float, list[float]] = {}
        for row in rows:
            if metric in row["metrics"]:
                rate = row["configuration"]["recipe"]["dropout"]
                found.setdefault(rate, []).append(row["metrics"][metric])
        mean, low, high = np.array([interval(each)[:3] for each in found.values()]).reshape(-1, 3).T
        style = {"marker": MARKERS[place], "color": COLORS[place], "markersize": 9, "capsize": 6}
        ax.errorbar(list(found), mean, [mean - low, high - mean], label=name, **style)
        for rate, each in found.items():
            ax.plot(np.full(len(each), rate), each, ".", color="0.45", markersize=6)
    ax.set(xlabel="dropout rate")

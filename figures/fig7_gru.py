"""LSTM against GRU: parameters, time of an update, convergence, and gates along a sentence."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.shared.style import COLORS
from figures.cells import GATES, interleaved_updates, train_and_watch
from figures.lab.drawing import by_variant, draw_intervals, draw_lines, new_figure, save, values
from figures.lab.options import StudyOptions
from figures.lab.plan import Run, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import STUDY, study_recipe

CELLS = {"LSTM": "lstm", "GRU": "gru"}
SIZES, QUICK_SIZES = (64, 96, 256), (16, 32)
READ, QUICK_READ = "my friend does not want to eat in the house .", "the third of may twenty twenty"
HATCHES = ("", "//")


def timings(options: StudyOptions) -> list[Run]:
    """Updates of both cells in turn, at several sizes."""
    sizes, rounds = (QUICK_SIZES, 5) if options.quick else (SIZES, 100)
    return [
        run
        for size in sizes
        for run in over_seeds(
            f"hidden {size}",
            interleaved_updates,
            {"recipe": study_recipe(options, hidden_size=size, embedding_size=size), "rounds": rounds},
            options.seed_range(5),
        )
    ]


def trainings(options: StudyOptions) -> list[Run]:
    """Both cells with five seeds: that a GRU learns faster is a claim."""
    return [
        run
        for name, cell in CELLS.items()
        for run in over_seeds(
            name,
            train_and_watch,
            {"recipe": study_recipe(options, cell=cell), "read": QUICK_READ if options.quick else READ},
            options.seed_range(5),
        )
    ]


def draw(timed: list[Row], learned: list[Row]) -> Figure:
    """Size, time and convergence above; below, BLEU and the gates of both cells."""
    figure, axes = new_figure(2, 3, (15, 8.5))
    variants = by_variant(learned)
    _draw_parameters(axes[0, 0], of_study_size(timed))
    _draw_ratios(axes[0, 1], timed)
    curves = {name: values(rows, "dev_bleu") for name, rows in variants.items()}
    draw_lines(axes[0, 2], range(1, next(iter(curves.values())).shape[1] + 1), curves)
    axes[0, 2].set(title="convergence", xlabel="epoch", ylabel="development BLEU, greedy", ylim=(0, None))
    axes[0, 2].legend()
    draw_intervals(axes[1, 0], {name: values(rows, "bleu") for name, rows in variants.items()})
    axes[1, 0].set(title="test BLEU, beam 5", xlabel="BLEU (0 to 100)")
    for ax, (name, rows) in zip(axes[1, 1:], variants.items(), strict=True):
        _draw_gates(ax, name, rows)
    return figure


def of_study_size(timed: list[Row]) -> Row:
    """Of the timings the first of the size that the studies train, or in a quick run of the smallest."""
    return by_variant(timed).get(f"hidden {STUDY.hidden_size}", timed)[0]


def _draw_parameters(ax: Axes, row: Row) -> None:
    counted = {
        "recurrent cells": row["metrics"]["recurrent_parameters"],
        "whole model": row["metrics"]["parameters"],
    }
    for k, (name, cell) in enumerate(CELLS.items()):
        counts = [found[cell] / 1000 for found in counted.values()]
        style = {"width": 0.36, "color": COLORS[k], "edgecolor": "black", "hatch": HATCHES[k]}
        bars = ax.bar([place + 0.38 * (k - 0.5) for place in range(len(counts))], counts, label=name, **style)
        ax.bar_label(bars, [f"{count:,.0f}" for count in counts], padding=3)
    ax.set_xticks(range(len(counted)), list(counted))
    ax.margins(y=0.15)
    ax.set(title=f"parameters, {row['variant']}", ylabel="thousands")
    ax.legend(loc="upper left")


def _draw_ratios(ax: Axes, rows: list[Row]) -> None:
    ratios = {name: values(found, "ratio") for name, found in by_variant(rows).items()}
    draw_intervals(ax, ratios, decimals=2)
    ax.axvline(1.0, color="0.3", linestyle="--", linewidth=1.5)
    ax.set(title="time of an update, GRU to LSTM", xlabel="ratio, measured in turn (below 1: GRU faster)")


def _draw_gates(ax: Axes, name: str, rows: list[Row]) -> None:
    words = rows[0]["metrics"]["words"]
    letters = {"i": "input $i$", "f": "forget $f$", "o": "output $o$", "r": "reset $r$", "z": "update $z$"}
    gates = {letters[gate]: [row["metrics"]["gates"][gate] for row in rows] for gate in GATES[CELLS[name]]}
    draw_lines(ax, range(len(words)), gates, marker="o")
    ax.set_xticks(range(len(words)), words, rotation=35, ha="right", rotation_mode="anchor", parse_math=False)
    ax.set(title=f"gates of the {name} encoder", ylabel="mean over units (0 closed, 1 open)", ylim=(0, 1))
    ax.legend(loc="best", ncols=3, handlelength=1.6, columnspacing=1.0)


def run(options: StudyOptions) -> None:
    """Run what is missing, timings one at a time, and draw."""
    timed = perform("gru", timings(options), options, at_once=1)
    learned = perform("gru", trainings(options), options)
    save(draw(timed, learned), options.figures, "fig7_gru")

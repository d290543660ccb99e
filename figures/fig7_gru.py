"""LSTM against GRU: parameters, and time of an update.  How they learn, `designs.cell_design` measures."""

import time

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.shared.style import COLORS
from figures.lab.drawing import by_variant, draw_intervals, new_figure, save, values
from figures.lab.plan import Run, measurement, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import STUDY, StudyOptions, read_corpus, recipe_of, study_recipe
from lstm_lib import runs
from lstm_lib.text.batching import Batch, bucketed_batches, encode_pairs
from lstm_lib.training import clip_by_global_norm

CELLS = {"LSTM": "lstm", "GRU": "gru"}
SIZES, QUICK_SIZES = (64, 96, 256), (16, 32)
WARM_UP = 3  # updates before the clock starts
HATCHES = ("", "//")


@measurement("gru.updates", version=2)  # 2: with gates cut faster
def interleaved_updates(configuration: dict, seed: int) -> dict:
    """Time whole training updates of both cells on the same batches, turn by turn in one process.

    A busy machine slows both alike, so their ratio holds where seconds do not.

    Args: configuration: recipe, whose cell is ignored; rounds: batches, an update of each cell on every one.
    Returns: for "lstm" and "gru" the median ms of an update; ratio, the median over the rounds of GRU to
        LSTM; parameters of the whole model and recurrent_parameters, of its cells, by cell.
    """
    updates = {cell: _Update({**configuration["recipe"], "cell": cell}, seed) for cell in CELLS.values()}
    batches = updates["lstm"].batches(configuration["rounds"] + WARM_UP)
    seconds = np.array([[update(batch) for update in updates.values()] for batch in batches])[WARM_UP:]
    return {
        **{cell: float(1000 * np.median(column)) for cell, column in zip(updates, seconds.T, strict=True)},
        "ratio": float(np.median(seconds[:, 1] / seconds[:, 0])),
        "parameters": {cell: update.model.num_parameters for cell, update in updates.items()},
        "recurrent_parameters": {
            cell: sum(array.size for name, array in update.model.params.items() if ".rnn." in name)
            for cell, update in updates.items()
        },
    }


class _Update:
    """One model in training; calling it does an update and returns its seconds."""

    def __init__(self, recipe: dict, seed: int):
        self.recipe = recipe_of({"recipe": recipe}, seed)
        self.corpus = read_corpus(self.recipe)
        self.translator = runs.new_translator(self.recipe, self.corpus)
        self.model, self.optimizer = self.translator.model, runs.make_optimizer(self.recipe)
        self.optimizer.state = self.optimizer.initial_state(self.model.params)
        self.rng = np.random.default_rng(seed)

    def batches(self, count: int) -> list[Batch]:
        """Return the first batches of the corpus, again and again where it has fewer."""
        encoded = encode_pairs(self.corpus.train, self.translator.source_codec, self.translator.target_codec)
        found = bucketed_batches(encoded, self.recipe.batch_size, np.random.default_rng(self.recipe.seed))
        return [found[k % len(found)] for k in range(count)]

    def __call__(self, batch: Batch) -> float:
        started = time.perf_counter()
        _, grads, _ = self.model.loss_and_grads(batch, self.rng)
        clip_by_global_norm(grads, self.recipe.clip_norm)
        self.optimizer.update(self.model.params, grads, self.recipe.learning_rate)
        return time.perf_counter() - started


def timings(options: StudyOptions) -> list[Run]:
    """Plan updates of both cells in turn, at several sizes."""
    sizes, rounds = (QUICK_SIZES, 5) if options.quick else (SIZES, 100)
    configurations = {
        f"hidden {size}": {
            "recipe": study_recipe(options, hidden_size=size, embedding_size=size),
            "rounds": rounds,
        }
        for size in sizes
    }
    return over_seeds(interleaved_updates, configurations, options.seed_range(5))


def run(options: StudyOptions) -> None:
    """Run what is missing, one at a time, and draw."""
    save(draw(perform("gru", timings(options), options, at_once=1)), options.figures, "fig7_gru")


def draw(timed: list[Row]) -> Figure:
    """Draw the size of both translators, and the time of their updates."""
    figure, ((parameters, ratios),) = new_figure(1, 2, (12, 4.5))
    _draw_parameters(parameters, of_study_size(timed))
    _draw_ratios(ratios, timed)
    return figure


def of_study_size(timed: list[Row]) -> Row:
    """Return the first timing of the size that the studies train, or of the smallest in a quick run."""
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

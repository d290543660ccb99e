"""LSTM against GRU: parameters, time of an update, convergence, and gates along a sentence."""

import time

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.shared.style import COLORS
from figures.lab.drawing import by_variant, draw_epochs, draw_intervals, draw_lines, new_figure, save, values
from figures.lab.measures import test_metrics, trained, training_metrics
from figures.lab.plan import Run, measurement, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform
from figures.lab.setting import STUDY, StudyOptions, read_corpus, recipe_of, study_recipe
from lstm_lib import runs
from lstm_lib.nn.activations import sigmoid
from lstm_lib.text.batching import Batch, bucketed_batches, encode_pairs
from lstm_lib.text.vocabulary import EOS
from lstm_lib.training import clip_by_global_norm
from lstm_lib.translator import Translator

CELLS = {"LSTM": "lstm", "GRU": "gru"}
GATES = {"lstm": "ifo", "gru": "ru"}  # those with a sigmoid, by their letters in the equations
ORDER = {"lstm": "ifgo", "gru": "run"}  # as they stand side by side in the weights
SIZES, QUICK_SIZES = (64, 96, 256), (16, 32)
READ, QUICK_READ = "my friend does not want to eat in the house .", "the third of may twenty twenty"
WARM_UP = 3  # updates before the clock starts
HATCHES = ("", "//")
STORED_AS = {"u": "z"}  # the update gate in rows of the first edition, after the literature


@measurement("gru.updates", version=2)  # 2: with gates cut faster
def interleaved_updates(configuration: dict, seed: int) -> dict:
    """Time whole training updates of both cells on the same batches, turn by turn in one process.

    A busy machine slows both alike, so their ratio holds where seconds do not.

    Args: configuration: recipe, whose cell is ignored; rounds: batches, an update of each cell on every one.
    Returns: for "lstm" and "gru" the median ms of an update; ratio, the median over the rounds of GRU to
        LSTM; parameters of the whole model and recurrent_parameters, of its cells, by cell.
    """
    updates = {cell: _Update({**configuration["recipe"], "cell": cell}, seed) for cell in GATES}
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


@measurement("gru.training", version=1)
def train_and_watch(configuration: dict, seed: int) -> dict:
    """Train and test the recipe, then watch the encoder's gates while it reads a sentence.

    Args: configuration: recipe; read: the sentence, none of the corpus, whose own are not to be stored.
    Returns: the metrics of `measures.train_and_test`; words, what was read; gates, for each letter the mean
        over all units at every word.
    """
    run = trained(configuration, seed)
    words, gates = watch_gates(run.translator, configuration["read"])
    return {**training_metrics(run), **test_metrics(run), "words": words, "gates": gates}


def watch_gates(translator: Translator, text: str) -> tuple[list[str], dict[str, list[float]]]:
    """Return how far each gate of the encoder's first layer is open, on average over its units, word by word.

    Args: translator: with a unidirectional encoder.
    Returns: the words, end of sentence included; from each gate's letter to (words,) values, 0 to 1.
    """
    cell = translator.model.config.cell
    encoder, ids = translator.model.encoder, [*translator.source_codec.encode(text), EOS]
    layer = encoder.rnn.layers[0]
    x, _ = encoder.embedding.forward(np.array([ids]))
    h, _, _ = layer.forward(x)
    before = np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)
    z = layer.project(x)[0] + before[0] @ layer.params["W_h"]
    gates = sigmoid(z).reshape(len(ids), len(ORDER[cell]), layer.hidden_size).mean(axis=2)
    found = {name: gates[:, ORDER[cell].index(name)].tolist() for name in GATES[cell]}
    return translator.source_codec.pieces(ids), found


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


def trainings(options: StudyOptions) -> list[Run]:
    """Plan both cells with five seeds: that a GRU learns faster is a claim."""
    read = QUICK_READ if options.quick else READ
    configurations = {
        name: {"recipe": study_recipe(options, cell=cell), "read": read} for name, cell in CELLS.items()
    }
    return over_seeds(train_and_watch, configurations, options.seed_range(5))


def run(options: StudyOptions) -> None:
    """Run what is missing, timings one at a time, and draw."""
    timed = perform("gru", timings(options), options, at_once=1)
    learned = perform("gru", trainings(options), options)
    save(draw(timed, learned), options.figures, "fig7_gru")


def draw(timed: list[Row], learned: list[Row]) -> Figure:
    """Draw size, time and convergence above; below, BLEU and the gates of both cells."""
    figure, axes = new_figure(2, 3, (15, 8.5))
    variants = by_variant(learned)
    _draw_parameters(axes[0, 0], of_study_size(timed))
    _draw_ratios(axes[0, 1], timed)
    draw_epochs(axes[0, 2], variants, "dev_bleu", "convergence", "development BLEU, greedy")
    axes[0, 2].legend()
    draw_intervals(axes[1, 0], {name: values(rows, "bleu") for name, rows in variants.items()})
    axes[1, 0].set(title="test BLEU, beam 5", xlabel="BLEU (0 to 100)")
    for ax, (name, rows) in zip(axes[1, 1:], variants.items(), strict=True):
        _draw_gates(ax, name, rows)
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


def openness(row: Row, gate: str) -> list[float]:
    """Return how far a gate is open at each word, on average over its units."""
    gates = row["metrics"]["gates"]
    return gates[gate] if gate in gates else gates[STORED_AS[gate]]


def _draw_gates(ax: Axes, name: str, rows: list[Row]) -> None:
    words = rows[0]["metrics"]["words"]
    letters = {"i": "input $i$", "f": "forget $f$", "o": "output $o$", "r": "reset $r$", "u": "update $u$"}
    gates = {letters[gate]: [openness(row, gate) for row in rows] for gate in GATES[CELLS[name]]}
    draw_lines(ax, range(len(words)), gates, marker="o")
    ax.set_xticks(range(len(words)), words, rotation=35, ha="right", rotation_mode="anchor", parse_math=False)
    ax.set(title=f"gates of the {name} encoder", ylabel="mean over units (0 closed, 1 open)", ylim=(0, 1))
    ax.legend(loc="best", ncols=3, handlelength=1.6, columnspacing=1.0)

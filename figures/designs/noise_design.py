"""Recurrent dropout as a design: fresh or fixed masks, on h or c, and the published kinds.

Question: is a fresh mask at every step harmful, as notebook 04 says, and if so on which part of the state?
Which recurrent dropout helps more than plain dropout on the inputs?

Design: none, inputs (the control), the four published kinds, and masks on the state that are fresh or fixed,
on h, c or both (fixed on h is the published variational kind).  On three tasks: which of two words came first
in ten, with some labels wrong; recall of the first of 50 numbers; translation.

Budget: on the small tasks three rates each, chosen by two seeds, then 8 others.  In translation, which takes
minutes, two rates each, trained to the plateau with one seed, as dropout pays late, then 5 others, and of the
masks only fresh ones on h, and on h and c.

What would change our mind: if fresh masks on h and c at their best rate gain as much as the published kinds
on all three tasks, the warning against them is wrong; if only where nothing has to be remembered for long, it
is a warning about memory.
"""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.dropout.overfitting import (
    BATCH,
    EMBEDDING_SIZE,
    EPOCHS,
    HIDDEN_SIZE,
    LEARNING_RATE,
    WORDS,
    NoisyInputs,
    order_task,
)
from course.shared.readers import ManyToOne, shuffled_batches, train_reader
from course.shared.style import COLORS
from course.shared.tasks import recall_batches, recall_task
from figures.lab.design import (
    FILE,
    TO_THE_END,
    TUNING_SEED,
    Design,
    Found,
    Variant,
    check_drawable,
    collect_all,
    draw_found,
)
from figures.lab.drawing import MARKERS, by_variant, draw_intervals, new_figure, save
from figures.lab.plan import Measure, Run, measurement
from figures.lab.results import Row
from figures.lab.runner import RowsOf, perform
from figures.lab.setting import StudyOptions
from figures.lab.state_noise import STATE_NOISE, NoisyStateLSTM
from lstm_lib.nn.dropout import RECURRENT_KINDS, RecurrentDropout
from lstm_lib.nn.layers import Embedding
from lstm_lib.nn.lstm import LSTM

NONE, INPUTS = "none", "inputs"
MASKS = tuple(kind for kind in STATE_NOISE if kind != "fixed h")
PLAIN, PARTS = (INPUTS, *RECURRENT_KINDS), ("h", "c", "h and c")
KINDS = (*PLAIN, *MASKS)
TRANSLATED = (*RECURRENT_KINDS, "fresh h", "fresh h and c")  # a translation takes minutes: not all masks
RATES, TRANSLATION_RATES = (0.15, 0.3, 0.6), (0.1, 0.3)
TUNING_SEEDS, SEEDS, TRANSLATION_SEEDS = range(TUNING_SEED, TUNING_SEED + 2), 8, 5
RECALL_STEPS, RECALL_UPDATES, RECALL_BATCH, RECALL_UNITS = 50, 300, 32, 24


def noisy_layer(kind: str, rate: float, input_size: int, hidden_size: int, rng: np.random.Generator):
    """Build an LSTM with one kind of noise, or none at rate 0."""
    published = RecurrentDropout(kind, rate) if kind in RECURRENT_KINDS and rate else None
    lstm = LSTM(input_size, hidden_size, rng, recurrent_dropout=published, dtype=np.float64)
    if kind == INPUTS:
        return NoisyInputs(lstm, rate)
    return NoisyStateLSTM(lstm, kind, rate) if kind in STATE_NOISE else lstm


@measurement("noise.order", version=1)
def learn_order(configuration: dict, seed: int) -> dict:
    """Learn which of two words came first from 300 sentences, 15% of them with the wrong label.

    Args: kind, rate: the noise.
    Returns: accuracy, on a thousand new sentences; training_accuracy, wrong labels included: 0 to 1.
    """
    rng = np.random.default_rng(seed)
    training, new = order_task(rng, 300, wrong=0.15), order_task(rng, 1000)
    layer = noisy_layer(configuration["kind"], configuration["rate"], EMBEDDING_SIZE, HIDDEN_SIZE, rng)
    reader = ManyToOne(layer, 2, rng, Embedding(WORDS, EMBEDDING_SIZE, rng, np.float64))
    train_reader(reader, shuffled_batches(training, BATCH, configuration["epochs"], rng), LEARNING_RATE)
    training_right, right = (float(np.mean(reader.predict(t) == t.classes)) for t in (training, new))
    return {"accuracy": right, "training_accuracy": training_right}


@measurement("noise.recall", version=1)
def learn_recall(configuration: dict, seed: int) -> dict:
    """Learn to recall the first of 50 numbers.  Args, returns: as `learn_order`, accuracy alone."""
    rng = np.random.default_rng(seed)
    reader = ManyToOne(
        noisy_layer(configuration["kind"], configuration["rate"], 1, RECALL_UNITS, rng), 2, rng
    )
    batches = list(recall_batches(seed, configuration["updates"], RECALL_BATCH, RECALL_STEPS))
    train_reader(reader, batches)
    new = recall_task(np.random.default_rng([seed, 1]), 1000, RECALL_STEPS)
    return {"accuracy": float(np.mean(reader.predict(new) == new.classes))}


TASKS = {
    "order of two words in ten": (learn_order, {"epochs": EPOCHS}, {"epochs": 2}),
    "recall over 50 steps": (learn_recall, {"updates": RECALL_UPDATES}, {"updates": 3}),
}


def plan(options: StudyOptions, measure: Measure, length: dict) -> list[Run]:
    """Plan every kind at every rate, with the seeds that choose a rate and those that count."""
    rates, tuning = (RATES[:1], TUNING_SEEDS[:1]) if options.quick else (RATES, TUNING_SEEDS)
    noises = [(NONE, 0.0), *((kind, rate) for kind in KINDS for rate in rates)]
    return [
        Run(kind, measure, {"kind": kind, "rate": rate, **length}, seed)
        for seed in (*tuning, *options.seed_range(SEEDS))
        for kind, rate in noises
    ]


def by_rate(rows: list[Row]) -> dict[float, dict[int, float]]:
    """Return the accuracy of each seed by rate."""
    found: dict[float, dict[int, float]] = {}
    for row in rows:
        found.setdefault(row["configuration"]["rate"], {})[row["seed"]] = row["metrics"]["accuracy"]
    return found


def chosen_rate(rates: dict[float, dict[int, float]]) -> float:
    """Return the rate with the highest mean accuracy over the seeds that choose."""
    return max(rates, key=lambda rate: np.mean(list(_seeds(rates[rate], TUNING_SEEDS.__contains__).values())))


def gains(rows: list[Row]) -> dict[str, np.ndarray]:
    """Return the points that each kind gains over no noise at its chosen rate, one per seed that counts."""
    variants = {name: by_rate(of_name) for name, of_name in by_variant(rows).items()}
    without, found = _seeds(variants[NONE][0.0], _counts), {}
    for name in KINDS:
        rate = chosen_rate(variants[name])
        at_rate = _seeds(variants[name][rate], _counts)
        found[f"{name} ({rate:g})"] = np.array([100 * (at_rate[seed] - without[seed]) for seed in without])
    return found


def _counts(seed: int) -> bool:
    return seed < TUNING_SEED


def _seeds(found: dict[int, float], wanted: Callable[[int], bool]) -> dict[int, float]:
    return {seed: value for seed, value in found.items() if wanted(seed)}


def designs(options: StudyOptions) -> dict[str, Design]:
    """Return the translations; all of them but `INPUTS` have the setting's dropout on their inputs."""
    kinds = ("variational", "fresh h and c") if options.quick else TRANSLATED
    variants = {
        NONE: Variant({}, ({},)),
        INPUTS: Variant({}, tuple({"dropout": rate} for rate in (0.1, 0.3))),
    }
    for kind in kinds:
        if kind in STATE_NOISE:
            changes, field = {"state_noise": kind}, "state_noise_rate"
        else:
            changes, field = {"recurrent_dropout_kind": kind}, "recurrent_dropout"
        variants[kind] = Variant(changes, tuple({field: rate} for rate in TRANSLATION_RATES))
    return {
        "translation": Design(variants, TRANSLATION_SEEDS, common={"learning_rate": 0.008}, rungs=TO_THE_END)
    }


def run(options: StudyOptions, rows_of: RowsOf = perform) -> None:
    """Run what is missing, the small tasks first, and draw.  Args: rows_of: see `collect`."""
    plans = {
        name: plan(options, measure, quick if options.quick else whole)
        for name, (measure, whole, quick) in TASKS.items()
    }
    rows = {name: rows_of(FILE, runs, options) for name, runs in plans.items()}
    check_drawable(name for name, runs in plans.items() if len(rows[name]) < len(runs))
    found = collect_all(designs(options), options, rows_of)["translation"]
    save(draw(rows, found), options.figures, "noise_design")


def draw(tasks: dict[str, list[Row]], translated: Found) -> Figure:
    """Draw accuracy by rate and gains at the chosen rate for both tasks; below, translation."""
    figure, axes = new_figure(3, 2, (16, 19))
    for pair, (name, rows) in zip(axes, tasks.items(), strict=False):
        _draw_rates(pair[0], rows)
        pair[0].set(title=f"{name}: mean over seeds", xlabel="rate", ylabel="accuracy on new sequences")
        draw_intervals(pair[1], gains(rows))
        pair[1].axvline(0.0, color="0.3", linestyle="--", linewidth=1.5)
        pair[1].set(title=f"{name}: gain at the chosen rate", xlabel="points over no noise")
    axes[0, 0].legend(fontsize="small", ncols=2)  # of both tasks
    draw_found(axes[2], "translation", translated)
    return figure


def _draw_rates(ax: Axes, rows: list[Row]) -> None:
    """Draw the means; a mask has the color of its part of the state, and dashes tell fresh from fixed."""
    for name, of_name in by_variant(rows).items():
        found = by_rate(of_name)
        means = [np.mean(list(_seeds(at_rate, _counts).values())) for at_rate in found.values()]
        if name == NONE:
            ax.axhline(means[0], color="black", linewidth=1.5, label=NONE)
            continue
        age, _, part = name.partition(" ")
        place = len(PLAIN) + PARTS.index(part) if part else PLAIN.index(name)
        dashes = {"fresh": "--", "fixed": ":"}.get(age, "-")
        ax.plot(list(found), means, dashes, color=COLORS[place], marker=MARKERS[place], label=name)

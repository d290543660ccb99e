"""Training the default recipe with every contender: seconds per epoch, and seconds to a BLEU of 50.

All start from the same weights and take the same batches in the same order at the same learning rates; only
the noise of dropout is each one's own.  They train in turns of a part of an epoch.  The first step of a
shape, which includes compiling it where there is a compiler, counts as a later step of that shape does; the
additional time is reported separately.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from figures.frameworks.benchmark.contenders import hold, release, train, weights
from figures.frameworks.benchmark.process import Pool
from figures.frameworks.benchmark.scope import Plan
from figures.frameworks.benchmark.store import Measure, Metrics, Unit
from figures.lab.setting import read_corpus, recipe_fields
from lstm_lib import runs
from lstm_lib.evaluation import quick_evaluation
from lstm_lib.text.batching import Batch, bucketed_batches, encode_pairs

Step = tuple[tuple, float]  # a batch's shapes, seconds
Point = tuple[float, float]  # seconds of training, BLEU


def units(plan: Plan) -> list[Unit]:
    """An epoch, and the training up to the target."""
    common = {
        "recipe": recipe_fields(plan.recipe),
        "turns_an_epoch": plan.turns_an_epoch,
        "evaluations_an_epoch": plan.evaluations_an_epoch,
        "threads": plan.threads,
    }
    return [{"goal": "epoch", **common}, {"goal": "bleu", "target": plan.target_bleu, **common}]


def perform(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """Measure both goals in one training, which ends with the last one that is wanted."""
    goals = {unit["goal"]: unit for unit in wanted}
    race = Race(pool, plan)
    race.run_epoch(1)
    if "epoch" in goals:
        yield goals["epoch"], race.epoch_metrics()
    if "bleu" in goals:
        for epoch in range(2, plan.recipe.epochs + 1):
            race.run_epoch(epoch)
        yield goals["bleu"], race.bleu_metrics()
    pool.together(release, "training")


class Race:
    """A training of all contenders, in turns, until each has reached the target."""

    def __init__(self, pool: Pool, plan: Plan):
        self.pool, self.plan, recipe = pool, plan, plan.recipe
        self.corpus = read_corpus(recipe)
        self.judge = runs.new_translator(recipe, self.corpus)  # takes the weights that are to be evaluated
        self.encoded = encode_pairs(self.corpus.train, self.judge.source_codec, self.judge.target_codec)
        self.schedule = runs.make_schedule(recipe, len(self._batches(1)))
        self.updates, self.first_epoch = 0, True
        self.steps: dict[str, list[Step]] = {name: [] for name in pool.workers}
        self.scores: dict[str, list[tuple[int, float]]] = {name: [(0, 0.0)] for name in pool.workers}
        pool.together(hold, "training", self.judge.model.config, self.judge.model.params, plan.options)

    def run_epoch(self, number: int) -> None:
        """Train the contenders that are not at the target yet, in the first epoch all; evaluate after some of
        the turns.
        """
        self.first_epoch = number == 1
        turns = np.array_split(np.arange(len(batches := self._batches(number))), self.plan.turns_an_epoch)
        between = self.plan.turns_an_epoch // self.plan.evaluations_an_epoch
        for turn, places in enumerate(turns, start=1):
            self._turn([batches[place] for place in places])
            if turn % between == 0:
                self._evaluate()

    def _batches(self, epoch: int) -> list[Batch]:
        rng = np.random.default_rng([self.plan.recipe.seed, epoch])
        return bucketed_batches(self.encoded, self.plan.recipe.batch_size, rng)

    def _turn(self, batches: Sequence[Batch]) -> None:
        rates = [self.schedule(self.updates + step) for step in range(len(batches))]
        shapes = [(batch.source.shape, batch.target_in.shape) for batch in batches]
        self.updates += len(batches)
        found = self.pool.in_turn(train, "training", batches, rates, only=self._running())
        for name, seconds in found.items():
            self.steps[name] += zip(shapes, seconds, strict=True)

    def _running(self) -> list[str]:
        target = self.plan.target_bleu
        return [name for name, found in self.scores.items() if self.first_epoch or found[-1][1] < target]

    def _evaluate(self) -> None:
        """Score each contender on the development part; NumPy translates for all, as all translate alike."""
        for name in self._running():
            for key, array in self.pool.workers[name].ask(weights, "training").items():
                self.judge.model.params[key][...] = array
            bleu = quick_evaluation(self.judge, self.corpus.dev)["bleu"]
            self.scores[name].append((len(self.steps[name]), bleu))

    def epoch_metrics(self) -> Metrics:
        """Seconds of each turn of the epoch, and of compiling."""
        found = {}
        for name, steps in self.steps.items():
            seconds, compiling = without_compiling(steps)
            turns = np.array_split(seconds, self.plan.turns_an_epoch)
            found[name] = {"turns": [float(turn.sum()) for turn in turns], "compiling_seconds": compiling}
        return found

    def bleu_metrics(self) -> Metrics:
        """BLEU by updates and by seconds, and the seconds to the target."""
        found = {}
        for name, steps in self.steps.items():
            seconds, compiling = without_compiling(steps)
            spent = np.concatenate([[0.0], np.cumsum(seconds)])
            curve = [(float(spent[updates]), bleu) for updates, bleu in self.scores[name]]
            found[name] = {
                "updates": [updates for updates, _ in self.scores[name]],
                "curve": curve,
                "seconds_to_target": time_to(self.plan.target_bleu, curve),
                "compiling_seconds": compiling,
            }
        return found


def without_compiling(steps: Sequence[Step]) -> tuple[np.ndarray, float]:
    """Separate training from compiling.

    Returns: the seconds of each step, the first of a shape replaced by the median of the later ones of that
        shape (of all steps, where there is none); and by how much the first ones took longer, in all.
    """
    first: dict[tuple, int] = {}
    later: dict[tuple, list[float]] = {}
    for place, (shape, seconds) in enumerate(steps):
        if first.setdefault(shape, place) != place:
            later.setdefault(shape, []).append(seconds)
    found = np.array([seconds for _, seconds in steps])
    usual = float(np.median(found))
    for shape, place in first.items():
        found[place] = np.median(later.get(shape, usual))
    return found, sum(seconds for _, seconds in steps) - float(found.sum())


def time_to(target: float, curve: Sequence[Point]) -> float | None:
    """When a curve first reaches the target, interpolated between two points; None if it never does."""
    for (before, low), (after, high) in pairwise(curve):
        if high >= target:
            return before + (after - before) * (target - low) / (high - low)
    return None


TRAINING = Measure("training", units, perform)

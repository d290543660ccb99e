"""Learning rates that change during training.

`schedule(step)` is the learning rate of update number `step`, counted from 0. Every schedule first climbs
linearly to `learning_rate`, over `warmup_steps` updates; from that peak on it follows its `factor`.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from lstm_lib.limits import Count, Factor, Positive, Share, Whole, check, check_fields


@dataclass
class Schedule:
    """Base of all schedules: the warm-up, and the state that checkpoints save.

        rate(step) = learning_rate * min(1, (step + 1) / warmup_steps) * factor(steps since the peak)

    `state` is what a checkpoint must keep besides the step: only values that JSON can hold.
    """

    learning_rate: Positive  # the peak
    warmup_steps: Whole = 0  # updates of linear warm-up; 0 starts at the peak
    state: dict[str, Any] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        check_fields(self)

    def __call__(self, step: int) -> float:
        """Return the learning rate of update number `step`, counted from 0.  Raises: ValueError below 0."""
        check("step", step, Whole)
        if step < self.peak_step:
            return self.learning_rate * (step + 1) / self.warmup_steps
        return self.learning_rate * self.factor(step - self.peak_step)

    @property
    def peak_step(self) -> int:
        """The first update at the full rate, counted from 0."""
        return max(self.warmup_steps - 1, 0)

    def factor(self, step: int) -> float:
        """Return the share of the peak that is left `step` updates after it."""
        return 1.0

    def observe(self, score: float | list[float]) -> None:
        """Take note of a score, higher is better (ties: the list's next); only `ReduceOnPlateau` uses it."""


@dataclass
class Constant(Schedule):
    """The same rate throughout."""


@dataclass
class StepDecay(Schedule):
    """Multiply the rate by `decay` once every `decay_steps` updates: decay ** floor(step / decay_steps)."""

    decay: Factor = 0.5
    decay_steps: Count = 1000

    def factor(self, step: int) -> float:
        return self.decay ** (step // self.decay_steps)


@dataclass
class Exponential(StepDecay):
    """Shrink the rate smoothly, by `decay` over each `decay_steps` updates: decay ** (step / decay_steps)."""

    def factor(self, step: int) -> float:
        return self.decay ** (step / self.decay_steps)


@dataclass
class Cosine(Schedule):
    """Fall along half a cosine wave to `final_share` of the peak at update `total_steps`, and stay there.

        factor = final_share + (1 - final_share) * (1 + cos(pi * step / (total_steps - peak_step))) / 2

    (Loshchilov and Hutter, 2017, equation 5, without restarts.)
    """

    total_steps: Count = 10_000
    final_share: Share = 0.0

    def factor(self, step: int) -> float:
        length = max(self.total_steps - self.peak_step, 1)
        wave = (1 + math.cos(math.pi * min(step / length, 1.0))) / 2
        return self.final_share + (1 - self.final_share) * wave


@dataclass
class InverseSqrt(Schedule):
    """Fall with the inverse square root of time, from the peak at the end of the warm-up.

    factor = sqrt(warmup_steps / (warmup_steps + step))        (Vaswani et al., 2017, equation 3, scaled)
    """

    warmup_steps: Whole = 400

    def factor(self, step: int) -> float:
        warmup = max(self.warmup_steps, 1)
        return math.sqrt(warmup / (warmup + step))


@dataclass
class ReduceOnPlateau(Schedule):
    """Multiply the rate by `decay` when `patience` evaluations in a row have brought no new best score."""

    decay: Factor = 0.5
    patience: Count = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.state = {"best": None, "stale": 0, "factor": 1.0}

    def factor(self, step: int) -> float:
        return self.state["factor"]

    def observe(self, score: float | list[float]) -> None:
        state = self.state
        if state["best"] is None or score > state["best"]:
            state.update(best=score, stale=0)
            return
        state["stale"] += 1
        if state["stale"] >= self.patience:
            state.update(stale=0, factor=state["factor"] * self.decay)


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": StepDecay,
    "exponential": Exponential,
    "cosine": Cosine,
    "inverse_sqrt": InverseSqrt,
    "plateau": ReduceOnPlateau,
}

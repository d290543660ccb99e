"""Checks of an update: one step of Adam, and the learning rate of a schedule."""

import math
from collections.abc import Callable

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, mistakes_of
from lstm_lib.training import Adam
from lstm_lib.training.schedules import Cosine

# One step of Adam

# t, learning_rate, beta1, beta2 and epsilon, which is large enough to be seen
CONSTANTS = ((3, 0.1, 0.8, 0.9, 0.05), (1, 0.02, 0.9, 0.99, 0.3), (7, 0.5, 0.6, 0.95, 0.01))
ADAM_ARGUMENTS = ("p", "g", "m", "v", "t", "learning_rate", "beta1", "beta2", "epsilon")


def library_adam(p, g, m, v, t, learning_rate, beta1, beta2, epsilon) -> tuple[np.ndarray, ...]:
    """Return the new p, m and v by the library's optimizer."""
    optimizer, params = Adam(beta1, beta2, epsilon), {"w": p.copy()}
    optimizer.state = {"step": np.array(t - 1), "m.w": m.copy(), "v.w": v.copy()}
    optimizer.update(params, {"w": g}, learning_rate)
    return params["w"], optimizer.state["m.w"], optimizer.state["v.w"]


def _adam_problems(rng: np.random.Generator) -> list[tuple]:
    """Steps from averages that have a past, at different times and sizes."""
    return [
        (*rng.standard_normal((3, size)), rng.random(size) + 0.05, *constants)
        for size, constants in zip((6, 4, 5), CONSTANTS, strict=True)
    ]


def _averages(average: Callable) -> Equations:
    """Both running averages.  Args: average: of beta, the old average and the new value."""
    return {
        "m_new": lambda v: average(v.beta1, v.m, v.g),
        "v_new": lambda v: average(v.beta2, v.v, v.g**2),
    }


def _corrected(hat: Callable) -> Equations:
    """Both averages with a bias correction.  Args: hat: of the average, beta and t."""
    return {
        "m_hat": lambda v: hat(v.m_new, v.beta1, v.t),
        "v_hat": lambda v: hat(v.v_new, v.beta2, v.t),
    }


ADAM: Equations = {
    **_averages(lambda beta, old, new: beta * old + (1 - beta) * new),
    **_corrected(lambda average, beta, t: average / (1 - beta**t)),
    "ratio": lambda v: v.m_hat / (np.sqrt(v.v_hat) + v.epsilon),
    "step": lambda v: v.learning_rate * v.ratio,
    "p_new": lambda v: v.p - v.step,
}
ADAM_RETURNS = ("p_new", "m_new", "v_new")
ADAM_MISTAKES: dict[str, Equations] = {
    "there is no bias correction: m / (1 - beta1^t) and v / (1 - beta2^t)": _corrected(
        lambda average, beta, t: average
    ),
    "m has no bias correction: m / (1 - beta1^t)": {"m_hat": lambda v: v.m_new},
    "v has no bias correction: v / (1 - beta2^t)": {"v_hat": lambda v: v.v_new},
    "the bias correction counts steps from 0: t is 1 at the first step": _corrected(
        lambda average, beta, t: average / (1 - beta ** (t - 1))
    ),
    "the bias correction is one step ahead: t is 1 at the first step already": _corrected(
        lambda average, beta, t: average / (1 - beta ** (t + 1))
    ),
    "the bias correction lacks the power: 1 - beta^t, not 1 - beta": _corrected(
        lambda average, beta, t: average / (1 - beta)
    ),
    "beta is multiplied by t in the bias correction: raise it to the power t": _corrected(
        lambda average, beta, t: average / (1 - beta * t)
    ),
    "the bias correction multiplies by 1 - beta^t: divide by it": _corrected(
        lambda average, beta, t: average * (1 - beta**t)
    ),
    "the corrected averages are returned as m and v: the next step needs the uncorrected ones": {
        "m_new": lambda v: ADAM["m_new"](v) / (1 - v.beta1**v.t),
        "v_new": lambda v: ADAM["v_new"](v) / (1 - v.beta2**v.t),
        **_corrected(lambda average, beta, t: average),
    },
    "m and v are swapped in the update: it is m / (sqrt(v) + epsilon)": {
        "ratio": lambda v: v.v_hat / (np.sqrt(v.m_hat) + v.epsilon)
    },
    "beta1 and beta2 are swapped: beta1 belongs to m": {
        "m_new": lambda v: v.beta2 * v.m + (1 - v.beta2) * v.g,
        "v_new": lambda v: v.beta1 * v.v + (1 - v.beta1) * v.g**2,
        "m_hat": lambda v: v.m_new / (1 - v.beta2**v.t),
        "v_hat": lambda v: v.v_new / (1 - v.beta1**v.t),
    },
    "epsilon is added under the square root: add it after taking the root": {
        "ratio": lambda v: v.m_hat / np.sqrt(v.v_hat + v.epsilon)
    },
    "epsilon is left out": {"ratio": lambda v: v.m_hat / np.sqrt(v.v_hat)},
    "epsilon is added before v is corrected: correct v first": {
        "ratio": lambda v: v.m_hat * np.sqrt(1 - v.beta2**v.t) / (np.sqrt(v.v_new) + v.epsilon)
    },
    "both averages are sums: m = beta1 m + (1 - beta1) g, and v likewise": _averages(
        lambda beta, old, new: beta * old + new
    ),
    "m is a sum, not an average: m = beta1 m + (1 - beta1) g": {"m_new": lambda v: v.beta1 * v.m + v.g},
    "v is a sum, not an average: v = beta2 v + (1 - beta2) g^2": {"v_new": lambda v: v.beta2 * v.v + v.g**2},
    "beta and 1 - beta are swapped in both averages: beta is the weight of the old average": _averages(
        lambda beta, old, new: (1 - beta) * old + beta * new
    ),
    "the gradient is not squared in v": {"v_new": lambda v: v.beta2 * v.v + (1 - v.beta2) * v.g},
    "1 - beta2 is squared along with g": {"v_new": lambda v: v.beta2 * v.v + ((1 - v.beta2) * v.g) ** 2},
    "v averages the squares of m: average those of g": {
        "v_new": lambda v: v.beta2 * v.v + (1 - v.beta2) * v.m_new**2
    },
    "the square root is missing: m / (sqrt(v) + epsilon)": {
        "ratio": lambda v: v.m_hat / (v.v_hat + v.epsilon)
    },
    "the update uses g in place of m: that is RMSProp": {
        "ratio": lambda v: v.g / (np.sqrt(v.v_hat) + v.epsilon)
    },
    "the update uses the averages from before this step: average first": {
        "m_hat": lambda v: v.m / (1 - v.beta1**v.t),
        "v_hat": lambda v: v.v / (1 - v.beta2**v.t),
    },
    "the step goes uphill: subtract it from p": {"p_new": lambda v: v.p + v.step},
    "the learning rate is left out": {"step": lambda v: v.ratio},
    "the step is returned instead of the new p": {"p_new": lambda v: v.step},
}


ADAM_STEP = Exercise(
    ADAM_ARGUMENTS,
    ("p", "m", "v"),
    _adam_problems,
    library_adam,
    {
        **mistakes_of(ADAM, ADAM_MISTAKES, ADAM_ARGUMENTS, ADAM_RETURNS),
        "m and v are returned in the wrong order: return p, m, v": (
            lambda *arguments: tuple(library_adam(*arguments)[k] for k in (0, 2, 1))
        ),
    },
)


def check_adam(student: Callable) -> Verdict:
    """Check one step of Adam, adam(p, g, m, v, t, learning_rate, beta1, beta2, epsilon) -> (p, m, v).

    Args: student: takes the parameters, their gradient and both averages, (N,) each, the number of this step,
        which is 1 for the first, and the constants; returns the new p, m and v.
    """
    return judge(student, ADAM_STEP)


# Warm-up, then a cosine

SCHEDULES = ((0.4, 5, 20), (0.003, 8, 30), (1.5, 1, 6))  # peak, warmup_steps, total_steps
SCHEDULE_ARGUMENTS = ("step", "peak", "warmup_steps", "total_steps")


RATE: Equations = {
    "rises": lambda v: v.step < v.warmup_steps - 1,
    "warm": lambda v: (v.step + 1) / v.warmup_steps,
    "peak_at": lambda v: v.warmup_steps - 1,  # the number of an update
    "length": lambda v: v.total_steps - v.warmup_steps + 1,
    "share": lambda v: min((v.step - v.peak_at) / v.length, 1.0),  # of the way from the peak to the end
    "wave": lambda v: half_wave(v.share),
    "factor": lambda v: v.warm if v.rises else v.wave,
    "rate": lambda v: v.peak * v.factor,
}


def half_wave(share: float) -> float:
    """Return the height of half a cosine wave, which falls from 1 to 0."""
    return (1 + math.cos(math.pi * share)) / 2


FROM_START: Equations = {"peak_at": lambda v: 0, "length": lambda v: v.total_steps}
FROM_ZERO: Equations = {"rises": lambda v: v.step < v.warmup_steps, "warm": lambda v: v.step / v.warmup_steps}
ONE_LATE: Equations = {
    "peak_at": lambda v: v.warmup_steps,
    "length": lambda v: v.total_steps - v.warmup_steps,
}
SCHEDULE_MISTAKES: dict[str, Equations] = {
    "there is no warm-up": {"rises": lambda v: False},
    "there is no warm-up, and the cosine starts at update 0": {"rises": lambda v: False, **FROM_START},
    "the warm-up starts at 0: the first update has peak / warmup_steps": FROM_ZERO,
    "the warm-up starts at 0, and the cosine one update late: the peak is at update warmup_steps - 1": {
        **FROM_ZERO,
        **ONE_LATE,
    },
    "the cosine starts one update late: the peak is at update warmup_steps - 1": ONE_LATE,
    "the cosine starts at update 0: start it at the peak": FROM_START,
    "the cosine runs for total_steps after the peak: it should end at total_steps": {
        "length": lambda v: v.total_steps
    },
    "the cosine runs through a full period and climbs again: use half a period, cos(pi ...)": {
        "wave": lambda v: half_wave(2 * v.share)
    },
    "the cosine runs through a quarter of a period, from 1 to 0: use half a period, from 1 to -1": {
        "wave": lambda v: math.cos(math.pi * v.share / 2)
    },
    "the cosine stops halfway: use cos(pi ...), not cos(pi / 2 ...)": {
        "wave": lambda v: half_wave(v.share / 2)
    },
    "the cosine is given degrees: math.cos takes radians": {
        "wave": lambda v: (1 + math.cos(180 * v.share)) / 2
    },
    "the 1 is missing: (1 + cos(pi ...)) / 2": {"wave": lambda v: math.cos(math.pi * v.share)},
    "the division by 2 is missing: (1 + cos(pi ...)) / 2": {"wave": lambda v: 2 * half_wave(v.share)},
    "the rate rises: 1 + cos, not 1 - cos": {"wave": lambda v: 1 - half_wave(v.share)},
    "sin is used instead of cos: the cosine starts at its peak": {
        "wave": lambda v: (1 + math.sin(math.pi * v.share)) / 2
    },
    "the rate falls in a straight line: it should follow half a cosine wave": {"wave": lambda v: 1 - v.share},
    "the rate climbs again after total_steps: it should stay at 0": {
        "share": lambda v: (v.step - v.peak_at) / v.length
    },
    "the peak is left out: multiply the factor by it": {"rate": lambda v: v.factor},
    "warm-up and cosine are multiplied: the cosine should start at the peak": {
        "factor": lambda v: min(1, v.warm) * half_wave(min(v.step / v.total_steps, 1))
    },
}
SCHEDULE = Exercise(
    SCHEDULE_ARGUMENTS,
    ("rate",),
    lambda rng: [(step, *about) for about in SCHEDULES for step in range(about[-1] + 4)],
    lambda step, *about: Cosine(*about)(step),
    mistakes_of(RATE, SCHEDULE_MISTAKES, SCHEDULE_ARGUMENTS, ("rate",)),
)


def check_schedule(student: Callable) -> Verdict:
    """Check a warm-up and a cosine, rate(step, peak, warmup_steps, total_steps) -> the learning rate.

    Args: student: takes the number of an update, 0 for the first, the peak, and the numbers of updates of the
        warm-up and of the whole training; returns a number.
    """
    return judge(student, SCHEDULE)

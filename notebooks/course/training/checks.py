"""Checks of the exercises on optimizers, clipping and schedules."""

import math
from collections.abc import Callable

import numpy as np

from course.shared.diagnosis import Exercise, Mistake, verdict, verdict_on_all
from course.shared.equations import Equations, Values, as_functions, mistakes_in, solve
from lstm_lib.training import Adam, clip_by_global_norm
from lstm_lib.training.schedules import Cosine

Arrays = dict[str, np.ndarray]


# One step of Adam

# epsilon is large enough to be seen, and t large enough that counting from elsewhere divides by no 0
CONSTANTS = {"t": 3, "learning_rate": 0.1, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.05}


def check_adam(student: Callable) -> None:
    """Check one step of Adam, adam(p, g, m, v, t, learning_rate, beta1, beta2, epsilon) -> (p, m, v).

    Args: student: takes the parameters, their gradient and both averages, (N,) each, the number of this step,
        which is 1 for the first, and the constants; returns the new p, m and v.
    """
    rng = np.random.default_rng(0)
    arguments = {name: rng.standard_normal(6) for name in "pgm"}
    arguments["v"] = rng.random(6) + 0.05
    arguments |= {name: np.array(value) for name, value in CONSTANTS.items()}
    with np.errstate(invalid="ignore", divide="ignore"):  # a mistake may take the root of what is below 0
        mistakes = mistakes_in(ADAM, ADAM_MISTAKES, arguments, ADAM_RETURNS)
        right = _library_adam(arguments)
        p, m, v = right
        mistakes.append(Mistake("m and v are returned in the wrong order: p, m, v", (p, v, m)))
        print(verdict(student, Exercise(arguments, ("p", "m", "v"), right, mistakes)))


def _library_adam(arguments: Arrays) -> tuple[np.ndarray, ...]:
    """The new p, m and v by the library's optimizer."""
    optimizer = Adam(CONSTANTS["beta1"], CONSTANTS["beta2"], CONSTANTS["epsilon"])
    params = {"w": arguments["p"].copy()}
    moments = {"m.w": arguments["m"].copy(), "v.w": arguments["v"].copy()}
    optimizer.state = {"step": np.array(CONSTANTS["t"] - 1), **moments}
    optimizer.update(params, {"w": arguments["g"]}, CONSTANTS["learning_rate"])
    return params["w"], optimizer.state["m.w"], optimizer.state["v.w"]


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
    "m is not corrected for its start at 0: m / (1 - beta1^t)": {"m_hat": lambda v: v.m_new},
    "v is not corrected for its start at 0: v / (1 - beta2^t)": {"v_hat": lambda v: v.v_new},
    "the bias correction counts steps from 0: t is 1 at the first step": _corrected(
        lambda average, beta, t: average / (1 - beta ** (t - 1))
    ),
    "the bias correction is one step ahead: t is 1 at the first step already": _corrected(
        lambda average, beta, t: average / (1 - beta ** (t + 1))
    ),
    "the bias correction lacks its power: 1 - beta^t, not 1 - beta": _corrected(
        lambda average, beta, t: average / (1 - beta)
    ),
    "beta is multiplied by t in the bias correction: it is to the power of t": _corrected(
        lambda average, beta, t: average / (1 - beta * t)
    ),
    "the bias correction multiplies by 1 - beta^t: it divides by it": _corrected(
        lambda average, beta, t: average * (1 - beta**t)
    ),
    "the corrected averages are handed on as m and v: the next step needs the uncorrected ones": {
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
    "epsilon is added inside the root: it is added to the root": {
        "ratio": lambda v: v.m_hat / np.sqrt(v.v_hat + v.epsilon)
    },
    "epsilon is left out": {"ratio": lambda v: v.m_hat / np.sqrt(v.v_hat)},
    "epsilon is added to the root of v before its correction: correct v first": {
        "ratio": lambda v: v.m_hat * np.sqrt(1 - v.beta2**v.t) / (np.sqrt(v.v_new) + v.epsilon)
    },
    "both averages are sums: m = beta1 m + (1 - beta1) g, and v likewise": _averages(
        lambda beta, old, new: beta * old + new
    ),
    "m is a sum, not an average: m = beta1 m + (1 - beta1) g": {"m_new": lambda v: v.beta1 * v.m + v.g},
    "v is a sum, not an average: v = beta2 v + (1 - beta2) g^2": {"v_new": lambda v: v.beta2 * v.v + v.g**2},
    "beta and 1 - beta are exchanged in both averages: beta is the share of the old one": _averages(
        lambda beta, old, new: (1 - beta) * old + beta * new
    ),
    "the gradient is not squared in v": {"v_new": lambda v: v.beta2 * v.v + (1 - v.beta2) * v.g},
    "1 - beta2 is squared along with g": {"v_new": lambda v: v.beta2 * v.v + ((1 - v.beta2) * v.g) ** 2},
    "v averages the squares of m: it averages those of g": {
        "v_new": lambda v: v.beta2 * v.v + (1 - v.beta2) * v.m_new**2
    },
    "the root is missing: m / (sqrt(v) + epsilon)": {"ratio": lambda v: v.m_hat / (v.v_hat + v.epsilon)},
    "the update uses g in place of m: that is RMSProp": {
        "ratio": lambda v: v.g / (np.sqrt(v.v_hat) + v.epsilon)
    },
    "the update uses the averages from before this step: average first": {
        "m_hat": lambda v: v.m / (1 - v.beta1**v.t),
        "v_hat": lambda v: v.v / (1 - v.beta2**v.t),
    },
    "the step goes uphill: it is subtracted from p": {"p_new": lambda v: v.p + v.step},
    "the learning rate is left out": {"step": lambda v: v.ratio},
    "the step is returned in place of the new p": {"p_new": lambda v: v.step},
}


# Clipping by the global norm

MAX_NORM = 2.0  # not 1, so that a length of 1 shows


def check_clip(student: Callable) -> None:
    """Check clipping by the global norm, clip(grads, max_norm) -> (clipped, norm).

    Args: student: takes a dict of gradients of any shapes and the longest allowed norm; returns a new dict
        with the same keys, and the norm before clipping.
    """
    # Long gradients, of which one array alone would pass, and short ones.
    rng = np.random.default_rng(1)
    W, b = 1.8 * rng.standard_normal((3, 4)), 0.6 * rng.standard_normal(4)
    arguments = {"W": W, "b": b, "short W": W / 5, "short b": b / 5}

    def answer(wrong: Equations) -> list[np.ndarray]:
        both = ({"grads": grads, "most": MAX_NORM} for grads in ((W, b), (W / 5, b / 5)))
        return [number for some in both for number in solve({**CLIP, **wrong}, some, ("clipped", "told"))]

    mistakes = [Mistake(says, answer(wrong)) for says, wrong in CLIP_MISTAKES.items()]
    right = _on_both(_library_clip, *arguments.values())
    exercise = Exercise(arguments, ("clipped", "norm", "short gradients", "their norm"), right, mistakes)
    print(verdict(student, exercise, _on_both))


def _library_clip(grads: Arrays, max_norm: float) -> tuple[Arrays, float]:
    clipped = {name: grad.copy() for name, grad in grads.items()}
    return clipped, clip_by_global_norm(clipped, max_norm)


def _on_both(clip: Callable, *arrays: np.ndarray) -> tuple[np.ndarray, ...] | None:
    """Clip the long gradients, then the short ones, and return flat arrays to compare."""
    found = []
    for some in (arrays[:2], arrays[2:]):
        result = clip(dict(zip(("W", "b"), some, strict=True)), MAX_NORM)
        if result is None:
            return None
        found += [_flat(result, some), np.asarray(result[1], float)]
    return tuple(found)


def _flat(result, arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    """The clipped gradients as one long vector.  Raises: ValueError where there are none."""
    if not isinstance(result, tuple | list) or len(result) != 2 or not isinstance(result[0], dict):
        raise ValueError("the function should return a dict of gradients and the norm")
    if list(result[0]) != ["W", "b"]:
        raise ValueError(f"the dict should have the keys W and b, in this order; it has {list(result[0])}")
    for (name, grad), array in zip(result[0].items(), arrays, strict=True):
        if np.shape(grad) != array.shape:
            raise ValueError(f"the gradient of {name} has shape {np.shape(grad)}; wanted {array.shape}")
    return np.concatenate([np.ravel(grad) for grad in result[0].values()])


CLIP: Equations = {
    "flat": lambda v: np.concatenate([np.ravel(grad) for grad in v.grads]),
    "norm": lambda v: np.linalg.norm(v.flat),
    "factor": lambda v: min(1.0, v.most / v.norm),
    "clipped": lambda v: v.flat * v.factor,
    "told": lambda v: v.norm,
}


def _where_long(factor: Callable[[Values], float]) -> Equations:
    """One factor for all where the norm is too large."""
    return {"factor": lambda v: factor(v) if v.norm > v.most else 1.0}


CLIP_MISTAKES: dict[str, Equations] = {
    "each parameter is clipped by its own norm: one norm and one factor for all keep the direction": {
        "clipped": lambda v: np.concatenate(
            [np.ravel(grad) * min(1.0, v.most / np.linalg.norm(grad)) for grad in v.grads]
        )
    },
    "each number is clipped by itself: one factor for all keeps the direction": {
        "clipped": lambda v: np.clip(v.flat, -v.most, v.most)
    },
    "the norm lacks its root: sqrt(sum of all g^2)": {"norm": lambda v: (v.flat**2).sum()},
    "the norms of the parameters are added up: add up the squares, then take one root": {
        "norm": lambda v: sum(map(np.linalg.norm, v.grads))
    },
    "sizes are added up, not squares: the norm is sqrt(sum of all g^2)": {
        "norm": lambda v: np.abs(v.flat).sum()
    },
    "the norm is the largest entry: it is sqrt(sum of all g^2)": {"norm": lambda v: np.abs(v.flat).max()},
    "the norm is a mean: it is sqrt(sum of all g^2), however many there are": {
        "norm": lambda v: np.sqrt((v.flat**2).mean())
    },
    "the norm is that of the first parameter alone": {"norm": lambda v: np.linalg.norm(v.grads[0])},
    "the norm is that of the last parameter alone": {"norm": lambda v: np.linalg.norm(v.grads[-1])},
    "short gradients are lengthened: the factor is min(1, max_norm / norm)": {
        "factor": lambda v: v.most / v.norm
    },
    "only short gradients are scaled: the factor is min(1, max_norm / norm), not max": {
        "factor": lambda v: max(1.0, v.most / v.norm)
    },
    "long gradients are scaled to length 1: to max_norm": _where_long(lambda v: 1 / v.norm),
    "the factor is upside down: max_norm / norm": _where_long(lambda v: v.norm / v.most),
    "the factor is max_norm: it is max_norm / norm": _where_long(lambda v: v.most),
    "long gradients are set to zero: they are shortened": _where_long(lambda v: 0.0),
    "nothing is clipped": {"factor": lambda v: 1.0},
    "the norm after clipping is returned: the one before is asked for": {
        "told": lambda v: np.linalg.norm(v.clipped)
    },
}


# Warm-up, then a cosine

PEAK, WARMUP, TOTAL = 0.4, 5, 20
SCHEDULES = [(step, PEAK, WARMUP, TOTAL) for step in range(TOTAL + 4)]


def check_schedule(student: Callable) -> None:
    """Check a warm-up and a cosine, rate(step, peak, warmup_steps, total_steps) -> the learning rate.

    Args: student: takes the number of an update, 0 for the first, the peak, and the numbers of updates of the
        warm-up and of the whole training; returns a number.
    """
    _, wrong = as_functions(RATE, SCHEDULE_MISTAKES, ("step", "peak", "warmup", "total"), "rate")
    print(verdict_on_all(student, SCHEDULES, "rate", lambda step, *about: Cosine(*about)(step), wrong))


RATE: Equations = {
    "rises": lambda v: v.step < v.warmup - 1,
    "warm": lambda v: (v.step + 1) / v.warmup,
    "peak_at": lambda v: v.warmup - 1,  # the number of an update
    "length": lambda v: v.total - v.warmup + 1,
    "share": lambda v: min((v.step - v.peak_at) / v.length, 1.0),  # of the way from the peak to the end
    "wave": lambda v: half_wave(v.share),
    "factor": lambda v: v.warm if v.rises else v.wave,
    "rate": lambda v: v.peak * v.factor,
}


def half_wave(share: float) -> float:
    """Return the height of half a cosine wave, which falls from 1 to 0."""
    return (1 + math.cos(math.pi * share)) / 2


FROM_START: Equations = {"peak_at": lambda v: 0, "length": lambda v: v.total}
FROM_ZERO: Equations = {"rises": lambda v: v.step < v.warmup, "warm": lambda v: v.step / v.warmup}
ONE_LATE: Equations = {"peak_at": lambda v: v.warmup, "length": lambda v: v.total - v.warmup}
SCHEDULE_MISTAKES: dict[str, Equations] = {
    "there is no warm-up": {"rises": lambda v: False},
    "there is no warm-up, and the cosine begins at update 0": {"rises": lambda v: False, **FROM_START},
    "the warm-up begins at 0: the first update has peak / warmup_steps": FROM_ZERO,
    "the warm-up begins at 0, and the cosine one update late: the peak is update warmup_steps - 1": {
        **FROM_ZERO,
        **ONE_LATE,
    },
    "the cosine begins one update late: the peak is update warmup_steps - 1": ONE_LATE,
    "the cosine begins at update 0: it begins at the peak": FROM_START,
    "the cosine takes total_steps from the peak on: it ends at total_steps": {"length": lambda v: v.total},
    "a whole wave is taken, which climbs again: half a wave, cos(pi ...)": {
        "wave": lambda v: half_wave(2 * v.share)
    },
    "a quarter of a wave is taken: cos goes from 1 to -1 over half a wave": {
        "wave": lambda v: math.cos(math.pi * v.share / 2)
    },
    "only half of the half wave is taken: cos(pi ...), not cos(pi / 2 ...)": {
        "wave": lambda v: half_wave(v.share / 2)
    },
    "the cosine is given degrees: math.cos wants radians": {
        "wave": lambda v: (1 + math.cos(180 * v.share)) / 2
    },
    "the 1 is missing: (1 + cos(pi ...)) / 2": {"wave": lambda v: math.cos(math.pi * v.share)},
    "the division by 2 is missing: (1 + cos(pi ...)) / 2": {"wave": lambda v: 2 * half_wave(v.share)},
    "the rate rises: 1 + cos, not 1 - cos": {"wave": lambda v: 1 - half_wave(v.share)},
    "the sine is taken: the cosine begins at its peak": {
        "wave": lambda v: (1 + math.sin(math.pi * v.share)) / 2
    },
    "the rate falls in a straight line: along half a cosine wave": {"wave": lambda v: 1 - v.share},
    "the rate climbs again after total_steps: it stays at 0": {
        "share": lambda v: (v.step - v.peak_at) / v.length
    },
    "the peak is left out: the factor is to be multiplied by it": {"rate": lambda v: v.factor},
    "warm-up and cosine are multiplied all the way: the cosine begins at the peak": {
        "factor": lambda v: min(1, v.warm) * half_wave(min(v.step / v.total, 1))
    },
}

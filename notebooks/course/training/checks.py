"""Checks of the exercises on optimizers, clipping, accumulated gradients and schedules."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, mistakes_of
from course.shared.student import Wrong
from lstm_lib.training import Adam, clip_by_global_norm
from lstm_lib.training.schedules import Cosine

Arrays = dict[str, np.ndarray]


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


ADAM_STEP = Exercise(
    ADAM_ARGUMENTS,
    ("p", "m", "v"),
    _adam_problems,
    library_adam,
    {
        **mistakes_of(ADAM, ADAM_MISTAKES, ADAM_ARGUMENTS, ADAM_RETURNS),
        "m and v are returned in the wrong order: p, m, v": (
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


# Clipping by the global norm


def library_clip(grads: Arrays, max_norm: float) -> tuple[Arrays, float]:
    """Return clipped copies and the norm by the library's function."""
    clipped = {name: grad.copy() for name, grad in grads.items()}
    return clipped, clip_by_global_norm(clipped, max_norm)


def _clip_problems(rng: np.random.Generator) -> list[tuple[Arrays, float]]:
    """Long gradients, of which one array alone would pass, short ones, other names, and none at all."""
    W, b = 1.8 * rng.standard_normal((3, 4)), 0.6 * rng.standard_normal(4)
    names = {"decoder.W_h": (2, 6), "decoder.b": (6,), "encoder.W_x": (3, 1, 2)}
    return [
        ({"W": W, "b": b}, 2.0),
        ({"W": W / 5, "b": b / 5}, 2.0),
        ({name: 4 * rng.standard_normal(shape) for name, shape in names.items()}, 5.0),
        ({"b": 3 * b}, 0.5),
        ({"W": np.zeros((2, 3))}, 1.0),
    ]


def _flat(clip: Callable, grads: Arrays, max_norm: float) -> tuple[np.ndarray, float]:
    """Return the clipped gradients as one vector, in the order of the names given, and the norm."""
    result = clip(grads, max_norm)
    if not isinstance(result, tuple | list) or len(result) != 2 or not isinstance(result[0], Mapping):
        raise Wrong("The function should return a dict of gradients, and the norm.")
    clipped, norm = result
    return _flattened(clipped, grads), norm


def _flattened(found: Mapping[str, np.ndarray], like: Arrays) -> np.ndarray:
    """Return gradients as one vector.  Raises: Wrong: their names or shapes are not those of `like`."""
    if set(found) != set(like):
        raise Wrong(f"The dict should have the keys {', '.join(like)}; it has {', '.join(map(str, found))}.")
    for name, grad in like.items():
        if np.shape(found[name]) != grad.shape:
            raise Wrong(f"The gradient of {name} has shape {np.shape(found[name])}; wanted {grad.shape}.")
    return np.concatenate([np.ravel(found[name]) for name in like])


def _with_names(v: Values) -> Arrays:
    """Return the clipped gradients under their names and in their shapes."""
    ends = np.cumsum([grad.size for grad in v.arrays])[:-1]
    parts = zip(v.grads.items(), np.split(v.clipped, ends), strict=True)
    return {name: part.reshape(grad.shape) for (name, grad), part in parts}


CLIP: Equations = {
    "arrays": lambda v: list(v.grads.values()),
    "flat": lambda v: np.concatenate([np.ravel(grad) for grad in v.arrays]),
    "norm": lambda v: np.linalg.norm(v.flat),
    "factor": lambda v: min(1.0, v.max_norm / v.norm),
    "clipped": lambda v: v.flat * v.factor,
    "named": _with_names,
    "told": lambda v: v.norm,
}


def _where_long(factor: Callable[[Values], float]) -> Equations:
    """One factor for all where the norm is too large."""
    return {"factor": lambda v: factor(v) if v.norm > v.max_norm else 1.0}


CLIP_MISTAKES: dict[str, Equations] = {
    "each parameter is clipped by its own norm: one norm and one factor for all keep the direction": {
        "clipped": lambda v: np.concatenate(
            [np.ravel(grad) * min(1.0, v.max_norm / np.linalg.norm(grad)) for grad in v.arrays]
        )
    },
    "each number is clipped by itself: one factor for all keeps the direction": {
        "clipped": lambda v: np.clip(v.flat, -v.max_norm, v.max_norm)
    },
    "the norm lacks its root: sqrt(sum of all g^2)": {"norm": lambda v: (v.flat**2).sum()},
    "the norms of the parameters are added up: add up the squares, then take one root": {
        "norm": lambda v: sum(map(np.linalg.norm, v.arrays))
    },
    "sizes are added up, not squares: the norm is sqrt(sum of all g^2)": {
        "norm": lambda v: np.abs(v.flat).sum()
    },
    "the norm is the largest entry: it is sqrt(sum of all g^2)": {"norm": lambda v: np.abs(v.flat).max()},
    "the norm is a mean: it is sqrt(sum of all g^2), however many there are": {
        "norm": lambda v: np.sqrt((v.flat**2).mean())
    },
    "the norm is that of the first parameter alone": {"norm": lambda v: np.linalg.norm(v.arrays[0])},
    "the norm is that of the last parameter alone": {"norm": lambda v: np.linalg.norm(v.arrays[-1])},
    "short gradients are lengthened: the factor is min(1, max_norm / norm)": {
        "factor": lambda v: v.max_norm / v.norm
    },
    "only short gradients are scaled: the factor is min(1, max_norm / norm), not max": {
        "factor": lambda v: max(1.0, v.max_norm / v.norm)
    },
    "long gradients are scaled to length 1: to max_norm": _where_long(lambda v: 1 / v.norm),
    "the factor is upside down: max_norm / norm": _where_long(lambda v: v.norm / v.max_norm),
    "the factor is max_norm: it is max_norm / norm": _where_long(lambda v: v.max_norm),
    "long gradients are set to zero: they are shortened": _where_long(lambda v: 0.0),
    "nothing is clipped": {"factor": lambda v: 1.0},
    "the norm after clipping is returned: the one before is asked for": {
        "told": lambda v: np.linalg.norm(v.clipped)
    },
}


CLIP_GRADIENTS = Exercise(
    ("grads", "max_norm"),
    ("clipped", "norm"),
    _clip_problems,
    library_clip,
    mistakes_of(CLIP, CLIP_MISTAKES, ("grads", "max_norm"), ("named", "told")),
    _flat,
)


def check_clip(student: Callable) -> Verdict:
    """Check clipping by the global norm, clip(grads, max_norm) -> (clipped, norm).

    Args: student: takes a dict of gradients of any shapes and the longest allowed norm; returns a new dict
        with the same keys, and the norm before clipping.
    """
    return judge(student, CLIP_GRADIENTS)


# Gradients of several batches, accumulated

Part = tuple[float, Arrays, int]  # the mean loss of a token, its gradients, and how many tokens


def accumulated(parts: list[Part]) -> tuple[float, Arrays]:
    """Return the mean loss of all tokens and its gradients: each part counts as many tokens as it has."""
    tokens = [tokens for _, _, tokens in parts]
    loss = np.average([loss for loss, _, _ in parts], weights=tokens)
    names = parts[0][1]
    return loss, {name: np.average([g[name] for _, g, _ in parts], axis=0, weights=tokens) for name in names}


def gathering(
    weight: Callable[[list[int]], list[float]],
    of_loss: Callable[[list[int]], list[float]] | None = None,
    parts: Callable[[list[Part]], list[Part]] = lambda parts: parts,
) -> Callable:
    """A sum over parts, each with a weight.

    Args: weight: takes how many tokens the parts have; of_loss: the same for the loss, where it differs;
        parts: chooses among them.
    """

    def function(given: list[Part]) -> tuple[float, Arrays]:
        chosen = parts(given)
        tokens = [tokens for _, _, tokens in chosen]
        weights, loss_weights = weight(tokens), (of_loss or weight)(tokens)
        loss = sum(w * loss for w, (loss, _, _) in zip(loss_weights, chosen, strict=True))
        return loss, {
            name: sum(w * grads[name] for w, (_, grads, _) in zip(weights, chosen, strict=True))
            for name in given[0][1]
        }

    return function


def _shares(tokens: list[int]) -> list[float]:
    return [count / sum(tokens) for count in tokens]


def _equal(tokens: list[int]) -> list[float]:
    return [1 / len(tokens) for _ in tokens]


ACCUMULATE_MISTAKES: dict[str, Callable | tuple[Callable, ...]] = {
    "all batches count the same: a batch counts by its tokens": gathering(_equal),
    "the loss counts by tokens, but the gradients do not": gathering(_equal, _shares),
    "the gradients count by tokens, but the loss does not": gathering(_shares, _equal),
    "the means are added up: their weights must add up to 1": gathering(lambda tokens: [1.0 for _ in tokens]),
    "the gradients are added up: their weights must add up to 1": (
        gathering(lambda tokens: [1.0 for _ in tokens], _shares),
        gathering(lambda tokens: [1.0 for _ in tokens], _equal),
    ),
    "the sum over tokens is returned: divide by the number of all tokens": gathering(
        lambda tokens: [float(count) for count in tokens]
    ),
    "the sum over tokens is divided by the number of batches: by that of all tokens": gathering(
        lambda tokens: [count / len(tokens) for count in tokens]
    ),
    "each mean is divided by its tokens once more: it is a mean already": (
        gathering(lambda tokens: [1 / count for count in tokens]),
        gathering(lambda tokens: [1 / count / len(tokens) for count in tokens]),
    ),
    "the weights are upside down: more tokens, more weight": gathering(
        lambda tokens: [1 / count / sum(1 / other for other in tokens) for count in tokens]
    ),
    "only the last batch is used": gathering(_shares, parts=lambda parts: parts[-1:]),
    "only the first batch is used": gathering(_shares, parts=lambda parts: parts[:1]),
    "the last batch is left out": gathering(
        _shares, parts=lambda parts: parts[:-1] if len(parts) > 1 else parts
    ),
    "the first batch is left out": gathering(
        _shares, parts=lambda parts: parts[1:] if len(parts) > 1 else parts
    ),
}


def _parts(rng: np.random.Generator) -> list[tuple]:
    """Batches of several numbers and sizes; the names and shapes of the gradients differ, too."""

    def part(tokens: int, **shapes: tuple[int, ...]) -> Part:
        return (
            float(rng.uniform(1, 4)),
            {name: rng.standard_normal(shape) for name, shape in shapes.items()},
            tokens,
        )

    return [
        ([part(tokens, W=(3, 4), b=(4,)) for tokens in (7, 2, 5)],),
        ([part(tokens, U=(2, 3, 2), V=(5,), c=(1,)) for tokens in (1, 9)],),
        ([part(6, W=(4, 3))],),
        ([part(tokens, W=(2, 2), b=(2,)) for tokens in (3, 3, 8, 1)],),
    ]


def _loss_and_flat(accumulate: Callable, parts: list[Part]) -> tuple[float, np.ndarray]:
    """Return the loss, and the gradients as one vector, in the order of the names given."""
    result = accumulate(parts)
    if not isinstance(result, tuple | list) or len(result) != 2 or not isinstance(result[1], Mapping):
        raise Wrong("The function should return the loss, and a dict of gradients.")
    loss, grads = result
    return loss, _flattened(grads, parts[0][1])


ACCUMULATE = Exercise(("parts",), ("loss", "grads"), _parts, accumulated, ACCUMULATE_MISTAKES, _loss_and_flat)


def check_accumulate(student: Callable) -> Verdict:
    """Check the gradients of one large batch from those of its parts, accumulate(parts) -> (loss, grads).

    Args: student: takes a list of (mean loss of a token, its gradients by name, number of tokens); returns
        the mean loss of all tokens, and a new dict of its gradients.
    """
    return judge(student, ACCUMULATE)


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
    "there is no warm-up, and the cosine begins at update 0": {"rises": lambda v: False, **FROM_START},
    "the warm-up begins at 0: the first update has peak / warmup_steps": FROM_ZERO,
    "the warm-up begins at 0, and the cosine one update late: the peak is update warmup_steps - 1": {
        **FROM_ZERO,
        **ONE_LATE,
    },
    "the cosine begins one update late: the peak is update warmup_steps - 1": ONE_LATE,
    "the cosine begins at update 0: it begins at the peak": FROM_START,
    "the cosine takes total_steps from the peak on: it ends at total_steps": {
        "length": lambda v: v.total_steps
    },
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

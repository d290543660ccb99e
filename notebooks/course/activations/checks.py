"""Checks of slopes and of gradients through time, and the mistakes that they know."""

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, mistakes_of
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.rnn import RNN, RNNState

Slope = Callable[[np.ndarray], np.ndarray]

# Slopes read off the value a, the right one of each function and what else students take for it

SCALE, RATE = 1.7159, 2 / 3  # of the scaled tanh (LeCun et al., 1998)
FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "softplus": lambda z: np.log1p(np.exp(z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "arctan": np.arctan,
    "scaled_tanh": lambda z: SCALE * np.tanh(RATE * z),
}
SLOPES: dict[str, Slope] = {
    "softplus": lambda a: 1 - np.exp(-a),
    "softsign": lambda a: (1 - np.abs(a)) ** 2,
    "arctan": lambda a: np.cos(a) ** 2,
    "scaled_tanh": lambda a: RATE * (SCALE - a**2 / SCALE),
}
SLOPE_MISTAKES: dict[str, dict[str, Slope]] = {
    "softplus": {
        "softplus' uses the value a as if it were z, in sigma(a): solve a = ln(1 + e^z) for e^z": sigmoid,
        "softplus' is 1, as for a ReLU: the slope is sigma(z), written in terms of a": np.ones_like,
        "softplus' is e^-a, which is 1 - sigma(z): the slope is sigma(z) = 1 - e^-a": lambda a: np.exp(-a),
        "softplus' lacks a minus sign in the exponent: e^z is e^a - 1, so sigma(z) is 1 - e^-a": lambda a: (
            1 - np.exp(a)
        ),
    },
    "softsign": {
        "softsign' uses the value a as if it were z: the slope is 1 / (1 + |z|)^2, and 1 / (1 + |z|) "
        "is 1 - |a|": (lambda a: 1 / (1 + np.abs(a)) ** 2),
        "softsign' lacks the square: the slope is 1 / (1 + |z|)^2": lambda a: 1 - np.abs(a),
        "softsign' lacks the absolute value: the slope also falls off where a is negative": (
            lambda a: (1 - a) ** 2
        ),
        "softsign' is the slope of tanh, 1 - a^2: softsign's own slope falls off faster": lambda a: 1 - a**2,
    },
    "arctan": {
        "arctan' uses the value a as if it were z: the slope is 1 / (1 + z^2), and z is tan(a)": (
            lambda a: 1 / (1 + a**2)
        ),
        "arctan' lacks the square: 1 / (1 + tan(a)^2) is cos(a)^2": np.cos,
        "arctan' is sin(a)^2: the slope at 0 is 1, so it is cos(a)^2": lambda a: np.sin(a) ** 2,
        "arctan' is the slope of tanh, 1 - a^2: arctan's own slope is cos(a)^2": lambda a: 1 - a**2,
    },
    "scaled_tanh": {
        "the slope of the scaled tanh is that of tanh, 1 - a^2: both factors are missing": lambda a: 1 - a**2,
        "the slope of the scaled tanh lacks the factor 2/3 from the chain rule": (
            lambda a: SCALE - a**2 / SCALE
        ),
        "the slope of the scaled tanh lacks the factor 1.7159 in front": lambda a: (
            RATE * (1 - (a / SCALE) ** 2)
        ),
        "the value of the scaled tanh is used as if it were tanh(2z/3): divide it by 1.7159 first": (
            lambda a: RATE * SCALE * (1 - a**2)
        ),
        "the slope of the scaled tanh uses the value a as if it were z": (
            lambda a: RATE * SCALE * (1 - np.tanh(RATE * a) ** 2)
        ),
    },
}


def slopes(*values: np.ndarray, wrong: dict[str, str] | None = None) -> tuple[np.ndarray, ...]:
    """Return the slope of each function, of some of them a wrong one.

    Args: values (N,) of each; wrong: for a function's name, one of its `SLOPE_MISTAKES`.
    """
    chosen = SLOPES | {name: SLOPE_MISTAKES[name][says] for name, says in (wrong or {}).items()}
    return tuple(slope(a) for slope, a in zip(chosen.values(), values, strict=True))


def _every_combination() -> dict[str, Callable]:
    """Every combination of right and wrong slopes as a mistake: a student may get several wrong."""
    several = {}
    for combination in product(*([None, *SLOPE_MISTAKES[name]] for name in SLOPES)):
        wrong = {name: says for name, says in zip(SLOPES, combination, strict=True) if says}
        several["; and as if ".join(wrong.values())] = partial(slopes, wrong=wrong)
    del several[""]  # all are right
    return several


def _values(rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
    """Values of all functions at the same places, and of each at places of its own."""
    z = np.array([-3.0, -1.0, -0.25, 0.0, 0.5, 1.0, 2.5])
    own = [np.append(rng.normal(0.0, 2.0, 9), 0.0) for _ in SLOPES]
    return [
        tuple(FUNCTIONS[name](some) for name, some in zip(SLOPES, places, strict=True))
        for places in ([z] * len(SLOPES), own)
    ]


SLOPES_OFF_VALUES = Exercise(tuple(SLOPES), tuple(SLOPES), _values, slopes, _every_combination())


def check_slopes(student: Callable) -> Verdict:
    """Check slopes read off values, slopes(softplus, softsign, arctan, scaled_tanh).

    Args: student: takes the values a = phi(z) of each function, (N,) each, and returns the slopes phi'(z) in
        the same order.
    """
    return judge(student, SLOPES_OFF_VALUES)


# The way of a gradient back through a plain recurrent network

SIZES = ((4, 3), (6, 5), (1, 4))  # T, H
NORM_ARGUMENTS = ("dh", "h", "W_h")


def through_step(dh: np.ndarray, slope: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Return the gradient of h_(t-1) from that of h_t = tanh(... + h_(t-1) W_h); back is W_h^T."""
    return (dh * slope) @ back


def gradients_back(v: Values, step: Callable = through_step) -> np.ndarray:
    """Return the gradients of the states, (T + 1, H), lag 0 first, by one step back after the other."""
    gradients = [v.dh]
    for slope in v.slopes[::-1]:
        gradients.append(step(gradients[-1], slope, v.back))
    return np.array(gradients)


NORMS: Equations = {
    "states": lambda v: v.h,
    "slopes": lambda v: 1 - v.states**2,
    "back": lambda v: v.W_h.T,
    "gradients": gradients_back,
    "norms": lambda v: np.linalg.norm(v.gradients, axis=1),
}
NORM_MISTAKES: dict[str, Equations] = {
    "the slope of tanh is left out: the chain rule adds the factor 1 - h_t^2": {
        "slopes": lambda v: np.ones_like(v.states)
    },
    "W_h is left out: the gradient passes back through it as well": {"back": lambda v: np.eye(len(v.W_h))},
    "W_h is not transposed: h W_h becomes dz W_h^T in the backward pass": {"back": lambda v: v.W_h},
    "the slope is applied after W_h^T: the backward pass goes through tanh first, then through the matrix": {
        "gradients": lambda v: gradients_back(v, lambda dh, slope, back: (dh @ back) * slope)
    },
    "tanh' is computed from h_t as if it were the pre-activation: it is 1 - h_t^2": {
        "slopes": lambda v: 1 - np.tanh(v.states) ** 2
    },
    "the slope is that of sigma: h_t is the output of a tanh, whose slope is 1 - h_t^2": {
        "slopes": lambda v: v.states * (1 - v.states)
    },
    "the square is missing in tanh': it is 1 - h_t^2": {"slopes": lambda v: 1 - v.states},
    "the slopes are used in forward order: the backward pass starts at the last step": {
        "states": lambda v: v.h[::-1]
    },
    "the slope is computed from the state before the step: use the state after it": {
        "states": lambda v: np.roll(v.h, 1, axis=0)
    },
    "the norms are squared: take the square root of the sum of squares": {
        "norms": lambda v: (v.gradients**2).sum(axis=1)
    },
    "the absolute values are summed: the norm is the square root of the sum of squares": {
        "norms": lambda v: np.abs(v.gradients).sum(axis=1)
    },
    "the entries are summed: the norm is the square root of the sum of squares": {
        "norms": lambda v: v.gradients.sum(axis=1)
    },
    "the norm is a root mean square: take the square root of the sum of squares": {
        "norms": lambda v: np.sqrt((v.gradients**2).mean(axis=1))
    },
    "the norms are in forward order: lag 0, the last step, comes first": {
        "norms": lambda v: NORMS["norms"](v)[::-1]
    },
    "lag 0 is missing: the first entry is the norm of dh itself": {"norms": lambda v: NORMS["norms"](v)[1:]},
    "the last step back is missing: T steps back give T + 1 norms": {
        "norms": lambda v: NORMS["norms"](v)[:-1]
    },
}


def library_norms(dh: np.ndarray, h: np.ndarray, W_h: np.ndarray) -> np.ndarray:
    """Return the norms by the library's layer.

    Its weights for x are the identity, and what it reads is chosen so that its states are those of h.
    """
    units = len(dh)
    layer = RNN(units, units, np.random.default_rng(0), dtype=np.float64)
    layer.params["W_x"][...], layer.params["W_h"][...] = np.eye(units), W_h
    state, caches = RNNState(np.zeros((1, units))), []
    for wanted in h[:, np.newaxis]:
        _, state, cache = layer.step(np.arctanh(wanted) - state.h @ W_h, state)
        caches.append(cache)
    gradients = [RNNState(dh[np.newaxis])]
    for cache in reversed(caches):
        gradients.append(layer.step_backward(gradients[-1], cache)[1])
    return np.array([np.linalg.norm(gradient.h) for gradient in gradients])


def _ways_back(rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
    return [
        (rng.standard_normal(H), np.tanh(rng.standard_normal((T, H))), rng.standard_normal((H, H)))
        for T, H in SIZES
    ]


GRADIENT_NORMS = Exercise(
    NORM_ARGUMENTS,
    ("norms",),
    _ways_back,
    library_norms,
    mistakes_of(NORMS, NORM_MISTAKES, NORM_ARGUMENTS, ("norms",)),
)


def check_gradient_norms(student: Callable) -> Verdict:
    """Check the way of a gradient back through a plain recurrent network, gradient_norms(dh, h, W_h).

    Args: student: takes dh (H,), what arrives at the last state; h (T, H), the states after steps 1 to T of
        h_t = tanh(x_t W_x + h_(t-1) W_h + b); W_h (H, H); and returns the Euclidean norms of the gradients
        of the states, (T + 1,), lag 0 first, the state before the first step last.
    """
    return judge(student, GRADIENT_NORMS)

"""Checks of the GRU's step, of its state's gradient and of its parameters, and the mistakes that they know.

The reset gate stands after the product, as in the library's default.
"""

from collections.abc import Callable

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, block, cell_with, mistakes_of, wrong_orders
from course.shared.gates import ORDER
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.gru import GRU, GRUState

Arrays = tuple[np.ndarray, ...]
SIZES = ((3, 4, 5), (2, 5, 3), (1, 2, 4))  # B, E, H: all different, so that a wrong axis shows
GRU_ORDER = ORDER[GRU]


# A step


def gates_in(order: str) -> Equations:
    """Gates and candidate, each read from where it would stand in that order."""
    return {
        "r": lambda v: sigmoid(block(v.of_x, "r", order) + block(v.of_h, "r", order)),
        "u": lambda v: sigmoid(block(v.of_x, "u", order) + block(v.of_h, "u", order)),
        "x_n": lambda v: block(v.of_x, "n", order),
        "h_n": lambda v: block(v.of_h, "n", order),
    }


STEP: Equations = {
    "of_x": lambda v: v.x @ v.W_x + v.b,
    "of_h": lambda v: v.h @ v.W_h,
    **gates_in(GRU_ORDER),
    "past": lambda v: v.h_n + v.b_h,
    "z_n": lambda v: v.x_n + v.r * v.past,
    "n": lambda v: np.tanh(v.z_n),
    "h_new": lambda v: (1 - v.u) * v.n + v.u * v.h,
}


def _reset_before(v: Values) -> np.ndarray:
    """The candidate's pre-activation if the reset gate stood before the product."""
    return v.x_n + (v.r * v.h) @ block(v.W_h, "n", GRU_ORDER)


STEP_MISTAKES: dict[str, Equations] = {
    **wrong_orders(
        GRU_ORDER,
        gates_in,
        "{} and {} are swapped: the columns hold r, u, n",
        "the gates are read in the order {}: the columns hold r, u, n",
    ),
    "the update gate is inverted: an open u keeps the old state, h_new = (1 - u) n + u h": {
        "h_new": lambda v: (1 - v.u) * v.h + v.u * v.n
    },
    "the reset gate multiplies the candidate n: it belongs inside the tanh, where it multiplies h "
    "W_hn + b_h": {
        "z_n": lambda v: v.x_n + v.past,
        "n": lambda v: v.r * np.tanh(v.z_n),
    },
    "the reset gate is applied before the product, (r h) W_hn + b_h: here it multiplies the product's "
    "result": {"z_n": lambda v: _reset_before(v) + v.b_h},
    "this is the cell of Cho et al. (2014), (r h) W_hn without b_h: here r multiplies h W_hn + b_h": {
        "z_n": _reset_before
    },
    "the reset gate also multiplies x W_xn + b_n: it multiplies only h W_hn + b_h": {
        "z_n": lambda v: v.r * (v.x_n + v.past)
    },
    "the reset gate is left out of the candidate": {"z_n": lambda v: v.x_n + v.past},
    "u, not r, multiplies the past in the candidate": {"z_n": lambda v: v.x_n + v.u * v.past},
    "tanh is missing: n = tanh(...)": {"n": lambda v: v.z_n},
    "the candidate uses sigma: n = tanh(...)": {"n": lambda v: sigmoid(v.z_n)},
    "a tanh is applied to the new state: h_new = (1 - u) n + u h": {
        "h_new": lambda v: np.tanh((1 - v.u) * v.n + v.u * v.h)
    },
    "b_h is left out: n = tanh(x W_xn + b_n + r (h W_hn + b_h))": {"past": lambda v: v.h_n},
    "b_h is added outside the reset gate: r multiplies the sum h W_hn + b_h": {
        "z_n": lambda v: v.x_n + v.r * v.h_n + v.b_h
    },
    "the bias b is left out: add it to x W_x": {"of_x": lambda v: v.x @ v.W_x},
    "1 - u is left out: h_new = (1 - u) n + u h": {"h_new": lambda v: v.n + v.u * v.h},
    "the old state is left out: h_new = (1 - u) n + u h": {"h_new": lambda v: (1 - v.u) * v.n},
}


STEP_ARGUMENTS = ("x", "h", "W_x", "W_h", "b", "b_h")


def library_step(x, h, W_x, W_h, b, b_h) -> np.ndarray:
    """Return the new h by the library's cell."""
    return cell_with(GRU, W_x=W_x, W_h=W_h, b=b, b_h=b_h).step(x, GRUState(h))[0]


def _step_problems(rng: np.random.Generator) -> list[Arrays]:
    return [
        tuple(map(rng.standard_normal, ((B, E), (B, H), (E, 3 * H), (H, 3 * H), 3 * H, H)))
        for B, E, H in SIZES
    ]


GRU_STEP = Exercise(
    STEP_ARGUMENTS,
    ("h",),
    _step_problems,
    library_step,
    mistakes_of(STEP, STEP_MISTAKES, STEP_ARGUMENTS, ("h_new",)),
)


def check_gru_step(student: Callable) -> Verdict:
    """Check one step of the cell, gru_step(x, h, W_x, W_h, b, b_h) -> h.

    Args: student: takes x (B, input_size), h (B, H), W_x (input_size, 3H), W_h (H, 3H), b (3H) and b_h (H),
        gates in the order r, u, n, reset after the product, and returns the new h (B, H).
    """
    return judge(student, GRU_STEP)


# The gradient of the state before it


STATE_BACKWARD: Equations = {
    "W_hr": lambda v: block(v.W_h, "r", GRU_ORDER),
    "W_hu": lambda v: block(v.W_h, "u", GRU_ORDER),
    "W_hn": lambda v: block(v.W_h, "n", GRU_ORDER),
    "dz_n": lambda v: v.dh_new * (1 - v.u) * (1 - v.n**2),
    "dz_u": lambda v: v.dh_new * (v.h - v.n) * v.u * (1 - v.u),
    "dz_r": lambda v: v.dz_n * v.past * v.r * (1 - v.r),
    "dpast": lambda v: v.dz_n * v.r,
    "direct": lambda v: v.dh_new * v.u,
    "by_reset": lambda v: v.dz_r @ v.W_hr.T,
    "by_update": lambda v: v.dz_u @ v.W_hu.T,
    "by_candidate": lambda v: v.dpast @ v.W_hn.T,
    "dh": lambda v: v.direct + v.by_reset + v.by_update + v.by_candidate,
}


def _without(*paths: str) -> Equations:
    return {path: lambda v: 0.0 for path in paths}


STATE_MISTAKES: dict[str, Equations] = {
    "the direct path is missing: h also reaches h_new through u h, which adds dh_new u": _without("direct"),
    "the path through the candidate is missing: n reads h through h W_hn, which adds (dz_n r) W_hn^T": (
        _without("by_candidate")
    ),
    "the path through the update gate is missing: u reads h, which adds dz_u W_hu^T": _without("by_update"),
    "the path through the reset gate is missing: r reads h, which adds dz_r W_hr^T": _without("by_reset"),
    "both paths through the candidate are missing: n reads h through h W_hn and through r": _without(
        "by_candidate", "by_reset"
    ),
    "the paths through both gates are missing: r and u read h as well": _without("by_update", "by_reset"),
    "only the direct path is there: r, u and n read h as well": _without(
        "by_candidate", "by_update", "by_reset"
    ),
    "dz_u has the wrong sign: opening u moves h_new from n to h, so dz_u = dh_new (h - n) u (1 - u)": {
        "dz_u": lambda v: v.dh_new * (v.n - v.h) * v.u * (1 - v.u)
    },
    "n is missing in dz_u: u multiplies h, and 1 - u multiplies n, so dz_u = dh_new (h - n) u (1 - u)": {
        "dz_u": lambda v: v.dh_new * v.h * v.u * (1 - v.u)
    },
    "the slope of sigma is left out of dz_u": {"dz_u": lambda v: v.dh_new * (v.h - v.n)},
    "the slope of sigma is left out of dz_r": {"dz_r": lambda v: v.dz_n * v.past},
    "the slopes of sigma are left out of dz_u and dz_r": {
        "dz_u": lambda v: v.dh_new * (v.h - v.n),
        "dz_r": lambda v: v.dz_n * v.past,
    },
    "the slope of tanh is left out of dz_n: it is 1 - n^2": {"dz_n": lambda v: v.dh_new * (1 - v.u)},
    "1 - u is left out of dz_n": {"dz_n": lambda v: v.dh_new * (1 - v.n**2)},
    "the update gate is inverted: h_new = (1 - u) n + u h, so h gets dh_new u and n gets dh_new (1 - u)": {
        "dz_n": lambda v: v.dh_new * v.u * (1 - v.n**2),
        "dz_u": lambda v: v.dh_new * (v.n - v.h) * v.u * (1 - v.u),
        "direct": lambda v: v.dh_new * (1 - v.u),
    },
    "the direct path has the factor 1 - u: h_new = (1 - u) n + u h, so it is dh_new u": {
        "direct": lambda v: v.dh_new * (1 - v.u)
    },
    "r is left out of the path through the candidate: the gradient of past is dz_n r": {
        "dpast": lambda v: v.dz_n
    },
    "dz_r uses h instead of past: r multiplies past = h W_hn + b_h": {
        "dz_r": lambda v: v.dz_n * v.h * v.r * (1 - v.r)
    },
    "the blocks of W_h are not transposed: h W in the forward pass becomes d W^T in the backward pass": {
        "by_reset": lambda v: v.dz_r @ v.W_hr,
        "by_update": lambda v: v.dz_u @ v.W_hu,
        "by_candidate": lambda v: v.dpast @ v.W_hn,
    },
}


STATE_ARGUMENTS = ("dh_new", "h", "r", "u", "n", "past", "W_h")


def library_state_backward(dh_new, h, r, u, n, past, W_h) -> np.ndarray:
    """Return the gradient of h by the library's cell, which remembers this step."""
    (_B, H), x = h.shape, np.zeros((len(h), 1))
    weights = {"W_x": np.zeros((1, 3 * H)), "W_h": W_h, "b": np.zeros(3 * H), "b_h": np.zeros(H)}
    cell = cell_with(GRU, **weights)
    _, _, cache = cell.step(x, GRUState(h))
    *rest, _, _, _, _ = cache.values
    cache = cache._replace(values=(*rest, r, u, n, past))
    return cell.step_backward(GRUState(dh_new), cache)[1].h


def _state_problems(rng: np.random.Generator) -> list[Arrays]:
    """Gates, candidate and past as they might be, with no weights for x to make them."""
    problems = []
    for B, _, H in SIZES:
        dh_new, h, n, past = rng.standard_normal((4, B, H))
        r, u = rng.random((2, B, H))
        problems.append((dh_new, np.tanh(h), r, u, np.tanh(n), past, rng.standard_normal((H, 3 * H))))
    return problems


GRU_STATE_BACKWARD = Exercise(
    STATE_ARGUMENTS,
    ("dh",),
    _state_problems,
    library_state_backward,
    mistakes_of(STATE_BACKWARD, STATE_MISTAKES, STATE_ARGUMENTS, ("dh",)),
)


def check_gru_state_backward(student: Callable) -> Verdict:
    """Check the gradient of the state before, gru_state_backward(dh_new, h, r, u, n, past, W_h) -> dh.

    Args: student: takes the gradient dh_new (B, H) of the new state, and from the step h, r, u, n and
        past = h W_hn + b_h, all (B, H), and W_h (H, 3H); returns the gradient of h, (B, H).
    """
    return judge(student, GRU_STATE_BACKWARD)


# The number of parameters

COUNT_MISTAKES: dict[str, Callable[[int, int], int]] = {
    "the bias b is missing: it has 3 H entries": lambda E, H: 3 * H * (E + H) + H,
    "the bias b_h is missing: it has H entries": lambda E, H: 3 * H * (E + H + 1),
    "both biases are missing: b has 3 H entries, b_h has H": lambda E, H: 3 * H * (E + H),
    "four gates are counted: a GRU has three blocks of columns": lambda E, H: 4 * H * (E + H + 1) + H,
    "this is the number for an LSTM: a GRU has three blocks of columns, and b_h": lambda E, H: (
        4 * H * (E + H + 1)
    ),
    "only the two gates are counted: the candidate has a block of columns as well": lambda E, H: (
        2 * H * (E + H + 1) + H
    ),
    "input size and hidden size are swapped: E is the input size, H the number of units": lambda E, H: (
        3 * E * (E + H + 1) + E
    ),
    "a second bias is counted for all three gates, as in PyTorch: here b_h has H entries": (
        lambda E, H: 3 * H * (E + H + 2)
    ),
    "b_h is counted as one number: it has H entries": lambda E, H: 3 * H * (E + H + 1) + 1,
    "W_h is counted once, not for each gate: it is (H, 3 H)": lambda E, H: 3 * H * (E + 1) + H * H + H,
}


def _counted(E: int, H: int) -> int:
    """Count the parameters of the library's layer."""
    return sum(array.size for array in GRU(E, H, np.random.default_rng(0)).params.values())


GRU_PARAMETERS = Exercise(
    ("E", "H"),
    ("count",),
    lambda rng: [(3, 5), (5, 3), (10, 20), (1, 1)],
    _counted,
    COUNT_MISTAKES,
)


def check_gru_parameters(student: Callable) -> Verdict:
    """Check the number of parameters of a GRU, gru_parameters(E, H) -> a number.

    Args: student: takes the input size and the hidden size; counts W_x, W_h, b and b_h.
    """
    return judge(student, GRU_PARAMETERS)

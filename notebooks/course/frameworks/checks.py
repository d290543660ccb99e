"""Checks of the exercises on comparing frameworks and on moving weights to them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import permutations, product

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import LSTM_ORDER, Equations, Values, function_of, mistakes_of

SIZES = ((5, 3), (3, 4), (2, 6))  # E, H: different, so that a wrong axis shows
GRU_ORDER, KERAS_ORDER = "run", "urn"  # of the gates in the columns of the weights
Arrays = Sequence[np.ndarray]
Form = Callable[[Arrays], Arrays]  # brings all equal answers into one, and leaves any other as it is


def _exercise(
    arguments: tuple[str, ...],
    right: Equations,
    wrong: Mapping[str, Equations],
    returns: tuple[str, ...],
    form: Form,
) -> Exercise:
    """An exercise on the weights of a cell."""

    def call(function: Callable, *arrays: np.ndarray):
        found = function(*arrays)
        return form(list(map(np.asarray, found))) if isinstance(found, tuple | list) else found

    return Exercise(
        arguments,
        returns,
        partial(_weights, names=arguments),
        function_of(right, arguments, returns),
        mistakes_of(right, wrong, arguments, returns),
        call,
    )


def _in_order(array: np.ndarray, order: str, ours: str) -> np.ndarray:
    """Blocks of columns, which stand as in `ours`, in another order."""
    blocks = dict(zip(ours, np.split(array, len(ours), axis=-1), strict=True))
    return np.concatenate([blocks[gate] for gate in order], axis=-1)


def _weights(rng: np.random.Generator, names: tuple[str, ...]) -> list[tuple[np.ndarray, ...]]:
    gates = 3 if "b_h" in names else 4
    problems = []
    for E, H in SIZES:
        shapes = {"W_x": (E, gates * H), "W_h": (H, gates * H), "b": gates * H, "b_h": H}
        problems.append(tuple(rng.standard_normal(shapes[name]) for name in names))
    return problems


# NumPy's time over another framework's, from rounds of which the first warms up


def _rounds(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Seconds of two programs, odd and even numbers of rounds.

    The machine is slow in some rounds, and in two others a single turn is.
    """
    problems = []
    for rounds, ratio in ((9, 0.8), (12, 1.7), (5, 0.4)):
        machine = np.where(rng.random(rounds) < 0.4, 1.5, 1.0)
        ours, theirs = (base * machine * rng.uniform(0.9, 1.1, rounds) for base in (ratio, 1.0))
        ours[3] *= 4
        theirs[rounds // 2] *= 2
        problems.append((np.append(3.0, ours), np.append(9.0, theirs)))
    return problems


RATIO: Equations = {
    "rounds": lambda v: slice(1, None),
    "over": lambda v: v.ours[v.rounds],
    "under": lambda v: v.theirs[v.rounds],
    "ratio": lambda v: np.median(v.over / v.under),
}
BEST = "only the fastest times are divided, and each depends on a single round: divide round by round"
OTHER_RATIOS: dict[str, Equations] = {
    "": {},
    "the mean of the ratios is taken: a single slow round shifts it, so take the median": {
        "ratio": lambda v: np.mean(v.over / v.under)
    },
    "the ratio of the means is taken (or of the sums): divide round by round, then take the median": {
        "ratio": lambda v: np.mean(v.over) / np.mean(v.under)
    },
    "the ratio of the medians is taken: divide round by round first, since a slow round is slow for both": {
        "ratio": lambda v: np.median(v.over) / np.median(v.under)
    },
    "times are sorted before they are divided: a round's two times belong together": {
        "ratio": lambda v: np.median(np.sort(v.over) / np.sort(v.under))
    },
    "the geometric mean of the ratios is taken: take the median": {
        "ratio": lambda v: np.exp(np.mean(np.log(v.over / v.under)))
    },
    "the difference in seconds is returned: return a ratio": {"ratio": lambda v: np.median(v.over - v.under)},
}
OTHER_ROUNDS: dict[str, Equations] = {
    "": {},
    "the warm-up round is counted: leave the first round out": {"rounds": lambda v: slice(None)},
    "the last round is left out: leave out the warm-up, which is the first": {"rounds": lambda v: slice(-1)},
}
INVERTED: dict[str, Equations] = {
    "": {},
    "theirs is divided by ours: divide NumPy's time by theirs": {
        "over": lambda v: v.theirs[v.rounds],
        "under": lambda v: v.ours[v.rounds],
    },
}
RATIO_MISTAKES: dict[str, Equations] = {
    BEST: {"ratio": lambda v: np.min(v.over) / np.min(v.under)},
    **{
        "; and ".join(filter(None, says)): {
            **OTHER_RATIOS[says[0]],
            **OTHER_ROUNDS[says[1]],
            **INVERTED[says[2]],
        }
        for says in product(OTHER_RATIOS, OTHER_ROUNDS, INVERTED)
        if any(says)
    },
}


FAIR_RATIO = Exercise(
    ("ours", "theirs"),
    ("ratio",),
    _rounds,
    function_of(RATIO, ("ours", "theirs"), ("ratio",)),
    mistakes_of(RATIO, RATIO_MISTAKES, ("ours", "theirs"), ("ratio",)),
)


def check_fair_ratio(student: Callable) -> Verdict:
    """Check the comparison of two programs by interleaved rounds, fair_ratio(ours, theirs) -> a number.

    Args: student: takes seconds of our program and of theirs, (1 + R) each, in rounds of which the first one
        warms up, and returns the median of the ratios ours over theirs of the others.
    """
    return judge(student, FAIR_RATIO)


# From our layout to PyTorch's: an LSTM.  Its two biases only add up, so they are compared by their sum.


def one_bias(answer: Arrays) -> Arrays:
    """Return the same cell with all of its bias in the first of two; any other answer as it is."""
    if len(answer) != 4 or answer[2].shape != answer[3].shape:
        return answer
    return *answer[:2], answer[2] + answer[3], np.zeros(answer[3].shape)


TORCH: Equations = {
    "order": lambda v: LSTM_ORDER,
    "weight_ih": lambda v: _in_order(v.W_x, v.order, LSTM_ORDER).T,
    "weight_hh": lambda v: _in_order(v.W_h, v.order, LSTM_ORDER).T,
    "bias_ih": lambda v: _in_order(v.b, v.order, LSTM_ORDER),
    "bias_hh": lambda v: np.zeros_like(v.b),
}
TORCH_RETURNS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
TORCH_MISTAKES: dict[str, Equations] = {
    **{
        f"the gates stand in the order {', '.join(order)}: PyTorch's order is ours, i, f, g, o": {
            "order": lambda v, order=order: order
        }
        for order in permutations(LSTM_ORDER)
        if "".join(order) != LSTM_ORDER
    },
    "the matrices are not transposed: PyTorch's are (out, in), since it computes x W^T": {
        "weight_ih": lambda v: v.W_x,
        "weight_hh": lambda v: v.W_h,
    },
    "W_x is not transposed: PyTorch's weight_ih is (4H, E)": {"weight_ih": lambda v: v.W_x},
    "W_h is not transposed: PyTorch's weight_hh is (4H, H)": {"weight_hh": lambda v: v.W_h},
    "the matrices are reshaped to (4H, ...), which scrambles their entries: transpose them": {
        "weight_ih": lambda v: v.W_x.reshape(v.W_x.shape[::-1]),
        "weight_hh": lambda v: v.W_h.reshape(v.W_h.shape[::-1]),
    },
    "weight_ih and weight_hh are swapped: ih reads the input, hh the hidden state": {
        "weight_ih": TORCH["weight_hh"],
        "weight_hh": TORCH["weight_ih"],
    },
    "b is in both biases, and PyTorch adds them, so it counts twice": {"bias_ih": lambda v: 2 * v.b},
    "b is in neither bias: one of the two must hold it": {"bias_ih": lambda v: np.zeros_like(v.b)},
    "the matrices are not transposed, and b is in both biases, where it counts twice": {
        "weight_ih": lambda v: v.W_x,
        "weight_hh": lambda v: v.W_h,
        "bias_ih": lambda v: 2 * v.b,
    },
}


TO_PYTORCH = _exercise(("W_x", "W_h", "b"), TORCH, TORCH_MISTAKES, TORCH_RETURNS, one_bias)


def check_weight_transfer(student: Callable) -> Verdict:
    """Check how an LSTM's weights go to PyTorch, to_pytorch(W_x, W_h, b) -> four arrays.

    Args: student: takes W_x (E, 4H), W_h (H, 4H) and b (4H), gates in the order i, f, g, o, and returns
        weight_ih (4H, E), weight_hh (4H, H), bias_ih (4H) and bias_hh (4H).  How b is shared out between the
        two biases is free: PyTorch adds them.
    """
    return judge(student, TO_PYTORCH)


# From our layout to Keras's: a GRU that resets after the product


def gates_in_first_row(answer: Arrays) -> Arrays:
    """Return the same cell with both gates' bias in the first of two rows; any other answer as it is."""
    if len(answer) != 3 or answer[2].ndim != 2 or len(answer[2]) != 2:
        return answer
    first, second = np.array(answer[2], float)
    gates = slice(2 * len(first) // 3)
    first[gates] += second[gates]
    second[gates] = 0
    return *answer[:2], np.stack([first, second])


def second_bias(v: Values, gate: str = "n") -> np.ndarray:
    """Return (3H,) in our order: b_h in the columns of one gate, else zeros."""
    blocks = {other: np.zeros_like(v.b_h) for other in GRU_ORDER} | {gate: v.b_h}
    return np.concatenate(list(blocks.values()))


KERAS: Equations = {
    "orders": lambda v: [KERAS_ORDER] * 3,  # of kernel, recurrent kernel and bias
    "kernel": lambda v: _in_order(v.W_x, v.orders[0], GRU_ORDER),
    "recurrent_kernel": lambda v: _in_order(v.W_h, v.orders[1], GRU_ORDER),
    "first": lambda v: v.b,
    "second": lambda v: second_bias(v),
    "rows": lambda v: np.stack([v.first, v.second]),
    "bias": lambda v: _in_order(v.rows, v.orders[2], GRU_ORDER),
}
KERAS_RETURNS = ("kernel", "recurrent_kernel", "bias")
KERAS_MISTAKES: dict[str, Equations] = {
    "the gates are in our order, r, u, n: Keras's order is u, r, n": {
        "orders": lambda v: [GRU_ORDER] * 3,
    },
    "the bias is left in our order, r, u, n: reorder it along with its gates": {
        "orders": lambda v: [KERAS_ORDER, KERAS_ORDER, GRU_ORDER]
    },
    "recurrent_kernel is left in our order, r, u, n: reorder its gates as well": {
        "orders": lambda v: [KERAS_ORDER, GRU_ORDER, KERAS_ORDER]
    },
    "only the kernel is in Keras's order: reorder recurrent_kernel and bias as well": {
        "orders": lambda v: [KERAS_ORDER, GRU_ORDER, GRU_ORDER]
    },
    **{
        f"the gates stand in the order {', '.join(order)}: Keras's order is u, r, n": {
            "orders": lambda v, order=order: [order] * 3
        }
        for order in permutations(GRU_ORDER)
        if "".join(order) not in (GRU_ORDER, KERAS_ORDER)
    },
    "the matrices are transposed, as for PyTorch: Keras's are (in, 3H), like ours": {
        "kernel": lambda v: KERAS["kernel"](v).T,
        "recurrent_kernel": lambda v: KERAS["recurrent_kernel"](v).T,
    },
    "b_h is added to b: r multiplies only b_h, so it goes into the second row": {
        "first": lambda v: v.b + second_bias(v),
        "second": lambda v: np.zeros_like(v.b),
    },
    "b_h is left out: it goes into the candidate's part of the second row": {
        "second": lambda v: np.zeros_like(v.b)
    },
    "b_h is in r's part of the second row: it belongs to the candidate, n": {
        "second": lambda v: second_bias(v, "r")
    },
    "b_h is in u's part of the second row: it belongs to the candidate, n": {
        "second": lambda v: second_bias(v, "u")
    },
    "b_h is repeated for all three gates: it belongs only to the candidate": {
        "second": lambda v: np.tile(v.b_h, 3)
    },
    "the two rows of the bias are swapped: b is the first": {"rows": lambda v: np.stack([v.second, v.first])},
    "b is in both rows, and Keras adds them, so it counts twice": {"second": lambda v: v.b + second_bias(v)},
    "the bias has one row: Keras's has two, (2, 3H), since r multiplies part of the second": {
        "rows": lambda v: v.b
    },
}
TO_KERAS = _exercise(("W_x", "W_h", "b", "b_h"), KERAS, KERAS_MISTAKES, KERAS_RETURNS, gates_in_first_row)


def check_gru_transfer(student: Callable) -> Verdict:
    """Check how a GRU's weights go to Keras, to_keras(W_x, W_h, b, b_h) -> three arrays.

    Args: student: takes W_x (E, 3H), W_h (H, 3H) and b (3H), gates in the order r, u, n, and b_h (H), and
        returns kernel (E, 3H), recurrent_kernel (H, 3H) and bias (2, 3H), gates in the order u, r, n.
    """
    return judge(student, TO_KERAS)

"""Known mistakes in comparing times and in moving weights to a framework; see `exercises_frameworks`."""

from collections.abc import Callable, Iterator
from itertools import permutations
from types import SimpleNamespace

import numpy as np

from course.lstm_cell.lstm_mistakes import ORDER, Equations

# NumPy's time over theirs, from rounds of which the first warms up

Times = np.ndarray
Ratio = Callable[[Times, Times], float]

AFTER_WARM_UP = slice(1, None)


def median_of_ratios(ours: Times, theirs: Times) -> float:
    return float(np.median(ours / theirs))


OTHER_RATIOS: dict[str, Ratio] = {
    "the ratios' mean is taken: one slow round moves it, so take their median": (
        lambda ours, theirs: np.mean(ours / theirs)
    ),
    "the ratio of the means is taken (or of the sums): divide round by round, then take the median": (
        lambda ours, theirs: np.mean(ours) / np.mean(theirs)
    ),
    "the ratio of the medians is taken: divide round by round first, as a round is slow for both": (
        lambda ours, theirs: np.median(ours) / np.median(theirs)
    ),
    "times are sorted before they are divided: a round's two times belong together": (
        lambda ours, theirs: np.median(np.sort(ours) / np.sort(theirs))
    ),
    "the geometric mean of the ratios is taken: the median is wanted": (
        lambda ours, theirs: np.exp(np.mean(np.log(ours / theirs)))
    ),
    "the difference in seconds is taken: a ratio is wanted": lambda ours, theirs: np.median(ours - theirs),
}
OTHER_ROUNDS = {
    "the warm-up round is counted: leave the first round out": slice(None),
    "the last round is left out, and the warm-up, which is the first, is counted": slice(-1),
}
INVERTED = "theirs is divided by ours: NumPy's time over theirs is wanted"
BEST = "the quickest times alone are divided: each is one round's luck; divide round by round"


def ratio_mistakes() -> Iterator[tuple[str, Ratio]]:
    """Each wrong summary, wrong choice of rounds and wrong direction, and all of them together."""
    yield BEST, lambda ours, theirs: np.min(ours[AFTER_WARM_UP]) / np.min(theirs[AFTER_WARM_UP])
    for about_ratio, ratio in {"": median_of_ratios, **OTHER_RATIOS}.items():
        for about_rounds, rounds in {"": AFTER_WARM_UP, **OTHER_ROUNDS}.items():
            for about_direction in ("", INVERTED):
                says = "; and ".join(filter(None, (about_ratio, about_rounds, about_direction)))
                if says:
                    yield says, _of(ratio, rounds, bool(about_direction))


def _of(ratio: Ratio, rounds: slice, is_inverted: bool) -> Ratio:
    def of_rounds(ours: Times, theirs: Times) -> float:
        pair = (theirs[rounds], ours[rounds]) if is_inverted else (ours[rounds], theirs[rounds])
        return float(ratio(*pair))

    return of_rounds


RATIO_MISTAKES = dict(ratio_mistakes())


# From our layout to PyTorch's: an LSTM.  Its two biases only add up, so they are compared by their sum.


def in_order(array: np.ndarray, order: str, ours: str = ORDER) -> np.ndarray:
    """Blocks of columns, which stand as in `ours`, in another order."""
    blocks = dict(zip(ours, np.split(array, len(ours), axis=-1), strict=True))
    return np.concatenate([blocks[gate] for gate in order], axis=-1)


def torch_in(order: str) -> Equations:
    """PyTorch's arrays if its gates stood in that order."""
    return {
        "weight_ih": lambda v: in_order(v.W_x, order).T,
        "weight_hh": lambda v: in_order(v.W_h, order).T,
        "bias_ih": lambda v: in_order(v.b, order),
        "bias_hh": lambda v: np.zeros_like(v.b),
    }


TORCH = torch_in(ORDER)
TORCH_RETURNS = tuple(TORCH)


def _torch_orders() -> dict[str, Equations]:
    orders = {", ".join(order): torch_in("".join(order)) for order in permutations(ORDER)}
    del orders[", ".join(ORDER)]
    return {
        f"the gates stand in the order {order}: PyTorch's order is ours, i, f, g, o": wrong
        for order, wrong in orders.items()
    }


TORCH_MISTAKES: dict[str, Equations] = {
    **_torch_orders(),
    "the matrices are not transposed: PyTorch's are (out, in), as it computes x W^T": {
        "weight_ih": lambda v: v.W_x,
        "weight_hh": lambda v: v.W_h,
    },
    "W_x is not transposed: PyTorch's weight_ih is (4H, E)": {"weight_ih": lambda v: v.W_x},
    "W_h is not transposed: PyTorch's weight_hh is (4H, H)": {"weight_hh": lambda v: v.W_h},
    "the matrices are reshaped to (4H, ...), which mixes their numbers up: transpose them": {
        "weight_ih": lambda v: v.W_x.reshape(v.W_x.shape[::-1]),
        "weight_hh": lambda v: v.W_h.reshape(v.W_h.shape[::-1]),
    },
    "weight_ih and weight_hh stand in each other's place: ih reads the input, hh the hidden state": {
        "weight_ih": TORCH["weight_hh"],
        "weight_hh": TORCH["weight_ih"],
    },
    "b is in both biases, and PyTorch adds them: so it counts twice": {"bias_ih": lambda v: 2 * v.b},
    "b is in neither bias": {"bias_ih": lambda v: np.zeros_like(v.b)},
    "the matrices are not transposed, and b is in both biases, where it counts twice": {
        "weight_ih": lambda v: v.W_x,
        "weight_hh": lambda v: v.W_h,
        "bias_ih": lambda v: 2 * v.b,
    },
}


def one_bias(weight_ih, weight_hh, bias_ih, bias_hh) -> tuple:
    """The same cell with all of its bias in the first of two."""
    return weight_ih, weight_hh, np.add(bias_ih, bias_hh), np.zeros_like(bias_hh)


# From our layout to Keras's: a GRU that resets after the product

GRU_ORDER, KERAS_ORDER = "rzn", "zrn"


def second_bias(v: SimpleNamespace, gate: str = "n") -> np.ndarray:
    """(3H), in our order: zero but for b_h, where one gate stands."""
    blocks = {other: np.zeros_like(v.b_h) for other in GRU_ORDER} | {gate: v.b_h}
    return np.concatenate(list(blocks.values()))


def keras_in(order: str, *only: str) -> Equations:
    """Keras's arrays if its gates stood in that order.  Args: only: the arrays that are put in it."""
    found = {
        "kernel": lambda v: in_order(v.W_x, order, GRU_ORDER),
        "recurrent_kernel": lambda v: in_order(v.W_h, order, GRU_ORDER),
        "bias": lambda v: in_order(np.stack([v.b, second_bias(v)]), order, GRU_ORDER),
    }
    return {name: found[name] for name in only or found}


KERAS = keras_in(KERAS_ORDER)
KERAS_RETURNS = tuple(KERAS)


def keras_bias(first: Callable, second: Callable) -> Equations:
    """Two rows, in Keras's order."""
    return {"bias": lambda v: in_order(np.stack([first(v), second(v)]), KERAS_ORDER, GRU_ORDER)}


def _keras_orders() -> dict[str, Equations]:
    mistakes = {
        "the gates stand in our order, r, z, n: Keras's order is z, r, n": keras_in(GRU_ORDER),
        "the bias is left in our order, r, z, n: it moves with its gates": keras_in(GRU_ORDER, "bias"),
        "recurrent_kernel is left in our order, r, z, n: its gates move, too": keras_in(
            GRU_ORDER, "recurrent_kernel"
        ),
        "only the kernel is in Keras's order: recurrent_kernel and bias move with it": keras_in(
            GRU_ORDER, "recurrent_kernel", "bias"
        ),
    }
    others = (
        order for order in map("".join, permutations(GRU_ORDER)) if order not in (GRU_ORDER, KERAS_ORDER)
    )
    for order in others:
        says = f"the gates stand in the order {', '.join(order)}: Keras's order is z, r, n"
        mistakes[says] = keras_in(order)
    return mistakes


KERAS_MISTAKES: dict[str, Equations] = {
    **_keras_orders(),
    "the matrices are transposed, as PyTorch wants them: Keras's are (in, 3H), as ours": {
        "kernel": lambda v: KERAS["kernel"](v).T,
        "recurrent_kernel": lambda v: KERAS["recurrent_kernel"](v).T,
    },
    "b_h is added to b: r stands between the two, so b_h goes into the second row": keras_bias(
        lambda v: v.b + second_bias(v), lambda v: np.zeros_like(v.b)
    ),
    "b_h is left out: it is the candidate's part of the second row": keras_bias(
        lambda v: v.b, lambda v: np.zeros_like(v.b)
    ),
    "b_h stands at r in the second row: it belongs to the candidate, n": keras_bias(
        lambda v: v.b, lambda v: second_bias(v, "r")
    ),
    "b_h stands at z in the second row: it belongs to the candidate, n": keras_bias(
        lambda v: v.b, lambda v: second_bias(v, "z")
    ),
    "b_h is repeated for all three gates: it belongs to the candidate alone": keras_bias(
        lambda v: v.b, lambda v: np.tile(v.b_h, 3)
    ),
    "the two rows of the bias stand in each other's place: b is the first": keras_bias(
        second_bias, lambda v: v.b
    ),
    "b is in both rows, and Keras adds them: so it counts twice": keras_bias(
        lambda v: v.b, lambda v: v.b + second_bias(v)
    ),
    "the bias is one row: Keras's has two, (2, 3H), as r stands between them": {
        "bias": lambda v: in_order(v.b, KERAS_ORDER, GRU_ORDER)
    },
}


def gates_in_first_row(kernel, recurrent_kernel, bias) -> tuple:
    """The same cell with both gates' bias in the first row: only the candidate's two are kept apart."""
    first, second = np.array(bias, float)
    gates = slice(2 * len(first) // 3)
    first[gates] += second[gates]
    second[gates] = 0
    return kernel, recurrent_kernel, np.stack([first, second])

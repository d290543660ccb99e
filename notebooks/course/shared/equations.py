"""Exercises written as equations: a right answer is computed line by line, a mistake is a wrong line.

In the names of values a prime is written `_new` (the state after a step), and the gradient of the state
before the step ends in `_before`.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from types import SimpleNamespace

import numpy as np

from course.shared.diagnosis import Mistake
from course.shared.gates import ORDER
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.lstm import LSTM

Values = SimpleNamespace  # the arguments, and what the equations so far have computed
Equations = Mapping[str, Callable[[Values], np.ndarray]]
LSTM_ORDER = ORDER[LSTM]


def solve(equations: Equations, arguments: Mapping[str, np.ndarray], returns: Sequence[str]) -> list:
    """Compute the equations one after the other from the arguments; return the values asked for."""
    values = Values(**arguments)
    for name, equation in equations.items():
        setattr(values, name, equation(values))
    return [getattr(values, name) for name in returns]


def mistakes_in(
    equations: Equations,
    wrong: Mapping[str, Equations],
    arguments: Mapping[str, np.ndarray],
    returns: Sequence[str],
) -> list[Mistake]:
    """Compute the answer that each mistake leads to.

    Args: equations: the right ones; wrong: for what is to be said of a mistake, the equations that replace
        right ones of the same names; arguments, returns: as for `solve`.
    """
    return [Mistake(says, solve({**equations, **some}, arguments, returns)) for says, some in wrong.items()]


def as_functions(
    equations: Equations, wrong: Mapping[str, Equations], arguments: Sequence[str], returns: str
) -> tuple[Callable, dict[str, Callable]]:
    """Turn the right equations and each mistake's into functions, as `verdict_on_all` takes them.

    Args: equations, wrong: as for `mistakes_in`; arguments: their names, in order; returns: a value's name.
    """

    def function(some: Equations) -> Callable:
        all_of_them = {**equations, **some}
        return lambda *given: solve(all_of_them, dict(zip(arguments, given, strict=True)), (returns,))[0]

    return function({}), {says: function(some) for says, some in wrong.items()}


def block(z: np.ndarray, gate: str, order: str = LSTM_ORDER) -> np.ndarray:
    """The columns of one gate, where the gates stand side by side in that order."""
    return np.split(z, len(order), axis=-1)[order.index(gate)]


def lstm_gates(order: str = LSTM_ORDER) -> Equations:
    """The four gates of an LSTM, each read from where it would stand in that order."""
    return {
        "i": lambda v: sigmoid(block(v.z, "i", order)),
        "f": lambda v: sigmoid(block(v.z, "f", order)),
        "g": lambda v: np.tanh(block(v.z, "g", order)),
        "o": lambda v: sigmoid(block(v.z, "o", order)),
    }


def wrong_orders(
    right: str, equations: Callable[[str], Equations], swapped: str, ordered: str
) -> dict[str, Equations]:
    """Every wrong order of the gates as a mistake.

    Args: right: the right order; equations: takes a wrong one; swapped: what to say of two gates in each
        other's place, with two {}; ordered: what to say where more are out of place, with {} for the order.
    """
    mistakes = {}
    for order in map("".join, permutations(right)):
        moved = [gate for gate, other in zip(right, order, strict=True) if gate != other]
        if moved:
            says = swapped.format(*moved) if len(moved) == 2 else ordered.format(", ".join(order))
            mistakes[says] = equations(order)
    return mistakes

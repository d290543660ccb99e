"""Exercises written as equations: a right answer is computed line by line, a mistake is a wrong line.

The name of the state after a step ends in `_new`, that of the gradient of the state before it in `_before`.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from types import SimpleNamespace

import numpy as np

from course.shared.gates import ORDER
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.recurrent import Recurrent

Values = SimpleNamespace  # the arguments, and what the equations so far have computed
Equations = Mapping[str, Callable[[Values], np.ndarray]]
LSTM_ORDER = ORDER[LSTM]


def solve(equations: Equations, arguments: Mapping[str, np.ndarray], returns: Sequence[str]) -> list:
    """Compute the equations one after the other from the arguments; return the values asked for."""
    values = Values(**arguments)
    for name, equation in equations.items():
        setattr(values, name, equation(values))
    return [getattr(values, name) for name in returns]


def function_of(equations: Equations, arguments: Sequence[str], returns: Sequence[str]) -> Callable:
    """Turn equations into a function.

    Args: equations; arguments: their names, in order; returns: names of values; of a single one, itself.
    """

    def function(*given):
        found = solve(equations, dict(zip(arguments, given, strict=True)), returns)
        return tuple(found) if len(returns) > 1 else found[0]

    return function


def mistakes_of(
    equations: Equations, wrong: Mapping[str, Equations], arguments: Sequence[str], returns: Sequence[str]
) -> dict[str, Callable]:
    """Turn each mistake into a function that makes it.

    Args: equations: the right ones; wrong: for what is to be said of a mistake, the equations that replace
        right ones of the same names; arguments, returns: as for `function_of`.
    """
    return {says: function_of({**equations, **some}, arguments, returns) for says, some in wrong.items()}


def then(change: Callable, function: Callable) -> Callable:
    """Return a function that changes another's answer.  Args: change: takes the parts of the answer."""
    return lambda *arguments: change(*function(*arguments))


def on_other(function: Callable, names: Sequence[str], **changes: Callable) -> Callable:
    """Return a function that calls another with changed arguments.

    Args: names: of the arguments, in order; changes: for an argument's name, what is made of it.
    """

    def changed(*arguments):
        named = zip(names, arguments, strict=True)
        return function(*(changes[name](value) if name in changes else value for name, value in named))

    return changed


def cell_with(kind: type[Recurrent], **params: np.ndarray) -> Recurrent:
    """Return a layer of the library, LSTM or GRU, with these parameters in float64."""
    layer = kind(
        *params["W_x"].shape[:1], *params["W_h"].shape[:1], np.random.default_rng(0), dtype=np.float64
    )
    for name, array in params.items():
        layer.params[name][...] = array
    return layer


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

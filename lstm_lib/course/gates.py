"""An LSTM's gates along a sequence, free or clamped: what the gate explorer shows."""

import copy
from typing import NamedTuple

import numpy as np

from lstm_lib.nn.lstm import LSTM


class Walk(NamedTuple):
    """One sequence's way through an LSTM; H units, T steps."""

    gates: np.ndarray  # (T, 4, H): i, f, g, o
    c: np.ndarray  # (T, H): memory after each step
    h: np.ndarray  # (T, H): output after each step


def walk(lstm: LSTM, x: np.ndarray) -> Walk:
    """Run an LSTM over one sequence and keep what happens inside.

    Args: lstm; x (T, input_size).
    Returns: the gates, the memory and the output at every step.
    """
    h, _, cache = lstm.forward(x[np.newaxis])
    gates = cache.tape.gates[0].reshape(len(x), 4, lstm.hidden_size)
    return Walk(gates, cache.tape.state.c[0, 1:], h[0])


def clamp_gates(
    lstm: LSTM, *, i: float | None = None, f: float | None = None, o: float | None = None
) -> LSTM:
    """A copy of an LSTM some of whose gates are stuck at a value, whatever it reads.

    A gate without weights sees its bias alone, and sigma(b) = v where b = log(v / (1 - v)).

    Args: lstm; i, f, o: a value from 0 to 1, both included, for every unit of that gate; None leaves it free.
    Returns: the copy; the LSTM itself is not changed.
    Raises: ValueError on a value that no gate can have.
    """
    clamped = copy.copy(lstm)
    clamped.params = {name: array.copy() for name, array in lstm.params.items()}
    for gate, value in {"i": i, "f": f, "o": o}.items():
        if value is None:
            continue
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{gate} is {value}; wanted a number from 0 to 1")
        columns = lstm.gate(gate)
        clamped.params["W_x"][:, columns] = 0.0
        clamped.params["W_h"][:, columns] = 0.0
        with np.errstate(divide="ignore"):  # the ends, 0 and 1, are biases of minus and plus infinity
            clamped.params["b"][columns] = np.log(value) - np.log1p(-value)
    return clamped

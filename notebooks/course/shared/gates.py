"""The gates of an LSTM or a GRU along a sequence, free or clamped, as the gate explorers show them."""

import copy
from typing import NamedTuple

import numpy as np

from lstm_lib.nn.gru import GRU
from lstm_lib.nn.lstm import LSTM

ORDER = {LSTM: "ifgo", GRU: "run"}  # as they stand side by side in the weights
VALVES = {LSTM: "ifo", GRU: "ru"}  # those with a sigmoid; the others are candidates
FREE = "free"  # what a control says of a gate that is not clamped


class Walk(NamedTuple):
    """What happens inside a layer of G gates and H units as it reads one sequence of T steps."""

    gates: np.ndarray  # (T, G, H): i, f, g, o of an LSTM; r, u, n of a GRU
    c: np.ndarray  # (T, H): memory after each step; a GRU's is its output
    h: np.ndarray  # (T, H): output after each step


def walk(layer: LSTM | GRU, x: np.ndarray) -> Walk:
    """Run a layer over one sequence and keep what happens inside.

    Args: layer; x (T, input_size).
    Returns: the gates, the memory and the output at every step.
    """
    h, _, cache = layer.forward(x[np.newaxis])
    gates = cache.gates[0].reshape(len(x), len(layer.gate_order), layer.hidden_size)
    memory = getattr(cache.state, "c", cache.state.h)
    return Walk(gates, memory[0, 1:], h[0])


def clamp_gates(layer: LSTM | GRU, **stuck: float | None) -> LSTM | GRU:
    """Copy a layer, with some of its gates stuck at a value whatever it reads.

    A gate without weights sees its bias alone, and sigma(b) = v where b = log(v / (1 - v)).

    Args: layer: not changed; stuck: for a gate's letter, i, f, o of an LSTM or r, u of a GRU, a value from
        0 to 1, both included, for every unit of that gate; None leaves it free.
    Raises: ValueError on a gate that the layer does not have, and on a value that no gate can have.
    """
    clamped = copy.copy(layer)
    clamped.params = {name: array.copy() for name, array in layer.params.items()}
    for gate, value in stuck.items():
        columns = _columns(layer, gate)
        if value is None:
            continue
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{gate} is {value}; wanted a number from 0 to 1")
        clamped.params["W_x"][:, columns] = 0.0
        clamped.params["W_h"][:, columns] = 0.0
        with np.errstate(divide="ignore"):  # the ends, 0 and 1, are biases of minus and plus infinity
            clamped.params["b"][columns] = np.log(value) - np.log1p(-value)
    return clamped


def _columns(layer: LSTM | GRU, gate: str) -> slice:
    """Return the columns of W_x, W_h and b that belong to a gate with a sigmoid."""
    valves = VALVES[type(layer)]
    if gate not in valves:
        raise ValueError(
            f"{gate} is no gate of the {type(layer).__name__}; wanted one of {', '.join(valves)}"
        )
    start = ORDER[type(layer)].index(gate) * layer.hidden_size
    return slice(start, start + layer.hidden_size)

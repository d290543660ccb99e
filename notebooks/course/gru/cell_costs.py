"""What an LSTM and a GRU cost: parameters and the arithmetic of a step, counted off their equations."""

from typing import NamedTuple

GATES = {"lstm": 4, "gru": 3}  # blocks of columns, candidate included


class StepCost(NamedTuple):
    """The arithmetic of one step of one sequence."""

    products: int  # multiplications and additions inside matrix products
    elementwise: int  # multiplications, additions and subtractions entry by entry
    activations: int  # values of sigma and tanh


def cell_parameters(cell: str, E: int, H: int) -> int:
    """Count the parameters: W_x (E, G H), W_h (H, G H) and b (G H), where G is 4 or 3.

    A GRU with reset after the product also has b_h.

        LSTM  4 H (E + H + 1)
        GRU   3 H (E + H + 1) + H

    Args: cell: "lstm" or "gru"; E: its input size; H: its units.
    """
    own_bias = H if cell == "gru" else 0
    return GATES[cell] * H * (E + H + 1) + own_bias


def step_cost(cell: str, E: int, H: int) -> StepCost:
    """Count the operations of one step, reset after the product.

    A product of (1, K) and (K, N) takes K N multiplications and about as many additions: 2 K N.

    Args: as for `cell_parameters`.
    """
    G = GATES[cell]
    products = 2 * (E + H) * G * H
    if cell == "lstm":
        # z: two additions in 4H columns.  c_new = f c + i g: three operations.  h_new = o tanh(c_new): one.
        return StepCost(products, elementwise=(2 * 4 + 3 + 1) * H, activations=5 * H)
    # r, u: two additions in 2H columns.  n: two products' biases, r times the past, and the sum.
    # h_new = (1 - u) n + u h: four operations.
    return StepCost(products, elementwise=(2 * 2 + 4 + 4) * H, activations=3 * H)

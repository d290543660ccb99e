"""What each stage on the way to a vectorized LSTM pass costs, as formulas: no clock and no arrays.

All stages do the same multiplications.  They differ in the number of matrix products, in what passes through
memory and in how often Python calls NumPy.  Tests hold the formulas against what the stages really do.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

FLOAT_BYTES = 4  # of a float32
VALUE_BYTES = 3 * FLOAT_BYTES  # work on one entry reads two numbers and writes one


class Size(NamedTuple):
    B: int  # sequences
    T: int  # steps
    E: int  # width of an input
    H: int  # units


class Product(NamedTuple):
    """A matrix product (rows, inner) times (inner, columns), made `times` times."""

    rows: int
    inner: int
    columns: int
    times: int = 1

    @property
    def operations(self) -> int:
        """Multiplications and additions: 2 rows inner columns, each time."""
        return 2 * self.rows * self.inner * self.columns * self.times

    @property
    def operands(self) -> int:
        """Entries of both factors and of the result."""
        return (self.rows * self.inner + self.inner * self.columns + self.rows * self.columns) * self.times

    @property
    def intensity(self) -> float:
        """Operations for each byte read or written (Williams et al., 2009)."""
        return self.operations / (FLOAT_BYTES * self.operands)


class Stage(NamedTuple):
    """How a stage arranges a pass, and what it does besides its matrix products.

    NumPy calls: `once + step T`.  Entries that they write, the products' results left out:
    `unit B T H + entry B T E + weight T 4H (E + H + 1) + square 4 H H`.
    """

    title: str
    once: int
    step: int
    unit: int
    entry: int = 0
    weight: int = 0
    square: int = 0
    gates_apart: bool = False  # four products in place of one
    inputs_first: bool = True  # x W_x and dx for all steps at once
    gradients_last: bool = True  # dW_x and dW_h for all steps at once


STAGES = {
    "textbook": Stage(
        "1 textbook steps", 1, 97, 58, 4, 1, gates_apart=True, inputs_first=False, gradients_last=False
    ),
    "side_by_side": Stage("2 gates side by side", 1, 54, 54, 1, 1, inputs_first=False, gradients_last=False),
    "inputs_first": Stage("3 inputs first", 4, 51, 58, weight=1, gradients_last=False),
    "gradients_last": Stage("4 weight gradients last", 8, 46, 63),
    "one_tanh": Stage("5 one tanh", 8, 29, 70),
    "buffers": Stage("6 work buffers", 8, 27, 60, entry=1, square=1),
}


def products(stage: Stage, size: Size) -> list[Product]:
    """Return all matrix products of a pass: z = x W_x + h W_h, then dx, dh, dW_x and dW_h."""
    B, T, E, H = size
    wide, apart = (H, 4) if stage.gates_apart else (4 * H, 1)
    rows, steps = (B * T, 1) if stage.inputs_first else (B, T)
    gradient_rows, gradient_steps = (B * T, 1) if stage.gradients_last else (B, T)
    return [
        Product(rows, E, wide, steps * apart),
        Product(B, H, wide, T * apart),
        Product(rows, wide, E, steps * apart),
        Product(B, wide, H, T * apart),
        Product(E, gradient_rows, wide, gradient_steps * apart),
        Product(H, gradient_rows, wide, gradient_steps * apart),
    ]


class Cost(NamedTuple):
    """What a pass asks of the machine."""

    operations: int  # of the products: multiplications and additions
    operands: int  # of the products: entries read and written
    products: int
    values: int  # entries that all other calls write
    calls: int  # of NumPy, the products among them

    @property
    def bytes(self) -> int:
        return FLOAT_BYTES * self.operands + VALUE_BYTES * self.values


def cost(stage: Stage, size: Size) -> Cost:
    """Return the cost of one forward and backward pass."""
    B, T, E, H = size
    multiplied = products(stage, size)
    values = stage.unit * B * T * H + stage.entry * B * T * E
    values += stage.weight * T * 4 * H * (E + H + 1) + stage.square * 4 * H * H
    return Cost(
        operations=sum(product.operations for product in multiplied),
        operands=sum(product.operands for product in multiplied),
        products=sum(product.times for product in multiplied),
        values=values,
        calls=stage.once + stage.step * T,
    )


class Rates(NamedTuple):
    """A machine in five numbers: seconds for one of each."""

    operation: float
    operand: float
    product: float
    value: float
    call: float  # of NumPy, other than a product


ROUND_RATES = Rates(1e-11, 1e-10, 2e-6, 5e-10, 1e-6)  # about one processor core's, where nothing was measured


def predicted_seconds(cost: Cost, rates: Rates) -> tuple[float, float]:
    """Return how many seconds the matrix products of a pass take, and how many the rest."""
    products = (
        cost.operations * rates.operation + cost.operands * rates.operand + cost.products * rates.product
    )
    return products, cost.values * rates.value + (cost.calls - cost.products) * rates.call


def predicted_share(cost: Cost, rates: Rates) -> float:
    """Return the share of a pass's time that its matrix products take."""
    products, rest = predicted_seconds(cost, rates)
    return products / (products + rest)


def fit_rates(rows: Sequence[Mapping]) -> Rates:
    """Fit the five numbers so that the predictions come closest, relatively, to what was measured.

    Args: rows: of the study `stages`; stages that call no NumPy are left out.
    """
    found = [stage for row in rows for stage in row["metrics"].values() if stage["calls"]]
    alone = np.array([np.median(stage["product_seconds"]) for stage in found])
    rest = np.array([np.median(stage["pass_seconds"]) for stage in found]) - alone
    multiplied = [[stage["operations"], stage["operands"], stage["products"]] for stage in found]
    others = [[stage["values"], stage["calls"] - stage["products"]] for stage in found]
    return Rates(*_fit(multiplied, alone), *_fit(others, rest))


def _fit(counts: Sequence[Sequence[int]], seconds: np.ndarray) -> list[float]:
    """The rates with the least squares of the relative error."""
    relative = np.array(counts) / seconds[:, np.newaxis]
    return np.linalg.lstsq(relative, np.ones(len(seconds)))[0].tolist()

"""The stages in their order, each as one pass over a layer: forward, then backward."""

from types import ModuleType
from typing import NamedTuple

import numpy as np

from course.vectorization.costs import STAGES
from course.vectorization.stages import (
    buffers,
    gradients_last,
    inputs_first,
    loops,
    one_tanh,
    side_by_side,
    textbook,
)
from lstm_lib.nn.layers import Params
from lstm_lib.nn.lstm import LSTM

LOOPS, LIBRARY = "loops", "library"
VARIANTS: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (loops, textbook, side_by_side, inputs_first, gradients_last, one_tanh, buffers)
}
TITLES = {  # of all stages, in their order
    LOOPS: "0 loops",
    **{name: stage.title for name, stage in STAGES.items()},
    LIBRARY: "7 the library's layer",
}


class Pass(NamedTuple):
    """What a pass computes."""

    h: np.ndarray  # (B, T, H)
    dx: np.ndarray  # (B, T, E)
    grads: Params


def run_pass(stage: str, layer: LSTM, x: np.ndarray, dh: np.ndarray) -> Pass:
    """Run a stage forward and backward from a state of zeros.

    Args: stage: a key of `TITLES`; layer: whose weights the stage uses; x (B, T, E); dh (B, T, H).
    """
    if stage == LIBRARY:
        h, _, cache = layer.forward(x)
        dx, _, grads = layer.backward(dh, None, cache)
        return Pass(h, dx, grads)
    variant = VARIANTS[stage]
    h, cache = variant.forward(layer.params, x)
    return Pass(h, *variant.backward(layer.params, dh, cache))

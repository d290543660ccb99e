"""Is every gradient the one that difference quotients find?"""

import copy

import numpy as np
from hypothesis import reject

from course.shared.gradcheck import STEP, Operation, check, check_projection, recurrent_operation
from helpers.problems import Problem, random_state
from lstm_lib.nn.activations import Activation
from lstm_lib.nn.recurrent import Recurrent

TOLERANCE = 1e-7  # the largest relative error of a gradient
# Where an activation's slope, or the slope's own slope, jumps: a difference quotient across means nothing.
KINKS = {"relu": (0.0,), "leaky_relu": (0.0,), "elu": (0.0,), "softsign": (0.0,), "hard_sigmoid": (-3.0, 3.0)}
KINK_MARGIN, KINK_STEP = 5e-3, 5e-5  # keep away from them, and take steps that do not reach them


def assert_gradients(operation: Operation, rng: np.random.Generator, step: float = STEP) -> None:
    """Every entry of every gradient, and one direction through all of them, against central differences."""
    # Rounding alone puts some eps / step into a difference quotient, which so knows nothing of smaller ones.
    rounding = np.finfo(np.float64).eps / step
    rows = [row for row in check(operation, rng, step) if not abs(row.got - row.wanted) <= rounding]
    assert all(row.relative_error <= TOLERANCE for row in rows), max(rows, key=lambda row: row.relative_error)
    assert_projection(operation, rng, step)


def assert_projection(operation: Operation, rng: np.random.Generator, step: float = STEP) -> None:
    """All gradients at once, along one random direction."""
    error = check_projection(operation, rng, step)
    assert error <= TOLERANCE, f"the projection's relative error is {error:.1e}"


def assert_recurrent_gradients(layer, problem: Problem, noisy: bool = False) -> None:
    """A recurrent layer's gradients, with x, the first and final states and its parameters, under a mask."""
    rng = np.random.default_rng(problem.seed + 1)
    x = rng.standard_normal((problem.batch, problem.steps, problem.input_size))
    state0 = random_state(layer, problem.batch, rng)
    operation = recurrent_operation(layer, x, state0, problem.mask, problem.seed if noisy else None)
    kinked = isinstance(layer, Recurrent) and {layer.activation.name, layer.gate_activation.name} & set(KINKS)
    if kinked:
        noise = np.random.default_rng(problem.seed) if noisy else None
        if kink_distance(layer, x, state0, problem.mask, noise) < KINK_MARGIN:
            reject()
    assert_gradients(operation, rng, KINK_STEP if kinked else STEP)


def kink_distance(layer: Recurrent, x: np.ndarray, *rest) -> float:
    """How near to a kink the layer's pre-activations come.  Args: those of `forward`."""
    seen = []

    def watched(activation):
        def function(z):
            seen.append((activation.name, z.copy()))
            return activation(z)

        return activation._replace(function=function)

    twin = copy.copy(layer)
    for name, value in vars(layer).items():
        if isinstance(value, Activation):
            setattr(twin, name, watched(value))
        elif name == "activations":
            twin.activations = {gate: watched(activation) for gate, activation in value.items()}
    twin.forward(x, *rest)
    assert (
        sum(z.size for _, z in seen)
        == x.shape[0] * x.shape[1] * len(layer.activation_order) * layer.hidden_size
    )
    # A value exactly on a kink was put there by a gate that is shut, and stays there.
    distances = (np.abs(z[z != kink] - kink) for name, z in seen for kink in KINKS.get(name, ()))
    return min((distance.min(initial=np.inf) for distance in distances), default=np.inf)

"""How much of a gradient is left on its way back through time, and the slopes along it."""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.activations import Activation
from lstm_lib.nn.layers import map_state
from lstm_lib.nn.recurrent import Recurrent


class Flow(NamedTuple):
    """The forward pass of a plain recurrent network and its gradient's way back; H units, T steps."""

    z: np.ndarray  # (T, H): what the activation gets at each step
    left: np.ndarray  # (T + 1,): the share of the gradient that is left after 0 to T steps back


def gradient_by_lag(layer: Recurrent, x: np.ndarray, state0=None) -> np.ndarray:
    """Measure how much the last output depends on the input k steps before: the norm of dh_T / dx_(T-k).

    Args: layer; x (1, T, input_size): one sequence; state0: its first state, parts (1, H), zeros by default.
    Returns: the norms by lag, (T,), lag 0 first.
    """
    H = layer.hidden_size
    first = None if state0 is None else map_state(lambda part: np.repeat(part, H, axis=0), state0)
    h, _, cache = layer.forward(np.repeat(x, H, axis=0), first)  # (H, T, H): H copies of one sequence
    dh = np.zeros_like(h)
    dh[:, -1] = np.eye(H)  # copy j stands for unit j of the last output
    dx, _, _ = layer.backward(dh, None, cache)  # (H, T, input_size)
    return np.linalg.norm(dx, axis=(0, 2))[::-1]


def leaky_relu(slope: float) -> Activation:
    """Make a leaky ReLU with a slope to choose left of 0, where the library's has a fixed one.

    Args: slope: above 0, so that the sign of the value tells the side.
    Raises: ValueError on any other slope.
    """
    if not slope > 0:
        raise ValueError(f"slope is {slope}; wanted a number above 0")
    return Activation(
        "leaky_relu",
        function=lambda z: np.where(z > 0, z, slope * z),
        derivative=lambda z, a: np.where(a > 0, 1.0, slope),
    )


def flow(activation: Activation, W_h: np.ndarray, pushes: np.ndarray) -> Flow:
    """Run h_t = phi(z_t), z_t = push_t + h_(t-1) W_h from zero, and bring a gradient back.

        dh_T / dh_(T-k) = product of W_h diag(phi'(z_t)), t from T - k + 1 to T

    Its Frobenius norm, relative to that of the identity, is how much of a gradient is left on average.

    Args: activation: phi; W_h (H, H); pushes (T, H): what the inputs add at each step.
    """
    h, steps = np.zeros(len(W_h)), []
    for push in pushes:
        z = push + h @ W_h
        h = activation(z)
        steps.append((z, activation.derivative(z, h)))
    gradient, norms = np.eye(len(W_h)), [1.0]
    for _, slope in reversed(steps):
        gradient = (gradient * slope) @ W_h.T
        norms.append(np.linalg.norm(gradient) / np.sqrt(len(W_h)))
    return Flow(np.array([z for z, _ in steps]), np.array(norms))

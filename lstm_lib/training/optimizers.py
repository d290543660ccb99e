"""Gradient descent and its adaptive variants, which update parameters in place.

Each optimizer is one formula over flat arrays, `_update_block(param, grad, work, learning_rate, *moments)`,
which changes `param` and `moments` and may overwrite `work`. The base class applies it block by block, so
that an update passes over main memory once and allocates nothing large.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from lstm_lib.limits import Amount, Positive, Rate, check, check_fields

Arrays = dict[str, np.ndarray]

# 32,768 float32 are 128 KB: the five arrays that Adam works on fit together into an L2 cache of 1 MB.
BLOCK_SIZE = 1 << 15

# Adding this to a moment and subtracting it again rounds negligible values to exactly zero. Otherwise the
# moments of rare words decay into subnormal numbers, on which processors compute many times slower.
FLUSH = 1e-30
FLUSH_EVERY = 16  # updates; in so few, a moment cannot fall from FLUSH to the subnormal range


def blocks(size: int) -> Iterator[slice]:
    """Cut `range(size)` into slices of at most `BLOCK_SIZE` elements, which stay in the processor's cache."""
    return (slice(start, min(start + BLOCK_SIZE, size)) for start in range(0, size, BLOCK_SIZE))


def flat_view(name: str, array: np.ndarray) -> np.ndarray:
    """View an array as one dimension.  Raises: ValueError if that would copy it: it is not C-contiguous."""
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} of shape {array.shape} must be C-contiguous to be updated in place")
    return array.reshape(-1)


@dataclass(eq=False)
class Optimizer:
    """Base of all optimizers: the loop over parameters, and the state that checkpoints save.

    `state` holds `step` (the number of updates so far) and, for each of the optimizer's `slots` (its moving
    averages) and each parameter, an array under the key `slot.parameter`.
    """

    slots: ClassVar[tuple[str, ...]] = ()
    state: Arrays = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        check_fields(self)

    def initial_state(self, params: Arrays) -> Arrays:
        """Build the state before the first update: step 0 and all moments zero."""
        keys = [(f"{slot}.{key}", param) for slot in self.slots for key, param in params.items()]
        return {"step": np.zeros((), np.int64)} | {key: np.zeros_like(param) for key, param in keys}

    def update(self, params: Arrays, grads: Arrays, learning_rate: float) -> None:
        """Take one step downhill, in place.

        Args: params: floats, C-contiguous, of any shape; grads: of the same keys and shapes, not changed.
        Raises: ValueError on others, or a learning rate below 0, which would climb; then nothing has changed.
        """
        check("learning_rate", learning_rate, Amount)
        flat_params = _checked(params, grads)
        self.state = self.state or self.initial_state(params)
        self.state["step"] += 1
        flush = self.state["step"] % FLUSH_EVERY == 0
        for key, param in flat_params.items():
            grad = grads[key].reshape(-1)
            moments = [self.state[f"{slot}.{key}"].reshape(-1) for slot in self.slots]
            buffer = np.empty(min(BLOCK_SIZE, param.size), param.dtype)
            for block in blocks(param.size):
                work = buffer[: block.stop - block.start]
                here = [moment[block] for moment in moments]
                self._update_block(param[block], grad[block], work, learning_rate, *here)
                for moment in here if flush else ():
                    moment += FLUSH
                    moment -= FLUSH


@dataclass(eq=False)
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum (Sutskever et al., 2013, in the form PyTorch uses).

    v = momentum * v + g
    p = p - learning_rate * v                        (classical)
    p = p - learning_rate * (g + momentum * v)       (Nesterov)
    """

    momentum: Rate = 0.0  # the share of the last velocity that is kept; 0 is plain gradient descent
    nesterov: bool = False  # look ahead along the velocity

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov=True needs a momentum above 0, got momentum=0")
        self.slots = ("velocity",) if self.momentum else ()

    def _update_block(self, param, grad, work, learning_rate, velocity=None):
        if velocity is None:
            np.multiply(grad, learning_rate, out=work)
        else:
            velocity *= self.momentum
            velocity += grad
            np.copyto(work, velocity)
            if self.nesterov:
                work *= self.momentum
                work += grad
            work *= learning_rate
        param -= work


@dataclass(eq=False)
class RMSProp(Optimizer):
    """Divide each gradient by the root of a running mean of its square (Tieleman and Hinton, 2012).

    s = decay * s + (1 - decay) * g^2
    p = p - learning_rate * g / (sqrt(s) + epsilon)
    """

    slots: ClassVar = ("square",)
    decay: Rate = 0.99  # the share of the running mean that is kept
    epsilon: Positive = 1e-8  # keeps the division finite

    def _update_block(self, param, grad, work, learning_rate, square):
        _average_square(square, grad, self.decay, work)
        np.sqrt(square, out=work)
        work += self.epsilon
        np.divide(grad, work, out=work)
        work *= learning_rate
        param -= work


@dataclass(eq=False)
class Adam(Optimizer):
    """Momentum and RMSProp combined, both corrected for starting at zero (Kingma and Ba, 2015, algorithm 1).

    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g^2
    p = p - learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
    """

    slots: ClassVar = ("m", "v")
    beta1: Rate = 0.9  # the share of the mean gradient that is kept
    beta2: Rate = 0.999  # the share of the mean squared gradient that is kept
    epsilon: Positive = 1e-8  # keeps the division finite

    def _update_block(self, param, grad, work, learning_rate, m, v):
        step = int(self.state["step"])
        # Both corrections in two scalars, not in two passes over the block (end of the paper's section 2).
        root = math.sqrt(1 - self.beta2**step)
        step_size = learning_rate * root / (1 - self.beta1**step)
        np.multiply(grad, 1 - self.beta1, out=work)
        m *= self.beta1
        m += work
        _average_square(v, grad, self.beta2, work)
        np.sqrt(v, out=work)
        work += self.epsilon * root
        np.divide(m, work, out=work)
        work *= step_size
        param -= work


@dataclass(eq=False)
class AdamW(Adam):
    """Adam with weight decay applied to the parameters themselves, not through the moments.

    p = p * (1 - learning_rate * weight_decay), then Adam's step        (Loshchilov and Hutter, 2019)
    """

    weight_decay: Amount = 0.01  # the strength of the pull toward zero

    def _update_block(self, param, grad, work, learning_rate, m, v):
        param *= 1 - learning_rate * self.weight_decay
        super()._update_block(param, grad, work, learning_rate, m, v)


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "rmsprop": RMSProp, "adam": Adam, "adamw": AdamW}


def _average_square(average: np.ndarray, grad: np.ndarray, decay: float, work: np.ndarray) -> None:
    """Set average = decay * average + (1 - decay) * grad^2."""
    np.multiply(grad, grad, out=work)
    work *= 1 - decay
    average *= decay
    average += work


def _checked(params: Arrays, grads: Arrays) -> Arrays:
    """Return flat views of the parameters.  Raises: ValueError as `Optimizer.update` says."""
    if odd := sorted(params.keys() ^ grads.keys()):
        raise ValueError(f"grads must have the keys of params, these are in one alone: {odd}")
    for key, param in params.items():
        if (shape := grads[key].shape) != param.shape:
            raise ValueError(f"grads[{key!r}] has shape {shape}, params[{key!r}] has {param.shape}")
        for name, array in (("params", param), ("grads", grads[key])):
            if array.dtype.kind != "f":
                raise ValueError(f"{name}[{key!r}] has dtype {array.dtype}; wanted floating-point numbers")
    return {key: flat_view(f"params[{key!r}]", param) for key, param in params.items()}

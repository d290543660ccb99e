"""First values of weights: Glorot for what reads inputs, orthogonal for what reads the state before."""

import numpy as np


def glorot(rng: np.random.Generator, fan_in: int, fan_out: int, dtype=np.float32) -> np.ndarray:
    """Draw a (fan_in, fan_out) matrix, uniform in +-sqrt(6 / (fan_in + fan_out)) (Glorot, Bengio, 2010)."""
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out)).astype(dtype)


def orthogonal(rng: np.random.Generator, size: int, dtype=np.float32) -> np.ndarray:
    """Draw a (size, size) orthogonal matrix, uniform over all of them (Saxe et al., 2014).

    It keeps the length of what it multiplies, so that a signal neither dies nor explodes at first.
    """
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return (q * np.sign(np.diag(r))).astype(dtype)  # the signs make the choice uniform


def gate_weights(
    rng: np.random.Generator, input_size: int, hidden_size: int, gates: int, dtype=np.float32
) -> tuple[np.ndarray, np.ndarray]:
    """Draw W_x (input_size, gates H), Glorot, and W_h (H, gates H), orthogonal: each gate its own draw."""
    W_x = np.concatenate([glorot(rng, input_size, hidden_size, dtype) for _ in range(gates)], axis=1)
    W_h = np.concatenate([orthogonal(rng, hidden_size, dtype) for _ in range(gates)], axis=1)
    return W_x, W_h

"""The recall task: one number to be remembered, and many that only disturb."""

from collections.abc import Iterator

import numpy as np

from course.shared.readers import Task


def recall_task(rng: np.random.Generator, batch: int, steps: int, noise: float = 0.1) -> Task:
    """Sequences that begin with 1 or -1 and go on with noise; the class says which it was.

    Args: rng; batch: B; steps: T; noise: standard deviation of all numbers after the first.
    Returns: x (B, T, 1), nothing of it padding, and the classes (B,), 1 for a first number of 1, else 0.
    """
    x = noise * rng.standard_normal((batch, steps, 1), np.float32)
    classes = rng.integers(2, size=batch)
    x[:, 0, 0] = 2 * classes - 1
    return Task(x, np.ones((batch, steps), bool), classes)


def recall_batches(seed: int, updates: int, batch: int, steps: int, noise: float = 0.1) -> Iterator[Task]:
    """A fresh batch for each update; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    return (recall_task(rng, batch, steps, noise) for _ in range(updates))

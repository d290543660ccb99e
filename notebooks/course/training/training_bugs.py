"""The bug hunt: a training loop some of whose lines are wrong, and the check of a student's corrections.

The lines are those of `plain_training`.  They run on a small model that notes what it is asked for.  A bug
that is left is described by what it does to the training.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from course.shared.diagnosis import Verdict, tell
from course.shared.source import (
    Bug,
    corrections_of,
    finding_on,
    planted,
    source_of,
    where_it_stopped,
    with_lines,
)
from course.shared.student import SECONDS, TimeIsUp, Wrong, limited, untouched
from course.training import plain_training

FILE = "<broken training>"  # what tracebacks call it
NUM_BUGS = 3
SENTENCES, INPUTS, OUTPUTS, DROPPED = 10, 3, 2, 0.3
AGREE = 1e-9  # relative
PRAISE = "the loop trains as it should, update by update"
# What a training is called with, after the model and its data
EPOCHS, BATCH_SIZE, PEAK, WARMUP, MAX_NORM, PATIENCE = 20, 4, 0.2, 5, 1.5, 3

# What has been written, or could be, in place of a right line.  Each shows in some run.
WRONG_LINES: Mapping[str, Sequence[str]] = {
    "order = rng.permutation(len(x))": [
        "order = np.random.default_rng(0).permutation(len(x))",
        "order = rng.integers(len(x), size=len(x))",
    ],
    "for start in range(0, len(x), batch_size):": [
        "for start in range(0, len(x) - batch_size, batch_size):",
    ],
    "rows = order[start : start + batch_size]": ["rows = order[start : start + batch_size - 1]"],
    "loss, grads = loss_and_grads(params, x[rows], y[rows], rng)": [
        "loss, grads = loss_and_grads(params, x[rows], y[rows], None)",
        "loss, grads = loss_and_grads(params, x[rows], y[start : start + len(rows)], rng)",
    ],
    "norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))": [
        "norm = np.sqrt(max(np.sum(g**2) for g in grads.values()))",
        "norm = sum(np.sum(g**2) for g in grads.values())",
    ],
    "factor = min(1.0, max_norm / norm)": ["factor = max_norm / norm"],
    "t = t + 1": ["t = epoch + 1"],
    "rate = peak * min(1.0, t / warmup)": [
        "rate = peak * min(1.0, (epoch + 1) / warmup)",
        "rate = peak * max(1.0, t / warmup)",
    ],
    "g = grads[name] * factor": [
        "g = grads[name] * min(1.0, max_norm / np.sqrt(np.sum(grads[name] ** 2)))",
    ],
    "m[name] = 0.9 * m[name] + 0.1 * g": ["m[name] = 0.9 * m[name] + g", "m[name] = 0.1 * m[name] + 0.9 * g"],
    "v[name] = 0.99 * v[name] + 0.01 * g**2": ["v[name] = 0.99 * v[name] + 0.01 * m[name] ** 2"],
    "m_hat, v_hat = m[name] / (1 - 0.9**t), v[name] / (1 - 0.99**t)": [
        "m_hat, v_hat = m[name], v[name]",
        "m[name], v[name] = m_hat, v_hat = m[name] / (1 - 0.9**t), v[name] / (1 - 0.99**t)",
    ],
    "params[name] = params[name] - rate * m_hat / (np.sqrt(v_hat) + 1e-8)": [
        "params[name] -= rate * m_hat / (np.sqrt(v_hat) + 1e-8)",
    ],
    "dev_loss, _ = loss_and_grads(params, *dev, None)": [
        "dev_loss, _ = loss_and_grads(params, *dev, rng)",
        "dev_loss, _ = loss_and_grads(params, x, y, None)",
        "dev_loss, _ = loss_and_grads(best, *dev, None)",
    ],
    "if dev_loss < best_loss:": ["if loss < best_loss:", "if dev_loss > best_loss:"],
    "best_loss, best, stale = dev_loss, dict(params), 0": [
        "best_loss, best, stale = dev_loss, params, 0",
        "best_loss, best = dev_loss, dict(params)",
        "best, stale = dict(params), 0",
    ],
    "if stale == patience:": ["if epoch == patience:", "if stale > patience:"],
    "return best, losses": ["return params, losses"],
}


class Asked(NamedTuple):
    """What the loop asked the model for, once."""

    params: np.ndarray  # all of them, one after the other
    rows: tuple[int, ...]  # the sentences of the batch, by their numbers in the data
    of_dev: bool  # whether they are the development part's
    paired: bool  # whether each x came with its own y
    noisy: bool  # whether it was asked with a generator


class Trace(NamedTuple):
    """A whole run: what was asked for, in order, and the parameters that were returned."""

    asked: list[Asked]
    returned: np.ndarray


def right_lines() -> list[str]:
    """Return the lines of `plain_training.fit`."""
    return source_of(plain_training.fit).splitlines()


def planted_training_bugs(seed: int) -> list[Bug]:
    """Draw a few bugs, always the same for one seed, in the order of the lines."""
    return planted(right_lines(), WRONG_LINES, NUM_BUGS, seed)


def broken_training(seed: int) -> list[str]:
    """Return the lines with the bugs of this seed."""
    return with_lines(right_lines(), dict(planted_training_bugs(seed)))


class Noting:
    """A linear model with dropout on its inputs, which notes each call.  The last column of x is a number."""

    def __init__(self, dev: np.ndarray):
        self.asked: list[Asked] = []
        self._of_dev = set(dev[:, -1])

    def loss_and_grads(self, params, x, y, rng):
        """Return half the mean squared distance to y, and its gradients."""
        numbers, x, y_numbers, y = x[:, -1], x[:, :-1], y[:, -1], y[:, :-1]
        flat = np.concatenate([np.ravel(params[name]) for name in ("W", "b")])
        of_dev, paired = self._of_dev.issuperset(numbers), np.array_equal(numbers, y_numbers)
        self.asked.append(Asked(flat, tuple(map(int, numbers)), of_dev, paired, rng is not None))
        if rng is not None:
            x = x * (rng.random(x.shape) >= DROPPED) / (1 - DROPPED)
        distance = x @ params["W"] + params["b"] - y
        dW, db = x.T @ distance / len(x), distance.mean(axis=0)
        return 0.5 * np.mean(np.sum(distance**2, axis=1)), {"W": dW, "b": db}


def run_lines(lines: Sequence[str], seed: int) -> Trace:
    """Run a training loop that is given as text.  Args: lines: NumPy is `np` in them; seed: see `run`."""
    names = {"np": np}
    exec(compile("\n".join(lines), FILE, "exec"), names)
    return run(names["fit"], seed)


def run(fit: Callable, seed: int) -> Trace:
    """Run a training loop.  Args: fit: called as `plain_training.fit`; seed: of the data."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(SENTENCES, dtype=float)[:, np.newaxis]
    x, noise = rng.standard_normal((SENTENCES, INPUTS)), rng.standard_normal((2, SENTENCES, OUTPUTS))
    true = rng.standard_normal((INPUTS, OUTPUTS))
    y = x @ true + noise[0]
    dev_x = rng.standard_normal((SENTENCES, INPUTS))
    dev_y = dev_x @ true + noise[1]
    training, dev = (
        tuple(np.hstack([part, numbers + first]) for part in parts)
        for parts, first in (((x, y), 0), ((dev_x, dev_y), 100))
    )
    model, params = Noting(dev[0]), {"W": np.zeros((INPUTS, OUTPUTS)), "b": np.ones(OUTPUTS)}
    settings = (EPOCHS, BATCH_SIZE, PEAK, WARMUP, MAX_NORM, PATIENCE)
    found, _ = fit(model.loss_and_grads, params, *training, dev, *settings, rng)
    return Trace(model.asked, np.concatenate([np.ravel(found[name]) for name in ("W", "b")]))


@cache
def right_run(seed: int) -> Trace:
    """Return the run of the right lines."""
    return run_lines(right_lines(), seed)


SEEDS = (0, 1)  # of the data that the lines are run on


def check_training_bug_hunt(student: Callable, seed: int = 3) -> Verdict:
    """Check the corrections of a broken loop, corrections() -> {number of a line: the line as it should be}.

    Args: student: takes nothing.  seed: of the lines, as in `broken_training`.
    """

    def finding() -> str:
        corrections = corrections_of(student, len(right_lines()))
        return finding_on(
            corrections, dict(planted_training_bugs(seed)), right_lines(), effect_on_training, PRAISE
        )

    return tell(finding)


def effect_on_training(lines: Sequence[str]) -> str:
    """Tell how a loop of these lines trains otherwise than the right one; return "" if it does not.

    Raises: Wrong: the lines cannot be run.
    """
    try:
        with untouched(), limited(SECONDS):
            found = [difference(run_lines(lines, seed), right_run(seed)) for seed in SEEDS]
    except (Exception, SystemExit, TimeIsUp) as error:
        raise Wrong(where_it_stopped(error, "training", FILE)) from None
    return next(filter(None, found), "")


def difference(found: Trace, right: Trace) -> str:
    """Tell the first thing in which two runs differ; return "" if there is none."""
    updates = 0
    for one, wanted in zip(found.asked, right.asked, strict=False):
        asked = "in evaluation" if wanted.of_dev else "in training"
        if one.of_dev != wanted.of_dev:
            early = "the development set is read before the epoch has seen all sentences"
            return early if one.of_dev else "the training set is read instead of the development set"
        if not one.paired:
            return "sentences are paired with the labels of other sentences"
        if sorted(one.rows) != sorted(wanted.rows):
            return f"the batches hold the wrong sentences {asked}, first after {updates} updates"
        if one.noisy != wanted.noisy:
            return f"dropout is {'on' if one.noisy else 'off'} {asked}"
        if not np.allclose(one.params, wanted.params, rtol=AGREE, atol=AGREE):
            return f"the parameters are wrong {asked}, first after {updates} updates"
        updates += not wanted.of_dev
    epochs, wanted_epochs = (sum(one.of_dev for one in trace.asked) for trace in (found, right))
    if epochs != wanted_epochs:
        return f"training stops after {epochs} epochs instead of {wanted_epochs}"
    if not np.allclose(found.returned, right.returned, rtol=AGREE, atol=AGREE):
        return "every update is right, but the wrong parameters are returned"
    return ""

"""What a twin's process is asked to compare: its numbers and NumPy's, from the same weights and batches."""

from collections.abc import Sequence

import numpy as np

from figures.frameworks.benchmark.contenders import NUMPY, make_contender
from figures.frameworks.benchmark.sizes import Size, first_params, model_config, random_batches
from figures.frameworks.twins.contract import Twin
from lstm_lib.text.batching import Batch

BATCHES = 3  # in turn, ragged
RATE = 2.0**-9  # exact in single precision, to which Keras rounds it


def differences(name: str, size: Size, dtype: str, steps: int, options: dict[str, dict]) -> dict | None:
    """What `compare` finds between NumPy and a twin; None for NumPy itself."""
    if name == NUMPY:
        return None
    config = model_config(size, dropout=0.0)  # whose noise no two of them share
    params, batches = first_params(config, dtype=np.dtype(dtype)), random_batches(size, "ragged", BATCHES)
    ours = make_contender(NUMPY, config, params)
    return compare(ours, make_contender(name, config, params, **options.get(name, {})), batches, steps)


def compare(ours: Twin, theirs: Twin, batches: Sequence[Batch], steps: int) -> dict[str, float]:
    """The largest absolute differences of two contenders: of the loss and of any gradient as they stand, and
    of the losses of some training steps.
    """
    (loss, grads, _), (their_loss, their_grads, _) = (
        each.loss_and_grads(batches[0]) for each in (ours, theirs)
    )
    curve = np.subtract(losses(ours, batches, steps), losses(theirs, batches, steps))
    return {
        "loss": abs(loss - their_loss),
        "gradients": max(float(np.abs(grad - their_grads[key]).max()) for key, grad in grads.items()),
        "curve": float(np.abs(curve).max()),
    }


def losses(contender: Twin, batches: Sequence[Batch], steps: int) -> list[float]:
    """The losses of training steps, the batches in turn."""
    return [float(contender.train_step(batches[step % len(batches)], RATE)) for step in range(steps)]
